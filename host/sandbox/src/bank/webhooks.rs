//! Making and sending webhooks, with the retry plan of Standard Webhooks. It must not know what a
//! session is beyond the JSON it carries.

use serde::Serialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use url::Url;

use super::signing::{Scheme, Signer};
use super::{Bank, State, Webhooks};
use crate::sender::Reception;
use crate::{locked, rfc3339};

/// Pauses before each try, in milliseconds, as Standard Webhooks suggests them; after the last one the bank gives up.
const PLAN_MS: [i64; 5] = [0, 5_000, 5 * 60_000, 30 * 60_000, 2 * 3_600_000];

/// Where the merchant wants its webhooks, and what they are signed with.
pub(super) struct Endpoint {
    pub(super) url: Url,
    signer: Signer,
}

/// Why an endpoint was not set.
#[derive(Debug, thiserror::Error)]
pub enum InvalidEndpoint {
    /// Not an absolute http or https URL.
    #[error("url: must begin with https:// or http://")]
    Url,
    /// Not a Standard Webhooks secret.
    #[error("secret: must be `whsec_` and the base64 of 24 to 64 bytes")]
    Secret,
    /// Not a secret of the other schemes.
    #[error("secret: must be at least 8 visible ASCII characters")]
    Text,
    /// Not a header's name.
    #[error("header: must be the name of an HTTP header")]
    Header,
}

pub(super) struct Webhook {
    id: String,
    kind: &'static str,
    body: String,
    tries: u32,
    status: Option<u16>,
    stage: Stage,
}

/// How far a webhook is.
enum Stage {
    /// To be tried at this time.
    Due(i64),
    /// Accepted; so many more copies are owed under the duplicate fault.
    Copies(u32),
    Delivered,
    /// The plan is used up, the endpoint said 410, or a fault lost it.
    Lost,
}

/// A webhook as the play page shows it.
#[derive(Clone, Debug, Serialize)]
pub struct WebhookView {
    /// Its `webhook-id`.
    pub id: String,
    /// `payment.` and a session's status; `payment.refunded` where the bank itself gave back; `refund.succeeded` or
    /// `refund.failed`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Status of the last answer; `None` where there was none.
    pub status: Option<u16>,
    /// Requests sent so far.
    pub tries: u32,
    /// When it is tried next, RFC 3339; `None` once it is delivered or lost.
    pub next_at: Option<String>,
    /// It will not be tried again, though it was never accepted.
    pub lost: bool,
}

impl Webhook {
    pub(super) fn view(&self) -> WebhookView {
        WebhookView {
            id: self.id.clone(),
            kind: self.kind,
            status: self.status,
            tries: self.tries,
            next_at: match self.stage {
                Stage::Due(at) => Some(rfc3339(at)),
                Stage::Copies(_) | Stage::Delivered | Stage::Lost => None,
            },
            lost: matches!(self.stage, Stage::Lost),
        }
    }

    /// When it wants to be sent, if it does.
    fn due_at(&self) -> Option<i64> {
        match self.stage {
            Stage::Due(at) => Some(at),
            Stage::Copies(_) => Some(i64::MIN),
            Stage::Delivered | Stage::Lost => None,
        }
    }
}

/// One request that is ready to go.
struct Posting {
    index: usize,
    url: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl State {
    /// Makes the webhook of what just happened to a session.
    pub(super) fn announce_session(&mut self, session: usize, kind: &'static str, now: i64) {
        self.announce(kind, self.sessions[session].json(&self.base_url), now);
    }

    /// Makes a webhook. Without an endpoint there is nobody to tell.
    pub(super) fn announce(&mut self, kind: &'static str, mut data: Value, now: i64) {
        if self.endpoint.is_none() {
            return;
        }
        if let Some(amount) = data["amountMinor"].as_i64() {
            data["amountMinor"] = (amount + self.faults.webhook_amount_shift_minor).into();
        }
        let body = json!({"type": kind, "timestamp": rfc3339(now), "data": data}).to_string();
        let due = now + PLAN_MS[0] + self.common.push_delay_s * 1000;
        let stage = if self.faults.webhooks == Webhooks::Drop { Stage::Lost } else { Stage::Due(due) };
        self.webhooks.push(Webhook { id: self.ids.text("msg_"), kind, body, tries: 0, status: None, stage });
    }

    fn next_posting(&mut self, now: i64) -> Option<Posting> {
        match self.faults.webhooks {
            Webhooks::Send => {}
            Webhooks::Hold => return None,
            Webhooks::Drop => {
                for webhook in &mut self.webhooks {
                    if webhook.due_at().is_some_and(|at| at <= now) {
                        webhook.stage = Stage::Lost;
                    }
                }
                return None;
            }
        }
        let mut due =
            self.webhooks.iter().enumerate().filter(|(_, webhook)| webhook.due_at().is_some_and(|at| at <= now));
        let (index, _) = if self.faults.newest_first { due.next_back()? } else { due.next()? };
        self.posting(index, now)
    }

    fn posting(&self, index: usize, now: i64) -> Option<Posting> {
        let endpoint = self.endpoint.as_ref()?;
        let webhook = &self.webhooks[index];
        let timestamp_s = now.div_euclid(1000) + self.faults.timestamp_shift_s;
        Some(Posting {
            index,
            url: endpoint.url.to_string(),
            headers: endpoint.signer.headers(self.faults.signature, &webhook.id, timestamp_s, &webhook.body),
            body: webhook.body.clone(),
        })
    }

    fn settle(&mut self, index: usize, reception: &Reception, now: i64) {
        let copies = self.faults.duplicate;
        let webhook = &mut self.webhooks[index];
        webhook.tries += 1;
        webhook.status = reception.status();
        webhook.stage = match webhook.stage {
            Stage::Copies(left) if left > 1 => Stage::Copies(left - 1),
            Stage::Copies(_) => Stage::Delivered,
            _ if reception.is_success() => {
                if copies > 0 {
                    Stage::Copies(copies)
                } else {
                    Stage::Delivered
                }
            }
            _ => {
                let tries = usize::try_from(webhook.tries).unwrap_or(usize::MAX);
                match PLAN_MS.get(tries) {
                    Some(pause) if reception.status() != Some(410) => {
                        Stage::Due(now + (*pause).max(reception.retry_after_s().unwrap_or(0).saturating_mul(1000)))
                    }
                    _ => Stage::Lost,
                }
            }
        };
        if reception.status() == Some(410) {
            // Standard Webhooks: 410 switches the endpoint off.
            self.endpoint = None;
        }
    }
}

impl Bank {
    /// The merchant's webhook settings at the bank: where, and the `whsec_` secret of Standard Webhooks.
    pub fn set_endpoint(&self, url: &str, secret: &str) -> Result<(), InvalidEndpoint> {
        self.set_endpoint_signed(url, secret, Scheme::Standard)
    }

    /// The same with another way of signing.
    pub fn set_endpoint_signed(&self, url: &str, secret: &str, scheme: Scheme) -> Result<(), InvalidEndpoint> {
        let url =
            Url::parse(url).ok().filter(|url| matches!(url.scheme(), "https" | "http")).ok_or(InvalidEndpoint::Url)?;
        let signer = Signer::new(scheme, secret)?;
        locked(&self.state).endpoint = Some(Endpoint { url, signer });
        Ok(())
    }

    /// Sends the webhooks that are due now and returns how many requests that took.
    pub async fn deliver_due(&self) -> usize {
        let _only_one = self.delivering.lock().await;
        let now = (self.clock)();
        let mut sent = 0;
        while let Some(posting) = self.with(|state, _| state.next_posting(now)) {
            let reception = self.sender.post(&posting.url, &posting.headers, posting.body).await;
            locked(&self.state).settle(posting.index, &reception, (self.clock)().max(now));
            sent += 1;
        }
        sent
    }

    /// Sends a webhook again, `copies` times at once, whatever its stage, and returns the statuses answered. For
    /// stories about repeated and simultaneous notices; the retry plan does not notice it.
    pub async fn send_at_once(&self, webhook_id: &str, copies: usize) -> Vec<Option<u16>> {
        let now = (self.clock)();
        let mut requests = JoinSet::new();
        for _ in 0..copies {
            let posting = self.with(|state, _| {
                let index = state.webhooks.iter().position(|webhook| webhook.id == webhook_id)?;
                state.posting(index, now)
            });
            if let Some(posting) = posting {
                let sender = self.sender.clone();
                requests.spawn(async move { sender.post(&posting.url, &posting.headers, posting.body).await.status() });
            }
        }
        requests.join_all().await
    }
}
