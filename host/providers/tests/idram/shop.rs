//! A shop that takes Idram's calls with the adapter and answers them with the family's own words, and a browser.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request as Received, State};
use axum::http::StatusCode;
use kamurj_domain::{Currency, Money};
use kamurj_egress::{Egress, HostPort, Method, Request};
use kamurj_providers::idram::FAMILY;
use kamurj_providers::{
    Line, LookupOf, Order, Outcome, Provider, Push, PushRefused, Pushed, Secrets, Start, Tidings, adapter,
};
use kamurj_sandbox::gateways::idram::Merchant;
use kamurj_sandbox::gateways::{Faults, Gateway};
use kamurj_sandbox::{Sandbox, Settings};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// 2026-11-21, noon in Yerevan.
pub(crate) const NOW: i64 = 1_795_248_000_000;
pub(crate) const ACCOUNT: &str = "100000777";
pub(crate) const SECRET: &str = "test-secret-A";

pub(crate) fn secrets_of<const N: usize>(secrets: [(&str, &str); N]) -> Secrets {
    Secrets::new(BTreeMap::from(secrets.map(|(name, value)| (name.to_owned(), value.to_owned()))))
}

/// The adapter of the account, with these settings over its own.
pub(crate) fn idram(more: &Value, secrets: &Secrets, listed: Vec<HostPort>) -> Box<dyn Provider> {
    let mut settings = json!({ "account": ACCOUNT });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    adapter("idram", &settings.to_string(), secrets, Line::unwatched(Egress::new(listed))).unwrap()
}

/// The adapter as most accounts have it.
pub(crate) fn plain() -> Box<dyn Provider> {
    idram(&json!({}), &secrets_of([("secret_key", SECRET)]), Vec::new())
}

pub(crate) fn order(number: &str, amount: Money, language: &'static str) -> Order {
    Order {
        number: number.into(),
        amount,
        description: "Անուշ քաղցր & 1 տուփ".into(),
        return_url: "http://localhost:8080/r/1".into(),
        language,
    }
}

/// 1 500 dram.
pub(crate) fn price() -> Money {
    Money::parse("1500", Currency::Amd).unwrap()
}

pub(crate) fn of(number: &str) -> LookupOf {
    LookupOf { number: number.into(), reference: Some(number.into()), payment: None }
}

pub(crate) type Verdict = Result<(Push, Tidings), PushRefused>;

/// What came, and what is to be answered where the proof holds.
struct Book {
    adapter: Option<Box<dyn Provider>>,
    to_questions: Outcome,
    to_confirmations: Outcome,
    came: Vec<Verdict>,
}

/// A shop at the sandbox's Idram.
pub(crate) struct Shop {
    pub(crate) sandbox: Sandbox,
    pub(crate) adapter: Box<dyn Provider>,
    pub(crate) url: String,
    browser: Egress,
    book: Arc<Mutex<Book>>,
    now: Arc<AtomicI64>,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let settings = r#"{"telegram_token":"1:a","bitrix24_user":"1","bitrix24_secret":"a","bank_token":"a"}"#;
        let now = Arc::new(AtomicI64::new(NOW));
        let clock = now.clone();
        let settings = Settings::from_json(settings).unwrap();
        let sandbox = Sandbox::start(settings, Arc::new(move || clock.load(Ordering::SeqCst))).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let listed: Vec<HostPort> = vec![sandbox.bank_url.trim_start_matches("http://").parse().unwrap()];
        let account = || {
            let settings = json!({ "base_url": sandbox.idram.base_url() });
            idram(&settings, &secrets_of([("secret_key", SECRET)]), listed.clone())
        };
        let book = Book {
            adapter: Some(account()),
            to_questions: Outcome::Agreed,
            to_confirmations: Outcome::Taken,
            came: Vec::new(),
        };
        let book = Arc::new(Mutex::new(book));
        let routes = Router::new().fallback(take).with_state(book.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        sandbox.idram.registers(Merchant {
            account: ACCOUNT.into(),
            secret_key: SECRET.into(),
            result_url: format!("{url}/result").parse().unwrap(),
            success_url: format!("{url}/success").parse().unwrap(),
            fail_url: format!("{url}/fail").parse().unwrap(),
        });
        let adapter = account();
        Self { adapter, sandbox, url, browser: Egress::new(listed), book, now }
    }

    pub(crate) fn answers(&self, to_questions: Outcome, to_confirmations: Outcome) {
        let mut book = self.book.lock().unwrap();
        (book.to_questions, book.to_confirmations) = (to_questions, to_confirmations);
    }

    /// What came since the last time.
    pub(crate) fn came(&self) -> Vec<Verdict> {
        std::mem::take(&mut self.book.lock().unwrap().came)
    }

    pub(crate) fn faults(&self, change: impl FnOnce(&mut Faults)) {
        let mut faults = self.sandbox.idram.faults();
        change(&mut faults);
        self.sandbox.idram.set_faults(faults);
    }

    pub(crate) fn pass(&self, milliseconds: i64) {
        self.now.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// The browser posts the form of this order; where it is sent to.
    pub(crate) async fn goes_to_idram(&self, number: &str) -> String {
        let Start::Form { action, fields, .. } = self.adapter.start(&order(number, price(), "hy")).await else {
            panic!("a form was asked for")
        };
        self.posts(&action, &fields).await
    }

    /// The browser presses a button of the page.
    pub(crate) async fn presses(&self, page: &str, action: &str) -> String {
        self.posts(page, &[("action".to_owned(), action.to_owned())]).await
    }

    /// The same as one: the form, and paying; where the browser ends.
    pub(crate) async fn pays(&self, number: &str) -> String {
        let page = self.goes_to_idram(number).await;
        self.presses(&page, "pay").await
    }

    async fn posts(&self, url: &str, fields: &[(String, String)]) -> String {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request {
            method: Method::POST,
            url: url.parse().unwrap(),
            headers: vec![("content-type".into(), "application/x-www-form-urlencoded".into())],
            body: body.into_bytes(),
            timeout: Duration::from_secs(10),
        };
        let answer = self.browser.send(request).await.unwrap();
        assert_eq!(answer.status, 303, "{}", String::from_utf8_lossy(&answer.body));
        answer.headers.into_iter().find(|(name, _)| name == "location").unwrap().1
    }
}

async fn take(
    State(book): State<Arc<Mutex<Book>>>,
    request: Received,
) -> (StatusCode, [(&'static str, &'static str); 1], String) {
    let (parts, body) = request.into_parts();
    let body: Bytes = axum::body::to_bytes(body, 64 * 1024).await.unwrap();
    let headers: Vec<(String, String)> =
        parts.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    let pushed = Pushed { method: parts.method.as_str(), query: &[], headers: &headers, body: &body };
    let mut book = book.lock().unwrap();
    let adapter = book.adapter.take().unwrap();
    let verdict = adapter.on_push(&pushed, NOW).and_then(|push| Ok((push, adapter.read_push(&pushed)?)));
    book.adapter = Some(adapter);
    let outcome = match &verdict {
        Ok((Push::Question { .. }, _)) => book.to_questions.clone(),
        Ok(_) => book.to_confirmations.clone(),
        Err(PushRefused::Unproven(reason)) => Outcome::Unproven(reason),
        Err(PushRefused::Unreadable(_)) => Outcome::Unreadable,
    };
    book.came.push(verdict);
    let reply = FAMILY.reply.expect("its own words")(&outcome);
    (StatusCode::from_u16(reply.status).unwrap(), [("content-type", reply.content_type)], reply.body)
}
