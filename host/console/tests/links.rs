//! Payment links as they are shown: what a link says of itself by its dates and places, and what can be done with it.

mod sampled;

use kamurj_console::{Console, Frame, Page, Refusal, areas};
use kamurj_domain::format::Language;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn page(path: &str) -> &'static Page {
    areas().iter().flat_map(|area| area.pages).find(|page| page.path == path).expect("the page is there")
}

fn frame(path: &str) -> Frame {
    sampled::frame(page(path), Language::En)
}

fn rendered(template: &str, frame: &Frame) -> String {
    let html = Console::new().unwrap().render(template, frame);
    html.unwrap_or_else(|error| panic!("{template}: {error:?}")).replace("&#x2f;", "/")
}

fn with(changes: &[(&str, Value)]) -> String {
    let mut frame = frame("/links/{link}");
    for (name, value) in changes {
        frame.data["link"][*name] = value.clone();
    }
    rendered("link.html", &frame)
}

#[test]
fn a_link_says_whether_it_takes_money_and_why_not() {
    for (state, changes) in [
        ("on", vec![]),
        ("off", vec![("active", json!(false)), ("off_reason", json!({"ru": "Ремонт"}))]),
        ("over", vec![("valid_until", json!("2026-11-24T11:59:59Z"))]),
        ("soon", vec![("valid_from", json!("2026-11-24T12:00:01Z"))]),
        ("full", vec![("cap", json!(17))]),
        ("on", vec![("cap", json!(18))]),
        ("off", vec![("active", json!(false)), ("cap", json!(17)), ("valid_until", json!("2026-11-01T00:00:00Z"))]),
    ] {
        assert!(with(&changes).contains(&format!("badge-links_state-{state}\"")), "{state}: {changes:?}");
    }
}

#[test]
fn a_link_is_switched_off_or_on_by_whoever_may_and_by_nobody_else() {
    let on = with(&[]);
    assert!(on.contains("links/lnk_01/off\"") && on.contains("name=\"active\" value=\"false\""));
    let off = with(&[("active", json!(false))]);
    assert!(off.contains("links/lnk_01/on\"") && !off.contains("links/lnk_01/off\""));
    let mut looking = frame("/links/{link}");
    looking.me.as_mut().unwrap().may = BTreeMap::from([("read", true)]);
    let html = rendered("link.html", &looking);
    assert!(!html.contains("action=\"/console/test/links") && html.contains("08Q2hlY2tvdXRUb2tlb1"));
    looking = frame("/links");
    looking.me.as_mut().unwrap().may = BTreeMap::from([("read", true)]);
    assert!(!rendered("links.html", &looking).contains("/links/new"));
}

#[test]
fn a_form_that_was_refused_is_open_with_what_was_typed_and_the_others_are_as_before() {
    let mut frame = frame("/links/{link}");
    frame.values = BTreeMap::from([
        ("_form".to_owned(), "change".to_owned()),
        ("title_en".to_owned(), "Lesson".to_owned()),
        ("value".to_owned(), "twelve".to_owned()),
    ]);
    frame.refusal = Some(Refusal {
        detail: "One field is wrong.".to_owned(),
        faults: BTreeMap::from([("value".to_owned(), "must be a decimal number".to_owned())]),
        others: Vec::new(),
    });
    let html = rendered("link.html", &frame);
    assert!(html.contains("value=\"twelve\" inputmode=\"decimal\" aria-invalid=\"true\""));
    assert!(html.contains("<details class=\"form\" open><summary>Change") && html.contains("value=\"Lesson\""));
    assert!(html.contains("<details class=\"form danger\"><summary>Switch the link off"));
}

#[test]
fn a_price_that_is_set_is_not_changed_into_an_open_one_by_the_form() {
    assert!(!with(&[]).contains("name=\"least\""));
    let open =
        with(&[("amount", json!({"currency": "AMD", "min": "500", "max": "500000"})), ("quantity", Value::Null)]);
    assert!(open.contains("name=\"least\"") && open.contains("value=\"500000\"") && !open.contains("name=\"value\""));
    let new = rendered("link_new.html", &frame("/links/new"));
    assert!(new.contains("name=\"least\"") && new.contains("name=\"value\""));
}
