//! The Telcell wallet: a form that the customer's browser posts, a callback with an MD5 proof, and, where the shop has them,
//! calls of the shop gateway.
//!
//! Sources: Telcell's "WEB shop gateway v1.2" for the form and the callback without `buyer`; its "shop gateway v2.6" for the
//! callback with `buyer` and for `check_bill`, `refund_bill` and `clear_bill`. Assumptions, each named where it is made: the shape of
//! the answers to those calls, the zone of times (Yerevan's), and what a callback wants to hear (200 with `OK`).
//!
//! Telcell calls nobody back about an invoice that the payer ignores, so an attempt ends by our own clock. The invoice's id comes
//! with the callback alone and is the statement's payment reference: whatever asks Telcell about the order needs it.

mod answers;
mod callback;
mod seal;
mod server_calls;

use crate::contract::{
    Amounts, Cancelled, Capabilities, Checked, Family, Hint, Lookup, LookupOf, Order, OrderNumber, Outcome, Provider,
    Push, PushRefused, Pushed, Pushes, RefundAnswer, RefundLookup, RefundOf, RefundOrder, RefundQuestions, Reply,
    Secrets, SettingsError, Start, Tidings,
};
use crate::line::Line;
use crate::{currency, entered};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kamurj_domain::{Currency, Money};
use seal::ShopKey;
use serde::Deserialize;
use url::Url;

/// The provider.
pub const FAMILY: Family = Family {
    word: "telcell",
    name: "Telcell",
    secrets: &["shop_key"],
    headers: &[],
    open: |settings, secrets, line| Ok(Box::new(Telcell::new(settings, secrets, line)?)),
    reply: Some(reply),
};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// The sign of the dram, U+058F, by which the form names the currency (WEB v1.2).
const DRAM_SIGN: &str = "\u{58f}";
/// Telcell names no limit; an invoice that lives longer than a year is a slip of the pen.
const MOST_DAYS: u32 = 365;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    #[serde(default = "live")]
    base_url: Url,
    issuer: String,
    #[serde(default = "one_day")]
    valid_days: u32,
    #[serde(default)]
    server_calls: bool,
}

fn live() -> Url {
    Url::parse("https://telcellmoney.am/").expect("the address is written above")
}

fn one_day() -> u32 {
    1
}

/// One Telcell shop.
pub struct Telcell {
    base: String,
    page_origins: Vec<String>,
    issuer: String,
    valid_days: u32,
    server_calls: bool,
    key: ShopKey,
    line: Line,
}

impl Telcell {
    /// Reads settings `{base_url?, issuer, valid_days?, server_calls?}` and the secret `shop_key`.
    pub fn new(settings: &str, secrets: &Secrets, line: Line) -> Result<Self, SettingsError> {
        let settings: Settings = entered::read(settings)?;
        entered::reachable(&line, "base_url", &settings.base_url)?;
        if settings.base_url.query().is_some() || settings.base_url.fragment().is_some() {
            return Err(entered::fault(
                "base_url",
                "write the address without `?` and `#`, such as https://telcellmoney.am/",
            ));
        }
        let issuer = settings.issuer;
        if issuer.is_empty()
            || issuer.len() > 200
            || issuer.chars().any(|mark| mark.is_whitespace() || mark.is_control())
        {
            let detail = "write the shop's id at Telcell, an e-mail address, without blanks";
            return Err(entered::fault("issuer", detail));
        }
        if !(1..=MOST_DAYS).contains(&settings.valid_days) {
            return Err(entered::fault(
                "valid_days",
                format!("write 1 to {MOST_DAYS}: how many days an invoice can be paid"),
            ));
        }
        let key = secrets.required("shop_key")?;
        if key.trim() != key {
            return Err(SettingsError {
                pointer: "/secrets/shop_key".to_owned(),
                detail: "begins or ends with a blank; copy the key alone".to_owned(),
            });
        }
        Ok(Self {
            base: settings.base_url.as_str().trim_end_matches('/').to_owned(),
            page_origins: entered::origins([&settings.base_url]),
            issuer,
            valid_days: settings.valid_days,
            server_calls: settings.server_calls,
            key: ShopKey::new(key),
            line,
        })
    }

    fn form(&self, order: &Order) -> Result<Vec<(String, String)>, &'static str> {
        if order.amount.currency != Currency::Amd {
            return Err("Telcell takes drams only");
        }
        if order.amount.minor <= 0 {
            return Err("Telcell takes amounts above zero only");
        }
        let price = price(order.amount);
        let described = if order.description.is_empty() { &order.number } else { &order.description };
        let product = STANDARD.encode(described);
        let issuer_id = STANDARD.encode(&order.number);
        let valid_days = self.valid_days.to_string();
        // The table of WEB v1.2 leaves `valid_days` out of the code, its own example has it in: live integrations do, too.
        let code = self.key.seal(&[&self.issuer, DRAM_SIGN, &price, &product, &issuer_id, &valid_days]);
        let lang = match order.language {
            "hy" => "am",
            "ru" => "ru",
            _ => "en",
        };
        let fields = [
            ("action", "PostInvoice"),
            ("issuer", &self.issuer),
            ("currency", DRAM_SIGN),
            ("price", &price),
            ("product", &product),
            ("issuer_id", &issuer_id),
            ("valid_days", &valid_days),
            ("lang", lang),
            ("security_code", &code),
        ];
        Ok(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec())
    }
}

/// Whole drams as an integer, as all known shops send them; luma as a decimal, never rounded away.
fn price(amount: Money) -> String {
    let decimal = currency::decimal(amount);
    decimal.strip_suffix(".00").unwrap_or(&decimal).to_owned()
}

/// Telcell does not say what it wants to hear: everybody answers 200.
fn reply(outcome: &Outcome) -> Reply {
    let (status, body) = match outcome {
        Outcome::Taken | Outcome::Agreed => (200, "OK"),
        Outcome::Declined(_) => (409, "declined"),
        Outcome::Unproven(_) => (401, "the checksum does not fit"),
        Outcome::Unreadable => (400, "the message cannot be read"),
        Outcome::TooLarge => (413, "the message is too large"),
        Outcome::Unknown => (404, "no shop has this address"),
        Outcome::Unkept | Outcome::InDoubt => (503, "send it again"),
    };
    Reply { status, content_type: "text/plain; charset=utf-8", body: body.to_owned() }
}

#[async_trait]
impl Provider for Telcell {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            push: Pushes::Proven,
            lookup: self.server_calls,
            asks_first: false,
            form: true,
            // The form of an order is always the same; Telcell refuses a second invoice for it (E0009).
            repeatable_start: true,
            session_life_ms: i64::from(self.valid_days) * DAY_MS,
            refund: self.server_calls,
            partial_refund: self.server_calls,
            // Refunds have no ids, and no answer is known to tell how much went back.
            refund_lookup: RefundQuestions::None,
            cancel: self.server_calls,
            cancel_window_ms: None,
            amounts: Amounts::Decimal,
            order_number: OrderNumber::Text { longest: 64 },
            page_origins: self.page_origins.clone(),
        }
    }

    async fn start(&self, order: &Order) -> Start {
        match self.form(order) {
            Ok(fields) => {
                Start::Form { reference: order.number.clone(), action: format!("{}/invoices", self.base), fields }
            }
            Err(reason) => Start::Refused { reason: reason.to_owned() },
        }
    }

    /// Telcell sends the browser to one address per shop and does not say with what. An `issuer_id` that is there, as Base64 or
    /// plain, must be this order's.
    fn on_return(&self, of: &LookupOf, query: &[(String, String)]) -> Hint {
        let ours = [STANDARD.encode(&of.number), of.number.clone()];
        let fits = query.iter().filter(|(name, _)| name == "issuer_id").all(|(_, value)| ours.contains(value));
        if fits { Hint::Fits } else { Hint::Foreign }
    }

    fn returning(&self, query: &[(String, String)]) -> Option<String> {
        let (_, named) = query.iter().find(|(name, _)| name == "issuer_id")?;
        // Sent in base64, brought back so or decoded; our own numbers are no base64 of a text.
        let decoded = STANDARD.decode(named).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        Some(decoded.filter(|text| text.starts_with("k_")).unwrap_or_else(|| named.clone()))
    }

    fn on_push(&self, pushed: &Pushed<'_>, _: i64) -> Result<Push, PushRefused> {
        let callback = self.proven(pushed)?;
        // What cannot be read must be said now, before it is kept.
        callback.statement()?;
        Ok(Push::News { natural_key: callback.natural_key() })
    }

    fn read_push(&self, pushed: &Pushed<'_>) -> Result<Tidings, PushRefused> {
        callback::Callback::read(pushed)?.statement().map(Tidings::Session)
    }

    async fn lookup(&self, of: &LookupOf) -> Lookup {
        self.check_bill(of).await
    }

    async fn refund(&self, order: &RefundOrder) -> RefundAnswer {
        self.refund_bill(order).await
    }

    async fn lookup_refund(&self, _: &RefundOf) -> RefundLookup {
        RefundLookup::Unsupported
    }

    async fn cancel(&self, of: &LookupOf) -> Cancelled {
        self.clear_bill(of).await
    }

    async fn check(&self) -> Checked {
        self.try_out().await
    }
}
