//! Tasks: one for each exception, whatever breaks on the way.

use kamurj_sdk::Delivery;
use kamurj_sdk::testing::{self, MemoryHost};
use serde_json::json;

use crate::book::{Book, Fault, payment, settings, settles};

fn told(event: &str, version: u64, open: bool) -> Delivery {
    let exception = json!({ "id": "exc_01KA", "kind": "late_payment", "subject": "", "detail": "Late.", "open": open });
    let mut delivery = testing::delivery(event, payment("manual_review", version));
    delivery.extra =
        vec![("exception".to_owned(), exception.to_string()), ("exception".to_owned(), "no JSON".to_owned())];
    delivery
}

#[test]
fn whatever_breaks_on_the_way_a_task_is_opened_once_and_finished_once() {
    let faults = [Fault::DropReply, Fault::DropRequest, Fault::BreakAfter];
    for one in faults {
        for other in faults {
            let (host, book, settings) = (MemoryHost::new("{}"), Book::default(), settings(&json!({})));
            book.has("s1", "new");
            book.faults.borrow_mut().extend([one, other]);
            assert_eq!(settles(&host, &book, &settings, told("exception.opened", 3, true)).kind, "done");
            assert_eq!(book.tasks.borrow().len(), 1, "{one:?} {other:?}");
            book.faults.borrow_mut().clear();
            book.faults.borrow_mut().extend([one, other]);
            assert_eq!(settles(&host, &book, &settings, told("exception.resolved", 3, false)).kind, "done");
            assert!(!book.tasks.borrow()[0].2, "{one:?} {other:?}");
        }
    }
}

#[test]
fn news_in_any_order_leaves_no_open_task_for_a_settled_exception() {
    for memory_is_lost in [false, true] {
        let (mut host, book, settings) = (MemoryHost::new("{}"), Book::default(), settings(&json!({})));
        book.has("s1", "new");
        settles(&host, &book, &settings, told("exception.opened", 3, true));
        if memory_is_lost {
            host = MemoryHost::new("{}");
        }
        settles(&host, &book, &settings, told("exception.resolved", 4, false));
        settles(&host, &book, &settings, told("exception.resolved", 4, false));
        assert_eq!(book.tasks.borrow().iter().filter(|task| task.2).count(), 0, "{memory_is_lost}");
    }
    let (host, book, settings) = (MemoryHost::new("{}"), Book::default(), settings(&json!({})));
    book.has("s1", "new");
    settles(&host, &book, &settings, told("exception.resolved", 4, false));
    settles(&host, &book, &settings, told("exception.opened", 3, false));
    assert!(book.tasks.borrow().is_empty());
}

#[test]
fn a_task_for_a_record_that_is_gone_stands_alone() {
    let (host, book, settings) = (MemoryHost::new("{}"), Book::default(), settings(&json!({})));
    assert_eq!(settles(&host, &book, &settings, told("exception.opened", 3, true)).kind, "done");
    assert_eq!(book.tasks.borrow().len(), 1);
}
