//! One rule by every door: what the console asks a second factor for is had by no password alone, no key, no basic authentication and no
//! foreign page.

use kamurj_access::Role;
use kamurj_server::operators::inviting::{self, Newcomer};
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
    let fields =
        [("_key", key.as_str()), ("_form", "refund"), ("reason", "spoilt"), ("amount", "500"), ("currency", "AMD")];
    let refused = world.sends_form(&mut ani, &refunds, &fields).await;
    assert_eq!(refused.status, 403, "{}", refused.html);
    assert!(refused.html.contains("name=\"_code\"") && refused.html.contains("spoilt"), "{}", refused.html);
    let wrong = world.sends_form(&mut ani, &refunds, &[&fields[..], &[("_code", "000000")]].concat()).await;
    assert_eq!(wrong.status, 422, "{}", wrong.html);
    let before = ani.cookie.clone();
    let code = ani.code(world);
    let done = world.sends_form(&mut ani, &refunds, &[&fields[..], &[("_code", &code)]].concat()).await;
    assert_eq!(done.status, 303, "{}", done.html);
    assert_ne!(ani.cookie, before, "a new proof, a new secret");
    // Pressed twice, or after a lost connection: the same refund, and no second one.
    let again = world.sends_form(&mut ani, &refunds, &fields).await;
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
    let made = world.sends_form(&mut ani, "/console/test/keys", &fields).await;
    assert_eq!(made.status, 200, "{}", made.html);
    let text = made.html.split("kmj_test_").nth(1).expect("the key").split(['"', '<', ' ']).next().expect("its text");
    let theirs = format!("kmj_test_{text}");
    let works = |world: &World| world.asks(&theirs, Method::GET, "/v1/payments");
    assert_eq!(Answer::to(works(world)).await.status, 200);
    let listed = world.opens_console(&ani, "/console/test/keys").await.html.replace("&#x2f;", "/");
    assert!(!listed.contains(&theirs) && listed.contains("the site"), "it is shown once: {listed}");
    let id =
        listed.split("/keys?revoke=key_").nth(1).expect("a way").split(['#', '"']).next().expect("an id").to_owned();
    let revoked = world.sends_form(&mut ani, &format!("/console/test/keys/key_{id}/revoke"), &[("_key", "k-9")]).await;
    assert_eq!(revoked.status, 303, "{}", revoked.html);
    Answer::to(works(world)).await.is_problem(401, "unauthorized");
});

story!(h1_every_page_of_the_console_has_the_strictest_headers_and_is_kept_by_nobody, |world| {
    let ani = world.employs(Role::Owner).await;
    let nobody = world.hires(Role::Auditor).await;
    for (colleague, path, status) in [
        (&nobody, "/console/sign-in", 200),
        (&nobody, "/console/invitations/none", 404),
        (&ani, "/console/test/payments", 200),
        (&ani, "/console/account", 200),
        (&ani, "/console/nowhere/at/all", 404),
        (&ani, "/console/test/payments/pay_none", 404),
    ] {
        let seen = world.opens_console(colleague, path).await;
        assert_eq!(seen.status, status, "{path}: {}", seen.html);
        let header = |name: &str| seen.headers.get(name).map_or("", |value| value.to_str().expect("text"));
        let policy = header("content-security-policy");
        let parts = [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ];
        for part in parts {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{path}: {policy}");
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(header(name), value, "{path} {name}");
        }
        assert!(seen.heading().len() > 2 && seen.html.contains("<main"), "{path} is a page: {}", seen.html);
    }
    let page = world.opens_console(&nobody, "/console/sign-in").await;
    let html = page.html.replace("&#x2f;", "/");
    let style =
        html.split("href=\"/console/assets/").nth(1).and_then(|rest| rest.split('"').next()).expect("a style sheet");
    let asset = world.opens_console(&nobody, &format!("/console/assets/{style}")).await;
    let kept = asset.headers["cache-control"].to_str().ok();
    assert_eq!((asset.status.as_u16(), kept), (200, Some("public, max-age=31536000, immutable")));
    assert_eq!(world.opens_console(&nobody, "/console/assets/style-0.css").await.status, 404);
});

story!(an_address_makes_no_page_say_what_was_not_done, |world| {
    let ani = world.employs(Role::Owner).await;
    let seen = world.opens_console(&ani, "/console/account?done=invitation_gone").await;
    assert!(!seen.html.contains("class=\"done\""), "{}", seen.html);
    let seen = world.opens_console(&ani, "/console/account?done=account_ended").await;
    assert!(seen.html.contains("class=\"done\""), "{}", seen.html);
});

story!(o7_somebody_who_works_for_two_merchants_sees_one_at_a_time, |world| {
    let neighbour = world.flower_shop().await;
    let mut ani = world.hires(Role::Manager).await;
    let app = world.app();
    let also = Newcomer::check(&ani.email, "ani", "en", "auditor").expect("somebody");
    let invited = inviting::by_command(&app, &neighbour.merchant, &also).await.expect("a place");
    assert!(invited.url.is_none(), "an invitation would be a way to another merchant's operator's proofs");
    let ours = world.orders("A-1", "12500").await;
    world.signs_in(&mut ani).await;
    let away = world.opens_console(&ani, "/console/test/payments").await;
    assert_eq!(away.location.as_deref(), Some("/console/merchants"));
    let path = format!("/console/test/payments/{}", ours["id"].as_str().expect("an id"));
    let chosen = neighbour.merchant.clone();
    world.sends_form(&mut ani, "/console/merchant", &[("merchant", &chosen)]).await;
    assert_eq!(world.opens_console(&ani, &path).await.status, 404, "the other merchant's is not there");
    let chosen = world.merchant.clone();
    world.sends_form(&mut ani, "/console/merchant", &[("merchant", &chosen)]).await;
    assert_eq!(world.opens_console(&ani, &path).await.status, 200);
    let elsewhere = world.sends_form(&mut ani, "/console/merchant", &[("merchant", "mer_none")]).await;
    assert_eq!(elsewhere.status, 404);
});
