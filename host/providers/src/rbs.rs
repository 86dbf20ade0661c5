//! The REST gateway of ArCa iPay (BPC "RBS"), which Armenian banks share, and Inecobank's own instance of it: form posts to
//! `{base_url}/{method}.do`, JSON back, a hosted page, look-ups, reversal on the same day, refunds by the gateway's own id.
//!
//! Sources: "vPOS Merchant Manual" 1.55.1.0 (ArCa, 2023) for methods, fields, states and codes; the public notes and fix
//! histories of shops that use it for what the manual leaves open (Inecobank's habits, codes as number or text); BPC's
//! "Callback notifications" for the callback (`callback.rs`), which the ArCa manual does not have.
//!
//! Assumptions, none of which was seen at a live gateway:
//! - An answer counts as success where `errorCode` is 0 or absent **and** it carries what was asked for. A refund or a
//!   reversal, whose answer carries nothing else, counts as made only where `errorCode` is 0.
//! - `errorCode` 3, 4 and 5 to `register.do` are said before anything is made. 1 is not: our own earlier call may have taken
//!   the number. 7 is not either: the manual calls it a system error.
//! - Times without a zone are in Armenia's (UTC+4 since 2012, no summer time). `date` is when the order was registered and
//!   never the time of a payment; `authDateTime` (versions 02 and 03) is.
//! - A refund moves an order from state 2 to 4, so state 2 without any count means that nothing went back.

mod callback;
mod codes;
mod lookup;
mod money_back;
mod settings;
mod start;
mod wire;

use crate::contract::{
    Amounts, Cancelled, Capabilities, Checked, Family, Hint, Lookup, LookupOf, Order, OrderNumber, Provider, Push,
    PushRefused, Pushed, Pushes, RefundAnswer, RefundLookup, RefundOf, RefundOrder, RefundQuestions, Secrets,
    SettingsError, Start, Tidings,
};
use crate::entered;
use crate::line::Line;
use async_trait::async_trait;
use codes::Code;
use kamurj_egress::{Method, Request, Response, SendError, Url};
use settings::PageView;
use std::time::Duration;
use wire::Status;

/// How long after its session's end an order that still waits counts as left.
const LEFT_AFTER_MS: i64 = 30 * 60 * 1000;

/// The provider.
pub const FAMILY: Family = Family {
    word: "rbs",
    name: "ArCa iPay",
    secrets: &["password", "callback_key", "callback_key_old"],
    headers: &[],
    open: |settings, secrets, line| Ok(Box::new(Rbs::new(settings, secrets, line)?)),
    // BPC takes 200 for delivered, and sends everything else again, three times at most.
    reply: None,
};

/// The longest order number, by the manual.
const LONGEST_NUMBER: usize = 32;
/// Inecobank's instance is known to take its time: shops report 15 to 60 seconds.
const TIMEOUT: Duration = Duration::from_secs(30);
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// An order that no gateway has, for trying an account out.
const NO_ORDER: &str = "00000000-0000-0000-0000-000000000000";

/// One login at an RBS gateway.
pub struct Rbs {
    /// Without a slash at the end.
    base: String,
    page_origins: Vec<String>,
    user_name: String,
    password: String,
    session_seconds: u16,
    page_view: Option<PageView>,
    force_3ds2: bool,
    lookup_by_number: bool,
    /// The keys that prove callbacks; `None`: callbacks are switched off.
    callback_keys: Option<Vec<Vec<u8>>>,
    line: Line,
}

impl Rbs {
    /// Reads settings `{base_url, user_name, page_origins?, session_seconds?, page_view?, force_3ds2?, lookup_by_number?,
    /// callback?}` and the secrets `password`, `callback_key` (where `callback` is `hmac`) and, while that key is being
    /// changed, `callback_key_old`.
    pub fn new(settings: &str, secrets: &Secrets, line: Line) -> Result<Self, SettingsError> {
        settings::open(settings, secrets, line)
    }

    /// Posts a form to one of the gateway's methods, with the login in front as the manual has it.
    async fn call(&self, operation: &'static str, path: &str, fields: &[(&str, &str)]) -> Result<Response, SendError> {
        let url = Url::parse(&format!("{}/{path}", self.base))
            .map_err(|error| SendError::NotSent(format!("the provider's address: {error}")))?;
        let headers = vec![
            ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
            ("accept".to_owned(), "application/json".to_owned()),
        ];
        let body = self.form(fields).into_bytes();
        self.line.send(operation, Request { method: Method::POST, url, headers, body, timeout: TIMEOUT }).await
    }

    fn form(&self, fields: &[(&str, &str)]) -> String {
        let login = [("userName", self.user_name.as_str()), ("password", &self.password)];
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(login).extend_pairs(fields).finish()
    }

    /// What the gateway said of an error, for people: its number and its own words.
    fn said(&self, code: i64, message: Option<&wire::Loose>) -> String {
        let words = message.map(|words| entered::one_line(&self.line, words.text())).unwrap_or_default();
        if words.is_empty() {
            format!("the gateway answered with error {code}")
        } else {
            format!("the gateway answered with error {code}: {words}")
        }
    }
}

#[async_trait]
impl Provider for Rbs {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            push: if self.callback_keys.is_some() { Pushes::Proven } else { Pushes::None },
            lookup: true,
            asks_first: false,
            form: false,
            // A number that was used once is refused for ever.
            repeatable_start: false,
            session_life_ms: i64::from(self.session_seconds) * 1000,
            refund: true,
            partial_refund: true,
            refund_lookup: RefundQuestions::ByTotal,
            cancel: true,
            // Until the end of the calendar day, which is never more than this.
            cancel_window_ms: Some(DAY_MS),
            amounts: Amounts::MinorUnits,
            order_number: OrderNumber::Text { longest: LONGEST_NUMBER },
            page_origins: self.page_origins.clone(),
        }
    }

    async fn start(&self, order: &Order) -> Start {
        self.register(order).await
    }

    /// ArCa appends `orderId` with its own id; Inecobank's instance is seen to bring `orderId`, `orderID` or `paymentID`, and
    /// our number in one of them. So nothing depends on the parameter's name, and what is no id of an order is passed over.
    fn on_return(&self, of: &LookupOf, query: &[(String, String)]) -> Hint {
        let is = |known: &str, value: &str| known.eq_ignore_ascii_case(value);
        let is_ours = |value: &str| match &of.reference {
            Some(reference) => is(reference, value) || is(&of.number, value),
            // An id that we were never told may well be ours.
            None => is(&of.number, value) || codes::is_guid(value),
        };
        let names_another = |(name, value): &(String, String)| {
            let is_id = match name.to_ascii_lowercase().as_str() {
                "orderid" | "mdorder" | "ordernumber" => !value.is_empty(),
                "paymentid" => codes::is_guid(value),
                _ => false,
            };
            is_id && !is_ours(value)
        };
        if query.iter().any(names_another) { Hint::Foreign } else { Hint::Fits }
    }

    fn on_push(&self, pushed: &Pushed<'_>, _: i64) -> Result<Push, PushRefused> {
        callback::prove(self.callback_keys.as_deref(), pushed)
    }

    fn read_push(&self, pushed: &Pushed<'_>) -> Result<Tidings, PushRefused> {
        callback::tidings(pushed)
    }

    async fn lookup(&self, of: &LookupOf) -> Lookup {
        match self.ask(of).await {
            Ok(found) => Lookup::Found(found.statement),
            Err(unfound) => unfound.into(),
        }
    }

    fn left_unpaid_after_ms(&self, _: &crate::Statement) -> Option<i64> {
        // ArCa may leave what nobody paid as it was registered. Its page is closed by then, and it is asked on for a while.
        Some(LEFT_AFTER_MS)
    }

    async fn refund(&self, order: &RefundOrder) -> RefundAnswer {
        self.give_back(order).await
    }

    async fn lookup_refund(&self, of: &RefundOf) -> RefundLookup {
        self.find_refund(of).await
    }

    async fn cancel(&self, of: &LookupOf) -> Cancelled {
        self.reverse(of).await
    }

    /// `getOrderStatusExtended.do` about an order that does not exist: a gateway that takes the login says error 6.
    async fn check(&self) -> Checked {
        let refused = |detail: String| Checked::Refused { detail };
        let unclear = |reason: String| Checked::NoAnswer { reason };
        let fields = [("orderId", NO_ORDER), ("language", "en")];
        let response = match self.call(lookup::OPERATION, lookup::OPERATION, &fields).await {
            Ok(response) => response,
            Err(SendError::Refused(refusal)) => return refused(format!("/settings/base_url: {refusal}")),
            Err(error) => return unclear(error.to_string()),
        };
        match response.status {
            200 => {}
            404 => {
                return refused("/settings/base_url: no RBS gateway is at this address (it answered 404)".to_owned());
            }
            status => return unclear(format!("the provider answered {status}")),
        }
        let Ok(answer) = serde_json::from_slice::<Status>(&response.body) else {
            let detail =
                "/settings/base_url: what answers at this address is no RBS gateway; it ends in `/payment/rest/`";
            return refused(detail.to_owned());
        };
        match Code::of(answer.error_code.as_ref()) {
            Code::Is(6) => Checked::Works { detail: "the gateway takes the login".to_owned() },
            Code::Is(code @ 5) => refused(format!(
                "/settings/user_name and /secrets/password: the gateway refuses this login; check both, and that they are \
                 for this address (test and live differ): {}",
                self.said(code, answer.error_message.as_ref())
            )),
            Code::Is(code) => unclear(self.said(code, answer.error_message.as_ref())),
            Code::Absent | Code::Odd => unclear("the answer has no error code that can be read".to_owned()),
        }
    }
}
