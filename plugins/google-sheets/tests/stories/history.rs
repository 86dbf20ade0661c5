//! The history: a row for each event, once.

use crate::book::Fault;
use crate::shop::{Shop, owed, payment};
use kamurj_sdk::Host;
use serde_json::json;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

#[test]
fn each_event_has_its_row_and_the_newest_is_on_top() {
    let shop = Shop::new();
    for (status, version) in [("created", 1), ("paid", 2), ("partially_refunded", 3)] {
        shop.tells(&payment("pay_1", status, version));
    }
    let rows = shop.rows("History");
    let events: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(events, ["payment.partially_refunded", "payment.paid", "payment.created"]);
    let expected = [
        "payment.partially_refunded",
        "pay_1",
        "A-1042",
        "partial_refund",
        "12500",
        "AMD",
        "2500.5",
        "2026-11-21T12:33:20+04:00",
        "3",
    ];
    assert_eq!(rows[0], expected.map(str::to_owned));
}

#[test]
fn an_event_that_came_late_is_history_too() {
    let shop = Shop::new();
    shop.tells(&payment("pay_1", "paid", 5));
    shop.tells(&payment("pay_1", "pending", 2));
    assert_eq!(shop.shows("pay_1", "Status"), "paid");
    assert_eq!(shop.rows("History").len(), 2);
}

#[test]
fn without_a_title_there_is_no_history() {
    let shop = Shop::with(&json!({ "history_tab": "" }));
    shop.tells(&payment("pay_1", "paid", 5));
    let writes = shop.calls().iter().filter(|call| *call == "batchUpdate").count();
    assert_eq!(writes, 1);
    assert!(shop.book().tabs.iter().all(|tab| tab.title != "History"));
}

#[test]
fn f2_a_row_of_the_history_is_added_once_whatever_becomes_of_the_answer() {
    let later = Fault::Refuse(503, "UNAVAILABLE", "Later");
    for (fault, expected) in
        [(Fault::DropReply, 1), (Fault::DropRequest, 2), (Fault::Late, 2), (Fault::BreakAfter, 2), (later, 2)]
    {
        let shop = Shop::new();
        shop.tells(&payment("pay_1", "created", 1));
        shop.fault("batchUpdate", fault);
        let (outcome, runs) = shop.tell_until_settled(&payment("pay_1", "paid", 2));
        assert_eq!((outcome.kind.as_str(), runs), ("done", expected), "{fault:?} {outcome:?}");
        assert_eq!(shop.rows("History").len(), 2, "{fault:?}");
    }
}

#[test]
fn a_delivery_that_is_made_again_adds_nothing() {
    let shop = Shop::new();
    let paid = payment("pay_1", "paid", 2);
    shop.tells(&paid);
    // Under a host that remembers nothing of the first time.
    let other = shop.again(&json!({}));
    other.tells(&paid);
    assert_eq!(shop.rows("History").len(), 1);
    assert_eq!(shop.rows("Payments").len(), 1);
}

#[test]
fn an_id_that_something_else_has_costs_no_event() {
    let shop = Shop::new();
    let paid = payment("pay_1", "paid", 2);
    shop.tells(&paid);
    // The same id for another event: its row is not the one that is there.
    let mut other = owed(&payment("pay_2", "paid", 7));
    other.id = owed(&paid).id;
    let again = shop.again(&json!({}));
    assert_eq!(again.sync(&other).kind, "done");
    assert_eq!(shop.rows("History").len(), 2);
}

#[test]
fn tags_of_old_rows_are_let_go_and_the_rows_stay() {
    let shop = Shop::new();
    let start = shop.host.now_ms();
    shop.tells(&payment("pay_1", "created", 1));
    let tags = |shop: &Shop| shop.tab("History").rows.iter().skip(1).map(|row| row.tags.len()).sum::<usize>();
    assert_eq!(tags(&shop), 1);
    for day in 1..30 {
        shop.host.set_now_ms(start + day * DAY_MS);
        shop.compare();
    }
    assert_eq!(tags(&shop), 1, "a delivery may still be repeated");
    for day in 30..90 {
        shop.host.set_now_ms(start + day * DAY_MS);
        shop.compare();
    }
    assert_eq!(tags(&shop), 0);
    assert_eq!(shop.rows("History").len(), 1);
    assert_eq!(shop.tab("Payments").rows[1].tags.len(), 1, "the tags of payments stay");
}
