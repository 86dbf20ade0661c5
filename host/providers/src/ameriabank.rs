//! Ameriabank vPOS 3.1: JSON over `POST {base}api/VPOS/{Operation}`, a hosted payment page, and no pushes at all.
//!
//! Sources: the bank's manual "vPOS" 3.1 (fields, codes, states, limits), its ASP.NET help pages (names of operations and
//! fields), and published observations of its sandbox in August 2026 (types on the wire, repeated orders, money fields,
//! system errors). Where they disagree the observation is followed. Everything that nobody has observed is listed in
//! `docs/providers/ameriabank.md`.
//!
//! Nothing is signed in either direction, so only what the bank answers over verified TLS counts; what the browser brings
//! back is never more than a reason to ask.

mod answer;
mod codes;
mod money_back;
mod settings;
mod start;
mod statement;

use crate::contract;
use crate::contract::{
    Amounts, Cancelled, Capabilities, Checked, Family, Hint, Lookup, LookupOf, Order, OrderNumber, Provider, Push,
    PushRefused, Pushed, Pushes, RefundAnswer, RefundLookup, RefundOf, RefundOrder, RefundQuestions, Secrets,
    SettingsError, Start, Statement, Tidings,
};
use crate::entered;
use crate::line::Line;
use answer::Answer;
use async_trait::async_trait;
use codes::Meaning;
use kamurj_egress::{Method, Request, Response, SendError};
use serde_json::{Value, json};
use settings::Account;
use std::time::Duration;
use url::Url;

/// The provider.
pub const FAMILY: Family = Family {
    word: "ameriabank",
    name: "Ameriabank vPOS",
    secrets: &["password"],
    headers: &[],
    open: |settings, secrets, line| Ok(Box::new(Ameriabank::new(settings, secrets, line)?)),
    reply: None,
};

/// Sandbox answers were seen to take up to a second; the bank names no limit.
const TIMEOUT: Duration = Duration::from_secs(15);
/// Vendor manual: CancelPayment works for 72 hours from the initialisation.
const CANCEL_WINDOW_MS: i64 = 72 * 3_600_000;
/// How long after its end a session that nobody tried to pay counts as left unpaid, milliseconds. Long enough for a bank whose
/// details alone are out of order to come back before anybody is told that nothing was paid.
const LEFT_AFTER_MS: i64 = 30 * 60_000;
/// One Ameriabank vPOS client.
pub struct Ameriabank {
    account: Account,
    line: Line,
}

/// What came of looking for the session of an order number.
enum Session {
    /// Its PaymentID.
    Known(String),
    /// The bank has no such order.
    Unknown,
    /// Nobody can tell.
    Unclear(String),
}

impl Ameriabank {
    /// Reads the settings `{base_url?, page_origin?, client_id, username, order_id_min?, order_id_max?, session_seconds?,
    /// test_mode?, refunds?, cancel?}` and the secret `password`.
    pub fn new(settings: &str, secrets: &Secrets, line: Line) -> Result<Self, SettingsError> {
        Ok(Self { account: Account::read(settings, secrets, &line)?, line })
    }

    async fn call(&self, operation: &'static str, body: &Value) -> Result<Response, SendError> {
        let url = Url::parse(&format!("{}api/VPOS/{operation}", self.account.base))
            .map_err(|error| SendError::NotSent(format!("the bank's address: {error}")))?;
        let headers = vec![
            ("accept".to_owned(), "application/json".to_owned()),
            ("content-type".to_owned(), "application/json; charset=utf-8".to_owned()),
        ];
        let body = body.to_string().into_bytes();
        self.line.send(operation, Request { method: Method::POST, url, headers, body, timeout: TIMEOUT }).await
    }

    /// The body of the calls that are keyed by PaymentID.
    fn about(&self, reference: &str) -> Value {
        json!({ "PaymentID": reference, "Username": self.account.username, "Password": self.account.password })
    }

    /// The order number as a JSON integer.
    fn order_id(number: &str) -> Option<i64> {
        let parsed = number.parse().ok().filter(|id| (settings::FIRST_ORDER..=settings::LAST_ORDER).contains(id))?;
        // Only one spelling may stand for a number, or two of ours would be one of the bank's.
        (parsed.to_string() == number).then_some(parsed)
    }

    fn page(&self, reference: &str, language: &str) -> String {
        let language = match language {
            "ru" => "ru",
            "en" => "en",
            // The bank's word for Armenian.
            _ => "am",
        };
        format!("{}Payments/Pay?id={reference}&lang={language}", self.account.pages)
    }

    /// Asks for the PaymentID of an order number.
    async fn session_of(&self, number: &str) -> Session {
        let Some(id) = Self::order_id(number) else {
            return Session::Unclear("the order number is not one that the bank could have".to_owned());
        };
        let response = match self.call("GetPaymentId", &self.keyed_by_number(id)).await {
            Ok(response) => response,
            Err(error) => return Session::Unclear(error.to_string()),
        };
        let Some(answer) = Answer::read(&response) else { return Session::Unclear(answer::unreadable(&response)) };
        match (codes::meaning(&answer.code), answer::reference(&answer.payment_id)) {
            (Meaning::Done, Some(reference)) => Session::Known(reference),
            (Meaning::UnknownOrder, None) => Session::Unknown,
            (Meaning::Credentials, _) => Session::Unclear(format!("{}; {CREDENTIALS}", self.said(&answer))),
            _ => Session::Unclear(self.said(&answer)),
        }
    }

    fn keyed_by_number(&self, id: i64) -> Value {
        json!({
            "ClientID": self.account.client_id,
            "Username": self.account.username,
            "Password": self.account.password,
            "OrderID": id,
        })
    }

    /// What the bank said, for the operator: its code and its own words.
    fn said(&self, answer: &Answer) -> String {
        let words = entered::one_line(&self.line, &answer.message);
        let code = entered::one_line(&self.line, &answer.code);
        match (code.is_empty(), words.is_empty()) {
            (true, true) => "the bank's answer names no code".to_owned(),
            (true, false) => format!("the bank said: {words}"),
            (false, true) => format!("the bank answered with code {code}"),
            (false, false) => format!("the bank answered with code {code}: {words}"),
        }
    }
}

/// Which fields are wrong where the bank answers 20.
const CREDENTIALS: &str =
    "see /settings/client_id, /settings/username and /secrets/password (or ask the bank to allow this kind of payment)";

/// What we give the bank to echo. The word keeps our orders apart from those of other software under the same client.
fn opaque(number: &str) -> String {
    format!("kamurj-{number}")
}

#[async_trait]
impl Provider for Ameriabank {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            push: Pushes::None,
            lookup: true,
            asks_first: false,
            form: false,
            // Observed: the same OrderID gives the same PaymentID.
            repeatable_start: true,
            session_life_ms: self.account.session_seconds * 1_000,
            refund: self.account.refunds,
            partial_refund: self.account.refunds,
            refund_lookup: RefundQuestions::ByTotal,
            cancel: self.account.cancel,
            cancel_window_ms: Some(CANCEL_WINDOW_MS),
            amounts: Amounts::Decimal,
            order_number: OrderNumber::Sequence {
                terminal: self.account.terminal.clone(),
                from: self.account.first,
                to: self.account.last,
            },
            page_origins: self.account.page_origins.clone(),
        }
    }

    async fn start(&self, order: &Order) -> Start {
        self.open(order).await
    }

    /// `orderID`, `paymentID` and `opaque`. The `resposneCode` beside them (the bank's own spelling) says nothing that counts:
    /// nobody signed it.
    fn on_return(&self, of: &LookupOf, query: &[(String, String)]) -> Hint {
        let names_another = query.iter().filter(|(_, value)| !value.is_empty()).any(|(name, value)| {
            if name.eq_ignore_ascii_case("orderID") {
                *value != of.number
            } else if name.eq_ignore_ascii_case("paymentID") {
                // Observed: it comes back in lower case, though InitPayment gave it in upper case.
                of.reference.as_ref().is_some_and(|reference| !value.eq_ignore_ascii_case(reference))
            } else {
                name.eq_ignore_ascii_case("opaque") && *value != opaque(&of.number)
            }
        });
        if names_another { Hint::Foreign } else { Hint::Fits }
    }

    fn on_push(&self, _: &Pushed<'_>, _: i64) -> Result<Push, PushRefused> {
        Err(PushRefused::Unproven("Ameriabank sends no messages"))
    }

    fn read_push(&self, _: &Pushed<'_>) -> Result<Tidings, PushRefused> {
        Err(PushRefused::Unreadable("Ameriabank sends no messages".to_owned()))
    }

    async fn lookup(&self, of: &LookupOf) -> Lookup {
        self.find(of).await
    }

    fn left_unpaid_after_ms(&self, told: &Statement) -> Option<i64> {
        statement::is_untried(told).then_some(LEFT_AFTER_MS)
    }

    async fn refund(&self, order: &RefundOrder) -> RefundAnswer {
        self.give_back(order).await
    }

    async fn lookup_refund(&self, of: &RefundOf) -> RefundLookup {
        let order =
            LookupOf { number: of.number.clone(), reference: of.reference.clone(), payment: of.payment.clone() };
        match self.find(&order).await {
            Lookup::Found(told) if told.number == of.number => contract::by_total(of, told.refunded),
            Lookup::Found(_) => RefundLookup::NoAnswer { reason: "the answer is about another order".to_owned() },
            Lookup::NoAnswer { reason } => RefundLookup::NoAnswer { reason },
            Lookup::NoSuchOrder | Lookup::Unsupported => {
                RefundLookup::NoAnswer { reason: "the bank does not know the order that was paid".to_owned() }
            }
        }
    }

    async fn cancel(&self, of: &LookupOf) -> Cancelled {
        self.end(of).await
    }

    /// `GetPaymentId` of the last number of the account's range, which needs all three credentials and changes nothing.
    async fn check(&self) -> Checked {
        let response = match self.call("GetPaymentId", &self.keyed_by_number(self.account.last)).await {
            Ok(response) => response,
            Err(SendError::Refused(refusal)) => {
                return Checked::Refused { detail: format!("/settings/base_url: {refusal}") };
            }
            Err(error) => return Checked::NoAnswer { reason: error.to_string() },
        };
        if response.status == 404 {
            let detail = "/settings/base_url: no vPOS is at this address (it answered 404)".to_owned();
            return Checked::Refused { detail };
        }
        let Some(answer) = Answer::read(&response) else {
            return Checked::NoAnswer { reason: answer::unreadable(&response) };
        };
        let said = self.said(&answer);
        match codes::meaning(&answer.code) {
            Meaning::Done | Meaning::UnknownOrder => {
                Checked::Works { detail: "Ameriabank takes the client id, the user name and the password".to_owned() }
            }
            Meaning::Credentials => Checked::Refused { detail: format!("{CREDENTIALS}: {said}") },
            Meaning::OurFault => {
                let detail = format!("/settings/order_id_max: the bank refuses to look for such an order: {said}");
                Checked::Refused { detail }
            }
            Meaning::SystemError => Checked::NoAnswer {
                reason: format!("{said}; the bank answers so to wrong credentials, too, and when it is out of order"),
            },
            _ => Checked::NoAnswer { reason: said },
        }
    }
}
