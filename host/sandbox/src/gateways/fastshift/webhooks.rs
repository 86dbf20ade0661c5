//! Webhooks: two values without any proof. It must not know what an order is beyond its number and address.

use serde::Serialize;
use serde_json::json;
use url::Url;

use super::order::Order;
use super::{FastShift, Manner, State};
use crate::gateways::Pushing;
use crate::locked;

pub(super) struct Webhook {
    order: usize,
    status: String,
    step: Step,
    sent: u32,
    answer: Option<u16>,
}

#[derive(Clone, Copy)]
enum Step {
    /// To be sent at this time.
    Due(i64),
    /// Accepted; so many more copies are owed.
    Copies(u32),
    /// Under way, and so many copies are owed after it.
    Sending(u32),
    Over,
}

/// A webhook as people look at it.
#[derive(Clone, Debug, Serialize)]
pub struct WebhookView {
    /// The merchant's order number.
    pub number: String,
    /// What it says.
    pub status: String,
    /// Requests sent so far.
    pub sent: u32,
    /// Status of the last answer; `None` where there was none.
    pub answer: Option<u16>,
}

impl Webhook {
    pub(super) fn view(&self, orders: &[Order]) -> WebhookView {
        WebhookView {
            number: orders[self.order].request.order_number.clone(),
            status: self.status.clone(),
            sent: self.sent,
            answer: self.answer,
        }
    }

    fn is_due(&self, now: i64) -> bool {
        match self.step {
            Step::Due(at) => at <= now,
            Step::Copies(left) => left > 0,
            Step::Sending(_) | Step::Over => false,
        }
    }
}

/// One request that is ready to go.
struct Posting {
    index: usize,
    url: Url,
    manner: Manner,
    number: String,
    status: String,
}

impl State {
    /// Makes a webhook with this word; answers whether the order has an address for it.
    pub(super) fn announce(&mut self, order: usize, status: &str, now: i64) -> bool {
        if self.orders[order].request.webhook_url.is_none() {
            return false;
        }
        let step = match self.faults.push {
            Pushing::Drop => Step::Over,
            Pushing::Send | Pushing::Hold => Step::Due(now + self.faults.push_delay_s.saturating_mul(1000)),
        };
        self.webhooks.push(Webhook { order, status: status.to_owned(), step, sent: 0, answer: None });
        true
    }

    fn claim(&mut self, now: i64) -> Option<Posting> {
        match self.faults.push {
            Pushing::Send => {}
            Pushing::Hold => return None,
            Pushing::Drop => {
                for webhook in self.webhooks.iter_mut().filter(|webhook| webhook.is_due(now)) {
                    webhook.step = Step::Over;
                }
                return None;
            }
        }
        let index = self.webhooks.iter().position(|webhook| webhook.is_due(now))?;
        let (repeat, manner) = (self.faults.push_repeat, self.switches.webhook);
        let webhook = &mut self.webhooks[index];
        webhook.sent += 1;
        webhook.step = Step::Sending(match webhook.step {
            Step::Copies(left) => left - 1,
            _ => repeat,
        });
        let request = &self.orders[webhook.order].request;
        let url = request.webhook_url.clone()?;
        Some(Posting { index, url, manner, number: request.order_number.clone(), status: webhook.status.clone() })
    }

    /// Nothing is said of what an answer does, so a webhook that was not accepted is not sent again.
    fn settle(&mut self, index: usize, answer: Option<u16>) {
        let webhook = &mut self.webhooks[index];
        webhook.answer = answer;
        webhook.step = match webhook.step {
            Step::Sending(left) if left > 0 && answer.is_some_and(|status| (200..300).contains(&status)) => {
                Step::Copies(left)
            }
            _ => Step::Over,
        };
    }
}

impl FastShift {
    /// Sends what is due now; answers how many requests that took.
    pub(super) async fn send_due(&self) -> usize {
        let mut sent = 0;
        while let Some(posting) = self.with(State::claim) {
            let answer = self.post(&posting).await;
            locked(&self.state).settle(posting.index, answer);
            sent += 1;
        }
        sent
    }

    async fn post(&self, posting: &Posting) -> Option<u16> {
        let client = self.sender.client()?;
        let values = [("status", &posting.status), ("order_number", &posting.number)];
        let request = match posting.manner {
            Manner::Json => client
                .post(posting.url.clone())
                .json(&json!({ "status": posting.status, "order_number": posting.number })),
            Manner::Form => client.post(posting.url.clone()).form(&values),
            Manner::Query => client.get(posting.url.clone()).query(&values),
        };
        self.sender.push(request).await.map(|(status, _)| status)
    }
}
