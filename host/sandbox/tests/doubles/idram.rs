//! The Idram double without any adapter: what it refuses, what it sends, and what it makes of the answers.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use kamurj_sandbox::gateways::idram::{Idram, Merchant, Outcome, Switches};
use kamurj_sandbox::gateways::{Act, Acted, Faults, Gateway, Pushing, Reply};
use md5::{Digest, Md5};

use crate::world::{World, client};

const ACCOUNT: &str = "100000777";
const SECRET: &str = "test-secret-A";
const FORM: [(&str, &str); 6] = [
    ("EDP_LANGUAGE", "AM"),
    ("EDP_REC_ACCOUNT", ACCOUNT),
    ("EDP_DESCRIPTION", "Տորթ <b>"),
    ("EDP_AMOUNT", "1500"),
    ("EDP_BILL_NO", "PL-2041"),
    ("colour", "red & blue"),
];

type Calls = Vec<Vec<(String, String)>>;
type Shared = Arc<Mutex<(Calls, VecDeque<(u16, &'static str)>)>>;

/// A merchant that keeps what it is sent and answers as it is told; `OK` where it is told nothing.
struct Shop {
    world: World,
    url: String,
    shared: Shared,
}

impl Shop {
    async fn open() -> Self {
        let world = World::start().await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Shared::default();
        let routes = Router::new().fallback(take).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        world.sandbox.idram.registers(Merchant {
            account: ACCOUNT.into(),
            secret_key: SECRET.into(),
            result_url: format!("{url}/result").parse().unwrap(),
            success_url: format!("{url}/success?shop=1").parse().unwrap(),
            fail_url: format!("{url}/fail").parse().unwrap(),
        });
        Self { world, url, shared }
    }

    fn idram(&self) -> &Idram {
        &self.world.sandbox.idram
    }

    fn answers(&self, answers: &[(u16, &'static str)]) {
        self.shared.lock().unwrap().1.extend(answers);
    }

    fn came(&self) -> Calls {
        std::mem::take(&mut self.shared.lock().unwrap().0)
    }

    fn faults(&self, faults: Faults) {
        self.idram().set_faults(faults);
    }

    /// Posts a form to the entry; status, and where it leads or what the page says.
    async fn posts(&self, form: &[(&str, &str)]) -> (u16, String) {
        self.to(&format!("{}/Payment/GetPayment", self.idram().base_url()), form).await
    }

    async fn to(&self, url: &str, form: &[(&str, &str)]) -> (u16, String) {
        let answer = self.world.client.post(url).form(form).send().await.unwrap();
        let location = answer.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
        let status = answer.status().as_u16();
        (status, location.unwrap_or(answer.text().await.unwrap()))
    }

    async fn page(&self) -> String {
        let (status, page) = self.posts(&FORM).await;
        assert_eq!(status, 303, "{page}");
        page
    }

    async fn presses(&self, page: &str, action: &str) -> (u16, String) {
        self.to(page, &[("action", action)]).await
    }

    fn outcomes(&self) -> Vec<Outcome> {
        self.idram().charges().iter().map(|charge| charge.outcome).collect()
    }

    fn last(&self) -> (String, String) {
        let order = self.idram().orders().pop().unwrap();
        (order.id, order.status)
    }
}

async fn take(State(shared): State<Shared>, headers: HeaderMap, body: String) -> (StatusCode, &'static str) {
    assert_eq!(headers["content-type"], "application/x-www-form-urlencoded");
    let mut shared = shared.lock().unwrap();
    shared.0.push(url::form_urlencoded::parse(body.as_bytes()).into_owned().collect());
    let (status, body) = shared.1.pop_front().unwrap_or((200, "OK"));
    (StatusCode::from_u16(status).unwrap(), body)
}

fn value<'c>(call: &'c [(String, String)], name: &str) -> &'c str {
    call.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
}

#[tokio::test]
async fn wrong_forms_are_refused_by_field_and_nobody_is_asked() {
    let shop = Shop::open().await;
    let mut wrong: Vec<(&str, &str)> = vec![
        ("EDP_LANGUAGE", "hy"),
        ("EDP_LANGUAGE", "am"),
        ("EDP_REC_ACCOUNT", "100000778"),
        ("EDP_AMOUNT", "0"),
        ("EDP_AMOUNT", "0.00"),
        ("EDP_AMOUNT", "-1500"),
        ("EDP_AMOUNT", "1500,00"),
        ("EDP_AMOUNT", "1 500"),
        ("EDP_AMOUNT", "1500.001"),
        ("EDP_AMOUNT", "1500."),
        ("EDP_AMOUNT", ".5"),
        ("EDP_AMOUNT", "1.500.00"),
        ("EDP_AMOUNT", "1e3"),
        ("EDP_AMOUNT", "99999999999999999999"),
    ];
    wrong.extend(FORM[..5].iter().map(|(name, _)| (*name, "")));
    for (name, value) in wrong {
        let form = FORM.map(|(known, old)| (known, if known == name { value } else { old }));
        let (status, page) = shop.posts(&form).await;
        assert!(status == 400 && page.contains(name), "{name}={value}: {status} {page}");
    }
    for left_out in &FORM[..5] {
        let rest: Vec<(&str, &str)> = FORM.into_iter().filter(|pair| pair != left_out).collect();
        let (status, page) = shop.posts(&rest).await;
        assert!(status == 400 && page.contains(left_out.0), "{left_out:?}: {status} {page}");
    }
    for more in [("EDP_BILL_NO", "PL-2042"), ("EDP_SUCCESS_URL", "https://x.am"), ("EDP_EMAIL", "nobody")] {
        let mut form = FORM.to_vec();
        form.push(more);
        let (status, page) = shop.posts(&form).await;
        assert!(status == 400 && page.contains(more.0), "{more:?}: {status} {page}");
    }
    let entry = format!("{}/Payment/GetPayment", shop.idram().base_url());
    let kind = "application/x-www-form-urlencoded";
    let latin = shop.world.client.post(&entry).header("content-type", kind).body("EDP_DESCRIPTION=%e9t%e9");
    let page = format!("{}/payment/none", shop.idram().base_url());
    for (case, request, status) in [
        ("not UTF-8", latin, 400),
        ("by GET", shop.world.client.get(&entry).query(&FORM), 405),
        ("as JSON", shop.world.client.post(&entry).json(&serde_json::json!({"EDP_AMOUNT": "1500"})), 415),
        ("elsewhere", shop.world.client.post(format!("{}/Payment", shop.idram().base_url())).form(&FORM), 404),
        ("no such page", shop.world.client.get(&page), 404),
        ("no such payment", shop.world.client.post(&page).form(&[("action", "pay")]), 404),
    ] {
        assert_eq!(request.send().await.unwrap().status().as_u16(), status, "{case}");
    }
    assert!(shop.idram().orders().is_empty());
    assert!(shop.came().is_empty());
    let calls = shop.idram().calls();
    assert!(calls.iter().any(|call| (call.method, call.status) == ("GetPayment", Some(405))), "{calls:?}");
}

#[tokio::test]
async fn the_merchant_is_asked_unsigned_and_told_signed() {
    let shop = Shop::open().await;
    let page = shop.page().await;
    let question = shop.came().remove(0);
    let pair = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let expected = [
        ("EDP_PRECHECK", "YES"),
        ("EDP_BILL_NO", "PL-2041"),
        ("EDP_REC_ACCOUNT", ACCOUNT),
        ("EDP_AMOUNT", "1500"),
        ("colour", "red & blue"),
    ];
    assert_eq!(question, expected.map(pair));
    let html = shop.world.client.get(&page).send().await.unwrap().text().await.unwrap();
    for part in ["1\u{a0}500\u{a0}AMD", "Տորթ &lt;b&gt;", "PL-2041", "value=pay", "value=decline", "value=close"] {
        assert!(html.contains(part), "{part} in {html}");
    }

    // Half past nine in the evening by UTC is the next day in Yerevan.
    shop.world.pass_ms((11 * 60 + 25) * 60_000);
    let back = shop.presses(&page, "pay").await;
    assert_eq!(back, (303, format!("{}/success?shop=1&colour=red+%26+blue", shop.url)));
    let told = shop.came().remove(0);
    let trans_id = value(&told, "EDP_TRANS_ID");
    assert!(trans_id.len() == 14 && trans_id.bytes().all(|byte| byte.is_ascii_digit()), "{trans_id}");
    let signed = format!("100000777:1500.00:test-secret-A:PL-2041:200000555:{trans_id}:22/11/2026");
    let checksum = format!("{:032x}", u128::from_be_bytes(Md5::digest(signed).into()));
    let expected = [
        ("EDP_BILL_NO", "PL-2041"),
        ("EDP_REC_ACCOUNT", ACCOUNT),
        ("EDP_PAYER_ACCOUNT", "200000555"),
        ("EDP_AMOUNT", "1500.00"),
        ("EDP_TRANS_ID", trans_id),
        ("EDP_TRANS_DATE", "22/11/2026"),
        ("EDP_CHECKSUM", &checksum),
        ("colour", "red & blue"),
    ];
    assert_eq!(told, expected.map(pair));
    assert_eq!((shop.outcomes(), shop.last().1.as_str()), (vec![Outcome::Stands], "paid"));
    assert_eq!(shop.presses(&page, "pay").await.0, 409, "it is paid once");
    assert_eq!(shop.presses(&page, "steal").await.0, 400);
    assert_eq!(shop.idram().charges().len(), 1);
}

#[tokio::test]
async fn the_table_of_answers_to_a_confirmation_is_obeyed() {
    for (status, said, outcome, end) in [
        (200, "OK", Outcome::Stands, "success"),
        (200, "OK\n", Outcome::Cancelled, "fail"),
        (200, " OK", Outcome::Cancelled, "fail"),
        (200, "ok", Outcome::Cancelled, "fail"),
        (200, "<b>OK</b>", Outcome::Cancelled, "fail"),
        (200, "", Outcome::Cancelled, "fail"),
        (201, "OK", Outcome::Cancelled, "fail"),
        (202, "", Outcome::Cancelled, "fail"),
        (204, "", Outcome::Cancelled, "fail"),
        (302, "OK", Outcome::StandsUnanswered, "success"),
        (400, "OK", Outcome::StandsUnanswered, "success"),
        (404, "no", Outcome::StandsUnanswered, "success"),
        (500, "OK", Outcome::StandsUnanswered, "success"),
        (503, "", Outcome::StandsUnanswered, "success"),
    ] {
        let shop = Shop::open().await;
        let page = shop.page().await;
        shop.answers(&[(status, said)]);
        let (_, back) = shop.presses(&page, "pay").await;
        assert_eq!(shop.outcomes(), [outcome], "{status} {said:?}");
        assert!(back.starts_with(&format!("{}/{end}", shop.url)), "{status} {said:?}: {back}");
        assert_eq!(shop.idram().letters(), u64::from(outcome == Outcome::StandsUnanswered), "{status} {said:?}");
        shop.world.pass_ms(24 * 3_600_000);
        assert_eq!(shop.world.sandbox.deliver_due().await, 0, "nothing is tried again");
    }
}

#[tokio::test]
async fn money_moves_only_after_exactly_ok_to_the_question() {
    for answer in [(200, "ok"), (200, ""), (200, "OK\n"), (201, "OK"), (302, "OK"), (404, "OK"), (500, "OK")] {
        let shop = Shop::open().await;
        shop.answers(&[answer]);
        let (status, back) = shop.posts(&FORM).await;
        assert_eq!((status, back), (303, format!("{}/fail?colour=red+%26+blue", shop.url)), "{answer:?}");
        let (id, word) = shop.last();
        assert_eq!(word, "refused", "{answer:?}");
        assert!(shop.idram().act(&id, Act::Pay).is_err(), "{answer:?}");
        assert!(shop.outcomes().is_empty(), "{answer:?}");
    }
}

#[tokio::test]
async fn a_payer_who_does_not_pay_is_sent_to_the_other_address() {
    for (action, word) in [("decline", "declined"), ("close", "closed")] {
        let shop = Shop::open().await;
        let page = shop.page().await;
        let (status, back) = shop.presses(&page, action).await;
        assert!(status == 303 && back.starts_with(&format!("{}/fail", shop.url)), "{action}: {status} {back}");
        assert_eq!(shop.last().1, word);
        assert_eq!(shop.presses(&page, "pay").await.0, 409, "{action}");
        assert_eq!(shop.presses(&page, "close").await.1, back, "the way back stays");
        assert!(shop.outcomes().is_empty() && shop.came().len() == 1, "{action}");
    }
}

#[tokio::test]
async fn stories_act_without_a_browser_and_the_confirmation_is_owed() {
    let shop = Shop::open().await;
    shop.page().await;
    let (id, _) = shop.last();
    let acted = shop.idram().act(&id, Act::Pay);
    assert_eq!(acted, Ok(Acted::Back(format!("{}/success?shop=1&colour=red+%26+blue", shop.url))));
    assert_eq!((shop.outcomes(), shop.last().1.as_str()), (vec![Outcome::Owed], "charged"));
    assert_eq!(shop.world.sandbox.deliver_due().await, 1);
    assert_eq!((shop.outcomes(), shop.last().1.as_str()), (vec![Outcome::Stands], "paid"));

    assert!(shop.idram().act(&id, Act::Expire).is_err(), "Idram sets no time");
    assert!(shop.idram().act(&id, Act::GiveBack { minor: 150_001 }).is_err(), "more than was paid");
    assert_eq!(shop.idram().act(&id, Act::GiveBack { minor: 50_000 }), Ok(Acted::Done));
    assert!(shop.idram().act(&id, Act::GiveBack { minor: 100_001 }).is_err(), "more than is left");
    assert_eq!(shop.idram().orders()[0].refunded_minor, 50_000);
    assert_eq!(shop.idram().act(&id, Act::Reverse), Ok(Acted::Done));
    assert_eq!((shop.idram().orders()[0].refunded_minor, shop.last().1.as_str()), (150_000, "reversed"));
    assert!(shop.idram().act("none", Act::Pay).is_err());
    assert_eq!(shop.world.sandbox.deliver_due().await, 0, "nobody is told of what staff do");
    let words: Vec<&str> = shop.world.sandbox.gateways.iter().map(|gateway| gateway.word()).collect();
    assert!(words.contains(&"idram"), "{words:?}");
}

#[tokio::test]
async fn faults_and_switches_do_what_they_say() {
    let shop = Shop::open().await;
    // Copies are judged as the first: one that is not taken sends the money back.
    shop.faults(Faults { push_repeat: 2, ..Faults::default() });
    let page = shop.page().await;
    shop.answers(&[(200, "OK"), (200, "known already")]);
    shop.presses(&page, "pay").await;
    assert_eq!((shop.came().len(), shop.outcomes()), (3, vec![Outcome::Cancelled]));

    shop.faults(Faults { push: Pushing::Hold, push_delay_s: 60, ..Faults::default() });
    let page = shop.page().await;
    assert!(shop.presses(&page, "pay").await.1.contains("/success"), "the money moved");
    shop.faults(Faults::default());
    assert_eq!(shop.world.sandbox.deliver_due().await, 0, "not yet");
    shop.world.pass_ms(60_000);
    assert_eq!(shop.world.sandbox.deliver_due().await, 1);

    shop.faults(Faults { push: Pushing::Drop, ..Faults::default() });
    let page = shop.page().await;
    shop.presses(&page, "pay").await;
    assert_eq!((shop.outcomes().pop(), shop.last().1.as_str()), (Some(Outcome::Lost), "paid"));

    shop.faults(Faults { outage: true, ..Faults::default() });
    assert!(shop.page().await.contains("/fail"));
    shop.faults(Faults { start: Reply::Fail, ..Faults::default() });
    assert_eq!(shop.posts(&FORM).await.0, 500);
    for (reply, more) in [(Reply::DropRequest, 0), (Reply::DropReply, 1)] {
        shop.faults(Faults { start: reply, ..Faults::default() });
        let before = shop.idram().orders().len();
        let entry = format!("{}/Payment/GetPayment", shop.idram().base_url());
        assert!(client().post(entry).form(&FORM).send().await.is_err(), "{reply:?}");
        assert_eq!(shop.idram().orders().len() - before, more, "{reply:?}");
    }

    shop.faults(Faults::default());
    shop.came();
    shop.idram().set_switches(Switches { no_question: true, second_transaction: true, ..Switches::default() });
    let page = shop.page().await;
    assert!(shop.came().is_empty(), "nobody was asked");
    shop.answers(&[(200, "OK"), (200, "paid already")]);
    assert!(shop.presses(&page, "pay").await.1.contains("/success"));
    let came = shop.came();
    assert_ne!(value(&came[0], "EDP_TRANS_ID"), value(&came[1], "EDP_TRANS_ID"));
    assert_eq!(shop.outcomes().split_off(shop.outcomes().len() - 2), [Outcome::Stands, Outcome::Cancelled]);
    assert!(shop.idram().faults() == Faults::default());
}

#[test]
fn merchants_are_set_up_by_the_settings_and_nothing_else_is_known_there() {
    let settings = |merchant: &str| {
        kamurj_sandbox::Settings::from_json(&format!(
            r#"{{"telegram_token":"1:a","bitrix24_user":"1","bitrix24_secret":"a","bank_token":"a","idram":[{merchant}]}}"#
        ))
    };
    let urls =
        r#""result_url":"http://127.0.0.1/r","success_url":"http://127.0.0.1/s","fail_url":"http://127.0.0.1/f""#;
    let right = settings(&format!(r#"{{"account":"1","secret_key":"k",{urls}}}"#)).unwrap();
    assert_eq!(right.idram[0].account, "1");
    for wrong in [
        format!(r#"{{"account":"1",{urls}}}"#),
        format!(r#"{{"account":"1","secret_key":"k","email":"a@b.am",{urls}}}"#),
        r#"{"account":"1","secret_key":"k","result_url":"r","success_url":"s","fail_url":"f"}"#.to_owned(),
    ] {
        assert!(settings(&wrong).is_err(), "{wrong}");
    }
}
