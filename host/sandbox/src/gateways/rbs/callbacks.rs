//! The platform's callback: by GET or POST, with a checksum where the merchant has a key, every 30 seconds until somebody
//! answers 200, three times at most. Source: BPC, "Callback notifications".

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::Sha256;
use url::Url;

use super::{Books, Rbs};
use crate::gateways::Pushing;
use crate::locked;

const PAUSE_MS: i64 = 30_000;
const MOST_TRIES: u32 = 3;

/// Where and how the gateway calls back.
#[derive(Clone)]
pub struct Callbacks {
    /// The merchant's address.
    pub url: Url,
    /// The shared token; without one there is no checksum, and the callback proves nothing.
    pub key: Option<String>,
    /// By POST with a form, not by GET.
    pub by_post: bool,
    /// Additional parameters, which the bank switches on for a merchant: `amount`, `currency`.
    pub more: Vec<&'static str>,
}

pub(super) struct Callback {
    operation: &'static str,
    to: Callbacks,
    parameters: Vec<(&'static str, String)>,
    tries: u32,
    status: Option<u16>,
    due_at: Option<i64>,
    /// More copies that a fault asks for once it was accepted.
    copies: u32,
    was_accepted: bool,
}

/// A callback, as stories look at it.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct CallbackView {
    /// `deposited`, `reversed` and so on.
    pub operation: &'static str,
    /// Requests sent so far.
    pub tries: u32,
    /// Status of the last answer; `None` where there was none.
    pub status: Option<u16>,
    /// When it is sent next, Unix milliseconds; `None` once it is delivered or given up.
    pub due_at: Option<i64>,
}

impl Callback {
    pub(super) fn view(&self) -> CallbackView {
        CallbackView { operation: self.operation, tries: self.tries, status: self.status, due_at: self.due_at }
    }
}

/// The checksum of these parameters: sorted by name, `name;value;` for each, HMAC-SHA256, capitals.
pub fn checksum(key: &str, parameters: &[(&str, &str)]) -> String {
    let mut sorted = parameters.to_vec();
    sorted.sort_unstable();
    let text: String = sorted.iter().flat_map(|(name, value)| [name, ";", value, ";"]).collect();
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02X}").expect("writing to a String cannot fail");
        hex
    })
}

impl Books {
    /// Makes the callback of what just happened to an order. Where nobody asked for one, nobody is told.
    pub(super) fn announce(&mut self, place: usize, operation: &'static str, done: bool, now: i64) {
        let Some(to) = self.callbacks_to.clone() else { return };
        let order = &self.orders[place];
        let mut parameters = vec![
            ("mdOrder", order.id.clone()),
            ("orderNumber", order.asked.order_number.clone()),
            ("operation", operation.to_owned()),
            ("status", if done { "1" } else { "0" }.to_owned()),
        ];
        for name in &to.more {
            match *name {
                "amount" => parameters.push((name, order.amount_minor.to_string())),
                "currency" => parameters.push((name, order.currency.to_owned())),
                _ => {}
            }
        }
        let due_at = (self.faults.push != Pushing::Drop).then_some(now + self.faults.push_delay_s * 1000);
        let copies = self.faults.push_repeat;
        self.callbacks.push(Callback {
            operation,
            to,
            parameters,
            tries: 0,
            status: None,
            due_at,
            copies,
            was_accepted: false,
        });
    }

    /// The next callback that is due.
    fn next_due(&mut self, now: i64) -> Option<usize> {
        match self.faults.push {
            Pushing::Send => {}
            Pushing::Hold => return None,
            Pushing::Drop => {
                for callback in &mut self.callbacks {
                    callback.due_at = callback.due_at.filter(|due| *due > now);
                }
                return None;
            }
        }
        self.callbacks.iter().position(|callback| callback.due_at.is_some_and(|due| due <= now))
    }

    fn request(&self, place: usize, client: &reqwest::Client) -> reqwest::RequestBuilder {
        let callback = &self.callbacks[place];
        let mut parameters = callback.parameters.clone();
        if let Some(key) = &callback.to.key {
            let borrowed: Vec<(&str, &str)> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let wrong = format!("{key}, but not quite");
            parameters.push(("checksum", checksum(if self.faults.push_forged { &wrong } else { key }, &borrowed)));
        }
        if callback.to.by_post {
            client.post(callback.to.url.clone()).form(&parameters)
        } else {
            client.get(callback.to.url.clone()).query(&parameters)
        }
    }

    fn settle(&mut self, place: usize, status: Option<u16>, now: i64) {
        let callback = &mut self.callbacks[place];
        callback.tries += 1;
        callback.status = status;
        callback.due_at = if callback.was_accepted || status == Some(200) {
            let left = if callback.was_accepted { callback.copies - 1 } else { callback.copies };
            callback.was_accepted = true;
            callback.copies = left;
            (left > 0).then_some(now)
        } else {
            (callback.tries < MOST_TRIES).then_some(now + PAUSE_MS)
        };
    }
}

impl Rbs {
    /// Sends what is due, and answers how many requests that took.
    pub(super) async fn deliver(&self) -> usize {
        let _only_one = self.delivering.lock().await;
        let Some(client) = self.sender.client() else { return 0 };
        let now = (self.clock)();
        let mut sent = 0;
        while let Some((place, request)) = self.with(|books, _| {
            let place = books.next_due(now)?;
            Some((place, books.request(place, client)))
        }) {
            let status = self.sender.push(request).await.map(|(status, _)| status);
            locked(&self.books).settle(place, status, (self.clock)().max(now));
            sent += 1;
        }
        sent
    }
}

#[cfg(test)]
mod tests {
    use super::checksum;

    #[test]
    fn the_order_of_parameters_does_not_matter() {
        let parameters = [
            ("mdOrder", "7b1f0c52-1111-4222-8333-0123456789ab"),
            ("orderNumber", "PL-2041-1"),
            ("operation", "deposited"),
            ("status", "1"),
            ("amount", "150000"),
        ];
        let expected = "EFB32A79FE558070A7875DAE5BD2F452F88CD32874609F0B6C8A10127C8DB2F7";
        assert_eq!(checksum("arca-cb-test-key", &parameters), expected);
    }
}
