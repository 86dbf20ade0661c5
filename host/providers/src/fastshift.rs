//! FastShift, the wallet: an order is registered, the payer is sent to its page, and every piece of news is unsigned, so the
//! order's status is asked for each time.
//!
//! Source: "Pay by FastShift" v1.0 of 25.02.2025. Assumptions, because it does not say: times without a zone are Yerevan's
//! (UTC+4 all year); drams are the only currency; orders live 20 minutes at most; the language in the path is `en` unless
//! an account's settings name others; the method of its webhook is not known, so that any is read.

mod wire;

use crate::contract::{
    Amounts, Cancelled, Capabilities, Checked, Family, Hint, Lookup, LookupOf, Order, OrderNumber, Provider, Push,
    PushRefused, Pushed, Pushes, RefundAnswer, RefundLookup, RefundOf, RefundOrder, RefundQuestions, Secrets,
    SettingsError, Start, Tidings,
};
use crate::entered;
use crate::line::Line;
use async_trait::async_trait;
use kamurj_domain::Currency;
use kamurj_egress::{Method, Request, Response, SendError};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use url::Url;
use wire::Envelope;

/// How long after its session's end an order that still waits counts as left.
const LEFT_AFTER_MS: i64 = 30 * 60 * 1000;

/// The provider.
pub const FAMILY: Family = Family {
    word: "fastshift",
    name: "FastShift",
    secrets: &["api_token"],
    headers: &[],
    open: |settings, secrets, line| Ok(Box::new(FastShift::new(settings, secrets, line)?)),
    reply: None,
};

/// FastShift tells each order's own end (`expires_at`) and publishes no rule for it; other gateways of the country take this.
const SESSION_LIFE_MS: i64 = 20 * 60 * 1000;
const TIMEOUT: Duration = Duration::from_secs(15);
/// An order number that nobody has: to ask about it changes nothing.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";
/// The language that FastShift is known to have in its paths.
const SURE_LANGUAGE: &str = "en";

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    #[serde(default = "live")]
    base_url: Url,
    #[serde(default)]
    checkout_origins: Vec<Url>,
    #[serde(default)]
    webhook_url: Option<Url>,
    #[serde(default)]
    languages: Vec<String>,
}

/// The one address that is known, for test tokens and live ones alike.
fn live() -> Url {
    Url::parse("https://merchants.fastshift.am").expect("a constant")
}

/// One FastShift account.
pub struct FastShift {
    base: String,
    page_origins: Vec<String>,
    webhook_url: Option<Url>,
    languages: Vec<String>,
    api_token: String,
    line: Line,
}

impl FastShift {
    /// Reads settings `{base_url?, checkout_origins?, webhook_url?, languages?}` and the secret `api_token`.
    pub fn new(settings: &str, secrets: &Secrets, line: Line) -> Result<Self, SettingsError> {
        let settings: Settings = entered::read(settings)?;
        entered::reachable(&line, "base_url", &settings.base_url)?;
        for (place, origin) in settings.checkout_origins.iter().enumerate() {
            entered::reachable(&line, &format!("checkout_origins/{place}"), origin)?;
        }
        if let Some(url) = &settings.webhook_url {
            let is_own_machine = matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
            let says_more = !url.username().is_empty() || url.password().is_some() || url.fragment().is_some();
            if !(url.scheme() == "https" || url.scheme() == "http" && is_own_machine) || says_more {
                let detail = "write this account's webhook address as FastShift reaches it, beginning with https://";
                return Err(entered::fault("webhook_url", detail));
            }
        }
        for (place, language) in settings.languages.iter().enumerate() {
            if !["hy", "ru", "en"].contains(&language.as_str()) {
                return Err(entered::fault(&format!("languages/{place}"), "write `hy`, `ru` or `en`"));
            }
        }
        let base = settings.base_url.as_str().trim_end_matches('/').to_owned();
        let origins =
            if settings.checkout_origins.is_empty() { vec![settings.base_url] } else { settings.checkout_origins };
        Ok(Self {
            base,
            page_origins: entered::origins(&origins),
            webhook_url: settings.webhook_url,
            languages: settings.languages,
            api_token: secrets.required("api_token")?.to_owned(),
            line,
        })
    }

    async fn call(
        &self,
        operation: &'static str,
        language: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Response, SendError> {
        let headers = [
            ("authorization", format!("Bearer {}", self.api_token)),
            ("accept", "application/json".to_owned()),
            ("content-type", "application/json".to_owned()),
        ];
        let url = Url::parse(&format!("{}/api/{language}/vpos/order/{path}", self.base))
            .map_err(|error| SendError::NotSent(format!("the provider's address: {error}")))?;
        let request = Request {
            method: if body.is_some() { Method::POST } else { Method::GET },
            url,
            headers: headers.map(|(name, value)| (name.to_owned(), value)).to_vec(),
            body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
            timeout: TIMEOUT,
        };
        self.line.send(operation, request).await
    }

    async fn ask(&self, number: &str) -> Result<Response, SendError> {
        self.call("GET status", SURE_LANGUAGE, &format!("status/{number}"), None).await
    }

    /// The session that a 200 opened, where it says one.
    fn opened(&self, order: &Order, body: &[u8]) -> Start {
        let unclear = |reason: String| Start::NoAnswer { reason };
        let Some((registered, url)) = Envelope::read(body).registered() else {
            return unclear("the answer is not an order with a page".to_owned());
        };
        if registered.number() != order.number.to_ascii_lowercase() {
            return unclear("the answer is about another order".to_owned());
        }
        if registered.amount != Some(order.amount) {
            return unclear("the answer is about another amount".to_owned());
        }
        if !entered::lies_on(&self.page_origins, &url) {
            let origin = Url::parse(&url).map(|url| url.origin().ascii_serialization()).unwrap_or_default();
            let origin = entered::one_line(&self.line, &origin);
            return unclear(format!("the order's page is on `{origin}`, which `checkout_origins` does not name"));
        }
        Start::Session { reference: registered.order_guid, url }
    }
}

/// Whether this is a UUID as RFC 9562 writes it, in capitals or not.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[async_trait]
impl Provider for FastShift {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            push: Pushes::Unproven,
            lookup: true,
            asks_first: false,
            form: false,
            // A number that is taken is refused.
            repeatable_start: false,
            session_life_ms: SESSION_LIFE_MS,
            refund: false,
            partial_refund: false,
            refund_lookup: RefundQuestions::None,
            cancel: false,
            cancel_window_ms: None,
            amounts: Amounts::WholeUnits,
            order_number: OrderNumber::Uuid,
            page_origins: self.page_origins.clone(),
        }
    }

    async fn start(&self, order: &Order) -> Start {
        let refused = |reason: &str| Start::Refused { reason: reason.to_owned() };
        if order.amount.currency != Currency::Amd {
            return refused("FastShift takes drams only");
        }
        if order.amount.minor <= 0 || order.amount.minor % 100 != 0 {
            return refused("FastShift takes whole drams above zero only");
        }
        if !is_uuid(&order.number) {
            return refused("FastShift takes UUIDs as order numbers only");
        }
        // The text on FastShift's page, which must not be empty.
        let description = if order.description.trim().is_empty() { &order.number } else { &order.description };
        let mut body = json!({
            "order_number": order.number,
            "amount": order.amount.minor / 100,
            "description": description,
            "callback_url": order.return_url,
        });
        if let Some(url) = &self.webhook_url {
            body["webhook_url"] = url.as_str().into();
        }
        let known = self.languages.iter().any(|language| language == order.language);
        let language = if known { order.language } else { SURE_LANGUAGE };
        let response = match self.call("POST register", language, "register", Some(body)).await {
            Ok(response) => response,
            Err(error @ (SendError::Refused(_) | SendError::NotSent(_))) => return refused(&error.to_string()),
            Err(error) => return Start::NoAnswer { reason: error.to_string() },
        };
        match response.status {
            200 => self.opened(order, &response.body),
            status @ (400 | 401 | 403 | 404 | 422) => {
                let envelope = Envelope::read(&response.body);
                let reason = format!("FastShift answered {status}{}", envelope.reason(&self.line));
                // An order with our number may be there since an earlier request.
                if envelope.blames("order_number") { Start::NoAnswer { reason } } else { Start::Refused { reason } }
            }
            status => Start::NoAnswer { reason: format!("FastShift answered {status}") },
        }
    }

    fn on_return(&self, of: &LookupOf, query: &[(String, String)]) -> Hint {
        let mut named = query.iter().filter(|(name, _)| name == "order_number");
        if named.all(|(_, number)| number.eq_ignore_ascii_case(&of.number)) { Hint::Fits } else { Hint::Foreign }
    }

    fn on_push(&self, pushed: &Pushed<'_>, _: i64) -> Result<Push, PushRefused> {
        wire::hinted(pushed).map(|number| Push::Hint { number })
    }

    /// What FastShift sends is never read for what it says: anybody can send it.
    fn read_push(&self, pushed: &Pushed<'_>) -> Result<Tidings, PushRefused> {
        wire::hinted(pushed).map(|_| Tidings::Nothing)
    }

    async fn lookup(&self, of: &LookupOf) -> Lookup {
        let unclear = |reason: String| Lookup::NoAnswer { reason };
        if !is_uuid(&of.number) {
            return unclear("the order number is not a UUID, so it was never sent".to_owned());
        }
        let response = match self.ask(&of.number).await {
            Ok(response) => response,
            Err(error) => return unclear(error.to_string()),
        };
        let envelope = Envelope::read(&response.body);
        match response.status {
            200 => match envelope.order() {
                Some(order) => Lookup::Found(order.statement()),
                None => unclear("the answer is not an order".to_owned()),
            },
            // A 404 in other words comes from an address where FastShift is not.
            404 if envelope.status == "NOT_FOUND" => Lookup::NoSuchOrder,
            status => unclear(format!("FastShift answered {status}{}", envelope.reason(&self.line))),
        }
    }

    fn left_unpaid_after_ms(&self, _: &crate::Statement) -> Option<i64> {
        // FastShift may leave what nobody paid as it was registered. Its page is closed by then, and it is asked on for a while.
        Some(LEFT_AFTER_MS)
    }

    async fn refund(&self, _: &RefundOrder) -> RefundAnswer {
        RefundAnswer::Unsupported
    }

    async fn lookup_refund(&self, _: &RefundOf) -> RefundLookup {
        RefundLookup::Unsupported
    }

    async fn cancel(&self, _: &LookupOf) -> Cancelled {
        Cancelled::Unsupported
    }

    /// Asks about an order that nobody has.
    async fn check(&self) -> Checked {
        let refused = |detail: &str| Checked::Refused { detail: detail.to_owned() };
        let response = match self.ask(NOBODY).await {
            Ok(response) => response,
            Err(SendError::Refused(refusal)) => return refused(&format!("/settings/base_url: {refusal}")),
            Err(error) => return Checked::NoAnswer { reason: error.to_string() },
        };
        let envelope = Envelope::read(&response.body);
        match (response.status, envelope.status.as_str()) {
            // Whatever it says of such a number, it took the token.
            (200, "OK") | (404, "NOT_FOUND") | (422, "INVALID_DATA") => {
                Checked::Works { detail: "FastShift takes the token".to_owned() }
            }
            (401, _) => refused("/secrets/api_token: FastShift does not know this token (it answered 401)"),
            (403, _) => refused(
                "/secrets/api_token: FastShift forbids it (it answered 403); ask FastShift whether the token is in force \
                 and this server's address is on its list",
            ),
            (404, _) => refused("/settings/base_url: no FastShift is at this address (it answered 404)"),
            (status, _) => {
                Checked::NoAnswer { reason: format!("FastShift answered {status}{}", envelope.reason(&self.line)) }
            }
        }
    }
}
