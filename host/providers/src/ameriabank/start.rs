//! Opening a session: `InitPayment`. It must not know what is asked about the session afterwards.

use super::answer::{self, Answer};
use super::codes::{self, Meaning};
use super::settings::Account;
use super::{Ameriabank, CREDENTIALS, opaque};
use crate::contract::{Order, Start};
use crate::currency;
use kamurj_domain::{Currency, Money};
use kamurj_egress::{Response, SendError};
use serde_json::{Value, json};

/// Descriptions of a thousand characters were seen to be accepted; nothing is known of longer ones.
const LONGEST_DESCRIPTION: usize = 1_000;

impl Ameriabank {
    pub(super) async fn open(&self, order: &Order) -> Start {
        if let Some(reason) = self.unfit(order) {
            return Start::Refused { reason };
        }
        match self.call("InitPayment", &self.opening(order)).await {
            Ok(response) => self.read_start(order, &response),
            Err(error @ (SendError::Refused(_) | SendError::NotSent(_))) => {
                Start::Refused { reason: error.to_string() }
            }
            Err(error) => Start::NoAnswer { reason: error.to_string() },
        }
    }

    /// Why this order cannot be sent as it is.
    fn unfit(&self, order: &Order) -> Option<String> {
        let Account { first, last, .. } = self.account;
        match Self::order_id(&order.number) {
            Some(id) if (first..=last).contains(&id) => {}
            _ => {
                return Some(format!(
                    "the order number must be an integer from {first} to {last} (`order_id_min`, `order_id_max`)"
                ));
            }
        }
        if currency::number(order.amount.currency).is_none() || order.amount.minor <= 0 {
            return Some("the bank takes amounts above zero in AMD, RUB, USD and EUR".to_owned());
        }
        let in_test = Money::new(1_000, Currency::Amd);
        (self.account.test_mode && order.amount != in_test).then(|| {
            "the account is in test mode (`test_mode`), where the bank takes payments of exactly 10 AMD".to_owned()
        })
    }

    /// The request that opens a session: the same bytes whenever it is made for the same order, because the bank lays what
    /// comes again under the same number over what it had.
    fn opening(&self, order: &Order) -> Value {
        let description: String = order.description.chars().take(LONGEST_DESCRIPTION).collect();
        json!({
            "ClientID": self.account.client_id,
            "Username": self.account.username,
            "Password": self.account.password,
            "OrderID": Self::order_id(&order.number),
            "Amount": currency::decimal(order.amount),
            "Currency": currency::number(order.amount.currency),
            "Description": if description.trim().is_empty() { order.number.clone() } else { description },
            "BackURL": order.return_url,
            "Opaque": opaque(&order.number),
            "Timeout": self.account.session_seconds,
        })
    }

    fn read_start(&self, order: &Order, response: &Response) -> Start {
        let unclear = |reason: String| Start::NoAnswer { reason };
        if matches!(response.status, 400 | 401 | 403 | 404 | 405) {
            // None of the bank's own answers: it was turned away before anything was looked at.
            return Start::Refused {
                reason: format!("nothing at `base_url` takes orders: it answered {}", response.status),
            };
        }
        let Some(answer) = Answer::read(response) else {
            return unclear(answer::unreadable(response));
        };
        let reference = answer::reference(&answer.payment_id);
        // Success is the integer 1. An `01` that came as an integer would look the same, so there must be a session, too.
        match (answer.code.as_str(), reference) {
            ("1", Some(reference)) => {
                let url = self.page(&reference, order.language);
                return Start::Session { reference, url };
            }
            ("1", None) => return unclear("the bank says that it went well and names no session".to_owned()),
            _ => {}
        }
        let said = self.said(&answer);
        match codes::of_start(&answer.code) {
            Meaning::Credentials => Start::Refused { reason: format!("{said}; {CREDENTIALS}") },
            Meaning::OurFault | Meaning::Declined if answer.payment_id.is_empty() => Start::Refused { reason: said },
            _ => unclear(said),
        }
    }
}
