//! Samples of what became of a payment.

use super::Sample;
use super::order::{DAY_MS, MINUTE_MS, choosing, form, long, order};
use crate::address::{Contact, WebLink};
use crate::view::{
    Charge, CheckoutState, CheckoutView, ConfirmedBy, FailureReason, FiscalReceipt, GivenBack, MerchantView, Receipt,
    Refunded,
};

/// Paid, failed, expired, cancelled, too many, in review.
pub(super) fn samples(now_ms: i64) -> Vec<Sample> {
    [paid(now_ms), failed(now_ms), closed(now_ms)].concat()
}

fn paid(now_ms: i64) -> Vec<Sample> {
    let receipt = Receipt {
        paid_at_ms: now_ms - 3 * MINUTE_MS,
        reference: Some("5f3c1a77-0b9e-4d52-9a61-6e0d6f3b8c21".to_owned()),
        confirmed_by: ConfirmedBy::Bank,
        given_back: GivenBack::Nothing,
        next_step: None,
        return_to: None,
        given: None,
        refunds: Vec::new(),
        contact: None,
        fiscal: None,
    };
    let next_step = Some("Կոդ՝ ԱՐԱՐԱՏ-2026\nՑույց տվեք այն մուտքի մոտ։".to_owned());
    let return_to = WebLink::parse("https://shop.example/thanks?order=1");
    let full = Receipt { next_step: next_step.clone(), return_to: return_to.clone(), ..receipt.clone() };
    let paid = |name, receipt| Sample::checkout("paid", name, order(now_ms, CheckoutState::Paid(receipt)));
    let refunded = |name, given_back| {
        let state = CheckoutState::Paid(Receipt { given_back, ..receipt.clone() });
        Sample::checkout("refunded", name, order(now_ms, state))
    };
    let went_back = |at_ms, amount_minor| Refunded { at_ms, amount_minor };
    let given = "Սենյակ 7, դռան կոդը՝ 4-71։\nՀանդիպումը՝ https://meet.example/room-7։".to_owned();
    let fiscal =
        FiscalReceipt { number: "00012345".to_owned(), url: WebLink::parse("https://receipts.example/00012345") };
    let in_parts = Receipt {
        given_back: GivenBack::Part(350_000),
        refunds: vec![went_back(now_ms - 2 * MINUTE_MS, 250_000), went_back(now_ms - MINUTE_MS, 100_000)],
        ..receipt.clone()
    };
    let far = WebLink::parse(&format!("https://{}.example/", "r".repeat(60)));
    let long_step = Some(format!("{}\n{}", "Ծ".repeat(200), "Սպասեք մեր զանգին։ ".repeat(20)));
    let longest = Receipt {
        reference: Some("0123456789abcdef".repeat(4)),
        given_back: GivenBack::Part(123_456_789_049),
        next_step: long_step,
        return_to: far,
        ..receipt.clone()
    };
    vec![
        paid("paid", receipt.clone()),
        paid("paid_without_reference", Receipt { reference: None, ..receipt.clone() }),
        paid("paid_next_step", Receipt { next_step, ..receipt.clone() }),
        paid("paid_return_link", Receipt { return_to, ..receipt.clone() }),
        paid("paid_by_wallet", Receipt { confirmed_by: ConfirmedBy::Wallet, ..receipt.clone() }),
        paid("paid_given", Receipt { given: Some(given), ..receipt.clone() }),
        paid("paid_contact", Receipt { contact: Some("ani@mail.am".to_owned()), ..receipt.clone() }),
        paid("paid_fiscal", Receipt { fiscal: Some(fiscal.clone()), ..receipt.clone() }),
        paid(
            "paid_fiscal_without_address",
            Receipt { fiscal: Some(FiscalReceipt { url: None, ..fiscal }), ..receipt.clone() },
        ),
        paid("paid_by_seller", Receipt { confirmed_by: ConfirmedBy::Seller, ..full }),
        Sample::checkout("paid", "paid_long", long(now_ms, CheckoutState::Paid(longest))),
        Sample::checkout("refunded", "refunded_in_parts", order(now_ms, CheckoutState::Paid(in_parts))),
        refunded("refunded_in_part", GivenBack::Part(250_000)),
        refunded("refunded", GivenBack::All(1_250_000)),
    ]
}

/// Each reason, with what is proved of the money and without.
fn failed(now_ms: i64) -> Vec<Sample> {
    let state = |reason, charge, form| CheckoutState::Failed { reason, charge, form };
    let names = [
        ("failed", "failed_charge_unknown", FailureReason::Declined),
        ("failed_3ds", "failed_3ds_charge_unknown", FailureReason::NotAuthenticated),
        ("failed_cancelled", "failed_cancelled_charge_unknown", FailureReason::CancelledByCustomer),
        ("failed_timed_out", "failed_timed_out_charge_unknown", FailureReason::TimedOut),
        ("failed_bank", "failed_bank_charge_unknown", FailureReason::BankUnavailable),
    ];
    let failed = |name, state| Sample::checkout("failed", name, order(now_ms, state));
    let mut all = Vec::new();
    for (safe, unknown, reason) in names {
        all.push(failed(safe, state(reason, Charge::NotTaken, form())));
        all.push(failed(unknown, state(reason, Charge::NotKnown, form())));
    }
    let choose = || state(FailureReason::Declined, Charge::NotTaken, choosing());
    all.push(failed("failed_choosing", choose()));
    all.push(Sample::checkout("failed", "failed_long", long(now_ms, choose())));
    all
}

fn closed(now_ms: i64) -> Vec<Sample> {
    let asked_by = |contact: Option<&str>, state| {
        let view = order(now_ms, state);
        let contact = contact.map(Contact::parse);
        CheckoutView { merchant: MerchantView { contact, ..view.merchant }, ..view }
    };
    let cancelled = |message: Option<&str>| CheckoutState::Cancelled { message: message.map(str::to_owned) };
    let review = |reference: Option<&str>, answer_by_ms| CheckoutState::InReview {
        reference: reference.map(str::to_owned),
        answer_by_ms,
    };
    let known = || review(Some("KMJ-000042-2"), Some(now_ms + DAY_MS));
    let sample = |group, name, view| Sample::checkout(group, name, view);
    let renewable = CheckoutState::Renewable { action: "/p/Jx0sQ2m8TzW4kVbN7rYc1A/renew".to_owned() };
    let sorry = "Ապրանքն ավարտվել է, ներեցեք։";
    vec![
        sample("expired", "expired", order(now_ms, CheckoutState::Expired)),
        sample("expired", "expired_renewable", order(now_ms, renewable)),
        sample("expired", "expired_by_phone", asked_by(Some("+374 10 123456"), CheckoutState::Expired)),
        sample("expired", "expired_nobody_to_ask", asked_by(None, CheckoutState::Expired)),
        sample("expired", "expired_long", long(now_ms, CheckoutState::Expired)),
        sample("cancelled", "cancelled", order(now_ms, cancelled(Some(sorry)))),
        sample("cancelled", "cancelled_without_message", order(now_ms, cancelled(None))),
        sample("cancelled", "cancelled_long", long(now_ms, cancelled(Some(&sorry.repeat(20))))),
        sample(
            "too_many",
            "too_many",
            order(now_ms, CheckoutState::TooMany { opens_at_ms: Some(now_ms + 15 * MINUTE_MS) }),
        ),
        sample("too_many", "too_many_until_asked", order(now_ms, CheckoutState::TooMany { opens_at_ms: None })),
        sample("in_review", "in_review", order(now_ms, known())),
        sample("in_review", "in_review_without_time", order(now_ms, review(None, None))),
        sample("in_review", "in_review_long", long(now_ms, known())),
    ]
}
