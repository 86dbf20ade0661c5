//! What an operator changes of the merchant, and to whom exceptions are given.

use super::roles::{asks, caller};
use kamurj_access::Role;
use kamurj_store::{exceptions, operators};
use kamurj_tests::acts::{self, one_of};
use kamurj_tests::integrator::Answer;
use kamurj_tests::links::{id, posts, reads};
use kamurj_tests::story;
use reqwest::Method;
use serde_json::{Value, json};

story!(an_owner_changes_what_is_named_and_takes_away_what_is_null, |world| {
    let owner = caller(world, &world.merchant, Role::Owner, true);
    let before = reads(world, "/v1/merchant").await.body;
    let change = r#"{"name":" Gata Palace ","handle":"@palace","contact":null,"locale":"ru",
        "policy":{"late_payment":"accept","grace_seconds":600,"second_person_above":{"value":"50000","currency":"AMD"}}}"#;
    let (status, changed) = asks(world, &owner, "PATCH", "/v1/merchant", change).await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(reads(world, "/v1/merchant").await.body, changed);
    let named = ["name", "handle", "contact", "locale", "host"].map(|name| changed[name].clone());
    assert_eq!(named, [json!("Gata Palace"), json!("@palace"), Value::Null, json!("ru"), Value::Null]);
    let above = json!({ "value": "50000", "currency": "AMD" });
    let policy = json!({ "late_payment": "accept", "grace_seconds": 600, "second_person_above": above,
        "renewals": before["policy"]["renewals"] });
    assert_eq!(changed["policy"], policy);
    let (_, cleared) = asks(world, &owner, "PATCH", "/v1/merchant", r#"{"policy":{"second_person_above":null}}"#).await;
    assert_eq!(cleared["policy"]["second_person_above"], Value::Null);
    assert_eq!((&cleared["name"], &cleared["policy"]["grace_seconds"]), (&json!("Gata Palace"), &json!(600)));
    // The names that lead to this server are for whoever runs it to give.
    let (status, refused) = asks(world, &owner, "PATCH", "/v1/merchant", r#"{"host":"pay.palace.example"}"#).await;
    assert_eq!(status, 422, "{refused}");
    assert!(refused.to_string().contains("host"), "{refused}");
    assert_eq!(reads(world, "/v1/merchant").await.body["host"], Value::Null);
});

story!(what_may_not_be_said_of_a_merchant_is_named_and_changes_nothing, |world| {
    let owner = caller(world, &world.merchant, Role::Owner, true);
    let before = reads(world, "/v1/merchant").await.body;
    let wrong = r#"{"name":"","handle":" ","locale":"de","policy":{"late_payment":"keep","grace_seconds":-1,
        "second_person_above":{"value":"1","currency":"USD"},"renewals":101}}"#;
    let (status, told) = asks(world, &owner, "PATCH", "/v1/merchant", wrong).await;
    let pointers: Vec<_> =
        told["errors"].as_array().expect("errors").iter().map(|error| error["pointer"].clone()).collect();
    let expected = [
        "/name",
        "/handle",
        "/locale",
        "/policy/late_payment",
        "/policy/grace_seconds",
        "/policy/second_person_above/currency",
        "/policy/renewals",
    ];
    assert_eq!((status, pointers), (422, expected.map(Value::from).to_vec()), "{told}");
    for refused in [r#"{"name":null,"nonsense":1}"#, r#"{"policy":{"second_person_above":5}}"#] {
        assert_eq!(asks(world, &owner, "PATCH", "/v1/merchant", refused).await.0, 422, "{refused}");
    }
    let key = Answer::to(world.asks(&world.api_key, Method::PATCH, "/v1/merchant").json(&json!({}))).await;
    key.is_problem(403, "forbidden");
    assert_eq!(reads(world, "/v1/merchant").await.body, before);
});

story!(an_exception_is_given_to_somebody_who_works_here_now_and_taken_back, |world| {
    let neighbour = world.flower_shop().await;
    let app = world.app();
    let mut tx = app.db.write().await.expect("the database writes");
    for (operator, name, merchant) in [
        ("op_ani", "Ani", &world.merchant),
        ("op_gone", "Gone", &world.merchant),
        ("op_other", "Other", &neighbour.merchant),
    ] {
        let email = format!("{operator}@example.am");
        operators::insert(&mut tx, operator, (&email, name, "hy"), 1).await.expect("a row");
        operators::join(&mut tx, operator, merchant, "operator", 1).await.expect("a row");
    }
    operators::change(&mut tx, &world.merchant, "op_gone", "operator", Some(2)).await.expect("a row");
    let opened = exceptions::Exception {
        id: "exc_1".to_owned(),
        merchant_id: world.merchant.clone(),
        mode: kamurj_domain::Mode::Test,
        payment_id: None,
        kind: "unknown_order".to_owned(),
        subject: "inb_1".to_owned(),
        detail: "nobody knows it".to_owned(),
    };
    exceptions::open(&mut tx, &opened, 1).await.expect("a row");
    tx.commit().await.expect("committed");
    let exception = one_of("unknown_order", &acts::exceptions(world, "").await);
    assert_eq!(exception["assignee"], Value::Null);
    let assign = format!("/v1/exceptions/{}/assign", id(&exception));
    let given = posts(world, &assign, &json!({ "operator": "op_ani" })).await;
    assert_eq!(
        (given.status, &given.body["assignee"]),
        (200, &json!({ "id": "op_ani", "name": "Ani" })),
        "{}",
        given.body
    );
    for (query, count) in [("assignee=op_ani", 1), ("assignee=none", 0), ("assignee=op_gone", 0), ("", 1)] {
        assert_eq!(acts::exceptions(world, query).await.len(), count, "{query}");
    }
    assert_eq!(reads(world, "/v1/exceptions?assignee=ani").await.pointers(), ["/assignee"]);
    for wrong in [json!({ "operator": "op_gone" }), json!({ "operator": "op_other" }), json!({})] {
        let refused = posts(world, &assign, &wrong).await;
        assert_eq!((refused.status, refused.pointers()), (422, vec!["/operator"]), "{wrong}: {}", refused.body);
    }
    assert_eq!(one_of("unknown_order", &acts::exceptions(world, "").await)["assignee"]["id"], "op_ani", "as it was");
    let taken = posts(world, &assign, &json!({ "operator": null })).await;
    assert_eq!((taken.status, &taken.body["assignee"]), (200, &Value::Null));
    let nobodys =
        Answer::to(world.asks(&neighbour.api_key, Method::POST, &assign).json(&json!({ "operator": null }))).await;
    nobodys.is_problem(404, "not-found");
});
