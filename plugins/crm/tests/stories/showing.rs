//! What is written into a record, and what is never written over.

use kamurj_crm::View;
use kamurj_sdk::Payment;
use kamurj_sdk::testing::MemoryHost;
use serde_json::json;

use crate::book::{Book, Fault, dram, owed, payment, settings, settles};

#[test]
fn every_order_of_arrival_ends_in_the_newest_state() {
    let told = [payment("created", 1), payment("failed", 2), payment("paid", 3), payment("refunded", 4)];
    for number in 0..24 {
        let mut left: Vec<usize> = (0..4).collect();
        let order = [left.remove(number / 6), left.remove(number % 6 / 2), left.remove(number % 2), left[0]];
        let (host, book, settings) = (MemoryHost::new("{}"), Book::default(), settings(&json!({})));
        book.has("s1", "new");
        for place in order {
            assert_eq!(settles(&host, &book, &settings, owed(&told[place])).kind, "done");
        }
        let end = book.standing("s1");
        assert_eq!(
            (end.view, end.version, end.stage.as_str()),
            (Some(View::FullRefund), 4, "full_refund"),
            "{order:?}"
        );
        assert_eq!(book.notes.borrow().len(), 2, "what happened to the money is noted in any order: {order:?}");
    }
}

#[test]
fn paid_is_never_stepped_back_whatever_the_version_says() {
    for memory_is_lost in [false, true] {
        for status in ["created", "pending", "failed", "expired", "cancelled"] {
            let (mut host, book, settings) = (MemoryHost::new("{}"), Book::default(), settings(&json!({})));
            book.has("s1", "new");
            settles(&host, &book, &settings, owed(&payment("paid", 3)));
            if memory_is_lost {
                host = MemoryHost::new("{}");
            }
            settles(&host, &book, &settings, owed(&payment(status, 9)));
            let end = book.standing("s1");
            assert_eq!((end.view, end.version, end.stage.as_str()), (Some(View::Paid), 3, "paid"), "{status}");
        }
    }
}

#[test]
fn whatever_breaks_on_the_way_a_record_is_made_once_and_noted_once() {
    let faults = [Fault::DropReply, Fault::DropRequest, Fault::BreakAfter];
    for one in faults {
        for other in faults {
            for third in faults {
                let (host, book, settings) = (MemoryHost::new("{}"), Book::default(), settings(&json!({})));
                book.faults.borrow_mut().extend([one, other, third]);
                let lonely = Payment { crm: None, ..payment("paid", 3) };
                assert_eq!(settles(&host, &book, &settings, owed(&lonely)).kind, "done", "{one:?} {other:?} {third:?}");
                assert_eq!(
                    (book.records.borrow().len(), book.notes.borrow().len()),
                    (1, 1),
                    "{one:?} {other:?} {third:?}"
                );
                assert_eq!(book.standing("of-pay_1").view, Some(View::Paid));
            }
        }
    }
}

#[test]
fn a_kind_with_stages_of_its_own_goes_by_them_alone() {
    let (host, book, mut settings) = (MemoryHost::new("{}"), Book::default(), settings(&json!({})));
    settings.stages_of.insert("bill".to_owned(), [("paid".to_owned(), "settled".to_owned())].into());
    for (status, version, stage) in [("created", 1, "new"), ("paid", 2, "settled"), ("refunded", 3, "settled")] {
        let mut payment = payment(status, version);
        "bill".clone_into(&mut payment.crm.as_mut().unwrap().entity_type);
        if version == 1 {
            book.has("s1", "new");
        }
        settles(&host, &book, &settings, owed(&payment));
        assert_eq!(book.standing("s1").stage, stage, "{status}");
    }
}

#[test]
fn what_a_manager_did_since_is_undone_by_news_of_another_state_alone() {
    let (host, book, settings) = (MemoryHost::new("{}"), Book::default(), settings(&json!({})));
    book.has("s1", "new");
    let partly = |version: u64, drams: i64| Payment { refunded: dram(drams), ..payment("partially_refunded", version) };
    settles(&host, &book, &settings, owed(&partly(4, 1000)));
    assert_eq!(book.standing("s1").stage, "partial_refund");
    "shipped".clone_into(&mut book.records.borrow_mut().get_mut("s1").unwrap().stage);
    settles(&host, &book, &settings, owed(&partly(5, 2000)));
    assert_eq!((book.standing("s1").stage.as_str(), book.standing("s1").version), ("shipped", 5));
    settles(&host, &book, &settings, owed(&Payment { refunded: dram(12500), ..payment("refunded", 6) }));
    assert_eq!(book.standing("s1").stage, "full_refund");
    assert_eq!(book.notes.borrow().len(), 3);
}

#[test]
fn a_won_record_is_not_pulled_back_by_whoever_won_it() {
    let (host, book, settings) = (MemoryHost::new("{}"), Book::default(), settings(&json!({})));
    book.has("s1", "won");
    book.records.borrow_mut().get_mut("s1").unwrap().is_won = true;
    for (status, version, stage) in [("pending", 1, "won"), ("paid", 2, "won"), ("manual_review", 3, "manual_review")] {
        settles(&host, &book, &settings, owed(&payment(status, version)));
        assert_eq!(book.standing("s1").stage, stage, "{status}");
    }
}

#[test]
fn a_record_that_is_gone_ends_the_delivery_and_a_foreign_one_is_left_alone() {
    let (host, book, settings) = (MemoryHost::new("{}"), Book::default(), settings(&json!({})));
    assert_eq!(settles(&host, &book, &settings, owed(&payment("paid", 3))).code, "record-gone");
    let mut foreign = payment("paid", 3);
    "other".clone_into(&mut foreign.crm.as_mut().unwrap().plugin);
    assert_eq!(settles(&host, &book, &settings, owed(&foreign)).kind, "done");
    let mut strange = payment("paid", 3);
    "[b]lead".clone_into(&mut strange.crm.as_mut().unwrap().entity_type);
    let outcome = settles(&host, &book, &settings, owed(&strange));
    assert_eq!(
        (outcome.code.as_str(), outcome.message.as_str()),
        ("entity-type", "`[b]lead` is no kind of record here: there are sale, bill")
    );
}
