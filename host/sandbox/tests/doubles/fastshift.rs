//! The FastShift double without any adapter: what it refuses, what it tells, and how its webhooks travel.

use kamurj_sandbox::gateways::fastshift::{FastShift, Manner, Merchant, Switches};
use kamurj_sandbox::gateways::{Act, Acted, Faults, Gateway, Lie, Pushing, Reply as Answering, Says};
use serde_json::{Value, json};

use crate::receiver::Receiver;
use crate::world::{Reply, World, raw_post, reply};

const TOKEN: &str = "fastshift-token-canary";
const NUMBER: &str = "3f2b8c1e-5d47-4a90-9c1f-0a7be2d4c6f1";
const OTHER: &str = "3f2b8c1e-5d47-4a90-9c1f-0a7be2d4c6f2";
const BACK: &str = "http://127.0.0.1:8080/r/token?keep=1";

fn order_of(number: &str) -> Value {
    json!({ "order_number": number, "amount": 1500, "description": "Torte & <tea>", "callback_url": BACK })
}

/// The right body with one field changed; `Null` takes it out.
fn with(field: &str, value: Value) -> Value {
    let mut body = order_of(NUMBER);
    if value.is_null() {
        body.as_object_mut().unwrap().remove(field);
    } else {
        body[field] = value;
    }
    body
}

struct Shop {
    world: World,
}

impl Shop {
    async fn open() -> Self {
        let world = World::start().await;
        world.sandbox.fastshift.registers(Merchant { token: TOKEN.into() });
        Self { world }
    }

    fn fastshift(&self) -> &FastShift {
        &self.world.sandbox.fastshift
    }

    fn url(&self, path: &str) -> String {
        format!("{}/api/en/vpos/order/{path}", self.fastshift().base_url())
    }

    async fn register(&self, body: &Value) -> Reply {
        reply(self.world.client.post(self.url("register")).bearer_auth(TOKEN).json(body)).await
    }

    async fn look_up(&self, number: &str) -> Reply {
        reply(self.world.client.get(self.url(&format!("status/{number}"))).bearer_auth(TOKEN)).await
    }

    /// A registered order; FastShift's id of it.
    async fn order(&self, body: &Value) -> String {
        let made = self.register(body).await;
        assert_eq!(made.status, 200, "{}", made.body);
        made.body["data"]["order"]["order_guid"].as_str().unwrap().to_owned()
    }

    async fn presses(&self, id: &str, action: &str) -> (u16, String) {
        let url = format!("{}/order/{id}", self.fastshift().base_url());
        let answer = self.world.client.post(url).form(&[("action", action)]).send().await.unwrap();
        let location = answer.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
        (answer.status().as_u16(), location.unwrap_or_default())
    }
}

#[tokio::test]
async fn wrong_registrations_are_refused_by_field() {
    let shop = Shop::open().await;
    for (body, field) in [
        (with("order_number", Value::Null), "order_number"),
        (with("order_number", json!("")), "order_number"),
        (with("order_number", json!("PL-2041")), "order_number"),
        (with("order_number", json!("3f2b8c1e5d474a909c1f0a7be2d4c6f1")), "order_number"),
        (with("order_number", json!("3f2b8c1e-5d47-4a90-9c1f-0a7be2d4c6fg")), "order_number"),
        (with("amount", Value::Null), "amount"),
        (with("amount", json!(0)), "amount"),
        (with("amount", json!(-1500)), "amount"),
        (with("amount", json!(1500.5)), "amount"),
        (with("amount", json!(1500.0)), "amount"),
        (with("amount", json!("1500")), "amount"),
        (with("description", Value::Null), "description"),
        (with("description", json!(" ")), "description"),
        (with("callback_url", Value::Null), "callback_url"),
        (with("callback_url", json!("/back")), "callback_url"),
        (with("callback_url", json!("http://shop.example.am/back")), "callback_url"),
        (with("callback_url", json!("javascript:alert(1)")), "callback_url"),
        (with("webhook_url", json!("http://shop.example.am/hook")), "webhook_url"),
        (with("webhook_url", json!(5)), "webhook_url"),
        (with("username", json!(37_400_000_000_i64)), "username"),
        (with("check_evoca_account", json!("yes")), "check_evoca_account"),
        (with("account_guid", json!("1")), "account_guid"),
        (with("external_order_id", json!(5)), "external_order_id"),
        (with("currency", json!("AMD")), "currency"),
    ] {
        let answer = shop.register(&body).await;
        assert_eq!((answer.status, answer.body["status"].as_str()), (422, Some("INVALID_DATA")), "{body}");
        let fields: Vec<&String> = answer.body["errors"].as_object().unwrap().keys().collect();
        assert_eq!(fields, [field], "{body}");
    }
    assert!(shop.fastshift().orders().is_empty());
}

#[tokio::test]
async fn wrong_requests_are_refused_in_the_envelope() {
    let shop = Shop::open().await;
    shop.world.sandbox.fastshift.registers(Merchant { token: "another-merchant".into() });
    shop.order(&order_of(NUMBER)).await;
    let client = &shop.world.client;
    let register = || client.post(shop.url("register"));
    let status = |number: &str| client.get(shop.url(&format!("status/{number}")));
    let body = order_of(OTHER);
    let base = shop.fastshift().base_url().to_owned();
    let other_host = |path: &str| client.get(format!("{base}{path}")).bearer_auth(TOKEN);
    for (case, request, code, word) in [
        ("no token", register().json(&body), 401, "UNAUTHORIZED"),
        ("wrong token", register().bearer_auth("x").json(&body), 401, "UNAUTHORIZED"),
        ("no Bearer", register().header("authorization", TOKEN).json(&body), 401, "UNAUTHORIZED"),
        ("no token for a status", status(NUMBER), 401, "UNAUTHORIZED"),
        ("not JSON", register().bearer_auth(TOKEN).header("content-type", "application/json").body("{"), 400, "ERROR"),
        ("no object", register().bearer_auth(TOKEN).json(&json!([])), 400, "ERROR"),
        ("a form", register().bearer_auth(TOKEN).form(&[("amount", "1500")]), 400, "ERROR"),
        ("taken", register().bearer_auth(TOKEN).json(&order_of(NUMBER)), 422, "INVALID_DATA"),
        (
            "taken in capitals",
            register().bearer_auth(TOKEN).json(&order_of(&NUMBER.to_uppercase())),
            422,
            "INVALID_DATA",
        ),
        ("no such order", status(OTHER).bearer_auth(TOKEN), 404, "NOT_FOUND"),
        ("another merchant's order", status(NUMBER).bearer_auth("another-merchant"), 404, "NOT_FOUND"),
        ("no guid", status("PL-2041").bearer_auth(TOKEN), 422, "INVALID_DATA"),
        ("another method", client.get(shop.url("register")).bearer_auth(TOKEN), 404, "NOT_FOUND"),
        ("another language", other_host("/api/fr/vpos/order/status/x"), 404, "NOT_FOUND"),
        ("another address", other_host("/api/en/vpos/orders"), 404, "NOT_FOUND"),
        ("a refund", client.post(shop.url("refund")).bearer_auth(TOKEN).json(&body), 404, "NOT_FOUND"),
    ] {
        let answer = reply(request).await;
        assert_eq!((answer.status, answer.body["status"].as_str()), (code, Some(word)), "{case}: {}", answer.body);
    }
    shop.fastshift().set_switches(Switches { forbidden: true, ..Switches::default() });
    let answer = shop.look_up(NUMBER).await;
    assert_eq!((answer.status, answer.body["status"].as_str()), (403, Some("FORBIDDEN")));
    assert_eq!(shop.fastshift().orders().len(), 1);
    let calls = shop.fastshift().calls();
    assert!(calls.iter().any(|call| (call.method, call.status) == ("GET status", Some(403))), "{calls:?}");
    let pages = [format!("{base}/order/none"), format!("{base}/none")];
    for (url, code) in pages.into_iter().zip([404, 401]) {
        assert_eq!(client.get(&url).send().await.unwrap().status().as_u16(), code, "{url}");
    }
}

#[tokio::test]
async fn an_order_is_told_as_the_description_has_it() {
    let shop = Shop::open().await;
    let mut body = order_of(NUMBER);
    body["external_order_id"] = "PL-2041".into();
    let made = shop.register(&body).await;
    let guid = made.body["data"]["order"]["order_guid"].as_str().unwrap().to_owned();
    assert_eq!(guid.len(), 36);
    let mut order = json!({
        "order_number": NUMBER,
        "order_guid": guid,
        "amount": 1500,
        "description": "Torte & <tea>",
        "status": "pending",
        // 10:05:09 by UTC.
        "created_at": "2026-11-21 14:05:09",
        "completed_at": null,
        "expires_at": "2026-11-21 14:25:09",
        "external_order_id": "PL-2041",
    });
    let page = format!("{}/order/{guid}", shop.fastshift().base_url());
    assert_eq!(made.body, json!({ "status": "OK", "data": { "order": order, "redirect_url": page } }));
    let html = shop.world.client.get(&page).send().await.unwrap().text().await.unwrap();
    for part in ["1\u{a0}500\u{a0}AMD", "Torte &amp; &lt;tea&gt;", NUMBER, "value=pay", "value=decline", "value=close"]
    {
        assert!(html.contains(part), "{part} in {html}");
    }
    let told = shop.look_up(NUMBER).await;
    assert_eq!(told.body, json!({ "status": "OK", "data": { "order": order, "fastshift_id": null } }));

    shop.world.pass_ms(61_000);
    assert_eq!(shop.presses(&guid, "steal").await.0, 400);
    let back = format!("{BACK}&status=completed&order_number={NUMBER}");
    assert_eq!(shop.presses(&guid, "pay").await, (303, back.clone()));
    order["status"] = "completed".into();
    order["completed_at"] = "2026-11-21 14:06:10".into();
    let told = shop.look_up(&NUMBER.to_uppercase()).await;
    assert_eq!(told.body, json!({ "status": "OK", "data": { "order": order, "fastshift_id": "00041877" } }));
    assert_eq!(shop.presses(&guid, "pay").await.0, 409, "it is paid once");
    assert_eq!(shop.presses(&guid, "close").await, (303, back));

    shop.fastshift().set_faults(Faults { says: Says::Pending, ..Faults::default() });
    let told = shop.look_up(NUMBER).await.body;
    let order = &told["data"]["order"];
    assert_eq!((&order["status"], &order["completed_at"]), (&json!("pending"), &Value::Null));
}

#[tokio::test]
async fn an_order_ends_once_and_for_ever() {
    let shop = Shop::open().await;
    let id = shop.order(&order_of(NUMBER)).await;
    assert!(shop.presses(&id, "close").await.1.contains("status=pending"), "it stays as it is");
    assert!(shop.presses(&id, "decline").await.1.contains("status=rejected"));
    for act in [Act::Pay, Act::Decline, Act::Expire, Act::Reverse, Act::GiveBack { minor: 100 }] {
        assert!(shop.fastshift().act(&id, act).is_err(), "{act:?}");
    }
    shop.fastshift().set_switches(Switches { life_s: 60, ..Switches::default() });
    let short = shop.order(&order_of(OTHER)).await;
    shop.world.pass_ms(59_999);
    assert_eq!(shop.look_up(OTHER).await.body["data"]["order"]["status"], "pending");
    shop.world.pass_ms(1);
    let told = shop.look_up(OTHER).await.body;
    let order = &told["data"]["order"];
    assert_eq!((&order["status"], &order["completed_at"]), (&json!("expired"), &order["expires_at"]));
    assert_eq!(shop.presses(&short, "pay").await.0, 409);

    let paid = shop.order(&order_of("3f2b8c1e-5d47-4a90-9c1f-0a7be2d4c6f3")).await;
    shop.fastshift().set_faults(Faults { paid: Lie::OneLess, ..Faults::default() });
    assert!(matches!(shop.fastshift().act(&paid, Act::Pay), Ok(Acted::Back(_))));
    let view = shop.fastshift().orders().pop().unwrap();
    assert_eq!((view.amount_minor, view.status.as_str()), (149_900, "completed"));
    assert!(shop.fastshift().act(&paid, Act::GiveBack { minor: 149_901 }).is_err());
    assert_eq!(shop.fastshift().act(&paid, Act::GiveBack { minor: 49_900 }), Ok(Acted::Done));
    assert_eq!(shop.fastshift().orders().pop().unwrap().refunded_minor, 49_900);
    assert!(shop.fastshift().act("none", Act::Pay).is_err());
}

#[tokio::test]
async fn webhooks_say_two_things_without_a_proof_and_may_lie() {
    let shop = Shop::open().await;
    let receiver = Receiver::start().await;
    let mut body = order_of(NUMBER);
    body["webhook_url"] = receiver.url.as_str().into();
    let id = shop.order(&body).await;
    assert!(shop.fastshift().lies(&id, "completed"));
    assert!(!shop.fastshift().lies("none", "completed"));
    assert_eq!(shop.world.sandbox.deliver_due().await, 1);
    let came = receiver.received().pop().unwrap();
    assert_eq!(came.json(), json!({ "status": "completed", "order_number": NUMBER }));
    assert_eq!((came.header("content-type"), came.header("authorization")), ("application/json", ""));
    assert_eq!(shop.look_up(NUMBER).await.body["data"]["order"]["status"], "pending", "it was a lie");

    shop.fastshift().set_switches(Switches { webhook: Manner::Form, ..Switches::default() });
    shop.fastshift().act(&id, Act::Pay).unwrap();
    assert_eq!(shop.world.sandbox.deliver_due().await, 1);
    let form = format!("status=completed&order_number={NUMBER}");
    assert_eq!(receiver.received().pop().unwrap().body, form);
    shop.fastshift().set_switches(Switches { webhook: Manner::Query, ..Switches::default() });
    assert!(shop.fastshift().lies(&id, "rejected"));
    assert_eq!(shop.world.sandbox.deliver_due().await, 1);
    assert_eq!(receiver.received().pop().unwrap().body, "", "it stands in the address");

    // One that is refused is not sent again; one that is taken is, where copies are asked for.
    receiver.will_answer(&[500]);
    shop.fastshift().set_faults(Faults { push_repeat: 2, ..Faults::default() });
    shop.fastshift().lies(&id, "refused");
    assert_eq!(shop.world.sandbox.deliver_due().await, 1);
    shop.fastshift().lies(&id, "taken");
    assert_eq!(shop.world.sandbox.deliver_due().await, 3);
    let sent: Vec<(String, u32, Option<u16>)> =
        shop.fastshift().webhooks().into_iter().skip(3).map(|view| (view.status, view.sent, view.answer)).collect();
    assert_eq!(sent, [("refused".to_owned(), 1, Some(500)), ("taken".to_owned(), 3, Some(200))]);

    // Held, late, and lost ones.
    shop.fastshift().set_faults(Faults { push: Pushing::Hold, push_delay_s: 60, ..Faults::default() });
    shop.fastshift().lies(&id, "late");
    shop.world.pass_ms(59_000);
    shop.fastshift().set_faults(Faults::default());
    assert_eq!(shop.world.sandbox.deliver_due().await, 0);
    shop.world.pass_ms(1_000);
    assert_eq!(shop.world.sandbox.deliver_due().await, 1);
    shop.fastshift().lies(&id, "lost");
    shop.fastshift().set_faults(Faults { push: Pushing::Drop, ..Faults::default() });
    assert_eq!(shop.world.sandbox.deliver_due().await, 0);
    shop.fastshift().set_faults(Faults::default());
    assert_eq!(shop.world.sandbox.deliver_due().await, 0, "it is lost for ever");

    // An order that ran out is told of too; one without an address never is.
    let mut body = order_of(OTHER);
    body["webhook_url"] = receiver.url.as_str().into();
    shop.order(&body).await;
    let silent = shop.order(&order_of("3f2b8c1e-5d47-4a90-9c1f-0a7be2d4c6f3")).await;
    assert!(!shop.fastshift().lies(&silent, "completed"));
    shop.world.pass_ms(20 * 60_000);
    assert_eq!(shop.world.sandbox.deliver_due().await, 1);
    let views = shop.fastshift().webhooks();
    assert_eq!((views.last().unwrap().number.as_str(), views.last().unwrap().status.as_str()), (OTHER, "expired"));
}

#[tokio::test]
async fn faults_answer_as_asked() {
    let shop = Shop::open().await;
    let url = shop.url("register");
    let authorization = format!("authorization: Bearer {TOKEN}\r\n");
    for (answering, orders) in [(Answering::DropRequest, 0), (Answering::DropReply, 1)] {
        shop.fastshift().set_faults(Faults { start: answering, ..Faults::default() });
        assert_eq!(raw_post(&url, &authorization, &order_of(NUMBER)).await, b"", "{answering:?}");
        assert_eq!(shop.fastshift().orders().len(), orders, "{answering:?}");
    }
    shop.fastshift().set_faults(Faults { start: Answering::Fail, lookup: Answering::Fail, ..Faults::default() });
    for answer in [shop.register(&order_of(OTHER)).await, shop.look_up(NUMBER).await] {
        assert_eq!((answer.status, answer.body["status"].as_str()), (500, Some("APP_ERROR")));
    }
    shop.fastshift().set_faults(Faults { outage: true, ..Faults::default() });
    let order = shop.fastshift().orders().remove(0);
    let sent = shop.world.client.get(order.page.unwrap()).send().await.unwrap();
    assert_eq!(sent.status().as_u16(), 303);
    assert!(sent.headers()["location"].to_str().unwrap().contains("status=pending"), "unpaid");
    assert!(shop.fastshift().faults().outage);
    let words: Vec<&str> = shop.world.sandbox.gateways.iter().map(|gateway| gateway.word()).collect();
    assert!(words.contains(&"fastshift"), "{words:?}");
}

struct Nowhere;

impl kamurj_sandbox::Carrier for Nowhere {
    fn post(&self, _: String, _: Vec<(&'static str, String)>, _: String) -> kamurj_sandbox::Carried {
        Box::pin(async { None })
    }
}

#[tokio::test]
async fn gateways_answer_without_listeners_too_and_push_nothing_there() {
    let settings = kamurj_sandbox::Settings::from_json(&format!(
        r#"{{"telegram_token":"1:a","bitrix24_user":"1","bitrix24_secret":"a","bank_token":"a","fastshift":[{{"token":"{TOKEN}"}}]}}"#
    ));
    let addresses = kamurj_sandbox::Addresses {
        telegram: "http://telegram.test".into(),
        bitrix24: "http://crm.test".into(),
        bank: "http://bank.test".into(),
        ..kamurj_sandbox::Addresses::default()
    };
    let clock = std::sync::Arc::new(|| crate::world::START_MS);
    let sandbox =
        kamurj_sandbox::Sandbox::without_listeners(&settings.unwrap(), clock, addresses, std::sync::Arc::new(Nowhere));
    let request = |method: &str, path: &str, body: String| {
        axum::http::Request::builder()
            .method(method)
            .uri(format!("http://bank.test{path}"))
            .header("authorization", format!("Bearer {TOKEN}"))
            .header("content-type", "application/json")
            .body(axum::body::Body::from(body))
            .unwrap()
    };
    let mut order = order_of(NUMBER);
    order["webhook_url"] = "https://shop.example.am/hook".into();
    let register = request("POST", "/fastshift/api/en/vpos/order/register", order.to_string());
    assert_eq!(sandbox.answer(register).await.unwrap().status().as_u16(), 200);
    let by_get = request("GET", "/idram/Payment/GetPayment", String::new());
    assert_eq!(sandbox.answer(by_get).await.unwrap().status().as_u16(), 405);
    let id = sandbox.fastshift.orders().remove(0).id;
    sandbox.fastshift.act(&id, Act::Pay).unwrap();
    assert_eq!(sandbox.deliver_due().await, 1);
    assert_eq!(sandbox.fastshift.webhooks()[0].answer, None, "nobody answers where there are no sockets");
}
