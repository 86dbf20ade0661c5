//! The check, the set-up, what can be chosen, and what the manifest asks for.

use kamurj_manifest::Scheme;
use serde_json::json;

use crate::account::Fault;
use crate::merchant::Merchant;

fn found(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, state)| ((*name).to_owned(), (*state).to_owned())).collect()
}

#[test]
fn a_check_says_whose_account_it_is_and_changes_nothing() {
    let merchant = Merchant::new();
    let outcome = merchant.check();
    assert_eq!(
        (outcome.kind.as_str(), outcome.message.as_str()),
        ("done", "Connected to Anush, account 7001 of amoCRM, as Ani; the payment fields are there")
    );
    assert!(merchant.amo.borrow().calls.iter().all(|(call, _)| call.starts_with("GET ")));
    // Fields that are missing are made by the set-up, which needs an installation that passed the check.
    merchant.amo.borrow_mut().fields.retain(|(code, _)| !code.starts_with("PAY_"));
    let outcome = merchant.check();
    assert_eq!(outcome.kind, "done");
    assert!(outcome.message.ends_with("10 of the payment fields are missing: run the set-up"), "{}", outcome.message);
}

#[test]
fn a_check_names_the_setting_that_is_wrong() {
    for (settings, code, part) in [
        (json!({ "account_id": "7002" }), "account-id", "`account_id` says 7002, and the account at `account` is 7001"),
        (json!({ "stages": { "paid": "6200001/99" } }), "stage", "`stages.paid` names 6200001/99"),
        (json!({ "stages": { "paid": "6200009/74" } }), "stage", "`stages.paid` names 6200009/74"),
        (json!({ "stages": { "paid": "6200001/70" } }), "stage", "`stages.paid` names 6200001/70"),
        (
            json!({ "requests": { "stages": ["6200001/72", "6200002/72"] } }),
            "stage",
            "`requests.stages` names 6200002/72",
        ),
        (json!({ "pipeline_id": "5" }), "stage", "`pipeline_id` names 5"),
        (json!({ "tasks": { "responsible": "9" } }), "responsible", "`tasks.responsible` names the person 9"),
        (json!({ "mark_invoices": true }), "invoices", "has no list of invoices"),
    ] {
        let merchant = Merchant::with(&settings);
        let outcome = merchant.check();
        assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("bad-request", code), "{settings}");
        assert!(outcome.message.contains(part), "{}", outcome.message);
    }
    let sound = Merchant::with(&json!({ "stages": { "paid": "142", "expired": "143" }, "mark_invoices": true,
        "tasks": { "responsible": "8800002" }, "pipeline_id": "6200002", "account_id": "7001" }));
    sound.amo.borrow_mut().lists.insert(9001, ("invoices", Vec::new()));
    assert_eq!(sound.check().kind, "done");
}

#[test]
fn a_check_tells_what_stands_in_the_way() {
    let merchant = Merchant::new();
    merchant.fault("GET account", Fault::Refuse(404, String::new()));
    let outcome = merchant.check();
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("bad-request", "account"));
    assert!(outcome.message.contains("https://shop.amocrm.ru: check `account`"), "{}", outcome.message);
    merchant.amo.borrow_mut().token = "another";
    assert_eq!(merchant.check().kind, "auth-needed");
    // Prices in another currency than the account's are told, and are no obstacle.
    let other = Merchant::with(&json!({ "currency": "AMD" }));
    other.amo.borrow_mut().currency = "RUB".to_owned();
    assert!(other.check().message.contains("prices read as AMD though they are in RUB"));
    // Whoever may not read people still connects.
    let limited = Merchant::new();
    limited.fault("GET users/#", Fault::Refuse(403, r#"{"status":403}"#.to_owned()));
    assert!(limited.check().message.starts_with("Connected to Anush, account 7001 of amoCRM; "));
}

#[test]
fn looking_changes_nothing_and_setting_up_twice_finds_what_it_made() {
    let merchant = Merchant::new();
    merchant.amo.borrow_mut().fields.clear();
    let before = found(&[("account", "ok"), ("stages", "ok"), ("fields", "missing"), ("webhook", "missing")]);
    assert_eq!(merchant.found(true), before);
    assert!(merchant.amo.borrow().calls.iter().all(|(call, _)| call.starts_with("GET ")));
    let made = found(&[("account", "ok"), ("stages", "ok"), ("fields", "made"), ("webhook", "made")]);
    assert_eq!(merchant.found(false), made);
    let kinds: Vec<(String, String)> = merchant.amo.borrow().fields.clone();
    assert_eq!(kinds.len(), 11);
    assert!(kinds.contains(&("PAY_AT".to_owned(), "date_time".to_owned())));
    let hook = merchant.amo.borrow().hooks[0].clone();
    assert_eq!(hook["settings"], json!(["add_lead", "status_lead", "update_lead"]));
    assert_eq!(hook["destination"], "https://pay.example.am/hooks/ins_1/hook/[secret hook_secret]");
    let ok = found(&[("account", "ok"), ("stages", "ok"), ("fields", "ok"), ("webhook", "ok")]);
    for only_look in [true, false] {
        assert_eq!(merchant.found(only_look), ok);
    }
    assert_eq!((merchant.count("POST leads/custom_fields"), merchant.count("POST webhooks")), (1, 1));
    // What it made is what a delivery writes.
    merchant.lead(10, "6200001/71", 12_500);
    assert_eq!(merchant.tell(&crate::merchant::of_lead(10, "paid", 3)).kind, "done");
}

#[test]
fn answers_that_were_lost_are_read_back() {
    let merchant = Merchant::new();
    merchant.amo.borrow_mut().fields.clear();
    merchant.fault("POST leads/custom_fields", Fault::DropReply);
    merchant.fault("POST webhooks", Fault::DropReply);
    assert_eq!(merchant.found(false)[2..], found(&[("fields", "made"), ("webhook", "made")]));
    let again = Merchant::new();
    again.amo.borrow_mut().fields.clear();
    again.fault("POST leads/custom_fields", Fault::DropRequest);
    again.fault("POST webhooks", Fault::DropRequest);
    assert_eq!(again.found(false)[2..], found(&[("fields", "missing"), ("webhook", "wrong")]));
}

#[test]
fn fields_that_are_partly_there_are_completed_and_those_of_another_kind_are_told() {
    let merchant = Merchant::new();
    merchant.amo.borrow_mut().fields.retain(|(code, _)| code != "PAY_AT" && code != "PAY_LINK");
    assert_eq!(merchant.found(false)[2], ("fields".to_owned(), "made".to_owned()));
    assert_eq!(merchant.amo.borrow().fields.iter().filter(|(code, _)| code == "PAY_ID").count(), 1);
    // Many other fields stand before ours.
    for number in 0..120 {
        merchant.amo.borrow_mut().fields.insert(0, (format!("OTHER_{number}"), "text".to_owned()));
    }
    assert_eq!(merchant.found(true)[2], ("fields".to_owned(), "ok".to_owned()));
    merchant.amo.borrow_mut().fields.retain(|(code, _)| code != "PAY_AT");
    merchant.amo.borrow_mut().fields.push(("PAY_AT".to_owned(), "text".to_owned()));
    let findings = merchant.connect(false).expect("findings");
    assert_eq!(findings[2].state, "wrong");
    assert!(findings[2].message.contains("PAY_AT hold something else"), "{}", findings[2].message);
}

#[test]
fn a_subscription_that_is_not_whole_is_told_and_mended() {
    let ours = "https://pay.example.am/hooks/ins_1/hook/";
    let all = json!(["add_lead", "status_lead", "update_lead"]);
    for (hook, state) in [
        (json!({ "destination": format!("{ours}[secret hook_secret]"), "settings": all, "disabled": true }), "wrong"),
        (json!({ "destination": format!("{ours}[secret hook_secret]"), "settings": ["add_lead"] }), "wrong"),
        (json!({ "destination": format!("{ours}an-older-secret-of-ours"), "settings": all }), "wrong"),
        (json!({ "destination": "https://other.example/hook", "settings": all }), "missing"),
    ] {
        let merchant = Merchant::new();
        merchant.amo.borrow_mut().hooks = vec![hook];
        assert_eq!(merchant.found(true)[3], ("webhook".to_owned(), state.to_owned()));
        assert_eq!(merchant.found(false)[3], ("webhook".to_owned(), "made".to_owned()));
        assert_eq!(merchant.found(true)[3], ("webhook".to_owned(), "ok".to_owned()));
    }
}

#[test]
fn what_cannot_be_set_up_is_told_apart_from_what_cannot_be_found_out() {
    let no_rights = r#"{"title":"Forbidden","status":403}"#.to_owned();
    let merchant = Merchant::new();
    merchant.fault("GET webhooks", Fault::Refuse(403, no_rights.clone()));
    let findings = merchant.connect(false).expect("findings");
    assert_eq!(findings[3].state, "wrong");
    assert!(findings[3].message.contains("administrator"), "{}", findings[3].message);
    for fault in [Fault::Refuse(429, "slow down".to_owned()), Fault::Refuse(401, no_rights), Fault::DropRequest] {
        let merchant = Merchant::new();
        merchant.fault("GET leads/custom_fields", fault);
        assert!(merchant.connect(false).is_err(), "nothing can be found out now");
    }
    let silent = Merchant::with(&json!({ "requests": null }));
    assert_eq!(silent.found(false)[3], ("webhook".to_owned(), "ok".to_owned()));
    assert_eq!(silent.count("GET webhooks"), 0);
    let wrong = Merchant::with(&json!({ "stages": { "paid": "6200001/99" } }));
    assert_eq!(wrong.found(true)[1], ("stages".to_owned(), "wrong".to_owned()));
}

#[test]
fn without_the_secret_nothing_is_subscribed() {
    let merchant = Merchant::new();
    let amo = merchant.amo.clone();
    let remote = amo.clone();
    let host = kamurj_sdk::testing::MemoryHost::new(&crate::merchant::settings().to_string())
        .with_remote(move |request: &kamurj_sdk::Request| remote.borrow_mut().answer(request))
        .with_secret("token");
    let merchant = Merchant { host, amo };
    let findings = merchant.connect(false).expect("findings");
    assert_eq!(findings[3].state, "missing");
    assert!(findings[3].message.contains("enter `hook_secret`"), "{}", findings[3].message);
    assert_eq!(merchant.count("POST webhooks"), 0);
}

#[test]
fn what_can_be_chosen_is_what_the_account_has() {
    let merchant = Merchant::new();
    let shown = |name: &str| {
        let items = merchant.offer(name);
        items.into_iter().map(|item| (item.value, item.title, item.group.unwrap_or_default())).collect::<Vec<_>>()
    };
    let stages = shown("stages");
    assert_eq!(
        stages[0],
        ("6200001/71".to_owned(), "New".to_owned(), "Sales".to_owned()),
        "none can be moved to what comes in"
    );
    assert!(stages.contains(&("6200002/142".to_owned(), "Won".to_owned(), "Repeat".to_owned())));
    assert_eq!(
        stages[stages.len() - 2],
        ("142".to_owned(), "Успешно реализовано, в любой воронке".to_owned(), String::new())
    );
    assert!(shown("open-stages").iter().all(|(value, _, _)| !value.ends_with("142") && !value.ends_with("143")));
    assert_eq!(shown("pipelines")[1], ("6200002".to_owned(), "Repeat".to_owned(), String::new()));
    assert_eq!(shown("users")[0], ("8800001".to_owned(), "Ani".to_owned(), String::new()));
    assert_eq!(shown("colours"), []);
    for number in 0..120 {
        merchant.amo.borrow_mut().users.push((number, "Somebody"));
    }
    assert_eq!(shown("users").len(), 122);
}

#[test]
fn the_manifest_asks_for_no_more_than_it_uses() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = kamurj_manifest::from_folder(folder).expect("a sound manifest");
    assert_eq!(manifest.id, "amocrm");
    let hosts: Vec<&str> = manifest.hosts.iter().map(|host| host.origin.as_str()).collect();
    assert_eq!(hosts, ["{account}"]);
    let rate = manifest.hosts[0].rate.expect("a rate");
    assert!(rate.requests * 1000 / rate.per_ms < 7, "the service takes seven a second");
    let secrets: Vec<_> = manifest
        .secrets
        .iter()
        .map(|secret| (secret.name.as_str(), secret.placements.join(" "), secret.required))
        .collect();
    let expected = [("token", "header"), ("hook_secret", "verify body"), ("client_secret", "")];
    assert_eq!(secrets, expected.map(|(name, places)| (name, places.to_owned(), false)));
    let connection = &manifest.connections[0];
    assert_eq!((connection.name.as_str(), connection.required, connection.pkce), ("account_app", false, false));
    assert_eq!(connection.placements, ["header"]);
    let routes: Vec<_> = manifest.routes.iter().map(|route| (route.path.as_str(), route.scheme)).collect();
    assert_eq!(routes, [("hook", Scheme::PathEqualsSecret), ("button", Scheme::PathEqualsSecret)]);
    let events: Vec<&str> = manifest.events.iter().map(String::as_str).collect();
    let known: Vec<&str> = kamurj_crm::EVENTS.into_iter().chain(kamurj_crm::tasks::EVENTS).collect();
    assert_eq!(events.len(), known.len());
    assert!(known.iter().all(|event| events.contains(event)));
    let schedules: Vec<_> = manifest.schedule.iter().map(|entry| (entry.name.as_str(), entry.every_seconds)).collect();
    assert_eq!(schedules, [("compare", 86_400), ("catch-up", 600)]);
}

#[test]
fn every_setting_has_its_texts_and_every_list_is_offered() {
    fn walk(schema: &serde_json::Value, lists: &mut Vec<String>, path: &str) {
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}/{name}");
            for text in ["title", "description"] {
                assert!(property[text].as_str().is_some_and(|text| !text.is_empty()), "{path}: {text}");
                let translated = &property[format!("x-{text}").as_str()];
                assert!(translated["hy"].is_string() && translated["ru"].is_string(), "{path}: {text}");
            }
            lists.extend(property["x-choices"].as_str().map(str::to_owned));
            walk(property, lists, &path);
        }
    }
    let schema: serde_json::Value = serde_json::from_str(include_str!("../../settings.schema.json")).expect("JSON");
    let mut lists = Vec::new();
    walk(&schema, &mut lists, "");
    lists.sort_unstable();
    lists.dedup();
    assert_eq!(lists, ["open-stages", "pipelines", "stages", "users"]);
    let merchant = Merchant::new();
    for list in lists {
        assert!(!merchant.offer(&list).is_empty(), "{list}");
    }
    let views = schema["properties"]["stages"]["properties"].as_object().expect("stages");
    let views: Vec<&str> = views.keys().map(String::as_str).collect();
    assert_eq!(views, kamurj_crm::View::ALL.map(kamurj_crm::View::name));
}
