//! What is told of the plugin itself: its manifest asks for no more than it uses, and its settings fit its schema.

use serde_json::{Value, json};

#[test]
fn the_manifest_asks_for_no_more_than_it_uses() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = kamurj_manifest::from_folder(folder).expect("a sound manifest");
    assert_eq!((manifest.id.as_str(), manifest.version.as_str()), ("bitrix24", "0.2.0"));
    let hosts: Vec<_> = manifest.hosts.iter().map(|host| host.origin.as_str()).collect();
    assert_eq!(hosts, ["{portal}"]);
    let events: Vec<&str> = kamurj_crm::EVENTS.into_iter().chain(kamurj_crm::tasks::EVENTS).collect();
    assert_eq!(manifest.events, events);
    let secrets: Vec<_> = manifest
        .secrets
        .iter()
        .map(|secret| (secret.name.as_str(), secret.placements.join(" "), secret.required))
        .collect();
    assert_eq!(
        secrets,
        [
            ("webhook_secret", "path".to_owned(), false),
            ("client_secret", String::new(), false),
            ("application_token", "verify".to_owned(), false),
            ("hook_secret", "verify body".to_owned(), false),
        ]
    );
    let connection = &manifest.connections[0];
    assert_eq!((connection.name.as_str(), connection.required, connection.pkce), ("portal_app", false, false));
    assert_eq!(connection.placements, ["body"]);
    let routes: Vec<_> = manifest.routes.iter().map(|route| (route.path.as_str(), route.secret.as_str())).collect();
    assert_eq!(routes, [("event", "application_token"), ("app-event", "hook_secret"), ("button", "hook_secret")]);
    for route in &manifest.routes {
        let stripped: Vec<_> = route.strip.iter().map(|place| place.0.as_str()).collect();
        assert!(stripped.starts_with(&["form:auth[access_token]", "form:auth[refresh_token]"]), "{}", route.path);
        assert!(!route.lane.is_empty(), "messages about one record are handled in order");
    }
    let schedule: Vec<_> = manifest.schedule.iter().map(|one| (one.name.as_str(), one.every_seconds)).collect();
    assert_eq!(schedule, [("catch-up", 600), ("compare", 86_400)]);
}

#[test]
fn the_schema_has_every_view_and_speaks_three_languages() {
    let schema: Value = serde_json::from_str(include_str!("../../settings.schema.json")).expect("JSON");
    for name in ["stages", "invoice_stages"] {
        let views: Vec<&str> =
            schema["properties"][name]["properties"].as_object().expect("stages").keys().map(String::as_str).collect();
        let mut known: Vec<_> = kamurj_crm::View::ALL.map(kamurj_crm::View::name).into();
        known.sort_unstable();
        let mut views = views;
        views.sort_unstable();
        assert_eq!(views, known);
        assert_eq!(schema["properties"][name]["properties"]["paid"]["x-choices"], name);
    }
    fn speak(name: &str, property: &Value) {
        for (plain, others) in [("title", "x-title"), ("description", "x-description")] {
            assert!(property[plain].is_string(), "{name} has no {plain}");
            assert!(property[others]["hy"].is_string() && property[others]["ru"].is_string(), "{name}: {others}");
        }
        for (name, property) in property["properties"].as_object().into_iter().flatten() {
            speak(name, property);
        }
    }
    for (name, property) in schema["properties"].as_object().expect("properties") {
        speak(name, property);
    }
    assert_eq!(schema["required"], json!(["portal"]));
}
