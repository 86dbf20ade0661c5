//! Events that were lost: records in the asking stages are looked for by the clock.

use serde_json::json;

use crate::merchant::{Merchant, settings};
use crate::portal::Oddity;

#[test]
fn a_deal_whose_event_was_lost_gets_its_payment_within_minutes() {
    let merchant = Merchant::new();
    merchant.deal(12, "UC_ASK");
    merchant.deal(13, "NEW");
    merchant.invoice(7, "DT31_5:ASK");
    merchant.deal(14, "UC_ASK");
    merchant.set(2, 14, "updatedTime", json!("2026-11-01T12:00:00+04:00"));
    assert_eq!(merchant.ticks("catch-up", 1).kind, "done");
    let mut orders: Vec<_> = merchant.host.payments().into_iter().map(|payment| payment.order_id).collect();
    orders.sort();
    assert_eq!(orders, ["B24-12", "B24-7"], "what lies there for weeks asks for nothing now");
    let before = merchant.hits();
    assert_eq!(merchant.ticks("catch-up", 1).kind, "done");
    assert_eq!(merchant.hits() - before, 1, "whoever has asked is not read again");
}

#[test]
fn what_happened_while_the_server_stood_still_is_caught_up_with() {
    let merchant = Merchant::new();
    assert_eq!(merchant.ticks("catch-up", 1).kind, "done");
    // Three days later; the deal was moved two days ago.
    merchant.deal(12, "UC_ASK");
    merchant.host.set_now_ms(merchant.host_now() + 3 * 24 * 60 * 60 * 1000);
    assert_eq!(merchant.ticks("catch-up", 1).kind, "done");
    assert_eq!(merchant.host.payments().len(), 1);
}

#[test]
fn many_records_are_asked_a_few_a_run_and_the_broken_ones_hold_nobody_up() {
    let merchant = Merchant::new();
    for id in 20..40 {
        merchant.deal(id, "UC_ASK");
        if id >= 34 {
            merchant.set(2, id, "opportunity", json!(0));
        }
    }
    for _ in 0..3 {
        for run in 1..=5 {
            if merchant.ticks("catch-up", run).kind == "done" {
                break;
            }
            assert!(run < 5, "an occurrence comes to its end");
        }
    }
    assert_eq!(merchant.host.payments().len(), 14);
    assert_eq!(merchant.comments().len(), 6, "each broken one is told of once");
}

#[test]
fn a_portal_that_ignores_the_filter_makes_nobody_ask() {
    let merchant = Merchant::new();
    merchant.deal(12, "NEW");
    merchant.portal.borrow_mut().oddities.insert(Oddity::IgnoresFilters);
    assert_eq!(merchant.ticks("catch-up", 1).kind, "done");
    assert!(merchant.host.payments().is_empty());
}

#[test]
fn without_asking_stages_the_clock_asks_nothing() {
    let mut unasked = settings();
    unasked["requests"] = json!({});
    let merchant = Merchant::with_settings(&unasked);
    merchant.deal(12, "UC_ASK");
    assert_eq!((merchant.ticks("catch-up", 1).kind.as_str(), merchant.hits()), ("done", 0));
    assert_eq!(merchant.ticks("something-else", 1).kind, "done");
}
