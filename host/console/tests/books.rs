//! What is shown once and never again, and forms that come back with what was typed: reconciliation, people, keys, settings.

mod answers;
mod sampled;

use kamurj_console::{Console, Frame, Page, Refusal, Then, areas};
use kamurj_domain::format::Language;
use std::collections::BTreeMap;

fn page(path: &str) -> &'static Page {
    areas().iter().flat_map(|area| area.pages).find(|page| page.path == path).expect("the page is there")
}

fn texts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

/// A page as browsers read it: the engine escapes slashes too.
fn rendered(template: &str, frame: &Frame) -> String {
    let html = Console::new().unwrap().render(template, frame);
    html.unwrap_or_else(|error| panic!("{template}: {error:?}")).replace("&#x2f;", "/")
}

fn refused(path: &str, typed: &[(&str, &str)], faults: &[(&str, &str)]) -> String {
    let mut frame: Frame = sampled::frame(page(path), Language::En);
    frame.values = texts(typed);
    frame.refusal = Some(Refusal { detail: "Not so.".to_owned(), faults: texts(faults), others: Vec::new() });
    rendered(page(path).template, &frame)
}

/// What stands between the opening and the end of the form with this action.
fn form<'a>(html: &'a str, action: &str) -> &'a str {
    let opening = format!("action=\"/console/test{action}\"");
    let (_, rest) = html.split_once(&opening).unwrap_or_else(|| panic!("no form for {action}"));
    rest.split("</form>").next().unwrap_or_default()
}

#[test]
fn answers_that_are_shown_once_are_shown_in_every_language_without_inline_styles_or_handlers() {
    for act in areas().iter().flat_map(|area| area.acts) {
        let Then::Show(template) = act.then else { continue };
        let shown = Language::ALL.map(|language| {
            let frame = answers::frame(act, template, language);
            rendered(template, &frame)
        });
        for html in &shown {
            for forbidden in [" style=", " onclick=", "<style", "javascript:", "{{", "}}"] {
                assert!(!html.contains(forbidden), "{template} holds {forbidden}");
            }
        }
        assert!(shown[0] != shown[1] && shown[1] != shown[2], "{template} is the same in two languages");
    }
}

#[test]
fn a_guessed_mapping_is_filled_in_with_columns_kinds_and_their_words() {
    let act = areas().iter().flat_map(|area| area.acts).find(|act| act.path == "/reconciliation/preview").unwrap();
    let frame = answers::frame(act, "reconciliation_mapping.html", Language::En);
    let html = rendered("reconciliation_mapping.html", &frame);
    let form = form(&html, "/reconciliation");
    for chosen in [
        "<option value=\"Сумма\" selected>",
        "<option value=\"RRN\" selected>",
        "<option value=\"{&quot;column&quot;:&quot;Валюта&quot;}\" selected>",
        "<option value=\"{&quot;column&quot;:&quot;Тип операции&quot;}\" selected>",
        "<option value=\"comma\" selected>",
        "Отмена\nРеверсал</textarea>",
    ] {
        assert!(form.contains(chosen), "{chosen} in {form}");
    }
}

#[test]
fn a_mapping_that_was_refused_comes_back_with_its_columns_and_the_fault_at_its_field() {
    let preview = r#"{"upload":"upl_01","provider":"rbs","file_name":"a.csv","header_row":1,"columns":["Сумма","RRN"],"sample":[],"mapping":{}}"#;
    let typed = [("upload", "upl_01"), ("preview", preview), ("amount", "RRN"), ("reference", "RRN")];
    let html = refused("/reconciliation", &typed, &[("amount", "line 3 is no amount")]);
    let form = form(&html, "/reconciliation");
    assert!(form.contains("<option value=\"RRN\" selected>"), "{form}");
    assert!(form.contains("line 3 is no amount") && form.contains("aria-invalid=\"true\""), "{form}");
    assert!(!html.contains("action=\"/console/test/reconciliation/preview\""), "both steps are shown at once");
}

#[test]
fn a_preview_that_a_browser_spoiled_leads_back_to_the_first_step() {
    let html = refused("/reconciliation", &[("upload", "upl_01"), ("preview", "{\"columns\":")], &[]);
    assert!(html.contains("action=\"/console/test/reconciliation/preview\""));
}

#[test]
fn what_the_bank_has_no_line_for_leads_to_its_payment_and_what_is_to_be_decided() {
    let page = page("/reconciliation/{report}");
    let mut frame = sampled::frame(page, Language::En);
    assert!(!rendered(page.template, &frame).contains("/console/test/payments/pay_10"));
    frame.query = texts(&[("verdict", "ours_only")]);
    let html = rendered(page.template, &frame);
    for link in ["/console/test/payments/pay_10", "/console/test/exceptions?payment=pay_10#exc_05"] {
        assert!(html.contains(&format!("href=\"{link}\"")), "{link}");
    }
}

#[test]
fn a_wrong_code_is_told_in_the_form_of_that_person_alone() {
    let html = refused("/people", &[("operator", "op_02"), ("form", "disable")], &[("_code", "is not right")]);
    assert_eq!(html.matches("is not right").count(), 1);
    assert!(form(&html, "/people/op_02/disable").contains("is not right"));
}

#[test]
fn one_form_of_the_settings_that_is_refused_leaves_the_others_as_they_are() {
    let typed = [("form", "policy"), ("name", "Stolen"), ("grace_seconds", "-1")];
    let html = refused("/settings", &typed, &[("grace_seconds", "must not be below 0")]);
    assert!(form(&html, "/settings/policy").contains("must not be below 0"));
    assert!(!form(&html, "/settings/merchant").contains("Stolen"));
}

#[test]
fn reminders_that_were_set_otherwise_stay_a_choice() {
    let html = refused("/settings", &[], &[]);
    assert!(form(&html, "/settings/reminders").contains("value=\"[90,2880]\" checked"));
}

#[test]
fn every_form_that_posts_carries_what_makes_pressing_it_twice_do_it_once() {
    for area in areas().iter().filter(|area| area.name != "frame") {
        for page in area.pages {
            let html = rendered(page.template, &sampled::frame(page, Language::En));
            for form in html.split("<form method=\"post\" action=\"/console/test/").skip(1) {
                let form = form.split("</form>").next().unwrap_or_default();
                assert!(form.contains("name=\"_key\""), "{}: {form}", page.template);
            }
        }
    }
}

#[test]
fn who_may_not_do_it_is_shown_no_form() {
    for (path, permission) in [("/people", "people"), ("/keys", "keys"), ("/settings/erasure", "erasure")] {
        let mut frame = sampled::frame(page(path), Language::En);
        frame.me.as_mut().unwrap().may.remove(permission);
        let html = rendered(page(path).template, &frame);
        let post = format!("method=\"post\" action=\"/console/test{path}");
        assert!(!html.contains(&post), "{path}");
        frame.me.as_mut().unwrap().may.insert(permission, true);
        assert!(rendered(page(path).template, &frame).contains(&post), "{path}");
    }
}
