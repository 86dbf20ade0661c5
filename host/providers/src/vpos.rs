//! VPOS.am-style payment sessions: `POST /v1/payment-sessions`, a look-up, refunds, and signed webhooks.
//!
//! Source: the public beginning of the VPOS.am API description. What it leaves open is a setting or an assumption named
//! here: the meaning of `amountMinor` for drams (`amount_exponent`), the webhook scheme (Standard Webhooks), the look-up by
//! `merchantOrderId`, and everything about refunds and cancelling (`refunds`, `cancel`; see `money_back.rs`).

mod money_back;
mod wire;

use crate::contract::{
    Cancelled, Capabilities, Lookup, LookupOf, Order, Provider, Push, PushRefused, RefundAnswer, RefundLookup,
    RefundOf, RefundOrder, Secrets, SettingsError, Start, Tidings,
};
use crate::standard_webhooks;
use async_trait::async_trait;
use kamurj_egress::{Egress, Method, Request, Response, SendError};
use serde::Deserialize;
use serde_json::{Value, json};
use serde_path_to_error::Segment;
use std::time::Duration;
use url::Url;
use wire::{List, Session};

/// The provider's word in paths and in the API.
pub const WORD: &str = "vpos";

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
    webhook_secrets: Vec<standard_webhooks::Secret>,
    refunds: Refunds,
    cancel: bool,
    egress: Egress,
}

impl Vpos {
    /// Reads settings `{base_url, checkout_origins?, amount_exponent?, refunds?, cancel?}` and the secrets `api_token`,
    /// `webhook_secret` and, while a secret is being changed, `webhook_secret_old`.
    pub fn new(settings: &str, secrets: &Secrets, egress: Egress) -> Result<Self, SettingsError> {
        let settings: Settings =
            serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(settings)).map_err(misread)?;
        if settings.amount_exponent != 0 && settings.amount_exponent != 2 {
            return Err(SettingsError {
                pointer: "/settings/amount_exponent".to_owned(),
                detail: "write 2 (hundredths, as ISO 4217 has it) or 0 (whole units)".to_owned(),
            });
        }
        let base = settings.base_url.as_str().trim_end_matches('/').to_owned();
        let reachable = |pointer: String, url: &Url| {
            egress.check(url).map_err(|refusal| SettingsError { pointer, detail: refusal.to_string() })
        };
        reachable("/settings/base_url".to_owned(), &settings.base_url)?;
        for (place, origin) in settings.checkout_origins.iter().enumerate() {
            reachable(format!("/settings/checkout_origins/{place}"), origin)?;
        }
        let origins =
            if settings.checkout_origins.is_empty() { vec![settings.base_url] } else { settings.checkout_origins };
        let webhook_secret = |name: &str, text: &str| {
            standard_webhooks::Secret::parse(text).ok_or_else(|| SettingsError {
                pointer: format!("/secrets/{name}"),
                detail: "must be `whsec_` followed by base64 of 24 to 64 bytes".to_owned(),
            })
        };
        let mut webhook_secrets = vec![webhook_secret("webhook_secret", secrets.required("webhook_secret")?)?];
        if let Some(old) = secrets.optional("webhook_secret_old") {
            webhook_secrets.push(webhook_secret("webhook_secret_old", old)?);
        }
        Ok(Self {
            base,
            page_origins: origins.iter().map(|origin| origin.origin().ascii_serialization()).collect(),
            amount_exponent: settings.amount_exponent,
            api_token: secrets.required("api_token")?.to_owned(),
            webhook_secrets,
            refunds: settings.refunds,
            cancel: settings.cancel,
            egress,
        })
    }

    async fn call(
        &self,
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
        self.egress
            .send(Request {
                method,
                url,
                headers,
                body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
                timeout: TIMEOUT,
            })
            .await
    }
}

#[async_trait]
impl Provider for Vpos {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            push: true,
            lookup: true,
            // The order number is the idempotency key.
            repeatable_start: true,
            session_life_ms: SESSION_LIFE_MS,
            refund: self.refunds != Refunds::None,
            partial_refund: self.refunds == Refunds::Partial,
            cancel: self.cancel,
            refund_lookup: true,
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
        let response = match self.call(Method::POST, "/v1/payment-sessions", Some(&order.number), Some(body)).await {
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

    fn verify_push(&self, headers: &[(String, String)], body: &[u8], now: i64) -> Result<Push, PushRefused> {
        use standard_webhooks::Unproven;
        let natural_key = standard_webhooks::verify(&self.webhook_secrets, headers, body, now).map_err(|unproven| {
            PushRefused::Unproven(match unproven {
                Unproven::HeaderMissing => "the signature headers are missing",
                Unproven::TimestampUnreadable => "the timestamp is unreadable",
                Unproven::TimestampStale => "the timestamp is more than five minutes off",
                Unproven::SignatureWrong => "the signature does not fit",
            })
        })?;
        Ok(Push { natural_key })
    }

    fn read_push(&self, body: &[u8]) -> Result<Tidings, PushRefused> {
        self.read_notice(body)
    }

    async fn lookup(&self, of: &LookupOf) -> Lookup {
        let path = match &of.reference {
            Some(reference) => format!("/v1/payment-sessions/{}", encode(reference)),
            None => format!("/v1/payment-sessions?merchantOrderId={}", encode(&of.number)),
        };
        let response = match self.call(Method::GET, &path, None, None).await {
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
}

/// Says which setting cannot be read.
fn misread(error: serde_path_to_error::Error<serde_json::Error>) -> SettingsError {
    let mut pointer = "/settings".to_owned();
    for segment in error.path() {
        match segment {
            Segment::Map { key } => pointer.extend(["/", key]),
            Segment::Seq { index } => pointer.extend(["/", &index.to_string()]),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    SettingsError { pointer, detail: error.into_inner().to_string() }
}

/// Percent-encodes a path segment or query value.
fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
