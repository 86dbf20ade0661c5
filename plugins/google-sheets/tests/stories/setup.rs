//! Looking whether the spreadsheet can be used, setting it up, and what the manifest asks for.

use crate::book::Fault;
use crate::shop::{EMAIL, Shop, payment};
use kamurj_crm::EVENTS;
use kamurj_manifest::{Grant, RateScope};
use serde_json::json;

fn found(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, state)| ((*name).to_owned(), (*state).to_owned())).collect()
}

#[test]
fn a_check_says_what_is_there_and_changes_nothing() {
    let shop = Shop::bare(&json!({}));
    let before = shop.book().tabs.clone();
    let outcome = shop.check();
    assert_eq!(outcome.kind, "done");
    for part in
        ["“Orders”", EMAIL, "set-up will make the tab `Payments`", "set-up will make the tab `History`", "at set-up"]
    {
        assert!(outcome.message.contains(part), "{}", outcome.message);
    }
    assert_eq!(shop.book().tabs, before);
    shop.connect(false).expect("findings");
    let told = shop.check().message;
    assert!(told.contains("the tab `Payments` is there, the tab `History` is there"), "{told}");
    for (status, word, kind) in [(401, "UNAUTHENTICATED", "auth-needed"), (403, "PERMISSION_DENIED", "bad-request")] {
        shop.fault("get", Fault::Refuse(status, word, "No"));
        assert_eq!(shop.check().kind, kind);
    }
}

#[test]
fn looking_changes_nothing_and_setting_up_makes_everything_once() {
    let shop = Shop::bare(&json!({ "language": "hy" }));
    let blank = shop.book().tabs.clone();
    assert_eq!(shop.connects(true), found(&[("spreadsheet", "ok"), ("tab", "missing"), ("history_tab", "missing")]));
    assert_eq!(shop.book().tabs, blank);

    let made = [
        ("spreadsheet", "ok"),
        ("tab", "made"),
        ("history_tab", "made"),
        ("tab-columns", "made"),
        ("history_tab-columns", "made"),
    ];
    assert_eq!(shop.connects(false), found(&made));
    {
        let tab = shop.tab("Payments");
        assert_eq!(tab.texts(0)[..3], ["Վճարում", "Պատվեր", "Կարգավիճակ"]);
        assert_eq!((tab.texts(0).len(), tab.frozen), (19, 1));
        assert!(tab.columns[..19].iter().all(|tags| tags.len() == 1) && tab.columns[19..].iter().all(Vec::is_empty));
        assert_eq!(shop.tab("History").texts(0).len(), 9);
    }
    let tabs = shop.book().tabs.clone();
    for only_look in [true, false] {
        let expected = made.map(|(name, _)| (name, "ok"));
        assert_eq!(shop.connects(only_look), found(&expected));
        assert_eq!(shop.book().tabs, tabs, "the second time finds what the first made");
    }
}

#[test]
fn a_set_up_whose_answers_are_lost_is_finished_by_the_next() {
    for (place, fault) in [
        (0, Fault::DropReply),
        (0, Fault::DropRequest),
        (1, Fault::DropReply),
        (1, Fault::DropRequest),
        (2, Fault::BreakAfter),
    ] {
        let shop = Shop::bare(&json!({}));
        for _ in 0..place {
            shop.fault("batchUpdate", Fault::Pass);
        }
        shop.fault("batchUpdate", fault);
        let _first = shop.connect(false);
        let states = shop.connects(false);
        assert!(states.iter().all(|(_, state)| state == "ok" || state == "made"), "{place} {fault:?} {states:?}");
        assert_eq!(shop.book().tabs.len(), 3, "{place} {fault:?}");
        assert_eq!(shop.tab("Payments").texts(0).len(), 19);
        shop.tells(&payment("pay_1", "created", 1));
    }
}

#[test]
fn a_tab_that_holds_something_else_is_left_alone() {
    let shop = Shop::bare(&json!({ "tab": "Sheet1" }));
    shop.change("Sheet1", |tab| tab.set(3, 2, json!("our stock")));
    let before = shop.tab("Sheet1").clone();
    let findings = shop.connect(false).expect("findings");
    let wrong = findings.iter().find(|finding| finding.name == "tab-columns").expect("a finding");
    assert!(wrong.state == "wrong" && wrong.message.contains("holds something else"), "{wrong:?}");
    assert_eq!(*shop.tab("Sheet1"), before);
    let outcome = shop.tell(&payment("pay_1", "created", 1));
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("bad-request", "columns"));
    assert_eq!(*shop.tab("Sheet1"), before);
}

#[test]
fn a_blank_tab_is_used_and_headings_of_people_are_taken() {
    let shop = Shop::bare(&json!({ "tab": "Sheet1", "columns": ["status", "amount", "version"] }));
    shop.change("Sheet1", |tab| {
        tab.set(0, 0, json!("Courier"));
        tab.set(0, 1, json!("Сумма"));
        tab.set(0, 2, json!("payment"));
        tab.set(4, 3, json!("theirs"));
    });
    let states = shop.connects(false);
    assert!(states.contains(&("tab-columns".to_owned(), "made".to_owned())), "{states:?}");
    assert_eq!(shop.tab("Sheet1").texts(0), ["Courier", "Сумма", "payment", "Status", "Version"]);
    assert_eq!(shop.tab("Sheet1").texts(4)[5], "theirs", "what stood to the right moved on");
    shop.tells(&payment("pay_1", "created", 1));
    assert_eq!(shop.tab("Sheet1").texts(1), ["", "12500", "pay_1", "awaiting_payment", "1"]);
}

#[test]
fn a_column_that_was_chosen_later_is_added_on_the_right() {
    let shop = Shop::with(&json!({ "columns": ["status"] }));
    shop.tells(&payment("pay_1", "created", 1));
    let more = shop.again(&json!({ "columns": ["status", "phone"] }));
    let looked = more.connects(true);
    assert!(looked.contains(&("tab-columns".to_owned(), "missing".to_owned())), "{looked:?}");
    more.connect(false).expect("findings");
    assert_eq!(shop.tab("Payments").texts(0), ["Payment", "Status", "Phone"]);
    let mut paid = payment("pay_1", "paid", 2);
    paid.customer.phone = Some("+37491234567".to_owned());
    more.tells(&paid);
    assert_eq!(shop.rows("Payments"), [["pay_1", "paid", "+37491234567"].map(str::to_owned).to_vec()]);
}

#[test]
fn a_narrow_tab_is_widened() {
    let shop = Shop::bare(&json!({ "tab": "Sheet1" }));
    shop.change("Sheet1", |tab| tab.columns.truncate(5));
    let states = shop.connects(false);
    assert!(states.contains(&("tab-columns".to_owned(), "made".to_owned())), "{states:?}");
    assert_eq!((shop.tab("Sheet1").texts(0).len(), shop.tab("Sheet1").columns.len()), (19, 19));
    assert_eq!(shop.tab("Sheet1").frozen, 1);
}

#[test]
fn a_viewer_is_told_to_become_an_editor() {
    let shop = Shop::bare(&json!({}));
    shop.book().read_only = true;
    let findings = shop.connect(false).expect("findings");
    let last = findings.last().expect("a finding");
    assert_eq!((last.name.as_str(), last.state.as_str()), ("access", "wrong"));
    assert!(last.message.contains(EMAIL) && last.message.contains("as an editor"), "{}", last.message);
    shop.fault("get", Fault::Refuse(404, "NOT_FOUND", "Requested entity was not found."));
    assert_eq!(shop.connects(false), found(&[("spreadsheet", "wrong")]));
    shop.fault("get", Fault::Refuse(401, "UNAUTHENTICATED", "No"));
    assert_eq!(shop.connect(false).expect_err("no token").kind, "auth-needed");
}

#[test]
fn a_renamed_tab_is_told_and_used_although_another_has_its_title() {
    let shop = Shop::new();
    shop.change("Payments", |tab| "2026".clone_into(&mut tab.title));
    shop.book().tabs.push(crate::book::Tab::new(900, "Payments"));
    let findings = shop.connect(false).expect("findings");
    let tab = findings.iter().find(|finding| finding.name == "tab").expect("a finding");
    assert!(tab.state == "ok" && tab.message.contains("renamed to `2026`"), "{tab:?}");
    assert!(tab.message.contains("although another has that title"), "{tab:?}");
    shop.tells(&payment("pay_1", "created", 1));
    assert_eq!(shop.rows("2026").len(), 1);
}

#[test]
fn before_set_up_nothing_is_written_and_the_tab_is_named() {
    let shop = Shop::bare(&json!({}));
    let outcome = shop.tell(&payment("pay_1", "created", 1));
    assert_eq!(
        (outcome.kind.as_str(), outcome.code.as_str(), outcome.scope.as_str()),
        ("bad-request", "tab", "connection")
    );
    let shop = Shop::bare(&json!({ "history_tab": "Payments" }));
    let outcome = shop.tell(&payment("pay_1", "created", 1));
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("bad-request", "history_tab"));
}

#[test]
fn the_tabs_are_offered() {
    let shop = Shop::new();
    let titles: Vec<String> = shop.offer("tabs").expect("tabs").into_iter().map(|item| item.value).collect();
    assert_eq!(titles, ["Sheet1", "Payments", "History"]);
    assert!(shop.offer("stages").expect("nothing").is_empty());
    shop.fault("get", Fault::Refuse(403, "PERMISSION_DENIED", "No"));
    assert_eq!(shop.offer("tabs").expect_err("no access").kind, "bad-request");
}

#[test]
fn the_manifest_asks_for_no_more_than_it_uses() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = kamurj_manifest::from_folder(folder).expect("a sound manifest");
    assert_eq!((manifest.id.as_str(), manifest.all_payments), ("google-sheets", true));
    assert_eq!(manifest.events, EVENTS);
    assert!(manifest.routes.is_empty());
    let [host] = &manifest.hosts[..] else { panic!("one host") };
    let rate = host.rate.expect("a rate");
    assert_eq!((host.origin.as_str(), rate.requests, rate.per_ms), ("{api_base}", 60, 60_000));
    assert_eq!(rate.scope, RateScope::Installation);
    let [secret] = &manifest.secrets[..] else { panic!("one secret") };
    assert_eq!((secret.name.as_str(), secret.placements.len()), ("private_key", 0), "no request holds the key");
    let [connection] = &manifest.connections[..] else { panic!("one connection") };
    assert_eq!((connection.name.as_str(), connection.grant), ("sheets", Grant::JwtBearer));
    assert_eq!(connection.placements, ["header"]);
    assert_eq!(connection.scopes, ["https://www.googleapis.com/auth/spreadsheets"]);
    let names: Vec<&str> = manifest.schedule.iter().map(|schedule| schedule.name.as_str()).collect();
    assert_eq!(names, ["compare"]);
    for (name, property) in manifest.settings_schema["properties"].as_object().expect("properties") {
        for text in ["title", "description"] {
            assert!(property[text].is_string(), "{name}");
            for language in ["hy", "ru"] {
                assert!(property[format!("x-{text}").as_str()][language].is_string(), "{name} {language}");
            }
        }
    }
    for name in ["tab", "history_tab"] {
        assert_eq!(manifest.settings_schema["properties"][name]["x-choices"], "tabs");
    }
}
