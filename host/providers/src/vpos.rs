//! VPOS.am-style payment sessions: `POST /v1/payment-sessions`, a look-up, refunds, and signed webhooks.
//!
//! Source: the public beginning of the VPOS.am API description. What it leaves open is a setting or an assumption named
//! here: the meaning of `amountMinor` for drams (`amount_exponent`), the webhook scheme (`webhook`, see `webhook.rs`), the look-up
//! by `merchantOrderId`, and everything about refunds and cancelling (`refunds`, `cancel`; see `money_back.rs`).

mod money_back;
mod webhook;
mod wire;

use crate::contract::{
    Amounts, Cancelled, Capabilities, Checked, Family, Hint, Lookup, LookupOf, Order, OrderNumber, Provider, Push,
    PushRefused, Pushed, Pushes, RefundAnswer, RefundLookup, RefundOf, RefundOrder, RefundQuestions, Secrets,
    SettingsError, Start, Tidings,
};
use crate::entered;
use crate::line::Line;
use async_trait::async_trait;
use kamurj_egress::{Method, Request, Response, SendError};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use url::Url;
use webhook::Webhook;
use wire::{List, Session};

/// The provider.
pub const FAMILY: Family = Family {
    word: "vpos",
    name: "VPOS.am",
    secrets: &["api_token", "webhook_secret", "webhook_secret_old"],
    headers: &["webhook-id", "webhook-timestamp", "webhook-signature"],
    open: |settings, secrets, line| Ok(Box::new(Vpos::new(settings, secrets, line)?)),
    reply: None,
};

/// Sessions of Armenian banks behind such gateways live 20 minutes.
const SESSION_LIFE_MS: i64 = 20 * 60 * 1000;
const TIMEOUT: Duration = Duration::from_secs(15);

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    base_url: Url,
    #[serde(default)]
    checkout_origins: Vec<Url>,
    #[serde(default = "iso_exponent")]
    amount_exponent: u32,
    #[serde(default)]
    refunds: Refunds,
    #[serde(default = "yes")]
    cancel: bool,
    #[serde(default)]
    webhook: webhook::Entered,
}

fn iso_exponent() -> u32 {
    2
}

fn yes() -> bool {
    true
}

/// Which refunds this account may ask for; VPOS.am answers per provider behind it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
enum Refunds {
    /// Any part of what was captured, more than once.
    #[default]
    Partial,
    /// The whole sum only.
    Full,
    /// None.
    None,
}

impl TryFrom<String> for Refunds {
    type Error = &'static str;

    fn try_from(word: String) -> Result<Self, Self::Error> {
        match word.as_str() {
            "partial" => Ok(Self::Partial),
            "full" => Ok(Self::Full),
            "none" => Ok(Self::None),
            _ => Err("write `partial`, `full` (the whole sum only) or `none`"),
        }
    }
}

/// One VPOS.am account.
pub struct Vpos {
    base: String,
    page_origins: Vec<String>,
    amount_exponent: u32,
    api_token: String,
    webhook: Webhook,
    refunds: Refunds,
    cancel: bool,
    line: Line,
}

impl Vpos {
    /// Reads settings `{base_url, checkout_origins?, amount_exponent?, refunds?, cancel?, webhook?}` and the secrets `api_token`,
    /// `webhook_secret` and, while a secret is being changed, `webhook_secret_old`.
    pub fn new(settings: &str, secrets: &Secrets, line: Line) -> Result<Self, SettingsError> {
        let settings: Settings = entered::read(settings)?;
        if settings.amount_exponent != 0 && settings.amount_exponent != 2 {
            let detail = "write 2 (hundredths, as ISO 4217 has it) or 0 (whole units)";
            return Err(entered::fault("amount_exponent", detail));
        }
        let base = settings.base_url.as_str().trim_end_matches('/').to_owned();
        entered::reachable(&line, "base_url", &settings.base_url)?;
        for (place, origin) in settings.checkout_origins.iter().enumerate() {
            entered::reachable(&line, &format!("checkout_origins/{place}"), origin)?;
        }
        let origins =
            if settings.checkout_origins.is_empty() { vec![settings.base_url] } else { settings.checkout_origins };
        let webhook = Webhook::open(settings.webhook, secrets)?;
        Ok(Self {
            base,
            page_origins: entered::origins(&origins),
            amount_exponent: settings.amount_exponent,
            api_token: secrets.required("api_token")?.to_owned(),
            webhook,
            refunds: settings.refunds,
            cancel: settings.cancel,
            line,
        })
    }

    async fn call(
        &self,
        operation: &'static str,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<Value>,
    ) -> Result<Response, SendError> {
        let mut headers = vec![
            ("authorization".to_owned(), format!("Bearer {}", self.api_token)),
            ("accept".to_owned(), "application/json".to_owned()),
        ];
        if let Some(key) = key {
            headers.push(("idempotency-key".to_owned(), key.to_owned()));
        }
        if body.is_some() {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        let url = Url::parse(&format!("{}{path}", self.base))
            .map_err(|error| SendError::NotSent(format!("the provider's address: {error}")))?;
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        self.line.send(operation, Request { method, url, headers, body, timeout: TIMEOUT }).await
    }
}

#[async_trait]
impl Provider for Vpos {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            push: Pushes::Proven,
            lookup: true,
            asks_first: false,
            form: false,
            // The order number is the idempotency key.
            repeatable_start: true,
            session_life_ms: SESSION_LIFE_MS,
            refund: self.refunds != Refunds::None,
            partial_refund: self.refunds == Refunds::Partial,
            refund_lookup: RefundQuestions::ById,
            cancel: self.cancel,
            cancel_window_ms: None,
            amounts: if self.amount_exponent == 0 { Amounts::WholeUnits } else { Amounts::MinorUnits },
            order_number: OrderNumber::Text { longest: 64 },
            page_origins: self.page_origins.clone(),
        }
    }

    async fn start(&self, order: &Order) -> Start {
        let Some(amount) = self.to_wire(order.amount) else {
            return Start::Refused { reason: "the account's `amount_exponent` has no such small amounts".to_owned() };
        };
        let body = json!({
            "merchantOrderId": order.number,
            "amountMinor": amount,
            "currency": order.amount.currency.code(),
            "returnUrl": order.return_url,
            "description": order.description,
            "metadata": { "language": order.language },
        });
        let response = match self
            .call("POST payment-sessions", Method::POST, "/v1/payment-sessions", Some(&order.number), Some(body))
            .await
        {
            Ok(response) => response,
            Err(error @ (SendError::Refused(_) | SendError::NotSent(_))) => {
                return Start::Refused { reason: error.to_string() };
            }
            Err(error) => return Start::NoAnswer { reason: error.to_string() },
        };
        match response.status {
            200 | 201 => match serde_json::from_slice::<Session>(&response.body) {
                Ok(session) if session.merchant_order_id != order.number => {
                    Start::NoAnswer { reason: "the answer is about another order".to_owned() }
                }
                Ok(Session { id, checkout_url: Some(url), .. }) if self.is_own_page(&url) => {
                    Start::Session { reference: id, url }
                }
                Ok(_) => Start::NoAnswer { reason: "the session's page is not on a granted origin".to_owned() },
                Err(_) => Start::NoAnswer { reason: "the answer is not a session".to_owned() },
            },
            // Said no before doing anything. 409 is none of these: a session for our number exists.
            status @ (400 | 401 | 403 | 404 | 405 | 422 | 429) => {
                Start::Refused { reason: format!("the provider answered {status}") }
            }
            status => Start::NoAnswer { reason: format!("the provider answered {status}") },
        }
    }

    fn on_return(&self, _: &LookupOf, _: &[(String, String)]) -> Hint {
        // VPOS.am does not say what the browser brings back.
        Hint::Fits
    }

    fn on_push(&self, pushed: &Pushed<'_>, now: i64) -> Result<Push, PushRefused> {
        let natural_key =
            self.webhook.verify(pushed, now).map_err(|unproven| PushRefused::Unproven(unproven.words()))?;
        Ok(Push::News { natural_key })
    }

    fn proof_headers(&self) -> Vec<String> {
        self.webhook.headers()
    }

    fn read_push(&self, pushed: &Pushed<'_>) -> Result<Tidings, PushRefused> {
        self.read_notice(pushed.body)
    }

    async fn lookup(&self, of: &LookupOf) -> Lookup {
        let path = match &of.reference {
            Some(reference) => format!("/v1/payment-sessions/{}", encode(reference)),
            None => format!("/v1/payment-sessions?merchantOrderId={}", encode(&of.number)),
        };
        let response = match self.call("GET payment-sessions", Method::GET, &path, None, None).await {
            Ok(response) => response,
            Err(error) => return Lookup::NoAnswer { reason: error.to_string() },
        };
        let unreadable = || Lookup::NoAnswer { reason: "the answer is not a session".to_owned() };
        match (response.status, &of.reference) {
            (200, Some(_)) => match serde_json::from_slice::<Session>(&response.body) {
                Ok(session) => Lookup::Found(self.read_session(session)),
                Err(_) => unreadable(),
            },
            (200, None) => match serde_json::from_slice::<List<Session>>(&response.body) {
                Ok(sessions) => sessions
                    .data
                    .into_iter()
                    .find(|session| session.merchant_order_id == of.number)
                    .map_or(Lookup::NoSuchOrder, |session| Lookup::Found(self.read_session(session))),
                Err(_) => unreadable(),
            },
            (404, None) => Lookup::NoSuchOrder,
            (status, _) => Lookup::NoAnswer { reason: format!("the provider answered {status}") },
        }
    }

    async fn refund(&self, order: &RefundOrder) -> RefundAnswer {
        self.give_back(order).await
    }

    async fn lookup_refund(&self, of: &RefundOf) -> RefundLookup {
        self.find_refund(of).await
    }

    async fn cancel(&self, of: &LookupOf) -> Cancelled {
        self.end(of).await
    }

    /// `GET /v1/capabilities`, which needs the token and changes nothing.
    async fn check(&self) -> Checked {
        match self.call("GET capabilities", Method::GET, "/v1/capabilities", None, None).await {
            Ok(response) => match response.status {
                200 => Checked::Works { detail: "VPOS.am takes the token".to_owned() },
                401 => Checked::Refused {
                    detail: "/secrets/api_token: VPOS.am does not know this token (it answered 401)".to_owned(),
                },
                403 => Checked::Refused {
                    detail: "/secrets/api_token: VPOS.am forbids this token what payments need (it answered 403)"
                        .to_owned(),
                },
                404 => Checked::Refused {
                    detail: "/settings/base_url: no VPOS.am API is at this address (it answered 404)".to_owned(),
                },
                status => Checked::NoAnswer { reason: format!("the provider answered {status}") },
            },
            Err(SendError::Refused(refusal)) => Checked::Refused { detail: format!("/settings/base_url: {refusal}") },
            Err(error) => Checked::NoAnswer { reason: error.to_string() },
        }
    }
}

/// Percent-encodes a path segment or query value.
fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
