//! The set-up and what can be chosen: fields, events, stages, people.

use kamurj_plugin_bitrix24::Bitrix24;
use kamurj_sdk::{Address, Crm, Finding, ListRequest, Wish};
use serde_json::json;

use crate::merchant::{FIELDS, Merchant, settings, settings_with};
use crate::portal::{Fault, Oddity};

fn wish(only_look: bool) -> Wish {
    let address = |path: &str, end: &str| Address {
        path: path.to_owned(),
        url: format!("https://pay.example.am/hooks/ins_1/{path}{end}"),
    };
    let secret = "/{{secret:hook_secret}}";
    let addresses = vec![address("event", ""), address("app-event", secret), address("button", secret)];
    Wish { addresses, only_look, extra: Vec::new() }
}

fn connect(merchant: &Merchant, only_look: bool) -> Vec<(String, String)> {
    merchant.host.new_run("connect");
    let found = Bitrix24::connect(&merchant.host, &wish(only_look)).expect("findings");
    found.into_iter().map(|Finding { name, state, .. }| (name, state)).collect()
}

fn bare(secrets: &[&str]) -> Merchant {
    let merchant = Merchant::with_secrets(&settings(), secrets);
    merchant.portal.borrow_mut().fields = [(2, Vec::new()), (31, Vec::new())].into();
    merchant
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, state)| ((*name).to_owned(), (*state).to_owned())).collect()
}

#[test]
fn an_app_is_set_up_once_and_found_set_up_the_second_time() {
    let merchant = bare(&["portal_app", "hook_secret"]);
    let missing = [
        ("access", "ok"),
        ("stages", "ok"),
        ("deal-fields", "missing"),
        ("invoice-fields", "missing"),
        ("events", "missing"),
        ("button", "ok"),
    ];
    assert_eq!(connect(&merchant, true), pairs(&missing));
    {
        let portal = merchant.portal.borrow();
        assert!(portal.bound.is_empty() && portal.fields[&2].is_empty(), "only looked");
    }
    let made = [
        ("access", "ok"),
        ("stages", "ok"),
        ("deal-fields", "made"),
        ("invoice-fields", "made"),
        ("events", "made"),
        ("button", "ok"),
    ];
    assert_eq!(connect(&merchant, false), pairs(&made));
    {
        let portal = merchant.portal.borrow();
        for (kind, prefix) in [(2, "UF_CRM_"), (31, "UF_CRM_SMART_INVOICE_")] {
            let mut names = portal.fields[&kind].clone();
            let mut expected: Vec<_> = FIELDS.iter().map(|code| format!("{prefix}{code}")).collect();
            names.sort();
            expected.sort();
            assert_eq!(names, expected);
        }
        assert!(portal.labels.contains(&"Payment status".to_owned()), "{:?}", portal.labels);
        let events: Vec<_> = portal.bound.iter().map(|(event, _)| event.as_str()).collect();
        assert_eq!(events, ["ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDYNAMICITEMADD", "ONCRMDYNAMICITEMUPDATE"]);
    }
    let there = made.map(|(name, state)| (name, if state == "made" { "ok" } else { state }));
    for only_look in [true, false] {
        assert_eq!(connect(&merchant, only_look), pairs(&there));
    }
    assert_eq!(merchant.portal.borrow().bound.len(), 4);
}

#[test]
fn whoever_uses_a_webhook_is_told_what_to_do_in_the_portal() {
    let merchant = Merchant::with_secrets(&settings(), &["webhook_secret"]);
    merchant.host.new_run("connect");
    let found = Bitrix24::connect(&merchant.host, &wish(false)).expect("findings");
    let events = found.iter().find(|finding| finding.name == "events").expect("events");
    assert_eq!(events.state, "missing");
    for part in [
        "https://pay.example.am/hooks/ins_1/event for ",
        "ONCRMDEALUPDATE",
        "ONCRMDYNAMICITEMUPDATE",
        "`application_token`",
    ] {
        assert!(events.message.contains(part), "{}", events.message);
    }
    let button = found.iter().find(|finding| finding.name == "button").expect("a button");
    assert_eq!(button.state, "unknown");
    let entered = Merchant::with_secrets(&settings(), &["webhook_secret", "application_token"]);
    assert_eq!(connect(&entered, false)[4], ("events".to_owned(), "unknown".to_owned()));
}

#[test]
fn what_is_not_used_is_not_set_up() {
    let merchant = Merchant::with_settings(
        &json!({ "portal": "https://shop.bitrix24.ru", "user_id": "1", "stages": { "paid": "WON" } }),
    );
    assert_eq!(connect(&merchant, false), pairs(&[("access", "ok"), ("stages", "ok"), ("deal-fields", "ok")]));
}

#[test]
fn refusals_are_findings_and_passing_trouble_is_not() {
    let merchant = bare(&["webhook_secret"]);
    merchant.portal.borrow_mut().oddities.insert(Oddity::IsPlainUser);
    let found = connect(&merchant, false);
    assert_eq!(found[2..4], pairs(&[("deal-fields", "wrong"), ("invoice-fields", "wrong")])[..]);

    let wrong = Merchant::with_settings(&settings_with("stages", json!({ "paid": "GONE" })));
    assert_eq!(connect(&wrong, false)[1], ("stages".to_owned(), "wrong".to_owned()));

    let app = bare(&["portal_app"]);
    assert_eq!(connect(&app, false)[4], ("events".to_owned(), "missing".to_owned()), "no secret for the address yet");
    let app = bare(&["portal_app", "hook_secret"]);
    app.fault("event.bind", Fault::Refuse(403, json!("ACCESS_DENIED")));
    assert_eq!(connect(&app, false)[4], ("events".to_owned(), "wrong".to_owned()));

    for (method, fault, kind) in [
        ("profile", Fault::Refuse(401, json!("NO_AUTH_FOUND")), "auth-needed"),
        ("batch", Fault::Limit, "retry"),
        ("batch", Fault::DropRequest, "retry"),
    ] {
        let merchant = bare(&["webhook_secret"]);
        merchant.fault(method, fault);
        assert_eq!(Bitrix24::connect(&merchant.host, &wish(false)).expect_err("an outcome").kind, kind, "{method}");
    }
}

#[test]
fn stages_funnels_and_people_are_offered_as_they_are_now() {
    let merchant = Merchant::new();
    let offer = |name: &str| {
        let wanted = ListRequest { name: name.to_owned(), language: "en".to_owned(), extra: Vec::new() };
        let items = Bitrix24::offer(&merchant.host, &wanted).expect("a list");
        items.into_iter().map(|item| (item.value, item.title, item.group.unwrap_or_default())).collect::<Vec<_>>()
    };
    let item = |value: &str, title: &str, group: &str| (value.to_owned(), title.to_owned(), group.to_owned());
    let stages = offer("stages");
    assert_eq!(stages.len(), 15);
    assert_eq!(
        (&stages[0], &stages[10]),
        (&item("NEW", "NEW by name", "Cakes"), &item("C9:NEW", "NEW by name", "Lessons"))
    );
    let of_invoices = offer("invoice_stages");
    assert_eq!((of_invoices.len(), &of_invoices[3]), (5, &item("DT31_5:P", "P by name", "Invoices")));
    assert_eq!(offer("request_stages").len(), 20);
    assert_eq!(offer("categories"), [item("0", "Cakes", ""), item("9", "Lessons", "")]);
    assert_eq!(offer("users"), [item("7", "Ani Petrosyan", ""), item("8", "8", "")]);
    assert_eq!(offer("something-else"), []);
}
