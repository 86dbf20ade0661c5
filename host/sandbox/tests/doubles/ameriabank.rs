//! Ameriabank's vPOS without any adapter: its habits.

use kamurj_sandbox::gateways::ameriabank::{Merchant, Untried};
use kamurj_sandbox::gateways::{Act, Acted, Gateway, Lie, Reply as Fault, Says};
use serde_json::{Value, json};

use crate::world::{Reply, World, raw_post, reply};

pub(crate) const CLIENT: &str = "0A1B2C3D-0000-4000-8000-00000000000F";
const MINUTE: i64 = 60_000;

pub(crate) fn merchant(change: impl FnOnce(&mut Merchant)) -> Merchant {
    let mut merchant =
        serde_json::from_value(json!({ "client_id": CLIENT, "username": "u", "password": "p" })).unwrap();
    change(&mut merchant);
    merchant
}

pub(crate) async fn opened() -> World {
    let world = World::start().await;
    world.sandbox.ameriabank.registers(merchant(|_| {}));
    world
}

pub(crate) fn url(world: &World, operation: &str) -> String {
    format!("{}/ameriabank/api/VPOS/{operation}", world.sandbox.bank_url)
}

pub(crate) async fn call(world: &World, operation: &str, body: Value) -> Reply {
    world.post(&url(world, operation), body).await
}

/// The invented example of the protocol sheet.
pub(crate) fn order(change: Value) -> Value {
    laid_over(
        json!({
            "ClientID": CLIENT, "Username": "u", "Password": "p", "OrderID": 410_017, "Amount": "1500.00",
            "Currency": "051", "Description": "Անուշ PL-2041", "BackURL": "https://pay.example.am/r/ameria/att_41?keep=1",
            "Opaque": "att_41", "Timeout": 900,
        }),
        change,
    )
}

pub(crate) fn laid_over(mut body: Value, change: Value) -> Value {
    let Value::Object(change) = change else { return change };
    let fields = body.as_object_mut().unwrap();
    fields.extend(change);
    // A field that is to be missing.
    fields.retain(|_, value| *value != json!("-"));
    body
}

pub(crate) fn keyed(id: &str, change: Value) -> Value {
    laid_over(json!({ "PaymentID": id, "Username": "u", "Password": "p" }), change)
}

pub(crate) async fn session(world: &World) -> String {
    let made = call(world, "InitPayment", order(json!({}))).await;
    assert_eq!((&made.body["ResponseCode"], &made.body["ResponseMessage"]), (&json!(1), &json!("OK")), "{}", made.body);
    made.body["PaymentID"].as_str().unwrap().to_owned()
}

async fn details(world: &World, id: &str) -> Value {
    call(world, "GetPaymentDetails", keyed(id, json!({}))).await.body
}

#[tokio::test]
async fn the_same_number_is_the_same_session_and_what_came_last_counts() {
    let world = opened().await;
    let id = session(&world).await;
    assert!(id.len() == 36 && id == id.to_uppercase() && id.matches('-').count() == 4, "{id}");
    let again = call(&world, "InitPayment", order(json!({ "Amount": "10.00" }))).await;
    assert_eq!(again.body["PaymentID"], id);
    let orders = world.sandbox.ameriabank.orders();
    assert_eq!((orders.len(), orders[0].amount_minor), (1, 1_000));
    // Keyed on client and number: another client's same number is another order.
    world.sandbox.ameriabank.registers(merchant(|client| "other".clone_into(&mut client.client_id)));
    let other = call(&world, "InitPayment", order(json!({ "ClientID": "other" }))).await;
    assert_ne!(other.body["PaymentID"], id);
    world.sandbox.ameriabank.act(&id, Act::Pay).unwrap();
    call(&world, "InitPayment", order(json!({ "Amount": "99.00" }))).await;
    assert_eq!(world.sandbox.ameriabank.orders()[0].amount_minor, 1_000, "what was paid is not asked for anew");
}

#[tokio::test]
async fn an_order_without_attempts_has_no_details_in_any_of_three_ways() {
    let world = opened().await;
    let id = session(&world).await;
    let gave_up = call(&world, "GetPaymentDetails", keyed(&id, json!({}))).await;
    assert_eq!((gave_up.status, gave_up.body), (500, json!({ "Message": "An error has occurred." })));
    world.sandbox.ameriabank.change_habits(|habits| habits.untried = Untried::SystemError);
    let error = details(&world, &id).await;
    assert_eq!((&error["ResponseCode"], &error["OrderID"]), (&json!("550"), &json!("")));
    world.sandbox.ameriabank.change_habits(|habits| habits.untried = Untried::Told);
    let told = details(&world, &id).await;
    assert_eq!(
        (&told["ResponseCode"], &told["OrderStatus"], &told["DateTime"]),
        (&json!("0-100"), &json!("0"), &json!(""))
    );
}

#[tokio::test]
async fn details_have_thirty_fields_with_the_banks_types_and_spellings() {
    let world = opened().await;
    let id = session(&world).await;
    world.sandbox.ameriabank.act(&id, Act::Pay).unwrap();
    let told = details(&world, &id).await;
    assert_eq!(told.as_object().unwrap().len(), 30);
    assert!(told.get("ResponseMessage").is_none() && told.get("PaymentID").is_none());
    for money in ["Amount", "ApprovedAmount", "DepositedAmount"] {
        assert_eq!(told[money].to_string(), "1500.0", "{money}");
    }
    for (field, expected) in [
        ("OrderID", json!("410017")),
        ("OrderStatus", json!("2")),
        ("PaymentState", json!("payment_deposited")),
        ("ResponseCode", json!("00")),
        ("Currency", json!("051")),
        ("Opaque", json!("att_41")),
        ("DateTime", json!("21/11/2026 14:05:09")),
        ("ClientEmail", json!("")),
        ("PaymentType", json!(5)),
        ("TrxnDescription", json!("\u{bf}\u{bf}\u{bf}\u{bf}\u{bf} PL-2041")),
        ("RefundedAmount", json!(0.0)),
    ] {
        assert_eq!(told[field], expected, "{field}");
    }
    assert_eq!(told["rrn"], told["MDOrderID"]);
    world.sandbox.ameriabank.change_habits(|habits| (habits.numbers, habits.long_codes) = (true, true));
    let told = details(&world, &id).await;
    assert_eq!((&told["OrderID"], &told["OrderStatus"]), (&json!(410_017), &json!(2)));
    assert_eq!(told["ResponseCode"], "00 : Payment Successfully Completed");
}

#[tokio::test]
async fn the_page_sends_the_browser_back_with_the_banks_own_misspelling() {
    let world = opened().await;
    let id = session(&world).await;
    let page_url = format!("{}/ameriabank/Payments/Pay?id={id}&lang=am", world.sandbox.bank_url);
    assert_eq!(world.sandbox.ameriabank.orders()[0].page.as_deref(), Some(page_url.as_str()));
    let shown = reply(world.client.get(&page_url)).await;
    let html = shown.body.as_str().unwrap();
    for part in ["1\u{a0}500\u{a0}AMD", "Անուշ PL-2041", "410017", "value=pay", "value=decline", "value=close"] {
        assert!(html.contains(part) && !html.contains("<script"), "{part} in {html}");
    }
    assert_eq!(
        reply(world.client.get(page_url.replace("lang=am", "lang=hy"))).await.status,
        400,
        "not its word for it"
    );
    let press = async |action: &str| {
        let answer = world.client.post(&page_url).form(&[("action", action)]).send().await.unwrap();
        let location = answer.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
        (answer.status().as_u16(), location.unwrap_or_default())
    };
    let back = |code: &str, words: &str| {
        let lower = id.to_lowercase();
        let to = "https://pay.example.am/r/ameria/att_41?keep=1";
        format!("{to}&orderID=410017&resposneCode={code}&paymentID={lower}&opaque=att_41&description={words}")
    };
    assert_eq!(press("steal").await.0, 400);
    world.sandbox.ameriabank.change_faults(|faults| faults.outage = true);
    let straight = world.client.get(&page_url).send().await.unwrap();
    let outage = back("0999", "Authorization+was+not+started");
    assert_eq!(straight.headers()["location"].to_str().unwrap(), outage);
    assert_eq!(press("pay").await, (302, outage), "nothing is paid");
    world.sandbox.ameriabank.change_faults(|faults| faults.outage = false);
    assert_eq!(press("close").await, (302, back("0-100", "No+payment+attempts")));
    assert_eq!(press("pay").await, (302, back("00", "Payment+is+successful+")), "the text ends with a blank");
    assert_eq!(press("decline").await, (302, back("00", "Payment+is+successful+")), "it is over");
    assert_eq!(world.sandbox.ameriabank.orders()[0].status, "payment_deposited");
}

#[tokio::test]
async fn a_session_can_be_paid_for_its_own_time_and_for_twenty_minutes_at_most() {
    for (timeout, life_s) in [(json!(900), 900), (json!(1201), 1_200), (json!(0), 1_200), (json!("-"), 1_200)] {
        let world = opened().await;
        for (number, after_ms, paid) in [(1, life_s * 1_000 - 1, true), (2, life_s * 1_000, false)] {
            let body = order(json!({ "OrderID": number, "Timeout": timeout }));
            let id = call(&world, "InitPayment", body).await.body["PaymentID"].as_str().unwrap().to_owned();
            world.pass_ms(after_ms);
            let Acted::Back(back) = world.sandbox.ameriabank.act(&id, Act::Pay).unwrap() else { panic!("back") };
            assert_eq!(back.contains("resposneCode=00&"), paid, "{timeout}: {back}");
            let told = details(&world, &id).await;
            assert_eq!(told["ResponseCode"], if paid { "00" } else { "0-2007" }, "{timeout}");
        }
    }
}

#[tokio::test]
async fn what_was_approved_is_always_what_is_left_and_what_went_back() {
    let world = World::start().await;
    world.sandbox.ameriabank.registers(merchant(|client| client.test_mode = true));
    let made = call(&world, "InitPayment", order(json!({ "Amount": "10.00" }))).await;
    let id = made.body["PaymentID"].as_str().unwrap().to_owned();
    let refund =
        async |amount: Value| call(&world, "RefundPayment", keyed(&id, json!({ "Amount": amount }))).await.body;
    assert_eq!(refund(json!(4)).await["ResponseCode"], "07", "nobody has paid");
    world.sandbox.ameriabank.act(&id, Act::Pay).unwrap();
    // The observed series: 10, refunded by 4 and then 3.
    for (amount, code, status, deposited, refunded) in [
        (json!(0.0001), "510", "2", 10.0, 0.0),
        (json!("4.00"), "00", "4", 6.0, 4.0),
        (json!(3), "00", "4", 3.0, 7.0),
        (json!(3.01), "07", "4", 3.0, 7.0),
        (json!(3.0), "00", "4", 0.0, 10.0),
        (json!(1), "07", "4", 0.0, 10.0),
    ] {
        let answer = refund(amount.clone()).await;
        assert_eq!(
            (&answer["ResponseCode"], &answer["Opaque"] == "att_41"),
            (&json!(code), true),
            "{amount}: {answer}"
        );
        let told = details(&world, &id).await;
        assert_eq!((&told["OrderStatus"], &told["ApprovedAmount"]), (&json!(status), &json!(10.0)), "{amount}");
        assert_eq!(
            (&told["DepositedAmount"], &told["RefundedAmount"]),
            (&json!(deposited), &json!(refunded)),
            "{amount}"
        );
    }
    let cancel = call(&world, "CancelPayment", keyed(&id, json!({}))).await.body;
    assert_eq!(cancel["ResponseCode"], "07", "it was refunded");
}

#[tokio::test]
async fn cancelling_takes_a_payment_back_for_72_hours() {
    let cancel = async |world: &World, id: &str| {
        call(world, "CancelPayment", keyed(id, json!({}))).await.body["ResponseCode"].as_str().unwrap().to_owned()
    };
    let world = opened().await;
    let id = session(&world).await;
    assert_eq!(cancel(&world, &id).await, "07", "nobody has paid");
    world.sandbox.ameriabank.act(&id, Act::Pay).unwrap();
    world.pass_ms(72 * 60 * MINUTE);
    assert_eq!(cancel(&world, &id).await, "00");
    let told = details(&world, &id).await;
    assert_eq!((&told["OrderStatus"], &told["PaymentState"]), (&json!("3"), &json!("payment_void")));
    assert_eq!(cancel(&world, &id).await, "07", "once");
    let world = opened().await;
    let id = session(&world).await;
    world.sandbox.ameriabank.act(&id, Act::Pay).unwrap();
    world.pass_ms(72 * 60 * MINUTE + 1);
    assert_eq!(cancel(&world, &id).await, "07", "too late");
    world.sandbox.ameriabank.registers(merchant(|client| (client.may_refund, client.may_reverse) = (false, false)));
    assert_eq!(cancel(&world, &id).await, "514");
    let refund = call(&world, "RefundPayment", keyed(&id, json!({ "Amount": 1 }))).await;
    assert_eq!(refund.body["ResponseCode"], "513");
}

#[tokio::test]
async fn faults_answer_as_asked() {
    let world = opened().await;
    let body = order(json!({}));
    let init = url(&world, "InitPayment");
    let orders = || world.sandbox.ameriabank.orders();
    let fault = |fault| world.sandbox.ameriabank.change_faults(|faults| faults.start = fault);
    fault(Fault::DropRequest);
    assert_eq!((raw_post(&init, "", &body).await, orders().len()), (Vec::new(), 0));
    fault(Fault::Fail);
    assert_eq!((call(&world, "InitPayment", body.clone()).await.status, orders().len()), (500, 0));
    fault(Fault::DropReply);
    assert_eq!((raw_post(&init, "", &body).await, orders().len()), (Vec::new(), 1));
    fault(Fault::Ok);
    let id = session(&world).await;
    assert_eq!(id, orders()[0].id);

    world.sandbox.ameriabank.change_faults(|faults| {
        (faults.paid, faults.paid_currency) = (Lie::OneLess, Some("USD".to_owned()));
    });
    world.sandbox.ameriabank.act(&id, Act::Pay).unwrap();
    let told = details(&world, &id).await;
    assert_eq!((&told["ApprovedAmount"], &told["Currency"]), (&json!(1499.0), &json!("840")));
    world.sandbox.ameriabank.change_faults(|faults| faults.says = Says::Pending);
    let told = details(&world, &id).await;
    assert_eq!((&told["ResponseCode"], &told["OrderStatus"]), (&json!("0-9000"), &json!("0")));
    assert_eq!(told["ApprovedAmount"], 0.0);
    world
        .sandbox
        .ameriabank
        .set_faults(kamurj_sandbox::gateways::Faults { refund: Fault::DropReply, ..Default::default() });
    raw_post(&url(&world, "RefundPayment"), "", &keyed(&id, json!({ "Amount": 10 }))).await;
    assert_eq!(orders()[0].refunded_minor, 1_000);
    world.sandbox.ameriabank.change_faults(|faults| faults.cancel = Fault::Fail);
    assert_eq!(call(&world, "CancelPayment", keyed(&id, json!({}))).await.status, 500);

    let calls = world.sandbox.ameriabank.calls();
    let seen: Vec<_> = calls.iter().take(3).map(|call| (call.method, call.status)).collect();
    assert_eq!(seen, [("InitPayment", None), ("InitPayment", Some(500)), ("InitPayment", None)]);
}

#[tokio::test]
async fn the_bank_is_one_gateway_among_others_and_keeps_its_secrets() {
    let world = opened().await;
    let id = session(&world).await;
    let gateway = world.sandbox.gateways.iter().find(|gateway| gateway.word() == "ameriabank").unwrap();
    assert_eq!(gateway.orders()[0].number, "410017");
    for (act, expected) in [
        (Act::Reverse, Err(())),
        (Act::GiveBack { minor: 100 }, Err(())),
        (Act::Pay, Ok("payment_deposited")),
        (Act::Expire, Err(())),
        (Act::GiveBack { minor: 150_001 }, Err(())),
        (Act::GiveBack { minor: 100 }, Ok("payment_refunded")),
        (Act::Reverse, Err(())),
    ] {
        assert_eq!(gateway.act(&id, act).is_ok(), expected.is_ok(), "{act:?}");
        if let Ok(status) = expected {
            assert_eq!(gateway.orders()[0].status, status, "{act:?}");
        }
    }
    assert!(gateway.act("none", Act::Pay).is_err());
    assert_eq!(world.sandbox.deliver_due().await, 0, "this bank sends nothing");
    let shown =
        format!("{:?} {:?}", world.sandbox.ameriabank, merchant(|client| "canary".clone_into(&mut client.password)));
    assert!(!shown.contains("canary"), "{shown}");
    // A merchant's name for a setting that nobody knows is refused by name.
    let wrong = json!({ "client_id": "c", "username": "u", "password": "p", "test": true });
    assert!(serde_json::from_value::<Merchant>(wrong).unwrap_err().to_string().contains("`test`"));
}
