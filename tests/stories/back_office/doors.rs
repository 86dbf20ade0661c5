//! One rule by every door: what the console asks a second factor for is had by no password alone, no key, no basic authentication and no
//! foreign page.

use kamurj_access::Role;
use kamurj_tests::clock::minutes;
use kamurj_tests::colleagues::PASSWORD;
use kamurj_tests::integrator::{Answer, link};
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::json;

story!(h3_a_password_alone_opens_no_door, |world| {
    let ani = world.hires(Role::Owner).await;
    for path in ["/v1/payments", "/v1/operators", "/v1/api-keys"] {
        let basic = world.http.get(format!("{}{path}", world.url)).basic_auth(&ani.email, Some(PASSWORD));
        Answer::to(basic).await.is_problem(401, "unauthorized");
        let bearer = world.http.get(format!("{}{path}", world.url)).bearer_auth(PASSWORD);
        Answer::to(bearer).await.is_problem(401, "unauthorized");
    }
    let mut without = ani.clone();
    for code in ["", "000000", PASSWORD] {
        assert_eq!(world.types(&mut without, PASSWORD, code).await.status, 422, "{code}");
    }
    assert!(without.cookie.is_none());
});

story!(h3_a_session_is_no_key_of_the_api_and_a_key_is_no_session, |world| {
    let ani = world.employs(Role::Owner).await;
    let cookie = ani.cookie.clone().expect("a session");
    for request in [
        world.http.get(format!("{}/v1/payments", world.url)).header("cookie", format!("__Host-kamurj={cookie}")),
        world.http.get(format!("{}/v1/payments", world.url)).bearer_auth(&cookie),
    ] {
        Answer::to(request).await.is_problem(401, "unauthorized");
    }
    let page = world.http.get(format!("{}/console/test/payments", world.url)).bearer_auth(&world.api_key);
    let page = page.send().await.expect("an answer");
    assert_eq!(page.headers()["location"], "/console/sign-in");
});

story!(o5_a_refund_needs_a_fresh_code_and_a_code_works_once, |world| {
    let payment = world.orders("A-1", "12500").await;
    world.pays(&link(&payment)).await;
    world.settles().await;
    let mut ani = world.employs(Role::Operator).await;
    world.clock.pass(minutes(6));
    let page = format!("/console/test/payments/{}", payment["id"].as_str().expect("an id"));
    let refunds = format!("{page}/refunds");
    let seen = world.opens_console(&ani, &page).await;
    let key = seen.key_of(&refunds);
    let fields = [("_key", key.as_str()), ("reason", "spoilt"), ("amount", "500")];
    let refused = world.submits(&mut ani, &refunds, &fields).await;
    assert_eq!(refused.status, 403, "{}", refused.html);
    assert!(refused.html.contains("name=\"_code\"") && refused.html.contains("value=\"spoilt\""), "{}", refused.html);
    let wrong = world.submits(&mut ani, &refunds, &[&fields[..], &[("_code", "000000")]].concat()).await;
    assert_eq!(wrong.status, 422, "{}", wrong.html);
    let before = ani.cookie.clone();
    let code = ani.code(world);
    let done = world.submits(&mut ani, &refunds, &[&fields[..], &[("_code", &code)]].concat()).await;
    assert_eq!(done.status, 303, "{}", done.html);
    assert_ne!(ani.cookie, before, "a new proof, a new secret");
    // Pressed twice, or after a lost connection: the same refund, and no second one.
    let again = world.submits(&mut ani, &refunds, &fields).await;
    assert_eq!(again.status, 303, "{}", again.html);
    world.settles().await;
    let shown = world.asks(&world.api_key.clone(), Method::GET, &page.replace("/console/test", "/v1"));
    assert_eq!(Answer::to(shown).await.body["refunded"], json!({ "value": "500", "currency": "AMD" }));
});

story!(l5_forms_that_other_sites_send_do_nothing, |world| {
    let ani = world.employs(Role::Owner).await;
    let cookie = format!("__Host-kamurj={}", ani.cookie.clone().expect("a session"));
    let payment = world.orders("A-1", "12500").await;
    let cancel = format!("/console/test/payments/{}/cancel", payment["id"].as_str().expect("an id"));
    let before = world.books().await;
    for path in [cancel.as_str(), "/console/sign-out", "/console/account/sessions/end-others", "/console/merchant"] {
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("referer", "https://evil.example/"),
        ] {
            let form = [("_key", "k-1"), ("merchant", world.merchant.as_str())];
            let request = world.http.post(format!("{}{path}", world.url)).header("cookie", &cookie).header(name, value);
            let answer = request.form(&form).send().await.expect("an answer");
            assert_eq!(answer.status(), 403, "{path} {name}: {value}");
        }
    }
    assert_eq!(world.books().await, before);
    assert_eq!(still_in(world, &cookie).await, 200);
});

async fn still_in(world: &World, cookie: &str) -> u16 {
    let request = world.http.get(format!("{}/console/account", world.url)).header("cookie", cookie);
    request.send().await.expect("an answer").status().as_u16()
}

story!(l4_nothing_in_the_console_is_changed_by_fetching_it, |world| {
    let ani = world.employs(Role::Owner).await;
    let payment = world.orders("A-1", "12500").await;
    let id = payment["id"].as_str().expect("an id").to_owned();
    let before = world.books().await;
    for area in kamurj_console::areas() {
        for act in area.acts {
            let parts: Vec<&str> =
                act.path.split('/').map(|part| if part.starts_with('{') { id.as_str() } else { part }).collect();
            let seen = world.opens_console(&ani, &format!("/console/test{}", parts.join("/"))).await;
            assert_ne!(seen.status.as_u16() / 100, 5, "{}: {}", act.path, seen.html);
        }
    }
    assert_eq!(world.books().await, before);
});

story!(h7_a_revoked_or_expired_key_is_refused_at_once, |world| {
    let mut ani = world.employs(Role::Owner).await;
    let form = world.opens_console(&ani, "/console/test/keys").await;
    let key = form.key_of("/console/test/keys");
    let fields = [("_key", key.as_str()), ("label", "the site"), ("scopes", "payments"), ("expires_in_days", "30")];
    let made = world.submits(&mut ani, "/console/test/keys", &fields).await;
    assert_eq!(made.status, 200, "{}", made.html);
    let text = made.html.split("kmj_test_").nth(1).expect("the key").split(['"', '<', ' ']).next().expect("its text");
    let theirs = format!("kmj_test_{text}");
    let works = |world: &World| world.asks(&theirs, Method::GET, "/v1/payments");
    assert_eq!(Answer::to(works(world)).await.status, 200);
    let listed = world.opens_console(&ani, "/console/test/keys").await.html;
    assert!(!listed.contains(&theirs) && listed.contains("the site"), "it is shown once: {listed}");
    let id =
        listed.split("/console/test/keys/key_").nth(1).expect("a form").split('/').next().expect("an id").to_owned();
    let revoked = world.submits(&mut ani, &format!("/console/test/keys/key_{id}/revoke"), &[("_key", "k-9")]).await;
    assert_eq!(revoked.status, 303, "{}", revoked.html);
    Answer::to(works(world)).await.is_problem(401, "unauthorized");
});
