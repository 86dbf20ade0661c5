//! Records that ask for payments: once, again after the payment is over, and a few at a time.

use kamurj_crm::requests::{Why, amount, ask, catch_up, catch_up_regularly};
use kamurj_crm::{Settings, Target};
use kamurj_sdk::testing::MemoryHost;
use kamurj_sdk::{Error, Occurrence, Outcome, Payment};
use serde_json::json;

use crate::book::{Book, payment, settings};

fn asks(host: &MemoryHost, book: &Book, settings: &Settings, why: Why) -> Outcome {
    book.new_delivery();
    ask(host, book, settings, &Target::new("sale", "s1"), why, 1).unwrap_or_else(|outcome| outcome)
}

fn becomes(host: &MemoryHost, place: usize, status: &str) {
    let mut payment = host.payments().remove(place);
    status.clone_into(&mut payment.status);
    host.put_payment(payment);
}

#[test]
fn a_record_asks_again_only_once_its_payment_is_over_and_it_was_moved_in_anew() {
    for (status, moved_at, why, count) in [
        ("created", 2000, Why::Changed, 1),
        ("failed", 2000, Why::Button, 1),
        ("paid", 2000, Why::Button, 1),
        ("manual_review", 2000, Why::Changed, 1),
        ("expired", 1000, Why::Changed, 1),
        ("expired", 2000, Why::Changed, 2),
        ("expired", 1000, Why::Button, 2),
        ("cancelled", 2000, Why::Changed, 2),
    ] {
        let (host, book, settings) = (MemoryHost::new("{}"), Book::default(), settings(&json!({})));
        book.asks("s1", "ask", "12500", 1000);
        asks(&host, &book, &settings, Why::Changed);
        becomes(&host, 0, status);
        book.asks("s1", "ask", "12500", moved_at);
        asks(&host, &book, &settings, why);
        assert_eq!(host.payments().len(), count, "{status} {moved_at} {why:?}");
    }
}

#[test]
fn a_stage_into_which_the_settings_put_what_is_over_asks_for_nothing_by_itself() {
    let stages = json!({ "stages": { "expired": "ask" } });
    let (host, book, settings) = (MemoryHost::new("{}"), Book::default(), settings(&stages));
    book.asks("s1", "ask", "12500", 1000);
    asks(&host, &book, &settings, Why::Changed);
    becomes(&host, 0, "expired");
    book.asks("s1", "ask", "12500", 2000);
    asks(&host, &book, &settings, Why::Changed);
    assert_eq!(host.payments().len(), 1);
    asks(&host, &book, &settings, Why::Button);
    assert_eq!(host.payments().len(), 2);
}

#[test]
fn a_payment_that_came_from_elsewhere_counts_as_the_records_own() {
    let (host, book, settings) = (MemoryHost::new("{}"), Book::default(), settings(&json!({})));
    let expires_at = 1_795_336_400_000;
    host.put_payment(Payment { id: "pay_77".to_owned(), ..payment("created", 1) });
    let shows = |moved_at: u64| {
        book.asks("s1", "ask", "12500", moved_at);
        book.records.borrow_mut().get_mut("s1").unwrap().payment = Some("pay_77".to_owned());
    };
    shows(1000);
    asks(&host, &book, &settings, Why::Changed);
    assert_eq!(host.payments().len(), 1);
    book.records.borrow_mut().get_mut("s1").unwrap().payment = None;
    asks(&host, &book, &settings, Why::Changed);
    assert_eq!(host.payments().len(), 1, "it is remembered");

    let forgetful = MemoryHost::new("{}");
    for payment in host.payments() {
        forgetful.put_payment(payment);
    }
    becomes(&forgetful, 0, "expired");
    shows(expires_at);
    asks(&forgetful, &book, &settings, Why::Changed);
    assert_eq!(forgetful.payments().len(), 1, "it lay there before that payment's time was over");
    shows(expires_at + 1);
    asks(&forgetful, &book, &settings, Why::Changed);
    assert_eq!(forgetful.payments().len(), 2);
    // What stands in the field may be anything, and another record's payment in a copy.
    for named in ["pay_404", "pay_78"] {
        book.records.borrow_mut().get_mut("s1").unwrap().payment = Some(named.to_owned());
        let other = MemoryHost::new("{}");
        let mut elsewhere = Payment { id: "pay_78".to_owned(), ..payment("created", 1) };
        "s2".clone_into(&mut elsewhere.crm.as_mut().unwrap().entity_id);
        other.put_payment(elsewhere);
        asks(&other, &book, &settings, Why::Changed);
        assert_eq!(other.payments().len(), 2, "{named}");
    }
}

#[test]
fn order_numbers_that_are_taken_are_passed_over() {
    let (host, book, settings) = (MemoryHost::new("{}"), Book::default(), settings(&json!({})));
    book.asks("s1", "ask", "12500", 1000);
    let refusal = |code: &str| Error {
        code: code.to_owned(),
        message: "order-id: taken".to_owned(),
        retryable: code == "unavailable",
        retry_after_ms: None,
    };
    host.refuse_next_payment(refusal("unavailable"));
    assert_eq!(asks(&host, &book, &settings, Why::Changed).kind, "retry");
    host.refuse_next_payment(refusal("invalid"));
    assert_eq!(asks(&host, &book, &settings, Why::Changed).kind, "done");
    assert!(book.notes.borrow()[0].1.contains("order-id: taken"), "{:?}", book.notes.borrow());
    host.refuse_next_payment(refusal("conflict"));
    asks(&host, &book, &settings, Why::Changed);
    assert_eq!(host.payments()[0].order_id, "s1-2");
}

fn occurrence(due_at: u64, run: u32) -> Occurrence {
    Occurrence { id: "occ_1".to_owned(), name: "catch-up".to_owned(), due_at, run, extra: Vec::new() }
}

#[test]
fn what_was_lost_is_caught_up_with_a_few_records_a_run() {
    let (host, book, settings) = (MemoryHost::new("{}"), Book::default(), settings(&json!({})));
    for number in 10..25 {
        book.asks(&format!("r{number}"), "ask", if number < 14 { "0" } else { "100" }, 1000);
    }
    book.asks("r99", "elsewhere", "100", 1000);
    let mut asked = vec![0];
    for _ in 0..3 {
        for run in 1..=5 {
            let outcome = catch_up_regularly(&host, &book, &settings, &occurrence(2000, run)).expect("an outcome");
            asked.push(host.payments().len());
            if outcome.kind == "done" {
                break;
            }
            assert!(run < 5 && outcome.code == "more", "an occurrence ends");
        }
    }
    assert!(asked.windows(2).all(|pair| pair[1] - pair[0] <= 4), "{asked:?}");
    assert_eq!((host.payments().len(), book.notes.borrow().len()), (11, 4), "{asked:?}");
}

#[test]
fn a_desk_that_has_its_records_at_hand_asks_them_all_at_once() {
    let (host, book, settings) = (MemoryHost::new("{}"), Book::default(), settings(&json!({})));
    for number in 10..25 {
        book.asks(&format!("r{number}"), "ask", if number < 14 { "0" } else { "100" }, 1000);
    }
    "elsewhere".clone_into(&mut book.orders.borrow_mut().get_mut("r20").unwrap().stage);
    for run in [1, 2] {
        assert_eq!(catch_up(&host, &book, &settings, 0, run).expect("an outcome").kind, "done");
        assert_eq!((host.payments().len(), book.notes.borrow().len()), (10, 4));
    }
}

#[test]
fn catching_up_looks_back_to_where_it_ended_last() {
    let day_ms = 24 * 60 * 60 * 1000;
    let host = MemoryHost::new("{}");
    let (book, settings) = (Book::default(), settings(&json!({})));
    for day in [30, 31, 35, 90] {
        catch_up_regularly(&host, &book, &settings, &occurrence(day * day_ms, 1)).expect("an outcome");
    }
    assert_eq!(book.asked_since.borrow().iter().map(|at| at / day_ms).collect::<Vec<_>>(), [28, 29, 30, 76]);
}

#[test]
fn amounts_are_read_as_crms_write_them() {
    for (text, minor) in [
        ("12500", Some(1_250_000)),
        (" 12500.00 ", Some(1_250_000)),
        ("12500.0000", Some(1_250_000)),
        ("12.5", Some(1250)),
        ("0", None),
        ("0.00", None),
        ("", None),
        (".00", None),
        ("1e5", None),
        ("-5", None),
        ("12.505", None),
        ("12,5", None),
    ] {
        assert_eq!(amount(text, "AMD").ok().map(|amount| amount.minor), minor, "{text}");
    }
    assert!(amount("5", "dram").is_err_and(|why| why.contains("currency")));
}
