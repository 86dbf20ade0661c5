//! Settings as forms, drawn from the plugin's schema, with choices that the service really has.

use kamurj_tests::clock::minutes;
use kamurj_tests::in_every_office;
use kamurj_tests::links::reads;
use kamurj_tests::offices::{Office, Trouble};
use reqwest::Method;
use serde_json::{Value, json};

fn field<'v>(fields: &'v Value, pointer: &str) -> &'v Value {
    let all = fields.as_array().map_or(&[][..], Vec::as_slice);
    all.iter()
        .find_map(|one| {
            if one["pointer"] == pointer {
                Some(one)
            } else {
                Some(field(&one["fields"], pointer)).filter(|found| !found.is_null())
            }
        })
        .unwrap_or(&Value::Null)
}

in_every_office!(the_form_has_every_setting_with_what_stands_there_and_what_can_be_chosen, |world, desk| {
    world.passes(minutes(1)).await;
    let form = reads(world, &format!("{}/form?locale=hy", desk.path)).await;
    assert_eq!(form.status, 200, "{}", form.body);
    let settings = world.settings_of(desk.office);
    for name in settings.as_object().expect("settings").keys() {
        let drawn = field(&form.body["fields"], &format!("/{name}"));
        assert!(drawn["label"].as_str().is_some_and(|label| !label.is_empty()), "{name}: {drawn}");
        if drawn["kind"] != "group" {
            assert_eq!(drawn["value"], settings[name], "{name}");
        }
    }
    let secrets = form.body["secrets"].as_array().expect("secrets");
    assert!(!secrets.is_empty() && !form.body.to_string().contains("CANARY"), "{}", form.body);

    let mut lists = Vec::new();
    for name in form.body["lists"].as_array().expect("names").clone() {
        let asked = json!({ "locale": "en", "lists": [name] });
        let choices = world.does(Method::POST, &format!("{}/choices", desk.path), &asked).await;
        assert_eq!(choices.status, 200, "{}", choices.body);
        let list = choices.body["lists"][0].clone();
        assert!(list["outcome"].is_null() && !list["choices"].as_array().expect("choices").is_empty(), "{list}");
        lists.push(list);
        world.passes(minutes(1)).await;
    }
    if desk.office.is_crm() {
        let paid = field(&form.body["fields"], "/stages/paid");
        assert_eq!((&paid["kind"], &paid["choices_from"]), (&json!("choice"), &json!("stages")), "{paid}");
        let stages = lists.iter().find(|list| list["name"] == "stages").expect("stages")["choices"].clone();
        let titles: Vec<&str> =
            stages.as_array().expect("stages").iter().filter_map(|one| one["title"].as_str()).collect();
        let known = if desk.office == Office::Bitrix24 { "Needs a look" } else { "Payment trouble" };
        assert!(titles.iter().any(|title| title.contains(known)), "{titles:?}");
    }
    let wrong = world.does(Method::POST, &format!("{}/choices", desk.path), &json!({ "lists": ["weather"] })).await;
    assert_eq!((wrong.status, wrong.pointers()), (422, vec!["/lists/0"]), "{}", wrong.body);
    assert_eq!(reads(world, &format!("{}/form?locale=de", desk.path)).await.status, 422);
});

in_every_office!(choices_that_nobody_can_tell_now_say_why, |world, desk| {
    world.office_suffers(desk.office, Trouble::Down(true));
    let choices = world.does(Method::POST, &format!("{}/choices", desk.path), &json!({})).await;
    assert_eq!(choices.status, 200, "{}", choices.body);
    for list in choices.body["lists"].as_array().expect("lists") {
        let told = list["outcome"]["message"].as_str().unwrap_or_default();
        // The ERP's list is the plugin's own.
        assert!(desk.office == Office::Erp || !told.is_empty(), "{list}");
    }
});
