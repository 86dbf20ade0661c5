//! Samples of what customers see before anything is known about their money.

use super::Sample;
use super::order::{MINUTE_MS, choosing, form, long, order, ways};
use crate::address::Contact;
use crate::view::{CheckoutState, CheckoutView, Item, MerchantView, Mode, StartAgain};

/// Ready, unfinished, handing over, checking.
pub(super) fn samples(now_ms: i64) -> Vec<Sample> {
    [ready(now_ms), under_way(now_ms)].concat()
}

fn ready(now_ms: i64) -> Vec<Sample> {
    let state = || CheckoutState::Ready { form: form() };
    let usual = || order(now_ms, state());
    let ready = |name, view| Sample::checkout("ready", name, view);
    let items = usual().items;
    let one = Item { quantity: 1, ..items[0].clone() };
    vec![
        ready("ready", CheckoutView { items: Vec::new(), ..usual() }),
        ready("ready_items", usual()),
        ready("ready_many_items", CheckoutView { items: [items.clone(), items.clone(), items].concat(), ..usual() }),
        ready("ready_choosing", order(now_ms, CheckoutState::Ready { form: choosing() })),
        ready("ready_by_wallet", CheckoutView { by_card: false, provider_name: "Idram".to_owned(), ..usual() }),
        ready(
            "ready_sum_with_luma",
            CheckoutView {
                amount_minor: 123_456_750,
                items: vec![Item { unit_price_minor: 123_456_750, ..one.clone() }],
                ..usual()
            },
        ),
        ready(
            "ready_dollars",
            CheckoutView {
                amount_minor: 3_250,
                currency: "USD".to_owned(),
                items: vec![Item { unit_price_minor: 3_250, ..one }],
                ..usual()
            },
        ),
        ready(
            "ready_bare",
            CheckoutView {
                description: None,
                items: Vec::new(),
                merchant: MerchantView { handle: None, contact: None, ..usual().merchant },
                ..usual()
            },
        ),
        ready("ready_test_mode", CheckoutView { mode: Mode::Test, ..usual() }),
        ready("ready_long", long(now_ms, CheckoutState::Ready { form: choosing() })),
    ]
}

fn under_way(now_ms: i64) -> Vec<Sample> {
    let unfinished = |open_until_ms, start_again| CheckoutState::Unfinished {
        started_at_ms: now_ms - 4 * MINUTE_MS,
        open_until_ms,
        form: form(),
        start_again,
    };
    let again = StartAgain { attempt: "att_1".to_owned(), key: "another-key".to_owned(), ways: ways() };
    let one_way = StartAgain { ways: Vec::new(), ..again.clone() };
    let open_until_ms = Some(now_ms + 16 * MINUTE_MS);
    let fields = [("EDP_AMOUNT", "12500.00"), ("EDP_BILL_NO", "k_1")];
    let handing_over = CheckoutState::HandingOver {
        action: "https://wallet.example/Payment/GetPayment".to_owned(),
        fields: fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
    };
    let checking = |reference: Option<&str>, checked_at_ms| CheckoutState::Checking {
        reference: reference.map(str::to_owned),
        checked_at_ms,
    };
    let known = || checking(Some("KMJ-000042-2"), Some(now_ms - 1000));
    let idram = |view: CheckoutView| CheckoutView { provider_name: "Idram".to_owned(), by_card: false, ..view };
    let by_phone = |view: CheckoutView| {
        let contact = Some(Contact::parse("+374 10 123456"));
        CheckoutView { merchant: MerchantView { contact, ..view.merchant }, ..view }
    };
    let sample = |group, name, view| Sample::checkout(group, name, view);
    vec![
        sample("unfinished", "unfinished", order(now_ms, unfinished(open_until_ms, Some(again.clone())))),
        sample("unfinished", "unfinished_one_way", order(now_ms, unfinished(open_until_ms, Some(one_way)))),
        sample("unfinished", "unfinished_no_way_but_on", order(now_ms, unfinished(None, None))),
        sample("unfinished", "unfinished_long", long(now_ms, unfinished(open_until_ms, Some(again)))),
        sample("handing_over", "handing_over", idram(order(now_ms, handing_over.clone()))),
        sample("handing_over", "handing_over_long", long(now_ms, handing_over)),
        sample("checking", "checking", order(now_ms, known())),
        sample("checking", "checking_without_reference", by_phone(order(now_ms, checking(None, None)))),
        sample("checking", "checking_long", long(now_ms, known())),
    ]
}
