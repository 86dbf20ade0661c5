//! What a key may do: every write of the document needs the scope that the document names, reading needs none.

use kamurj_domain::Mode;
use kamurj_sandbox::bank::PayAction;
use kamurj_server::access::words_for_keys;
use kamurj_server::install::{self, NewKey};
use kamurj_tests::clock::{hours, minutes};
use kamurj_tests::integrator::{Answer, link, order};
use kamurj_tests::links::{lesson, makes, reads, with};
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_kamurj-under-test");

/// A key with these scopes.
async fn key(world: &World, scopes: &[&str]) -> String {
    let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    let new = NewKey { label: "of a story".to_owned(), scopes, role: "integration".to_owned() };
    install::api_key(&world.app(), &world.merchant, Mode::Test, new).await.expect("a key").1
}

/// A route of the document: method, path, and the scopes that it says are needed.
struct Route {
    method: Method,
    path: String,
    /// `api_key`, or `session` where no key will do.
    door: String,
    scopes: Vec<String>,
}

async fn routes(world: &World) -> Vec<Route> {
    let document = Answer::to(world.http.get(format!("{}/openapi.json", world.url))).await.body;
    let paths = document["paths"].as_object().expect("paths");
    let mut routes = Vec::new();
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().expect("methods") {
            let needs = operation["security"][0].as_object().expect("what a caller needs");
            let (door, scopes) = needs.iter().next().expect("one way in");
            let scopes = scopes.as_array().expect("words");
            routes.push(Route {
                method: method.to_uppercase().parse().expect("a method"),
                path: path.clone(),
                door: door.clone(),
                scopes: scopes.iter().map(|scope| scope.as_str().expect("a word").to_owned()).collect(),
            });
        }
    }
    routes
}

/// A merchant with a paid payment, an exception that waits for a person, a link, a delivery and an installation; answers their
/// ids by the path's part.
async fn something_of_everything(world: &mut World) -> [(&'static str, String); 6] {
    let id = |value: &Value| value["id"].as_str().expect("an id").to_owned();
    let payment = world.orders("A-1", "12500").await;
    world.pays(&link(&payment)).await;
    world.settles().await;
    let session = world.session();
    let mut tidings = world.tidings(&session, "paid");
    tidings["id"] = json!("ps_unknown");
    assert_eq!(world.posts(&world.notice("msg_strange", &tidings)).await.status, 200);
    world.settles().await;
    let exceptions = reads(world, "/v1/exceptions").await.body;
    let exception = id(&exceptions["exceptions"][0]);
    let link = makes(world, &lesson()).await;
    let deliveries = reads(world, "/v1/deliveries").await.body;
    [
        ("/v1/payments/", id(&payment)),
        ("/v1/exceptions/", exception),
        ("/v1/payment-links/", id(&link)),
        ("/v1/deliveries/", id(&deliveries["deliveries"][0])),
        ("/v1/installations/", world.bitrix24.clone()),
        ("/v1/provider-accounts/", world.account.clone()),
    ]
}

async fn everything(world: &World) -> Vec<String> {
    let mut books = world.books().await;
    let lists = [
        "/v1/payment-links",
        "/v1/exceptions?state=all",
        "/v1/plugins",
        "/v1/installations",
        "/v1/deliveries",
        "/v1/events",
        "/v1/provider-accounts",
        "/v1/branding",
        "/v1/branding/versions",
    ];
    for list in lists {
        books.push(reads(world, list).await.body.to_string());
    }
    books
}

story!(h4_every_write_needs_the_scope_that_the_document_names_and_no_other, |world| {
    // The first night, in which the portal is compared with the journal.
    world.clock.pass(hours(25));
    world.settles().await;
    let ids = something_of_everything(world).await;
    let compared = reads(world, &format!("/v1/installations/{}/comparisons", world.bitrix24)).await.body;
    let comparison = compared["comparisons"][0]["id"].as_str().expect("a comparison").to_owned();
    let plugins = reads(world, "/v1/plugins").await.body;
    let digest = plugins["plugins"][0]["digest"].as_str().expect("a digest").to_owned();
    let place = |path: &str| {
        let path = &path.replace("{comparison}", &comparison);
        let known = ids.iter().find(|(begin, _)| path.starts_with(begin));
        match (path.contains("{id}"), known) {
            (true, Some((_, id))) => path.replace("{id}", id),
            // Of what no key may reach, any id will do.
            (true, None)
                if ["operators", "api-keys", "reconciliations"]
                    .into_iter()
                    .any(|of| path.starts_with(&format!("/v1/{of}/"))) =>
            {
                path.replace("{id}", "x")
            }
            (true, None) => panic!("{path}: this story must know an id for it"),
            (false, _) => path.replace("{digest}", &digest),
        }
    };
    let (readers, writers): (Vec<_>, Vec<_>) =
        routes(world).await.into_iter().partition(|route| route.method == Method::GET);
    assert!(readers.len() >= 8 && writers.len() >= 10, "{} {}", readers.len(), writers.len());
    let nothing = key(world, &[]).await;
    let all = key(world, &words_for_keys()).await;
    for Route { method, path, door, scopes } in readers {
        if door == "session" {
            // A key that could see or make operators and keys would be a door around their second factor.
            Answer::to(world.asks(&all, method, &place(&path))).await.is_problem(403, "forbidden");
            continue;
        }
        if !scopes.is_empty() {
            // What banks say of cardholders, what operators did, whole tables: not for every key.
            Answer::to(world.asks(&nothing, method, &place(&path))).await.is_problem(403, "forbidden");
            continue;
        }
        let answer = Answer::to(world.asks(&nothing, method, &place(&path))).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    }
    for Route { method, path, door, scopes } in writers {
        let [scope] = scopes.as_slice() else { panic!("{method} {path}: the document names no scope: {scopes:?}") };
        if door == "session" {
            let answer = Answer::to(world.asks(&all, method, &place(&path)).json(&json!({}))).await;
            answer.is_problem(403, "forbidden");
            assert!(answer.body["detail"].as_str().expect("a detail").contains("sign in to the console"), "{path}");
            continue;
        }
        let others: Vec<&str> = words_for_keys().into_iter().filter(|word| word != scope).collect();
        assert_eq!(others.len() + 1, words_for_keys().len(), "{method} {path}: `{scope}` is a scope");
        let before = everything(world).await;
        // Whatever is sent, even what would be refused or is no JSON, the scope is asked about first.
        for body in [json!({}), order("B-1", "100"), json!("nonsense")] {
            for scopes in [&[][..], &others[..]] {
                let request = world.asks(&key(world, scopes).await, method.clone(), &place(&path)).json(&body);
                let answer = Answer::to(request.header("idempotency-key", "key of somebody else")).await;
                answer.is_problem(403, "forbidden");
                let detail = answer.body["detail"].as_str().expect("a detail");
                assert!(detail.contains(&format!("`--scope {scope}`")), "{method} {path}: {detail}");
            }
        }
        assert_eq!(everything(world).await, before, "{method} {path}: nothing is changed");
        let allowed = key(world, &[scope]).await;
        let wrong = Answer::to(world.asks(&allowed, method.clone(), &place(&path)).body("nonsense")).await;
        assert_ne!(wrong.status, 403, "{method} {path}: `{scope}` is enough: {}", wrong.body);
    }
});

story!(h4_a_way_out_of_an_exception_needs_the_scope_of_what_it_does, |world| {
    let made = world.creates(&with(order("A-1", "100"), "expires_in", json!(300))).await.body;
    world.goes_to_the_bank(&link(&made)).await;
    world.clock.pass(minutes(6));
    world.sandbox.bank.act(&world.session().id, PayAction::Pay).expect("a session");
    world.settles().await;
    let late = reads(world, "/v1/exceptions?kind=late_payment").await.body["exceptions"][0].clone();
    let path = format!("/v1/exceptions/{}/resolve", late["id"].as_str().expect("late money waits for a person"));
    assert_eq!(late["proposed_actions"], json!(["rule_paid", "refund", "rule_refunded", "dismiss"]));
    let only = key(world, &["exceptions"]).await;
    let before = everything(world).await;
    for (action, scope) in [("rule_paid", "decisions"), ("refund", "refunds"), ("rule_refunded", "decisions")] {
        let body = json!({ "action": action, "reason": "seen", "evidence": "a letter" });
        let answer = Answer::to(world.asks(&only, Method::POST, &path).json(&body)).await;
        answer.is_problem(403, "forbidden");
        let detail = answer.body["detail"].as_str().expect("a detail");
        assert!(detail.contains(&format!("`--scope {scope}`")), "{action}: {detail}");
    }
    assert_eq!(everything(world).await, before);
    let body = json!({ "action": "rule_paid", "reason": "seen", "evidence": "a letter" });
    let both = key(world, &["exceptions", "decisions"]).await;
    let answer = Answer::to(world.asks(&both, Method::POST, &path).json(&body)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
});

story!(a_key_is_made_with_the_scopes_and_role_that_are_asked_for, |world| {
    let of = ["--merchant", &world.merchant.clone(), "--mode", "test"];
    let make =
        |world: &World, more: &[&str]| world.runs(PROGRAM, &[&["admin", "create-api-key"], &of[..], more].concat());
    let made = make(world, &["--scope", "decisions", "--scope", "refunds", "--role", "chief accountant"]);
    assert!(made.status.success(), "{made:?}");
    let made: Value = serde_json::from_slice(&made.stdout).expect("JSON");
    let theirs = made["key"].as_str().expect("a key").to_owned();
    let payment = world.orders("A-1", "12500").await;
    let path = format!("/v1/payments/{}", payment["id"].as_str().expect("an id"));
    let cancel = world.asks(&theirs, Method::POST, &format!("{path}/cancel"));
    Answer::to(cancel).await.is_problem(403, "forbidden");
    let decision = json!({ "outcome": "paid", "reason": "paid in the shop", "evidence": "receipt 17" });
    let decided = Answer::to(world.asks(&theirs, Method::POST, &format!("{path}/resolve")).json(&decision)).await;
    assert_eq!(decided.status, 200, "{}", decided.body);
    let sentence = decided.body["explanation"]["sentence"].as_str().expect("a sentence");
    assert!(sentence.contains("as chief accountant"), "{sentence}");

    let usual: Value = serde_json::from_slice(&make(world, &[]).stdout).expect("JSON");
    let usual = usual["key"].as_str().expect("a key").to_owned();
    let decision = world.asks(&usual, Method::POST, &format!("{path}/resolve")).json(&decision);
    Answer::to(decision).await.is_problem(403, "forbidden");
    let made = Answer::to(world.asks(&usual, Method::POST, "/v1/payments").json(&order("A-2", "100"))).await;
    assert_eq!(made.status, 201, "{}", made.body);

    for (wrong, field) in [
        (
            &["--scope", "payment"][..],
            "--scope: `payment` is none of payments, refunds, decisions, links, plugins, providers, branding, deliveries, \
             exceptions, reconciliation, exports, webhooks, audit",
        ),
        (&["--scope", "payments refunds"][..], "--scope: `payments refunds` is none of"),
        (&["--scope", ""][..], "--scope: `` is none of"),
        (&["--role", " "][..], "--role: must have 1 to 80 characters"),
        (&["--role", &"r".repeat(81)][..], "--role: must have 1 to 80 characters"),
    ] {
        let said = make(world, wrong);
        let line = String::from_utf8(said.stderr).expect("UTF-8");
        assert_eq!((said.status.code(), line.lines().count()), (Some(1), 1), "{line}");
        assert!(line.starts_with(&format!("kamurj: {field}")) && said.stdout.is_empty(), "{line}");
    }
});
