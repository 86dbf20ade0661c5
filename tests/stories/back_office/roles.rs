//! The role matrix: every route of the API and every page of the console, asked by every role; whoever may not is told so, and nothing is
//! changed. What may be expected is said by the table of roles and by the route's own description, which a person reads in
//! `docs/roles.md` and `/openapi.json`.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use kamurj_access::{Permission, Role};
use kamurj_domain::Mode;
use kamurj_server::access::{Door, Permits};
use kamurj_server::router;
use kamurj_store::api_keys::{Caller, Session};
use kamurj_tests::clock::minutes;
use kamurj_tests::{World, story};
use serde_json::Value;
use tower::ServiceExt;

/// An operator in this role as the gate knows them.
pub(crate) fn caller(world: &World, merchant: &str, role: Role, is_confirmed: bool) -> Caller {
    let session = Session {
        id: "ses_story".to_owned(),
        is_confirmed,
        origin: None,
        request_id: world.app().ids.new_id("req"),
        action: String::new(),
    };
    Caller {
        key_id: format!("op_{}", role.word()),
        merchant_id: merchant.to_owned(),
        mode: Mode::Test,
        scopes: role.permissions().iter().map(|permission| permission.word().to_owned()).collect(),
        role: role.word().to_owned(),
        session: Some(session),
    }
}

/// Asks as somebody whom the console knows.
pub(crate) async fn asks(world: &World, caller: &Caller, method: &str, path: &str, body: &str) -> (u16, Value) {
    let mut request = Request::builder().method(method).uri(path).body(Body::from(body.to_owned())).expect("a request");
    request.headers_mut().insert("content-type", "application/json".parse().expect("a type"));
    request.extensions_mut().insert(caller.clone());
    let response = world.inside().oneshot(request).await.expect("an answer");
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), 1 << 24).await.expect("a body");
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "x_none" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

story!(h4_every_route_of_the_api_admits_the_roles_that_may_and_no_other, |world| {
    let permits = Permits::of(&router::document());
    let document = serde_json::to_value(router::document()).expect("JSON");
    let described: usize = document["paths"]
        .as_object()
        .expect("paths")
        .values()
        .map(|path| path.as_object().expect("methods").len())
        .sum();
    assert_eq!(permits.all().count(), described, "a route that needs nothing is closed to everybody");
    let merchant = world.merchant.clone();
    let (mut admitted, mut refused) = (0, 0);
    for (method, path, permit) in permits.all() {
        for role in Role::ALL {
            let caller = caller(world, &merchant, role, true);
            let (status, body) = asks(world, &caller, method, &filled(path), "nonsense").await;
            let kind = body["type"].as_str().unwrap_or_default().to_owned();
            if role.may(permit.permission) {
                assert_ne!(kind, "urn:kamurj:problem:forbidden", "{} {method} {path}: {body}", role.word());
                admitted += 1;
            } else {
                assert_eq!(
                    (status, kind.as_str()),
                    (403, "urn:kamurj:problem:forbidden"),
                    "{} {method} {path}",
                    role.word()
                );
                let needs = permit.permission.word();
                assert!(body["detail"].as_str().is_some_and(|detail| detail.contains(needs)), "{body}");
                refused += 1;
            }
        }
    }
    assert!(admitted > 150 && refused > 150, "{admitted} {refused}");
});

story!(h4_what_needs_a_fresh_proof_is_refused_without_one_for_every_role, |world| {
    let permits = Permits::of(&router::document());
    let merchant = world.merchant.clone();
    let mut asked = 0;
    for (method, path, permit) in permits.all() {
        let takes_away = permit.permission == Permission::Exports;
        if !permit.permission.needs_step_up() || (method == "GET" && !takes_away) {
            continue;
        }
        for role in Role::ALL.into_iter().filter(|role| role.may(permit.permission)) {
            let (status, body) = asks(world, &caller(world, &merchant, role, false), method, &filled(path), "{}").await;
            assert_eq!(
                (status, body["type"].as_str()),
                (403, Some("urn:kamurj:problem:step-up-needed")),
                "{method} {path}"
            );
            asked += 1;
        }
    }
    assert!(asked > 30, "{asked}");
});

story!(h3_what_is_for_people_alone_is_refused_to_every_key, |world| {
    let permits = Permits::of(&router::document());
    let people: Vec<_> = permits.all().filter(|(_, _, permit)| permit.door == Door::People).collect();
    assert!(people.len() >= 8, "operators, keys, settings");
    for (method, path, _) in people {
        let method = method.parse().expect("a method");
        let request = world.asks(&world.api_key.clone(), method, &filled(path)).body("{}");
        kamurj_tests::integrator::Answer::to(request).await.is_problem(403, "forbidden");
    }
});

story!(h4_every_page_of_the_console_is_there_for_the_roles_that_may_read_it_and_for_no_other, |world| {
    let pages: Vec<_> =
        kamurj_console::areas().iter().flat_map(|area| area.pages).filter(|page| !page.path.contains('{')).collect();
    assert!(pages.len() >= 10, "{}", pages.len());
    for role in Role::ALL {
        let mut colleague = world.employs(role).await;
        for page in &pages {
            let needs = Permission::from_word(page.needs).expect("a permission");
            let seen = world.opens_console(&colleague, &format!("/console/test{}", page.path)).await;
            let expected = if role.may(needs) { 200 } else { 403 };
            assert_eq!(seen.status, expected, "{} {}: {}", role.word(), page.path, seen.html);
        }
        world.clock.pass(minutes(1));
        world.sends_form(&mut colleague, "/console/sign-out", &[]).await;
    }
    let nobody = world.hires_for(&world.merchant.clone(), Role::Owner, "nobody").await;
    for page in &pages {
        let seen = world.opens_console(&nobody, &format!("/console/test{}", page.path)).await;
        assert_eq!((seen.status.as_u16(), seen.location.as_deref()), (303, Some("/console/sign-in")), "{}", page.path);
    }
});

story!(h4_whoever_may_not_see_customers_sees_them_masked, |world| {
    let mut body = kamurj_tests::integrator::order("A-1", "12500");
    body["customer"] =
        serde_json::json!({ "name": "Կարեն Սարգսյան", "phone": "+37491234567", "email": "karen@example.am" });
    let made = world.creates(&body).await;
    let id = made.body["id"].as_str().expect("an id").to_owned();
    let merchant = world.merchant.clone();
    for role in Role::ALL {
        let caller = caller(world, &merchant, role, true);
        for path in [format!("/v1/payments/{id}"), "/v1/payments".to_owned()] {
            let (status, shown) = asks(world, &caller, "GET", &path, "").await;
            assert_eq!(status, 200);
            let shows = shown.to_string();
            let sees = role.may(Permission::Personal);
            for personal in ["Սարգսյան", "91234567", "karen@"] {
                assert_eq!(shows.contains(personal), sees, "{} {path} {personal}", role.word());
            }
            assert!(shows.contains("12500"), "money is not personal");
        }
    }
});
