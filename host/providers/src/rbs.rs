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
mod wire;

use crate::contract::{
    Amounts, Cancelled, Capabilities, Checked, Family, Hint, Lookup, LookupOf, Order, OrderNumber, Provider, Push,
    PushRefused, Pushed, Pushes, RefundAnswer, RefundLookup, RefundOf, RefundOrder, RefundQuestions, Secrets,
    SettingsError, Start, Tidings,
};
use crate::line::Line;
use crate::{currency, entered};
use async_trait::async_trait;
use codes::Code;
use kamurj_egress::{Method, Request, Response, SendError, Url};
use settings::PageView;
use std::time::Duration;
use wire::{Registered, Status};

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

/// The manual's bounds.
const LONGEST_NUMBER: usize = 32;
const LONGEST_RETURN_URL: usize = 512;
/// What of a description reaches the processing.
const LONGEST_DESCRIPTION: usize = 99;
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

    fn read_registered(&self, order: &Order, response: &Response) -> Start {
        let unclear = |reason: &str| Start::NoAnswer { reason: reason.to_owned() };
        match response.status {
            200 => {}
            // The gateway answers errors with 200. These come from what stands before it, which let nothing through.
            status @ (401 | 403 | 404 | 405) => {
                return Start::Refused { reason: format!("the provider answered {status}") };
            }
            status => return unclear(&format!("the provider answered {status}")),
        }
        let Ok(answer) = serde_json::from_slice::<Registered>(&response.body) else {
            return unclear("the answer is not that of `register.do`");
        };
        let message = answer.error_message.as_ref();
        match (Code::of(answer.error_code.as_ref()), answer.order_id, answer.form_url) {
            (Code::Absent | Code::Is(0), Some(reference), Some(url))
                if !reference.is_empty() && reference != order.number =>
            {
                if entered::lies_on(&self.page_origins, &url) {
                    Start::Session { reference, url }
                } else {
                    unclear("the session's page is not on a granted origin")
                }
            }
            (Code::Is(code @ 3..=5), None, None) => Start::Refused { reason: self.said(code, message) },
            (Code::Is(code @ 1..), ..) => Start::NoAnswer { reason: self.said(code, message) },
            _ => unclear("the answer names no session"),
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

    /// `register.do`: one stage, so that what is paid is taken at once.
    async fn start(&self, order: &Order) -> Start {
        let refused = |reason: &str| Start::Refused { reason: reason.to_owned() };
        if order.number.is_empty() || order.number.chars().count() > LONGEST_NUMBER {
            return refused("the gateway takes order numbers of 1 to 32 characters");
        }
        if order.return_url.chars().count() > LONGEST_RETURN_URL {
            return refused("the gateway takes return addresses of at most 512 characters");
        }
        if order.amount.minor <= 0 {
            return refused("the gateway takes no amounts below one minor unit");
        }
        // Without a currency the gateway would take roubles.
        let Some(currency) = currency::number(order.amount.currency) else {
            return refused("the number of this currency is not known");
        };
        let (amount, seconds) = (order.amount.minor.to_string(), self.session_seconds.to_string());
        let description = description(&order.description);
        let mut fields = vec![
            ("orderNumber", order.number.as_str()),
            ("amount", &amount),
            ("currency", currency),
            ("returnUrl", &order.return_url),
            ("language", order.language),
            ("sessionTimeoutSecs", &seconds),
        ];
        if !description.is_empty() {
            fields.push(("description", &description));
        }
        if let Some(view) = self.page_view {
            fields.push(("pageView", view.word()));
        }
        if self.force_3ds2 {
            fields.push(("jsonParams", r#"{"FORCE_3DS2":"true"}"#));
        }
        match self.call("register.do", "register.do", &fields).await {
            Ok(response) => self.read_registered(order, &response),
            Err(error @ (SendError::Refused(_) | SendError::NotSent(_))) => {
                Start::Refused { reason: error.to_string() }
            }
            Err(error) => Start::NoAnswer { reason: error.to_string() },
        }
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

/// A description as the gateway takes it: `%`, `+` and line breaks are forbidden, and no more than 99 characters arrive.
fn description(text: &str) -> String {
    let plain: String = text.chars().map(|mark| if "%+\r\n".contains(mark) { ' ' } else { mark }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST_DESCRIPTION).collect()
}
