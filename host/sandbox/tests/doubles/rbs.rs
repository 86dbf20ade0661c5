//! The ArCa double: an order's life and the gateway's habits. No adapter is involved.

use kamurj_sandbox::gateways::rbs::{Callbacks, Codes, Merchant, Version, checksum};
use kamurj_sandbox::gateways::{Act, Acted, Gateway, Reply};
use serde_json::{Value, json};

use crate::receiver::Receiver;
use crate::world::{START_MS, World};

pub(crate) const LOGIN: &str = "shop_api";
pub(crate) const PASSWORD: &str = "rbs-password-canary";
pub(crate) const NUMBER: &str = "PL-2041-1";
const KEY: &str = "arca-cb-test-key";
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

pub(crate) type Fields<'f> = Vec<(&'f str, &'f str)>;

/// A sandbox with two logins at ArCa.
pub(crate) struct Arca(pub(crate) World);

impl Arca {
    pub(crate) async fn start() -> Self {
        let world = World::start().await;
        for user_name in [LOGIN, "another"] {
            let merchant = Merchant { user_name: user_name.into(), password: PASSWORD.into() };
            world.sandbox.rbs.registers(merchant);
        }
        Self(world)
    }

    /// Calls a method as this login.
    pub(crate) async fn call_as(&self, login: &str, method: &str, fields: &[(&str, &str)]) -> Value {
        let all: Fields = [("userName", login), ("password", PASSWORD)].into_iter().chain(fields.to_vec()).collect();
        self.raw(method, &all).await
    }

    pub(crate) async fn call(&self, method: &str, fields: &[(&str, &str)]) -> Value {
        self.call_as(LOGIN, method, fields).await
    }

    /// Every answer is 200 and JSON.
    pub(crate) async fn raw(&self, method: &str, fields: &[(&str, &str)]) -> Value {
        let url = format!("{}{method}", self.0.sandbox.rbs.rest_url());
        let answer = self.0.client.post(url).form(fields).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{method} {fields:?}");
        answer.json().await.unwrap()
    }

    /// A new order; the gateway's id and the page.
    pub(crate) async fn register(&self, changes: &[(&str, &str)]) -> (String, String) {
        let made = self.call("register.do", &with(changes)).await;
        let text = |name: &str| made[name].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
        (text("orderId"), text("formUrl"))
    }

    async fn told(&self, id: &str) -> Value {
        self.call("getOrderStatusExtended.do", &[("orderId", id)]).await
    }

    fn act(&self, id: &str, act: Act) -> Acted {
        self.0.sandbox.rbs.act(id, act).unwrap()
    }
}

/// The manual's fields for an order, changed; an empty value takes one out.
pub(crate) fn with<'f>(changes: &[(&'f str, &'f str)]) -> Fields<'f> {
    let mut fields: Fields = vec![
        ("orderNumber", NUMBER),
        ("amount", "150000"),
        ("currency", "051"),
        ("returnUrl", "https://pay.example.am/r/arca/att_41?keep=1"),
        ("language", "hy"),
        ("sessionTimeoutSecs", "900"),
        ("jsonParams", r#"{"FORCE_3DS2":"true"}"#),
    ];
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push((*name, *value));
    }
    fields.retain(|(_, value)| !value.is_empty());
    fields
}

#[tokio::test]
async fn an_order_goes_from_its_page_to_its_end() {
    let arca = Arca::start().await;
    let (id, page) = arca.register(&[("description", "Torte & <tea>")]).await;
    assert_eq!(id.len(), 36);
    let open = async |page: String| arca.0.client.get(page).send().await.unwrap();
    let shown = open(page.clone()).await.text().await.unwrap();
    assert!(shown.contains("1\u{a0}500\u{a0}AMD") && shown.contains("Torte &amp; &lt;tea&gt;"), "{shown}");
    assert_eq!(arca.told(&id).await["orderStatus"], 0, "looking changes nothing");
    let press = async |action: &'static str| {
        let answer = arca.0.client.post(page.clone()).form(&[("action", action)]).send().await.unwrap();
        let location = answer.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
        (answer.status().as_u16(), location.unwrap_or_default())
    };
    let back = format!("https://pay.example.am/r/arca/att_41?keep=1&orderId={id}&lang=hy");
    assert_eq!(press("close").await, (303, back.clone()));
    assert_eq!(press("steal").await.0, 400);
    assert_eq!(press("pay").await, (303, back.clone()));
    assert_eq!(press("decline").await, (303, back.clone()), "an order that is over only leads back");
    let told = arca.told(&id).await;
    assert_eq!((&told["orderStatus"], &told["actionCode"], &told["amount"]), (&json!(2), &json!(0), &json!(150_000)));
    assert_eq!((&told["currency"], &told["orderNumber"]), (&json!("051"), &json!(NUMBER)));
    assert_eq!(told["attributes"], json!([{ "name": "mdOrder", "value": id }]));
    assert_eq!(open(page.replace(&id, "none")).await.status(), 404);
    for (parameter, number) in [("orderID", false), ("paymentID", false), ("orderID", true)] {
        let rbs = &arca.0.sandbox.rbs;
        rbs.change_habits(|habits| (habits.return_parameter, habits.returns_number) = (parameter, number));
        let value = if number { NUMBER } else { &id };
        let expected = format!("https://pay.example.am/r/arca/att_41?keep=1&{parameter}={value}&lang=hy");
        assert_eq!(press("close").await.1, expected);
    }
    arca.0.sandbox.rbs.change_faults(|faults| faults.outage = true);
    assert_eq!(open(page.clone()).await.status(), 303, "an outage sends the payer straight back");
}

#[tokio::test]
async fn an_order_without_a_currency_is_in_roubles() {
    let arca = Arca::start().await;
    let (id, _) = arca.register(&[("currency", "")]).await;
    assert_eq!(arca.told(&id).await["currency"], "643");
    assert_eq!(arca.0.sandbox.rbs.orders()[0].currency, "RUB");
}

#[tokio::test]
async fn answers_are_written_as_each_instance_writes_them() {
    let arca = Arca::start().await;
    let rbs = &arca.0.sandbox.rbs;
    let (id, _) = arca.register(&[]).await;
    arca.act(&id, Act::Pay);
    for (codes, fine, refused) in [
        (Codes::Text, json!("0"), json!("6")),
        (Codes::Number, json!(0), json!(6)),
        (Codes::Absent, Value::Null, json!("6")),
    ] {
        rbs.change_habits(|habits| habits.codes = codes);
        assert_eq!(arca.told(&id).await["errorCode"], fine);
        assert_eq!(arca.told("none").await["errorCode"], refused);
        assert_eq!(arca.told("none").await.get("orderStatus"), None);
    }
    for (version, has_time, has_amounts) in
        [(Version::V01, false, false), (Version::V02, true, false), (Version::V03, true, true)]
    {
        rbs.change_habits(|habits| habits.version = version);
        let told = arca.told(&id).await;
        let has = |name: &str| told.get(name).is_some();
        assert_eq!((has("authDateTime"), has("authRefNum"), has("terminalId")), (has_time, has_time, has_time));
        assert_eq!((has("paymentAmountInfo"), has("bankInfo")), (has_amounts, has_amounts));
        assert_eq!(told["date"], START_MS);
    }
    rbs.change_habits(|habits| habits.times_as_text = true);
    assert_eq!(arca.told(&id).await["authDateTime"], "2026-11-21T14:05:09");
    let plain = arca.call("getOrderStatus.do", &[("orderId", id.as_str())]).await;
    let names: Vec<&str> = plain.as_object().unwrap().keys().map(String::as_str).collect();
    for name in ["OrderStatus", "OrderNumber", "Pan", "Amount", "Ip", "ErrorMessage", "depositAmount", "currency"] {
        assert!(names.contains(&name), "{name}: {plain}");
    }
    assert_eq!((&plain["OrderStatus"], &plain["Amount"]), (&json!(2), &json!(150_000)));
    rbs.change_habits(|habits| habits.finds_by_number = false);
    let unknown = arca.call("getOrderStatusExtended.do", &[("orderNumber", NUMBER)]).await;
    assert_eq!(unknown["errorCode"], "6", "Inecobank's instance is asked by id");
    assert_eq!(rbs.calls().last().unwrap().method, "getOrderStatusExtended.do");
}

#[tokio::test]
async fn each_state_is_reached() {
    let arca = Arca::start().await;
    let rbs = &arca.0.sandbox.rbs;
    let state = async |id: &str| {
        let told = arca.told(id).await;
        (told["orderStatus"].as_i64().unwrap(), told["actionCode"].as_i64().unwrap())
    };
    let (id, _) = arca.register(&[]).await;
    assert_eq!(state(&id).await, (0, -100));
    assert!(rbs.sends_to_acs(&id) && !rbs.sends_to_acs(&id));
    assert_eq!(state(&id).await, (5, -100));
    arca.0.pass_ms(14 * MINUTE);
    assert_eq!(state(&id).await.0, 5, "it stays there");
    arca.0.pass_ms(MINUTE);
    assert_eq!(state(&id).await, (6, -2007), "900 seconds were asked for");
    assert!(rbs.act(&id, Act::Pay).is_err());
    assert!(rbs.staff_sets(&id, 2, 0) && !rbs.staff_sets(&id, 9, 0));
    assert_eq!(state(&id).await, (2, 0), "bank staff changed it by hand");

    let (id, _) = arca.register(&[("orderNumber", "tries")]).await;
    rbs.change_habits(|habits| habits.tries = 2);
    arca.act(&id, Act::Decline);
    assert_eq!(state(&id).await, (0, 116));
    arca.act(&id, Act::Decline);
    assert_eq!(state(&id).await, (6, 116));

    let held = arca.call("registerPreAuth.do", &with(&[("orderNumber", "held")])).await;
    let id = held["orderId"].as_str().unwrap();
    arca.act(id, Act::Pay);
    assert_eq!(state(id).await.0, 1);
    assert_eq!(arca.call("deposit.do", &[("orderId", id), ("amount", "150001")]).await["errorCode"], "5");
    assert_eq!(arca.call("deposit.do", &[("orderId", id), ("amount", "100000")]).await["errorCode"], "0");
    assert_eq!((state(id).await.0, arca.told(id).await["amount"].as_i64()), (2, Some(100_000)));
    assert_eq!(arca.call("deposit.do", &[("orderId", id)]).await["errorCode"], "7", "once only");
}

#[tokio::test]
async fn money_goes_back_by_the_manuals_rules() {
    let arca = Arca::start().await;
    let refund = async |id: &str, amount: &str| {
        arca.call("refund.do", &[("orderId", id), ("amount", amount)]).await["errorCode"].clone()
    };
    let reverse = async |id: &str| arca.call("reverse.do", &[("orderId", id)]).await["errorCode"].clone();
    let (id, _) = arca.register(&[]).await;
    arca.act(&id, Act::Pay);
    for (amount, code) in [("50000", "0"), ("100001", "5"), ("100000", "0"), ("1", "5")] {
        assert_eq!(refund(&id, amount).await, code, "{amount}");
        assert_eq!(arca.told(&id).await["orderStatus"], 4, "part or whole");
    }
    assert_eq!(reverse(&id).await, "7", "not after a refund");
    let told = arca.told(&id).await;
    let amounts = json!({
        "approvedAmount": 150_000, "depositedAmount": 150_000, "refundedAmount": 150_000, "paymentState": "REFUNDED",
    });
    assert_eq!(told["paymentAmountInfo"], amounts);
    let refunds: Vec<i64> =
        told["refunds"].as_array().unwrap().iter().map(|one| one["amount"].as_i64().unwrap()).collect();
    assert_eq!(refunds, [50_000, 100_000]);
    arca.0.sandbox.rbs.change_habits(|habits| (habits.version, habits.lists_refunds) = (Version::V02, false));
    let bare = arca.told(&id).await;
    assert!(bare.get("refunds").is_none() && bare.get("paymentAmountInfo").is_none());
    arca.0.sandbox.rbs.change_habits(|habits| habits.may_refund = false);
    assert_eq!(refund(&id, "1").await, "5", "no right to refund");

    // It is 14:05:09 in Yerevan.
    for (number, pause, code) in [("same-day", 9 * HOUR, "0"), ("next-day", HOUR, "7")] {
        let (id, _) = arca.register(&[("orderNumber", number)]).await;
        arca.act(&id, Act::Pay);
        arca.0.pass_ms(pause);
        assert_eq!(reverse(&id).await, code, "{number}");
        assert_eq!(reverse(&id).await, "7", "once: {number}");
    }
}

#[tokio::test]
async fn faults_lose_the_request_or_the_answer() {
    let arca = Arca::start().await;
    let rbs = &arca.0.sandbox.rbs;
    for (place, (fault, made)) in
        [(Reply::DropRequest, false), (Reply::DropReply, true), (Reply::Fail, false)].into_iter().enumerate()
    {
        rbs.change_faults(|faults| faults.start = fault);
        let number = format!("lost-{place}");
        let url = format!("{}register.do", rbs.rest_url());
        let fields = [vec![("userName", LOGIN), ("password", PASSWORD)], with(&[("orderNumber", &number)])].concat();
        let answer = arca.0.client.post(url).form(&fields).send().await;
        assert_eq!(answer.is_ok(), fault == Reply::Fail, "{fault:?}");
        if let Ok(answer) = answer {
            assert_eq!(answer.json::<Value>().await.unwrap()["errorCode"], "7");
        }
        assert_eq!(rbs.orders().iter().any(|order| order.number == number), made, "{fault:?}");
    }
}

#[tokio::test]
async fn callbacks_are_signed_and_tried_three_times() {
    let arca = Arca::start().await;
    let rbs = &arca.0.sandbox.rbs;
    let receiver = Receiver::start().await;
    let callbacks = |key: Option<&str>| Callbacks {
        url: receiver.url.parse().unwrap(),
        key: key.map(str::to_owned),
        by_post: true,
        more: vec!["amount", "currency"],
    };
    rbs.calls_back(Some(callbacks(Some(KEY))));
    receiver.will_answer(&[500, 302, 204]);
    let (id, _) = arca.register(&[]).await;
    arca.act(&id, Act::Pay);
    for sent in [1, 2, 3] {
        assert_eq!(arca.0.sandbox.deliver_due().await, 1, "try {sent}");
        assert_eq!(arca.0.sandbox.deliver_due().await, 0, "not before 30 seconds are over");
        arca.0.pass_ms(30_000);
    }
    assert_eq!(arca.0.sandbox.deliver_due().await, 0, "three failures in a row are the end");
    let view = rbs.callbacks();
    assert_eq!((view[0].operation, view[0].tries, view[0].status, view[0].due_at), ("deposited", 3, Some(204), None));
    let form = |place: usize| -> Vec<(String, String)> {
        url::form_urlencoded::parse(receiver.received()[place].body.as_bytes()).into_owned().collect()
    };
    let fields: [(&str, &str); 6] = [
        ("mdOrder", &id),
        ("orderNumber", NUMBER),
        ("operation", "deposited"),
        ("status", "1"),
        ("amount", "150000"),
        ("currency", "051"),
    ];
    let sum = checksum(KEY, &fields);
    let expected: Vec<(String, String)> = fields
        .into_iter()
        .chain([("checksum", sum.as_str())])
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    assert_eq!(form(0), expected);
    assert_eq!(form(2), expected, "the same on every repetition");

    rbs.calls_back(Some(callbacks(None)));
    arca.act(&id, Act::GiveBack { minor: 1 });
    rbs.calls_back(Some(callbacks(Some(KEY))));
    rbs.change_faults(|faults| (faults.push_delay_s, faults.push_repeat) = (60, 1));
    let (declined, _) = arca.register(&[("orderNumber", "declined")]).await;
    arca.act(&declined, Act::Decline);
    assert_eq!(arca.0.sandbox.deliver_due().await, 1, "the other one is delayed");
    assert!(form(3).iter().all(|(name, _)| name != "checksum"), "without a key it proves nothing");
    arca.0.pass_ms(60_000);
    assert_eq!(arca.0.sandbox.deliver_due().await, 2, "once, and once more");
    let status = |place: usize| form(place).into_iter().find(|(name, _)| name == "status").unwrap().1;
    assert_eq!((status(4), status(5)), ("0".into(), "0".into()));
    rbs.calls_back(None);
    let (silent, _) = arca.register(&[("orderNumber", "silent")]).await;
    arca.act(&silent, Act::Pay);
    assert_eq!(arca.0.sandbox.deliver_due().await, 0);
}
