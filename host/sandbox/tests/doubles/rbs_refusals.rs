//! What the ArCa double refuses, and with which of the gateway's errors. No adapter is involved.

use kamurj_sandbox::gateways::Gateway;
use kamurj_sandbox::gateways::rbs::Merchant;
use serde_json::{Value, json};

use crate::rbs::{Arca, Fields, LOGIN, NUMBER, PASSWORD, with};

#[tokio::test]
async fn wrong_orders_are_refused_by_field() {
    let arca = Arca::start().await;
    let (long, longer) = ("x".repeat(33), format!("https://pay.example.am/{}", "x".repeat(500)));
    let (described, noted) = ("x".repeat(1025), format!("{{\"a\":\"{}\"}}", "x".repeat(1024)));
    let forbidden_late = format!("{}%", "x".repeat(99));
    for (name, value, code) in [
        ("orderNumber", "", 4),
        ("orderNumber", long.as_str(), 5),
        ("amount", "", 4),
        ("amount", "0", 5),
        ("amount", "-150000", 5),
        ("amount", "1500.00", 5),
        ("amount", "1500,00", 5),
        ("amount", "1.5e5", 5),
        ("amount", "150 000", 5),
        ("amount", "123456789012345678901", 5),
        ("currency", "AMD", 3),
        ("currency", "51", 3),
        ("currency", "826", 3),
        ("returnUrl", "", 4),
        ("returnUrl", "/back", 5),
        ("returnUrl", "http://shop.example.am/back", 5),
        ("returnUrl", "javascript:alert(1)", 5),
        ("returnUrl", &longer, 5),
        ("description", "100% sweet", 5),
        ("description", "1+1", 5),
        ("description", "two\nlines", 5),
        ("description", "two\rlines", 5),
        ("description", &described, 5),
        ("language", "am", 5),
        ("language", "HY", 5),
        ("pageView", "mobile", 5),
        ("jsonParams", "FORCE_3DS2", 5),
        ("jsonParams", r#"{"FORCE_3DS2":true}"#, 5),
        ("jsonParams", &noted, 5),
        ("sessionTimeoutSecs", "0", 5),
        ("sessionTimeoutSecs", "1201", 5),
        ("sessionTimeoutSecs", "20m", 5),
        ("amountMinor", "150000", 5),
    ] {
        let refused = arca.call("register.do", &with(&[(name, value)])).await;
        assert_eq!(refused["errorCode"], code.to_string(), "{name}={value}: {refused}");
        assert!(refused["errorMessage"].as_str().unwrap().starts_with(name), "{name}={value}: {refused}");
        assert!(refused.get("orderId").is_none() && refused["error"] == true, "{refused}");
    }
    assert_eq!(arca.0.sandbox.rbs.orders().len(), 0);
    arca.register(&[("description", &forbidden_late)]).await;
    arca.register(&[("orderNumber", "bare"), ("language", ""), ("sessionTimeoutSecs", ""), ("jsonParams", "")]).await;
}

#[tokio::test]
async fn wrong_requests_are_refused() {
    let arca = Arca::start().await;
    let (id, _) = arca.register(&[]).await;
    let unknown = "00000000-0000-0000-0000-000000000000";
    let login: Fields = vec![("userName", LOGIN), ("password", PASSWORD)];
    let wrong_logins: [Fields; 4] = [
        vec![],
        vec![("userName", LOGIN)],
        vec![("userName", LOGIN), ("password", "wrong")],
        vec![("userName", "nobody"), ("password", PASSWORD)],
    ];
    for wrong in wrong_logins {
        for method in ["register.do", "refund.do", "reverse.do", "getOrderStatus.do", "getOrderStatusExtended.do"] {
            let fields: Fields = wrong.iter().copied().chain([("orderId", id.as_str())]).collect();
            let fields = if method == "register.do" { [wrong.clone(), with(&[])].concat() } else { fields };
            let fields: Fields =
                fields.into_iter().filter(|(name, _)| method != "refund.do" || *name != "language").collect();
            assert_eq!(arca.raw(method, &fields).await["errorCode"], "5", "{method} {fields:?}");
        }
    }
    for (method, fields, code) in [
        ("register.do", with(&[]), "1"),
        ("register.do", with(&[("amount", "1")]), "1"),
        ("getOrderStatusExtended.do", vec![], "4"),
        ("getOrderStatusExtended.do", vec![("orderId", unknown)], "6"),
        ("getOrderStatusExtended.do", vec![("orderNumber", "PL-2041-2")], "6"),
        ("getOrderStatusExtended.do", vec![("orderId", unknown), ("orderNumber", NUMBER)], "6"),
        ("getOrderStatusExtended.do", vec![("orderId", &id), ("language", "am")], "5"),
        ("getOrderStatusExtended.do", vec![("orderId", &id), ("amount", "1")], "5"),
        ("getOrderStatusExtended.do", vec![("orderId", &id), ("orderId", &id)], "5"),
        ("getOrderStatus.do", vec![("orderId", unknown)], "6"),
        ("reverse.do", vec![], "4"),
        ("reverse.do", vec![("orderNumber", NUMBER)], "5"),
        ("reverse.do", vec![("orderId", unknown)], "6"),
        ("reverse.do", vec![("orderId", &id)], "7"),
        ("refund.do", vec![("amount", "1")], "4"),
        ("refund.do", vec![("orderId", &id)], "4"),
        ("refund.do", vec![("orderId", &id), ("amount", "0")], "5"),
        ("refund.do", vec![("orderId", &id), ("amount", "500.00")], "5"),
        ("refund.do", vec![("orderNumber", NUMBER), ("amount", "500")], "5"),
        ("refund.do", vec![("orderId", NUMBER), ("amount", "500")], "6"),
        ("refund.do", vec![("orderId", &id), ("amount", "500")], "7"),
        ("deposit.do", vec![("orderId", &id)], "7"),
    ] {
        let refused = arca.call(method, &fields).await;
        assert_eq!(refused["errorCode"], code, "{method} {fields:?}: {refused}");
    }
    let other = arca.call_as("another", "getOrderStatusExtended.do", &[("orderId", id.as_str())]).await;
    assert_eq!(other["errorCode"], "6", "a12: an order of another login");
    let own = arca.call_as("another", "register.do", &with(&[])).await;
    assert!(own["orderId"].is_string(), "numbers are unique per login: {own}");

    let url = format!("{}register.do", arca.0.sandbox.rbs.rest_url());
    let client = &arca.0.client;
    let json = client.post(&url).json(&json!({ "userName": LOGIN, "password": PASSWORD })).send().await.unwrap();
    assert_eq!(json.json::<Value>().await.unwrap()["errorCode"], "5", "a form is wanted");
    assert_eq!(client.get(&url).query(&login).send().await.unwrap().status(), 405);
    let unknown_method = format!("{}paymentorder.do", arca.0.sandbox.rbs.rest_url());
    assert_eq!(client.post(unknown_method).form(&login).send().await.unwrap().status(), 404);
    let debug = format!("{:?}", Merchant { user_name: LOGIN.into(), password: PASSWORD.into() });
    assert!(!debug.contains(PASSWORD), "{debug}");
}
