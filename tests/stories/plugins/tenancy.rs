//! Merchants among each other: components, installations and their versions are their merchant's alone, even by digest.

use kamurj_domain::Mode;
use kamurj_server::install;
use kamurj_tests::integrator::{Answer, order};
use kamurj_tests::story;
use kamurj_tests::uploads::{TOKEN, probing};
use kamurj_tests::world::every_scope;
use reqwest::Method;
use serde_json::json;

story!(h1_another_merchants_component_is_not_there_even_by_its_digest, |world| {
    let neighbour = world.flower_shop().await;
    let digest = world.has_uploaded(probing(|_| ())).await;
    let path = format!("/v1/plugins/{digest}");
    let theirs = Answer::to(world.asks(&neighbour.api_key, Method::GET, &path)).await;
    let nobodys = Answer::to(world.asks(&neighbour.api_key, Method::GET, "/v1/plugins/00")).await;
    assert_eq!((theirs.is_problem(404, "not-found"), &theirs.body).1, &nobodys.body);
    let listed = Answer::to(world.asks(&neighbour.api_key, Method::GET, "/v1/plugins")).await;
    assert_eq!(listed.body["plugins"], json!([]));
    let body = json!({ "plugin": digest, "settings": world.script(&json!([])), "secrets": { "token": TOKEN } });
    let install = |digest: &str| {
        let mut body = body.clone();
        body["plugin"] = json!(digest);
        world.asks(&neighbour.api_key, Method::POST, "/v1/installations").json(&body)
    };
    let (theirs, nobodys) = (Answer::to(install(&digest)).await, Answer::to(install("00")).await);
    assert_eq!(theirs.is_problem(422, "invalid").body, nobodys.body);

    // The same bytes are theirs too once they upload them.
    let taken = Answer::to(world.upload(&neighbour.api_key, probing(|_| ()))).await;
    assert_eq!((taken.status, &taken.body["digest"]), (202, &json!(digest)));
    world.settles().await;
    let made = Answer::to(world.asks(&neighbour.api_key, Method::POST, "/v1/installations").json(&body)).await;
    assert_eq!(made.status, 201, "{}", made.body);
});

story!(h1_another_merchants_installation_is_not_there, |world| {
    let neighbour = world.flower_shop().await;
    let path = world.runs_probing(&json!([])).await;
    let (_, live) =
        install::api_key(&world.app(), &world.merchant, Mode::Live, every_scope("live")).await.expect("a key");
    let before = world.sees(&path).await;
    let routes = [
        (Method::GET, ""),
        (Method::GET, "/versions"),
        (Method::PATCH, ""),
        (Method::DELETE, ""),
        (Method::POST, "/check"),
        (Method::POST, "/setup"),
        (Method::POST, "/activate"),
        (Method::POST, "/rollback"),
    ];
    for key in [&neighbour.api_key, &live] {
        for (method, rest) in &routes {
            let ask = |place: &str| world.asks(key, method.clone(), &format!("{place}{rest}")).json(&json!({}));
            let ours = Answer::to(ask(&path)).await;
            let nobodys = Answer::to(ask("/v1/installations/ins_00000000000000000000000000")).await;
            assert_eq!(ours.is_problem(404, "not-found").body, nobodys.body, "{method} {rest}");
        }
        let listed = Answer::to(world.asks(key, Method::GET, "/v1/installations")).await;
        assert_eq!(listed.body["installations"], json!([]));
    }
    assert_eq!(world.sees(&path).await, before);
});

story!(h1_a_plugin_reaches_no_payment_of_another_merchant, |world| {
    let neighbour = world.flower_shop().await;
    let asked = world.asks(&neighbour.api_key, Method::POST, "/v1/payments").json(&order("B-1", "700"));
    let theirs = Answer::to(asked).await;
    assert_eq!(theirs.status, 201, "{}", theirs.body);
    let own = world.creates(&order("A-1", "500")).await;
    let id = |made: &Answer| made.body["id"].as_str().expect("an id").to_owned();
    let (theirs, own) = (id(&theirs), id(&own));

    let ask = |payment: &str, name: &str| {
        [
            json!({ "do": "get_payment", "key": payment, "keep": format!("{name}-get") }),
            json!({ "do": "propose", "key": name, "payment": payment, "kind": "cancel", "reason": "It asked for it.",
                    "keep": format!("{name}-propose") }),
        ]
    };
    let script: Vec<_> = [ask(&theirs, "theirs"), ask("pay_nobodys", "nobodys"), ask(&own, "own")].concat();
    let path = world.runs_probing(&json!(script)).await;
    assert_eq!(world.knocks(&path, "1").await.status, 200);
    world.settles().await;
    for name in ["get", "propose"] {
        let refused = world.kept(&path, &format!("theirs-{name}")).await.expect("an answer");
        assert_eq!(refused, json!({ "error": "not-found", "retryable": false }).to_string(), "{name}");
        assert_eq!(world.kept(&path, &format!("nobodys-{name}")).await.as_ref(), Some(&refused), "{name}");
    }
    let shown = world.kept(&path, "own-get").await.expect("an answer");
    assert!(shown.contains(&own) && shown.contains("50000"), "{shown}");
    assert_eq!(world.kept(&path, "own-propose").await.as_deref(), Some("\"proposed\""));
    let open = world.exceptions().await;
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!((open[0].kind.as_str(), open[0].payment_id.as_deref()), ("plugin_proposal", Some(own.as_str())));
    let told = Answer::to(world.asks(&neighbour.api_key, Method::GET, "/v1/exceptions")).await;
    assert_eq!((told.status, &told.body["exceptions"]), (200, &json!([])), "nothing was written for them");
    assert_eq!(world.journal(&theirs).await, ["payment.created"]);
});
