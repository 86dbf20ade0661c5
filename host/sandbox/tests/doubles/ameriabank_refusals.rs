//! What Ameriabank's vPOS refuses, without any adapter, with the bank's own errors.

use kamurj_sandbox::gateways::{Act, Gateway};
use serde_json::json;

use crate::ameriabank::{CLIENT, call, keyed, laid_over, merchant, opened, order, session, url};
use crate::world::{World, reply};

#[tokio::test]
async fn wrong_orders_are_refused_with_integer_codes_and_an_empty_id() {
    let world = opened().await;
    world
        .sandbox
        .ameriabank
        .registers(merchant(|client| (client.order_id_min, client.order_id_max) = (410_000, 410_999)));
    for (change, code, words) in [
        (json!({ "ClientID": "another" }), 20, "Incorrect"),
        (json!({ "Username": "another" }), 20, "Incorrect"),
        (json!({ "Password": "another" }), 20, "Incorrect"),
        (json!({ "Password": "" }), 20, "Incorrect"),
        (json!({ "Password": "-" }), 20, "Incorrect"),
        (json!({ "Password": 5 }), 20, "Incorrect"),
        (json!({ "OrderID": "410017" }), 5, "OrderID must be an integer"),
        (json!({ "OrderID": "ORDER-170" }), 5, "OrderID must be an integer"),
        (json!({ "OrderID": 410_017.5 }), 5, "OrderID must be an integer"),
        (json!({ "OrderID": "-" }), 4, "OrderID is required"),
        (json!({ "OrderID": null }), 4, "OrderID is required"),
        (json!({ "OrderID": 409_999 }), 5, "range"),
        (json!({ "OrderID": 411_000 }), 5, "range"),
        (json!({ "OrderID": 0 }), 5, "range"),
        (json!({ "OrderID": 2_147_483_648_i64 }), 5, "range"),
        (json!({ "Amount": "-" }), 4, "Amount is required"),
        (json!({ "Amount": "0" }), 510, "Amount"),
        (json!({ "Amount": 0 }), 510, "Amount"),
        (json!({ "Amount": -10 }), 510, "Amount"),
        (json!({ "Amount": "1500.005" }), 510, "Amount"),
        (json!({ "Amount": "1,500.00" }), 510, "Amount"),
        (json!({ "Amount": true }), 510, "Amount"),
        (json!({ "Currency": "AMD" }), 3, "Currency"),
        (json!({ "Currency": "826" }), 3, "Currency"),
        (json!({ "Currency": 51 }), 5, "Currency must be a string"),
        (json!({ "Description": "-" }), 4, "Description is required"),
        (json!({ "Description": "" }), 4, "Description is required"),
        (json!({ "Opaque": "փորձ" }), 50, "Opaque"),
        (json!({ "Opaque": 41 }), 5, "Opaque must be a string"),
        (json!({ "BackURL": "/back" }), 5, "BackURL"),
        (json!({ "Timeout": "900" }), 5, "Timeout must be an integer"),
    ] {
        let answer = call(&world, "InitPayment", order(change.clone())).await;
        assert_eq!(answer.status, 200, "{change}: errors come with 200, too");
        assert_eq!((&answer.body["PaymentID"], &answer.body["ResponseCode"]), (&json!(""), &json!(code)), "{change}");
        let said = answer.body["ResponseMessage"].as_str().unwrap();
        assert!(said.contains(words), "{change}: {said}");
    }
    assert_eq!(world.sandbox.ameriabank.orders().len(), 0);
    for (number, (change, minor)) in [
        (json!({ "Amount": 10 }), 1_000),
        (json!({ "Amount": 10.0 }), 1_000),
        (json!({ "Amount": "10" }), 1_000),
        (json!({ "Amount": "10.00" }), 1_000),
        (json!({ "Currency": "-" }), 150_000),
        (json!({ "Opaque": "-", "BackURL": "-" }), 150_000),
        (json!({ "Timeout": 1201 }), 150_000),
        (json!({ "Timeout": 0 }), 150_000),
        (json!({ "Timeout": -1 }), 150_000),
        (json!({ "Description": "x".repeat(1_000) }), 150_000),
        (json!({ "Unknown": [1], "PaymentServiceType": 1 }), 150_000),
        (json!({ "OrderID": "-", "OrderId": 410_500 }), 150_000),
    ]
    .into_iter()
    .enumerate()
    {
        let mut body = order(change);
        if let Some(id) = body.get_mut("OrderID") {
            *id = (410_100 + number).into();
        }
        let answer = call(&world, "InitPayment", body.clone()).await;
        assert_eq!(answer.body["ResponseCode"], 1, "{body}: {}", answer.body);
        let order = world.sandbox.ameriabank.orders().pop().unwrap();
        assert_eq!((order.amount_minor, order.currency.as_str()), (minor, "AMD"), "{body}");
    }
}

#[tokio::test]
async fn in_test_mode_only_ten_drams_go_through() {
    let world = World::start().await;
    world.sandbox.ameriabank.registers(merchant(|client| client.test_mode = true));
    for (amount, currency, code) in [
        ("10.00", "051", 1),
        ("10", "051", 1),
        ("11", "051", 560),
        ("1000", "051", 560),
        ("0.10", "051", 560),
        ("10.00", "840", 560),
    ] {
        let answer = call(&world, "InitPayment", order(json!({ "Amount": amount, "Currency": currency }))).await;
        assert_eq!(answer.body["ResponseCode"], code, "{amount} {currency}");
    }
}

#[tokio::test]
async fn what_is_wrong_about_a_question_has_its_code() {
    let world = opened().await;
    let id = session(&world).await;
    world.sandbox.ameriabank.act(&id, Act::Pay).unwrap();
    let by_number =
        |change| laid_over(json!({ "ClientID": CLIENT, "Username": "u", "Password": "p", "OrderID": 410_017 }), change);
    for (operation, body, code) in [
        ("GetPaymentDetails", keyed(&id, json!({})), "00"),
        ("GetPaymentDetails", keyed(&id.to_lowercase(), json!({})), "00"),
        // Observed: a wrong password is a system error here, and 20 elsewhere.
        ("GetPaymentDetails", keyed(&id, json!({ "Password": "q" })), "550"),
        ("GetPaymentDetails", keyed(&id, json!({ "Username": "-" })), "550"),
        ("GetPaymentDetails", keyed("none", json!({})), "06"),
        ("GetPaymentId", by_number(json!({})), "00"),
        ("GetPaymentId", by_number(json!({ "ClientID": "another" })), "20"),
        ("GetPaymentId", by_number(json!({ "Password": "q" })), "20"),
        ("GetPaymentId", by_number(json!({ "OrderID": "410017" })), "05"),
        ("GetPaymentId", by_number(json!({ "OrderID": "-" })), "04"),
        ("GetPaymentId", by_number(json!({ "OrderID": 1 })), "06"),
        ("RefundPayment", keyed(&id, json!({ "Amount": 10, "Password": "q" })), "20"),
        ("RefundPayment", keyed("none", json!({ "Amount": 10 })), "06"),
        ("RefundPayment", keyed(&id, json!({})), "04"),
        ("RefundPayment", keyed(&id, json!({ "Amount": 0 })), "510"),
        ("RefundPayment", keyed(&id, json!({ "Amount": "x" })), "510"),
        ("RefundPayment", keyed(&id, json!({ "Amount": "1500.01" })), "07"),
        ("CancelPayment", keyed(&id, json!({ "Password": "q" })), "20"),
        ("CancelPayment", keyed("none", json!({})), "06"),
    ] {
        let answer = call(&world, operation, body.clone()).await;
        assert_eq!((answer.status, &answer.body["ResponseCode"]), (200, &json!(code)), "{operation} {body}");
    }
    let found = call(&world, "GetPaymentId", by_number(json!({}))).await;
    let expected = json!({ "PaymentId": id.to_lowercase(), "ResponseCode": "00", "ResponseMessage": "" });
    assert_eq!(found.body, expected, "this spelling, lower case, an empty message");
    let stolen = merchant(|client| {
        "other".clone_into(&mut client.client_id);
        "v".clone_into(&mut client.username);
    });
    world.sandbox.ameriabank.registers(stolen);
    let other = call(&world, "GetPaymentDetails", keyed(&id, json!({ "Username": "v" }))).await;
    assert_eq!(other.body["ResponseCode"], "06", "another client's order");
    assert_eq!(world.sandbox.ameriabank.orders()[0].refunded_minor, 0);
}

#[tokio::test]
async fn requests_that_reach_no_operation_are_refused_as_asp_net_does() {
    let world = opened().await;
    let post = |operation: &str| world.client.post(url(&world, operation));
    for (case, request, status) in [
        ("the plural of the manual", post("RefundPayments").json(&json!({})), 404),
        ("no operation", world.client.post(url(&world, "")), 404),
        ("another path", world.client.get(format!("{}/ameriabank/x", world.sandbox.bank_url)), 404),
        ("another method", world.client.get(url(&world, "InitPayment")), 405),
        ("a form", post("InitPayment").form(&[("OrderID", "1")]), 415),
        ("no JSON", post("InitPayment").header("content-type", "application/json").body("{"), 500),
        ("a list", post("InitPayment").json(&json!([])), 500),
        ("no page", world.client.get(format!("{}/ameriabank/Payments/Pay", world.sandbox.bank_url)), 404),
        ("no such page", world.client.get(format!("{}/ameriabank/Payments/Pay?id=x", world.sandbox.bank_url)), 404),
    ] {
        assert_eq!(reply(request).await.status, status, "{case}");
    }
}
