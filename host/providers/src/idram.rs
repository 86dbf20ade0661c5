//! Idram, the wallet: a form that the payer's own browser posts, then two calls to us, one that asks before money moves and
//! one that tells, signed, that it moved.
//!
//! Source: Idram's merchant interface description of 16.10.2025 and its later edition. There is no look-up, no refund, no
//! cancelling and no expiry: what the two calls do not say, nobody says but Idram's own cabinet. Ours are: the life of a
//! session (30 minutes, so that a page left open does not take money for a payment that people have given up), the field
//! `order_number` (Idram brings back any field whose name does not begin with `EDP_`, by observation to `SUCCESS_URL` and
//! `FAIL_URL` too), and the longest order number, which nobody names and which is therefore as short as it can be.

mod pushes;

use crate::contract::{
    Amounts, Cancelled, Capabilities, Checked, Family, Hint, Lookup, LookupOf, Order, OrderNumber, Outcome, Provider,
    Push, PushRefused, Pushed, Pushes, RefundAnswer, RefundLookup, RefundOf, RefundOrder, RefundQuestions, Reply,
    Secrets, SettingsError, Start, Tidings,
};
use crate::line::Line;
use crate::{currency, entered};
use async_trait::async_trait;
use kamurj_domain::Currency;
use serde::Deserialize;
use url::Url;

/// The provider.
pub const FAMILY: Family = Family {
    word: "idram",
    name: "Idram",
    secrets: &["secret_key", "secret_key_old"],
    headers: &[],
    open: |settings, secrets, line| Ok(Box::new(Idram::new(settings, secrets, &line)?)),
    reply: Some(reply),
};

/// Ours: Idram ends no session by itself.
const SESSION_LIFE_MS: i64 = 30 * 60 * 1000;
/// Our own field of the form; Idram brings it back.
const ORDER_FIELD: &str = "order_number";

/// Money stands by exactly `OK` with status 200. Every other text with 200 gives it back at once, while any status that is
/// not 2xx leaves it with us and sends a letter to Idram's staff (description of 16.10.2025). So whatever is not kept is
/// refused with 200: a payment that nobody here knows of is worse than one that has to be repeated.
fn reply(outcome: &Outcome) -> Reply {
    let body = match outcome {
        Outcome::Taken | Outcome::Agreed => "OK".to_owned(),
        Outcome::Declined(reason) | Outcome::Unproven(reason) => format!("refused: {reason}"),
        Outcome::Unreadable | Outcome::TooLarge => "refused: the message cannot be read".to_owned(),
        Outcome::Unknown => "refused: no account has this address".to_owned(),
        Outcome::Unkept => "refused: it could not be kept".to_owned(),
        // The money stays with us and Idram's staff are told: the payment may stand as paid.
        Outcome::InDoubt => "it is not known whether it was kept".to_owned(),
    };
    let status = if *outcome == Outcome::InDoubt { 500 } else { 200 };
    Reply { status, content_type: "text/plain", body }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    account: String,
    #[serde(default = "live")]
    base_url: Url,
}

/// The one address, for test accounts and live ones alike.
fn live() -> Url {
    Url::parse("https://banking.idram.am").expect("a constant")
}

/// One Idram account.
pub struct Idram {
    account: String,
    action: String,
    page_origins: Vec<String>,
    secret_keys: Vec<String>,
}

impl Idram {
    /// Reads settings `{account, base_url?}` and the secrets `secret_key` and, while it is being changed, `secret_key_old`.
    pub fn new(settings: &str, secrets: &Secrets, line: &Line) -> Result<Self, SettingsError> {
        let settings: Settings = entered::read(settings)?;
        let account = settings.account;
        if !(1..=32).contains(&account.len()) || !account.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            let detail = "write the shop's IdramID (EDP_REC_ACCOUNT), digits without blanks";
            return Err(entered::fault("account", detail));
        }
        entered::reachable(line, "base_url", &settings.base_url)?;
        let mut secret_keys = vec![secrets.required("secret_key")?.to_owned()];
        secret_keys.extend(secrets.optional("secret_key_old").map(str::to_owned));
        Ok(Self {
            account,
            action: format!("{}/Payment/GetPayment", settings.base_url.as_str().trim_end_matches('/')),
            page_origins: entered::origins([&settings.base_url]),
            secret_keys,
        })
    }
}

#[async_trait]
impl Provider for Idram {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            push: Pushes::Proven,
            lookup: false,
            asks_first: true,
            form: true,
            // The form says the same each time, and nobody is called.
            repeatable_start: true,
            session_life_ms: SESSION_LIFE_MS,
            refund: false,
            partial_refund: false,
            refund_lookup: RefundQuestions::None,
            cancel: false,
            cancel_window_ms: None,
            amounts: Amounts::Decimal,
            order_number: OrderNumber::Text { longest: 28 },
            page_origins: self.page_origins.clone(),
        }
    }

    async fn start(&self, order: &Order) -> Start {
        if order.amount.currency != Currency::Amd {
            return Start::Refused { reason: "Idram takes drams only".to_owned() };
        }
        if order.amount.minor <= 0 {
            return Start::Refused { reason: "Idram takes no amount that is not above zero".to_owned() };
        }
        let language = match order.language {
            "hy" => "AM",
            "ru" => "RU",
            _ => "EN",
        };
        let fields = [
            ("EDP_LANGUAGE", language),
            ("EDP_REC_ACCOUNT", &self.account),
            ("EDP_DESCRIPTION", &order.description),
            ("EDP_AMOUNT", &currency::decimal(order.amount)),
            ("EDP_BILL_NO", &order.number),
            (ORDER_FIELD, &order.number),
        ];
        Start::Form {
            reference: order.number.clone(),
            action: self.action.clone(),
            fields: fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        }
    }

    fn on_return(&self, of: &LookupOf, query: &[(String, String)]) -> Hint {
        let named = query.iter().filter(|(name, _)| name == ORDER_FIELD || name == "EDP_BILL_NO");
        if named.into_iter().all(|(_, number)| *number == of.number) { Hint::Fits } else { Hint::Foreign }
    }

    fn returning(&self, query: &[(String, String)]) -> Option<String> {
        query.iter().find(|(name, _)| name == ORDER_FIELD).map(|(_, number)| number.clone())
    }

    fn on_push(&self, pushed: &Pushed<'_>, _: i64) -> Result<Push, PushRefused> {
        self.prove(pushed)
    }

    fn read_push(&self, pushed: &Pushed<'_>) -> Result<Tidings, PushRefused> {
        pushes::tidings(pushed)
    }

    async fn lookup(&self, _: &LookupOf) -> Lookup {
        Lookup::Unsupported
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

    async fn check(&self) -> Checked {
        Checked::Unsupported {
            detail:
                "Idram answers no questions: /settings/account and /secrets/secret_key show whether they are right \
                     with the first payment only. Make one of 10 drams; where Idram sends the payer back unpaid, \
                     compare both, and RESULT_URL, with what Idram's staff set up"
                    .to_owned(),
        }
    }
}
