//! Payments as they are shown: what can be done with one depends on its status and on who looks, and a form that was refused is the only
//! one that tells of it.

mod sampled;

use kamurj_console::{Console, Frame, Page, Refusal, areas};
use kamurj_domain::format::Language;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ACTS: [&str; 7] = ["send", "refresh", "refunds", "change", "fiscal-receipt", "resolve", "cancel"];

fn page(path: &str) -> &'static Page {
    areas().iter().flat_map(|area| area.pages).find(|page| page.path == path).expect("the page is there")
}

fn rendered(template: &str, frame: &Frame) -> String {
    let html = Console::new().unwrap().render(template, frame);
    html.unwrap_or_else(|error| panic!("{template}: {error:?}")).replace("&#x2f;", "/")
}

fn frame_in(status: &str) -> Frame {
    let mut frame = sampled::frame(page("/payments/{payment}"), Language::En);
    frame.data["payment"]["status"] = json!(status);
    frame
}

fn acts(html: &str) -> Vec<&'static str> {
    ACTS.into_iter().filter(|act| html.contains(&format!("action=\"/console/test/payments/pay_08/{act}\""))).collect()
}

#[test]
fn only_what_a_status_allows_is_offered() {
    let open = ["send", "refresh", "change", "resolve", "cancel"];
    for (status, expected) in [
        ("created", &open[..]),
        ("failed", &open[..]),
        ("pending", &["send", "refresh", "change", "cancel"]),
        ("paid", &["refresh", "refunds", "fiscal-receipt", "resolve"]),
        ("partially_refunded", &["refresh", "refunds", "fiscal-receipt", "resolve"]),
        ("expired", &["refresh", "change", "resolve"]),
        ("cancelled", &["refresh", "resolve"]),
        ("manual_review", &["refresh", "resolve"]),
        ("refunded", &["fiscal-receipt"]),
    ] {
        assert_eq!(acts(&rendered("payment.html", &frame_in(status))), expected, "{status}");
    }
}

#[test]
fn who_may_only_read_is_offered_nothing() {
    for status in ["created", "paid", "manual_review", "expired"] {
        let mut frame = frame_in(status);
        frame.me.as_mut().unwrap().may = BTreeMap::from([("read", true)]);
        let html = rendered("payment.html", &frame);
        assert!(acts(&html).is_empty(), "{status}");
        assert!(html.contains("A-1030"));
    }
}

#[test]
fn what_may_go_back_is_less_by_what_went_back_and_what_is_on_its_way() {
    let html = rendered("payment.html", &frame_in("partially_refunded"));
    assert!(html.contains("name=\"amount\" type=\"text\" autocomplete=\"off\" value=\"21000\""), "{html}");
}

#[test]
fn a_refused_refund_comes_back_with_what_was_typed_and_leaves_the_decision_as_it_is() {
    let mut frame = frame_in("paid");
    let texts = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    };
    frame.values = texts(&[("_form", "refund"), ("amount", "99000"), ("reason", "too small")]);
    let faults = texts(&[("amount", "is more than may go back"), ("_code", "is not right")]);
    frame.refusal = Some(Refusal { detail: "Not so.".to_owned(), faults, others: Vec::new() });
    let html = rendered("payment.html", &frame);
    let form = |act: &str| {
        let (_, rest) = html.split_once(&format!("payments/pay_08/{act}\"")).unwrap();
        rest.split("</form>").next().unwrap().to_owned()
    };
    for told in ["value=\"99000\"", "too small", "is more than may go back", "is not right", "aria-invalid=\"true\""] {
        assert!(form("refunds").contains(told), "{told}");
    }
    assert!(!form("resolve").contains("is not right") && !form("resolve").contains("too small"));
}

#[test]
fn a_payment_of_which_nothing_more_may_be_read_is_still_shown() {
    let mut frame = frame_in("created");
    for name in ["explained", "journal", "share", "given_back", "owed", "doubts"] {
        frame.data.insert(name.to_owned(), Value::Null);
    }
    frame.data["payment"]["channel"] = Value::Null;
    assert_eq!(acts(&rendered("payment.html", &frame)), ["send", "refresh", "change", "resolve", "cancel"]);
}

#[test]
fn every_kind_of_entry_that_the_sample_has_is_told_in_three_languages() {
    let console = Console::new().unwrap();
    let frame = frame_in("paid");
    for entry in frame.data["journal"]["entries"].as_array().unwrap() {
        let key = format!("entry_{}", entry["kind"].as_str().unwrap().replace('.', "_"));
        for language in Language::ALL {
            assert!(console.text(&key, language).is_some(), "{key}");
        }
    }
}
