//! Trouble on the way to Google and at Google: what is tried again, what waits for a person, and that nothing is written twice.

use crate::book::Fault;
use crate::shop::{EMAIL, Shop, payment};
use serde_json::json;

const ADD: &str = "batchUpdate";
const WRITE: &str = "values:batchUpdateByDataFilter";
const SEARCH: &str = "developerMetadata:search";
const READ: &str = "values:batchGetByDataFilter";

#[test]
fn f2_a_row_is_made_once_whatever_becomes_of_the_answer() {
    let later = Fault::Refuse(503, "UNAVAILABLE", "Later");
    for (fault, expected) in
        [(Fault::DropReply, 1), (Fault::DropRequest, 2), (Fault::Late, 2), (Fault::BreakAfter, 2), (later, 2)]
    {
        for status in ["created", "paid"] {
            let shop = Shop::new();
            shop.fault(ADD, fault);
            let (outcome, runs) = shop.tell_until_settled(&payment("pay_1", status, 1));
            assert_eq!((outcome.kind.as_str(), runs), ("done", expected), "{fault:?} {outcome:?}");
            assert_eq!(shop.rows("Payments").len(), 1, "{fault:?}");
            assert_eq!(shop.rows("History").len(), 1, "{fault:?}");
        }
    }
}

#[test]
fn f2_answers_that_are_lost_again_and_again_make_no_second_row() {
    let faults = [Fault::DropRequest, Fault::DropReply, Fault::Late, Fault::BreakAfter];
    for first in faults {
        for second in faults {
            let shop = Shop::new();
            shop.fault(ADD, first);
            shop.fault(ADD, second);
            let (outcome, _) = shop.tell_until_settled(&payment("pay_1", "created", 1));
            assert_eq!(outcome.kind, "done", "{first:?} {second:?} {outcome:?}");
            assert_eq!((shop.rows("Payments").len(), shop.rows("History").len()), (1, 1), "{first:?} {second:?}");
        }
    }
}

#[test]
fn f2_a_change_whose_answer_is_lost_is_written() {
    for fault in [Fault::DropReply, Fault::DropRequest, Fault::BreakAfter, Fault::Refuse(500, "INTERNAL", "Oops")] {
        let shop = Shop::new();
        shop.tells(&payment("pay_1", "created", 1));
        shop.fault(WRITE, fault);
        let (outcome, runs) = shop.tell_until_settled(&payment("pay_1", "paid", 2));
        assert_eq!(outcome.kind, "done", "{fault:?} {outcome:?}");
        assert!(runs <= 2, "{fault:?} {runs}");
        assert_eq!(shop.shows("pay_1", "Status"), "paid");
        assert_eq!((shop.rows("Payments").len(), shop.rows("History").len()), (1, 2));
    }
}

#[test]
fn a_read_that_fails_is_made_again() {
    for call in [SEARCH, READ] {
        for fault in [Fault::DropReply, Fault::Refuse(503, "UNAVAILABLE", "Later")] {
            let shop = Shop::new();
            shop.tells(&payment("pay_1", "created", 1));
            shop.fault(call, fault);
            let (outcome, runs) = shop.tell_until_settled(&payment("pay_1", "paid", 2));
            assert_eq!((outcome.kind.as_str(), runs), ("done", 2), "{call} {fault:?}");
            assert_eq!(shop.shows("pay_1", "Status"), "paid");
        }
    }
}

#[test]
fn f1_a_used_up_minute_holds_everything_back_for_longer_and_longer() {
    let shop = Shop::new();
    shop.book().writes_left = Some(3);
    shop.tells(&payment("pay_1", "created", 1));
    let mut delivery = crate::shop::owed(&payment("pay_2", "created", 1));
    let mut waits = Vec::new();
    for run in 1..=6 {
        delivery.run = run;
        let outcome = shop.sync(&delivery);
        assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("retry", "RESOURCE_EXHAUSTED"));
        assert_eq!(outcome.scope, "connection", "the quota is the account's");
        waits.push(outcome.retry_after_ms.unwrap_or(0) / 1000);
    }
    assert_eq!(waits, [4, 8, 16, 32, 64, 64]);
    shop.book().writes_left = Some(60);
    delivery.run = 7;
    assert_eq!(shop.sync(&delivery).kind, "done");
    assert_eq!((shop.rows("Payments").len(), shop.rows("History").len()), (2, 2), "nothing twice, nothing lost");
}

#[test]
fn f4_a_refused_token_asks_for_a_new_one_and_the_rest_is_done_then() {
    let shop = Shop::new();
    shop.tells(&payment("pay_1", "created", 1));
    // The row was written, and the token went in the middle.
    shop.fault(ADD, Fault::Refuse(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."));
    let paid = payment("pay_1", "paid", 2);
    let outcome = shop.tell(&paid);
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("auth-needed", "UNAUTHENTICATED"));
    shop.tells(&paid);
    assert_eq!(shop.rows("History").len(), 2);
    assert_eq!(shop.shows("pay_1", "Status"), "paid");
}

#[test]
fn f5_what_a_person_has_to_mend_holds_everything_and_says_how() {
    #[track_caller]
    fn check(call: &'static str, fault: Fault, code: &str, part: &str) {
        let shop = Shop::new();
        shop.tells(&payment("pay_1", "created", 1));
        shop.fault(call, fault);
        let outcome = shop.tell(&payment("pay_1", "paid", 2));
        assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("bad-request", code), "{outcome:?}");
        assert_eq!(outcome.scope, "connection", "{outcome:?}");
        assert!(outcome.message.contains(part), "{}", outcome.message);
        shop.tells(&payment("pay_1", "paid", 2));
        assert_eq!(shop.shows("pay_1", "Status"), "paid");
    }
    check(
        SEARCH,
        Fault::Refuse(403, "PERMISSION_DENIED", "The caller does not have permission"),
        "PERMISSION_DENIED",
        EMAIL,
    );
    check(SEARCH, Fault::Refuse(404, "NOT_FOUND", "Requested entity was not found."), "NOT_FOUND", "`spreadsheet_id`");
    let excel = "This operation is not supported for this document";
    check(SEARCH, Fault::Refuse(400, "FAILED_PRECONDITION", excel), "spreadsheet_id", "Google Sheets");
    let protected = "You are trying to edit a protected cell or object.";
    check(WRITE, Fault::Refuse(400, "INVALID_ARGUMENT", protected), "protected", "protection");
}

#[test]
fn an_editor_who_became_a_viewer_is_told_and_nothing_is_lost() {
    let shop = Shop::new();
    shop.book().read_only = true;
    let outcome = shop.tell(&payment("pay_1", "created", 1));
    assert_eq!((outcome.kind.as_str(), outcome.scope.as_str()), ("bad-request", "connection"));
    assert!(outcome.message.contains("as an editor"), "{}", outcome.message);
    shop.book().read_only = false;
    shop.tells(&payment("pay_1", "created", 1));
    assert_eq!(shop.rows("Payments").len(), 1);
}

#[test]
fn f6_after_three_days_without_google_everything_is_there() {
    let shop = Shop::new();
    let owed: Vec<_> = (1..=5)
        .flat_map(|number| {
            [("created", 1), ("pending", 2), ("paid", 3)].map(|(status, version)| (number, status, version))
        })
        .map(|(number, status, version)| crate::shop::owed(&payment(&format!("pay_{number}"), status, version)))
        .collect();
    shop.book().down = Some((503, "UNAVAILABLE"));
    for run in 1..=40 {
        for delivery in &owed {
            let mut delivery = delivery.clone();
            delivery.run = run;
            assert_eq!(shop.sync(&delivery).kind, "retry");
        }
    }
    shop.book().down = None;
    for delivery in &owed {
        let mut delivery = delivery.clone();
        delivery.run = 41;
        assert_eq!(shop.sync(&delivery).kind, "done");
    }
    assert_eq!((shop.rows("Payments").len(), shop.rows("History").len()), (5, 15));
    for number in 1..=5 {
        assert_eq!(shop.shows(&format!("pay_{number}"), "Status"), "paid");
    }
}

#[test]
fn a_full_tab_is_said_and_another_goes_on() {
    let shop = Shop::new();
    shop.tells(&payment("pay_1", "created", 1));
    let used = shop.tab("Payments").rows.iter().map(|row| row.tags.len()).sum::<usize>();
    assert_eq!(used, 2, "the headings' and the payment's");
    // One letter for each row, so that thirty thousand rows have room.
    let tags = shop.tab("Payments").rows[1].tags.clone();
    assert_eq!((tags[0].key.len(), tags[0].value.len()), (1, 0));
    shop.book().room = 0;
    let outcome = shop.tell(&payment("pay_2", "created", 1));
    assert_eq!(
        (outcome.kind.as_str(), outcome.code.as_str(), outcome.scope.as_str()),
        ("bad-request", "tab-full", "connection")
    );
    assert!(outcome.message.contains("another title in `tab`"), "{}", outcome.message);
    assert_eq!(shop.rows("Payments").len(), 1, "the whole batch was refused");
    shop.book().room = 30_000;
    let next = shop.again(&json!({ "tab": "Payments 2" }));
    next.connect(false).expect("findings");
    next.tells(&payment("pay_2", "created", 1));
    assert_eq!((shop.rows("Payments").len(), shop.rows("Payments 2").len()), (1, 1));
}

#[test]
fn an_id_that_another_row_has_by_chance_is_passed_over() {
    let shop = Shop::new();
    shop.tells(&payment("pay_1", "created", 1));
    // The id of the next payment's tag, on a row of somebody else's.
    let probe = Shop::new();
    probe.tells(&payment("pay_2", "created", 1));
    let id = probe.tab("Payments").rows[1].tags[0].id;
    shop.change("Payments", |tab| {
        let tag = crate::book::Tag { id, key: "mine".to_owned(), value: String::new() };
        tab.rows[40].tags.push(tag);
    });
    for (status, version) in [("created", 1), ("paid", 2)] {
        shop.tells(&payment("pay_2", status, version));
        assert_eq!(shop.rows("Payments").len(), 2);
    }
    assert_eq!(shop.tab("Payments").rows[1].tags[0].id, id + 1);
    assert_eq!(shop.shows("pay_2", "Status"), "paid");
}

#[test]
fn two_payments_whose_ids_fall_together_have_a_row_each() {
    // The first id of a tag, by the rule of the plugin: two payments in two hundred thousand have the same.
    let first_id = |name: &str| {
        let print = kamurj_sdk::fingerprint(name);
        ((print ^ (print >> 32)) & 0x7fff_ffff) % 0x7fff_ffff
    };
    let mut known = std::collections::BTreeMap::new();
    let names = (0..400_000).map(|number| format!("pay_{number}"));
    let pair = names.into_iter().find_map(|name| Some((known.insert(first_id(&name), name.clone())?, name)));
    let (one, other) = pair.expect("two of them");
    let shop = Shop::new();
    shop.tells(&payment(&one, "created", 1));
    shop.tells(&payment(&other, "created", 1));
    let tags = |shop: &Shop| {
        let tab = shop.tab("Payments");
        [&one, &other].map(|name| tab.rows[shop.row_of("Payments", name)].tags[0].id)
    };
    let [first, second] = tags(&shop);
    assert_eq!(second, first + 1);
    for (name, status) in [(&one, "paid"), (&other, "expired"), (&one, "refunded")] {
        shop.tells(&payment(name, status, 3));
        assert_eq!(tags(&shop), [first, second], "neither takes the other's");
    }
    assert_eq!(shop.rows("Payments").len(), 2);
    assert_eq!(
        (shop.shows(&one, "Status").as_str(), shop.shows(&other, "Status").as_str()),
        ("full_refund", "expired")
    );
}

#[test]
fn a_tab_with_more_text_than_can_be_read_is_said() {
    let shop = Shop::new();
    shop.tells(&payment("pay_1", "created", 1));
    shop.fault(READ, Fault::TooLarge);
    let outcome = shop.tell(&payment("pay_1", "paid", 2));
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("bad-request", "too-large"));
    assert!(outcome.message.contains("shorten"), "{}", outcome.message);
}

#[test]
fn a_row_that_is_away_while_it_is_written_is_written_the_next_time() {
    let shop = Shop::new();
    shop.tells(&payment("pay_1", "created", 1));
    // The write is taken, and there was no row with this tag.
    shop.fault(WRITE, Fault::Refuse(200, "", ""));
    let (outcome, runs) = shop.tell_until_settled(&payment("pay_1", "paid", 2));
    assert_eq!((outcome.kind.as_str(), runs), ("done", 2), "{outcome:?}");
    assert_eq!(shop.shows("pay_1", "Status"), "paid");
}

#[test]
fn what_is_logged_and_told_holds_no_customer_and_no_token() {
    let shop = Shop::new();
    let mut paid = payment("pay_1", "paid", 2);
    paid.customer.name = Some("Ani Petrosyan".to_owned());
    paid.customer.phone = Some("+37491234567".to_owned());
    shop.tells(&paid);
    paid.version = 3;
    "failed".clone_into(&mut paid.status);
    shop.tells(&paid);
    shop.change("Payments", |tab| tab.rows[1].tags.clear());
    paid.version = 4;
    "refunded".clone_into(&mut paid.status);
    shop.tells(&paid);
    let lines = shop.host.lines();
    assert_eq!(lines.len(), 2, "{lines:?}");
    for line in lines {
        assert!(!line.text.contains("Ani") && !line.text.contains("+374") && !line.text.contains("secret"), "{line:?}");
    }
}
