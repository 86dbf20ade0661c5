//! The calls of the shop gateway: what is asked, and what counts as an answer.

use crate::account::{AtTelcell, NOW, SHOP_KEY, adapter_at, drams, of, refund_order};
use crate::by_hand::ByHand;
use kamurj_domain::{Currency, Money};
use kamurj_providers::contract::Checked;
use kamurj_providers::{
    Cancelled, Lookup, RefundAnswer, RefundLookup, RefundOf, RefundStatement, RefundStatus, SessionStatus, Statement,
};
use kamurj_sandbox::gateways::{Act, Faults, Gateway, Reply, Says};
use serde_json::json;

fn calls_of(at: &AtTelcell, method: &str) -> usize {
    at.sandbox.telcell.calls().iter().filter(|call| call.method == method).count()
}

#[tokio::test]
async fn a_paid_bill_is_found_by_the_invoice_that_the_callback_named() {
    let at = AtTelcell::open().await;
    assert_eq!(
        at.telcell.lookup(&of("order_1", None)).await,
        Lookup::Unsupported,
        "before the callback nobody can ask"
    );
    let (invoice, _) = at.paid("order_1").await;
    let expected = Statement {
        reference: "order_1".into(),
        number: "order_1".into(),
        url: None,
        status: SessionStatus::Approved,
        cause: None,
        amount: Some(drams("1500")),
        foreign_currency: None,
        provider_time: Some(NOW),
        payment_reference: Some(invoice.clone()),
        refunded: None,
        changed_at: None,
    };
    let question = of("order_1", Some(&invoice));
    assert_eq!(at.telcell.lookup(&question).await, Lookup::Found(expected));
    at.sandbox.telcell.change_faults(|faults| faults.says = Says::Pending);
    let Lookup::Found(pending) = at.telcell.lookup(&question).await else { panic!("found") };
    assert_eq!((pending.status, pending.payment_reference), (SessionStatus::Open, None));
    at.sandbox.telcell.set_faults(Faults::default());
    at.sandbox.telcell.act(&invoice, Act::Reverse).unwrap();
    let Lookup::Found(cancelled) = at.telcell.lookup(&question).await else { panic!("found") };
    assert_eq!(cancelled.status, SessionStatus::Abandoned);
    for (asked, reason) in [
        (of("order_2", Some(&invoice)), "Telcell answered E0007: no such invoice"),
        (of("order_1", Some("1")), "Telcell answered E0007: no such invoice"),
    ] {
        assert_eq!(at.telcell.lookup(&asked).await, Lookup::NoAnswer { reason: reason.into() });
    }
    for fault in [Reply::Fail, Reply::DropReply, Reply::DropRequest] {
        at.sandbox.telcell.set_faults(Faults { lookup: fault, ..Faults::default() });
        assert!(matches!(at.telcell.lookup(&question).await, Lookup::NoAnswer { .. }), "{fault:?}");
    }
}

#[tokio::test]
async fn money_goes_back_in_parts_and_whole_and_never_more() {
    let at = AtTelcell::open().await;
    let (invoice, _) = at.paid("order_1").await;
    let done = |amount: Money| {
        RefundAnswer::Done(RefundStatement {
            refund: "ref_1".into(),
            number: "order_1".into(),
            status: RefundStatus::Done,
            amount: Some(amount),
            foreign_currency: None,
            provider_time: None,
            reference: None,
            reason: None,
        })
    };
    for minor in [50_000, 50, 99_950] {
        let amount = Money::new(minor, Currency::Amd);
        let answer = at.telcell.refund(&refund_order("order_1", Some(&invoice), amount)).await;
        assert_eq!(answer, done(amount));
    }
    assert_eq!(at.sandbox.telcell.orders()[0].refunded_minor, 150_000);
    let more = at.telcell.refund(&refund_order("order_1", Some(&invoice), drams("1"))).await;
    assert_eq!(more, RefundAnswer::Refused { reason: "Telcell answered E0001: a parameter is wrong".into() });
    let (whole, _) = at.paid("order_2").await;
    let answer = at.telcell.refund(&refund_order("order_2", Some(&whole), drams("1500"))).await;
    assert!(matches!(answer, RefundAnswer::Done(_)), "{answer:?}");
    assert_eq!(calls_of(&at, "refund_bill"), 5);
    assert_eq!(calls_of(&at, "cancel_bill"), 0);
}

#[tokio::test]
async fn d3_a_refund_without_a_clear_answer_is_asked_for_once_and_stays_open() {
    for (fault, back) in [(Reply::DropReply, 50_000), (Reply::DropRequest, 0), (Reply::Fail, 0)] {
        let at = AtTelcell::open().await;
        let (invoice, _) = at.paid("order_1").await;
        at.sandbox.telcell.set_faults(Faults { refund: fault, ..Faults::default() });
        let answer = at.telcell.refund(&refund_order("order_1", Some(&invoice), drams("500"))).await;
        assert!(matches!(answer, RefundAnswer::NoAnswer { .. }), "{fault:?}: {answer:?}");
        assert_eq!((calls_of(&at, "refund_bill"), at.sandbox.telcell.orders()[0].refunded_minor), (1, back));
    }
    let at = AtTelcell::open().await;
    let question = RefundOf {
        number: "order_1".into(),
        reference: None,
        payment: None,
        refund: "ref_1".into(),
        amount: drams("500"),
        before: None,
    };
    assert_eq!(at.telcell.lookup_refund(&question).await, RefundLookup::Unsupported);
}

#[tokio::test]
async fn what_cannot_be_given_back_is_refused_without_a_call() {
    let telcell = ByHand::answering(200, "E0006").await;
    let ours = adapter_at(&telcell.url, &json!({ "server_calls": true }));
    for order in [
        refund_order("order_1", None, drams("500")),
        refund_order("order_1", Some("7"), Money::new(500, Currency::Rub)),
        refund_order("order_1", Some("7"), Money::new(0, Currency::Amd)),
    ] {
        assert!(matches!(ours.refund(&order).await, RefundAnswer::Refused { .. }), "{order:?}");
    }
    let off = adapter_at(&telcell.url, &json!({}));
    assert_eq!(off.lookup(&of("order_1", Some("7"))).await, Lookup::Unsupported);
    assert_eq!(off.refund(&refund_order("order_1", Some("7"), drams("1"))).await, RefundAnswer::Unsupported);
    assert_eq!(off.cancel(&of("order_1", None)).await, Cancelled::Unsupported);
    assert!(matches!(off.check().await, Checked::Unsupported { .. }));
    assert!(telcell.asked().is_empty());
    let gone = adapter_at("http://127.0.0.1:9", &json!({ "server_calls": true }));
    let unsent = gone.refund(&refund_order("order_1", Some("7"), drams("1"))).await;
    assert!(matches!(unsent, RefundAnswer::Refused { .. }), "nobody was reached: {unsent:?}");
}

#[tokio::test]
async fn the_question_is_that_of_the_known_example() {
    let telcell = ByHand::answering(200, "E0006").await;
    let ours = adapter_at(&telcell.url, &json!({ "server_calls": true }));
    ours.refund(&refund_order("PL-2041", Some("778899"), drams("500"))).await;
    ours.lookup(&of("PL-2041", Some("778899"))).await;
    ours.cancel(&of("PL-2041", None)).await;
    let asked = telcell.asked();
    assert_eq!(
        asked[0],
        "/invoices refund_bill%3Aissuer=shop%40example.am&invoice=778899&issuer_id=UEwtMjA0MQ%3D%3D&refund_sum=500.0\
         &checksum=602eaa295cc9431dbb7ccdec0f8bf3d9"
    );
    assert!(asked[1].starts_with(
        "/invoices check_bill%3Aissuer=shop%40example.am&invoice=778899&issuer_id=UEwtMjA0MQ%3D%3D&checksum="
    ));
    assert!(
        asked[2].starts_with("/invoices clear_bill%3Aissuer=shop%40example.am&issuer_id=UEwtMjA0MQ%3D%3D&checksum=")
    );
    assert!(!asked.concat().contains(SHOP_KEY));
}

#[tokio::test]
async fn a_bill_is_withdrawn_until_it_is_paid() {
    let at = AtTelcell::open().await;
    let unclear = |reason: &str| Cancelled::NoAnswer { reason: reason.into() };
    let none = at.telcell.cancel(&of("order_1", None)).await;
    assert_eq!(none, unclear("Telcell answered E0007: no such invoice"), "the form may still be posted");
    at.invoice("order_1").await;
    assert_eq!(at.telcell.cancel(&of("order_1", None)).await, Cancelled::Done);
    assert_eq!(at.sandbox.telcell.orders()[0].status, "CANCELLED FOR REPEAT");
    let (invoice, _) = at.paid("order_2").await;
    let unknown_to_us = at.telcell.cancel(&of("order_2", None)).await;
    assert_eq!(unknown_to_us, unclear("Telcell answered E0007: no such invoice"));
    let before = at.sandbox.telcell.calls().len();
    assert!(matches!(at.telcell.cancel(&of("order_2", Some(&invoice))).await, Cancelled::TooLate { .. }));
    assert_eq!(at.sandbox.telcell.calls().len(), before, "what we know needs no question");
    at.invoice("order_3").await;
    at.sandbox.telcell.set_faults(Faults { cancel: Reply::DropReply, ..Faults::default() });
    assert!(matches!(at.telcell.cancel(&of("order_3", None)).await, Cancelled::NoAnswer { .. }));
}

#[tokio::test]
async fn c2_whatever_is_not_a_clear_answer_leaves_the_question_open() {
    let bill = "invoice=7\nissuer_id=b3JkZXJfMQ==\ncurrency=51\nsum=1500.0\ntime=2026-11-21 14:05:09\nstatus=PAID\n";
    let back = "invoice=7\nissuer_id=b3JkZXJfMQ==\nrefund_sum=500.0\nstatus=PAID\n";
    let ask = async |status: u16, body: &str| {
        let telcell = ByHand::answering(status, body).await;
        let ours = adapter_at(&telcell.url, &json!({ "server_calls": true }));
        let lookup = ours.lookup(&of("order_1", Some("7"))).await;
        let refund = ours.refund(&refund_order("order_1", Some("7"), drams("500"))).await;
        assert_eq!(telcell.asked().len(), 2);
        assert!(!format!("{lookup:?}{refund:?}").contains("Secret Name"));
        (lookup, refund)
    };
    assert!(matches!(ask(200, bill).await.0, Lookup::Found(_)));
    assert!(matches!(ask(200, back).await.1, RefundAnswer::Done(_)));
    for wrong in [
        String::new(),
        "778899".into(),
        "<html>Secret Name</html>".into(),
        "{\"status\":\"PAID\"}".into(),
        bill.replace("invoice=7", "invoice=8"),
        bill.replace("b3JkZXJfMQ==", "?"),
        bill.replace("sum=1500.0\n", ""),
        bill.replace("1500.0", "a lot"),
        bill.replace("currency=51\n", ""),
        bill.replace("status=PAID\n", ""),
        bill.replace("status=PAID", "status=NEW\nstatus=PAID"),
        "buyer=Secret Name\n".into(),
    ] {
        assert!(matches!(ask(200, &wrong).await.0, Lookup::NoAnswer { .. }), "{wrong}");
    }
    for wrong in [
        bill.to_owned(),
        back.replace("invoice=7", "invoice=8"),
        back.replace("b3JkZXJfMQ==", "b3JkZXJfMg=="),
        back.replace("500.0", "50000.0"),
        back.replace("500.0", "5.0"),
        back.replace("refund_sum=500.0\n", ""),
        "OK".into(),
    ] {
        assert!(matches!(ask(200, &wrong).await.1, RefundAnswer::NoAnswer { .. }), "{wrong}");
    }
    for status in [301, 403, 500, 502, 503] {
        assert!(matches!(ask(status, bill).await.0, Lookup::NoAnswer { .. }), "{status}");
        assert!(matches!(ask(status, back).await.1, RefundAnswer::NoAnswer { .. }), "{status}");
    }
    for code in 1..=9 {
        let (lookup, refund) = ask(200, &format!("E000{code} Secret Name")).await;
        assert!(matches!(lookup, Lookup::NoAnswer { .. }), "{code}");
        let unclear = matches!(refund, RefundAnswer::NoAnswer { .. });
        assert_eq!(unclear, code == 6, "E000{code}: {refund:?}");
    }
    let (found, _) = ask(200, &bill.replace("=51", "=981")).await;
    let Lookup::Found(foreign) = found else { panic!("{found:?}") };
    assert_eq!((foreign.amount, foreign.foreign_currency.as_deref()), (None, Some("981")));
}

#[tokio::test]
async fn trying_an_account_out_names_what_is_wrong() {
    let at = AtTelcell::open().await;
    assert_eq!(at.telcell.check().await, Checked::Works { detail: "Telcell knows the shop and takes its key".into() });
    assert!(at.sandbox.telcell.orders().is_empty());
    for (answer, field) in [("E0002", "/settings/issuer"), ("E0005", "/secrets/shop_key")] {
        let telcell = ByHand::answering(200, answer).await;
        let checked = adapter_at(&telcell.url, &json!({ "server_calls": true })).check().await;
        let Checked::Refused { detail } = checked else { panic!("{checked:?}") };
        assert!(detail.contains(field), "{detail}");
    }
    let strange = adapter_at(&at.sandbox.telcell.base_url(), &json!({ "server_calls": true, "issuer": "a@b.am" }));
    let Checked::Refused { detail } = strange.check().await else { panic!("refused") };
    assert!(detail.contains("/settings/issuer"), "{detail}");
    at.sandbox.telcell.set_faults(Faults { lookup: Reply::Fail, ..Faults::default() });
    assert!(matches!(at.telcell.check().await, Checked::NoAnswer { .. }));
}
