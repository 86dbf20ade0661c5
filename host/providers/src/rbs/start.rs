//! Opening a session by `register.do`, and which answers leave open whether there is one.

use super::codes::Code;
use super::wire::Registered;
use super::{LONGEST_NUMBER, Rbs};
use crate::contract::{Order, Start};
use crate::{currency, entered};
use kamurj_egress::{Response, SendError};

/// The longest return address, by the manual.
const LONGEST_RETURN_URL: usize = 512;
/// What of a description reaches the processing.
const LONGEST_DESCRIPTION: usize = 99;

impl Rbs {
    /// `register.do`: one stage, so that what is paid is taken at once.
    pub(super) async fn register(&self, order: &Order) -> Start {
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

/// A description as the gateway takes it: `%`, `+` and line breaks are forbidden, and no more than 99 characters arrive.
fn description(text: &str) -> String {
    let plain: String = text.chars().map(|mark| if "%+\r\n".contains(mark) { ' ' } else { mark }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST_DESCRIPTION).collect()
}
