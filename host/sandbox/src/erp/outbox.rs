//! The ERP's messages to Kamurj, signed by Standard Webhooks and sent again by its plan until they are accepted. A message keeps its id
//! and its bytes; time and signature are those of each try. It must not know what an order is.

use serde::Serialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::account::Destination;
use super::faults::take;
use super::keys::Key;
use super::{CannotSend, Erp, State};
use crate::sender::{Heard, Reception};
use crate::{locked, rfc3339};

const SECOND_MS: i64 = 1000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Pauses before each try ("Deliverability and reliability" of the specification), without the jitter, so that stories repeat.
const PLAN_MS: [i64; 10] = [
    0,
    5 * SECOND_MS,
    5 * MINUTE_MS,
    30 * MINUTE_MS,
    2 * HOUR_MS,
    5 * HOUR_MS,
    10 * HOUR_MS,
    14 * HOUR_MS,
    20 * HOUR_MS,
    24 * HOUR_MS,
];
/// A secret that Kamurj was never given.
const ANOTHER: &str = "whsec_YW5vdGhlciBrZXksIHdoaWNoIG5vYm9keSBrbm93cw==";
/// The same for Ed25519.
const ANOTHER_PRIVATE: &str = "whsk_YW5vdGhlciBrZXksIHdoaWNoIG5vYm9keSBrbm93cyE=";

pub(super) struct Message {
    id: String,
    kind: String,
    order_id: Option<String>,
    body: String,
    tries: u32,
    /// Status of each answer.
    answers: Vec<Option<u16>>,
    /// Status of each answer to a try that a person made.
    by_hand: Vec<Option<u16>>,
    said: Option<String>,
    stage: Stage,
}

enum Stage {
    /// To be tried at this time.
    Due(i64),
    /// Accepted; so many more copies are owed under the duplicate fault.
    Copies(u32),
    Accepted,
    /// The plan is used up.
    GivenUp,
}

/// A message to Kamurj, as the board shows it.
#[derive(Clone, Debug, Serialize)]
pub struct SentView {
    /// Its `webhook-id`, the same on each try.
    pub id: String,
    /// `order.created`, or what else the ERP tells.
    #[serde(rename = "type")]
    pub kind: String,
    /// The order that it is about.
    pub order_id: Option<String>,
    /// Requests sent so far by the plan, copies too.
    pub tries: u32,
    /// The status of each answer; `None` where there was none.
    pub answers: Vec<Option<u16>>,
    /// The same of tries that a person made.
    pub by_hand: Vec<Option<u16>>,
    /// The beginning of the last answer's text, or why there was none.
    pub said: Option<String>,
    /// It was accepted.
    pub accepted: bool,
    /// It will not be tried again, though it was never accepted.
    pub given_up: bool,
    /// When it is tried next, RFC 3339.
    pub next_at: Option<String>,
    /// The bytes.
    pub body: String,
}

/// One request that is ready to go.
struct Posting {
    index: usize,
    url: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Message {
    pub(super) fn view(&self) -> SentView {
        SentView {
            id: self.id.clone(),
            kind: self.kind.clone(),
            order_id: self.order_id.clone(),
            tries: self.tries,
            answers: self.answers.clone(),
            by_hand: self.by_hand.clone(),
            said: self.said.clone(),
            accepted: matches!(self.stage, Stage::Accepted | Stage::Copies(_)),
            given_up: matches!(self.stage, Stage::GivenUp),
            next_at: match self.stage {
                Stage::Due(at) => Some(rfc3339(at)),
                Stage::Copies(_) | Stage::Accepted | Stage::GivenUp => None,
            },
            body: self.body.clone(),
        }
    }

    fn is_due(&self, now: i64) -> bool {
        match self.stage {
            Stage::Due(at) => at <= now,
            Stage::Copies(_) => true,
            Stage::Accepted | Stage::GivenUp => false,
        }
    }
}

impl State {
    /// Queues a message and answers its id.
    pub(super) fn queue(&mut self, kind: &str, data: &Value, now: i64) -> Result<String, CannotSend> {
        if self.kamurj.is_none() {
            return Err(CannotSend::NoAddress);
        }
        let id = self.ids.text("msg_");
        let order_id = data["order_id"].as_str().map(str::to_owned);
        let body = json!({"type": kind, "timestamp": rfc3339(now), "data": data}).to_string();
        self.messages.push(Message {
            id: id.clone(),
            kind: kind.to_owned(),
            order_id,
            body,
            tries: 0,
            answers: Vec::new(),
            by_hand: Vec::new(),
            said: None,
            stage: Stage::Due(now + PLAN_MS[0]),
        });
        Ok(id)
    }

    fn next_posting(&self, now: i64) -> Option<Posting> {
        if self.faults.hold || self.switched_off {
            return None;
        }
        let index = self.messages.iter().position(|message| message.is_due(now))?;
        self.posting(index, now)
    }

    fn posting(&self, index: usize, now: i64) -> Option<Posting> {
        let destination = self.kamurj.as_ref()?;
        let message = &self.messages[index];
        let stale = if self.faults.stale { HOUR_MS } else { 0 };
        let at = (now - stale).div_euclid(SECOND_MS);
        let headers = vec![
            ("webhook-id", message.id.clone()),
            ("webhook-timestamp", at.to_string()),
            ("webhook-signature", signatures(destination, self.faults.forge, &message.id, at, &message.body)),
        ];
        let body = if self.faults.tamper { tampered(&message.body) } else { message.body.clone() };
        Some(Posting { index, url: destination.url.to_string(), headers, body })
    }

    fn settle(&mut self, index: usize, heard: Heard, now: i64) {
        let lost = heard.reception.status().is_some() && take(&mut self.faults.lose_answer_next);
        let reception = if lost { Reception::Silent("the answer was lost") } else { heard.reception };
        let copies = self.faults.duplicate;
        let message = &mut self.messages[index];
        message.tries += 1;
        message.answers.push(reception.status());
        message.said = match &reception {
            Reception::Answered { .. } => Some(heard.said),
            Reception::Silent(why) => Some((*why).to_owned()),
        };
        message.stage = match message.stage {
            Stage::Copies(left) if left > 1 => Stage::Copies(left - 1),
            Stage::Copies(_) => Stage::Accepted,
            _ if reception.is_success() && copies > 0 => Stage::Copies(copies),
            _ if reception.is_success() => Stage::Accepted,
            _ => {
                let tries = usize::try_from(message.tries).unwrap_or(usize::MAX);
                let wanted = reception.retry_after_s().unwrap_or(0).saturating_mul(SECOND_MS);
                PLAN_MS.get(tries).map_or(Stage::GivenUp, |pause| Stage::Due(now.saturating_add((*pause).max(wanted))))
            }
        };
        // "410 Gone": the sender switches the address off; what waits goes on once a person sets it anew.
        self.switched_off |= reception.status() == Some(410);
    }
}

impl Erp {
    /// Sends the messages that are due now and returns how many requests that took.
    pub async fn deliver_due(&self) -> usize {
        let _only_one = self.delivering.lock().await;
        let now = (self.clock)();
        let mut sent = 0;
        while let Some(posting) = self.with(|state, _| state.next_posting(now)) {
            let heard = self.sender.post_and_hear(&posting.url, &posting.headers, posting.body).await;
            locked(&self.state).settle(posting.index, heard, (self.clock)().max(now));
            sent += 1;
        }
        sent
    }

    /// Sends a message again by hand, `copies` times at once under its own id, whatever its stage, and returns the statuses
    /// answered. The plan does not notice it.
    pub async fn send_at_once(&self, message_id: &str, copies: usize) -> Vec<Option<u16>> {
        let mut requests = JoinSet::new();
        for _ in 0..copies {
            let posting = self.with(|state, now| {
                let index = state.messages.iter().position(|message| message.id == message_id)?;
                state.posting(index, now)
            });
            if let Some(posting) = posting {
                let sender = self.sender.clone();
                requests.spawn(async move { sender.post(&posting.url, &posting.headers, posting.body).await.status() });
            }
        }
        let statuses = requests.join_all().await;
        self.with(|state, _| {
            if let Some(message) = state.messages.iter_mut().find(|message| message.id == message_id) {
                message.by_hand.extend(&statuses);
            }
        });
        statuses
    }
}

/// One signature for each key, or forged ones of the same kinds.
fn signatures(destination: &Destination, forged: bool, id: &str, at: i64, body: &str) -> String {
    let sign = |key: &Key| {
        if !forged {
            return key.sign(id, at, body);
        }
        let another = if key.word() == "whsk" { ANOTHER_PRIVATE } else { ANOTHER };
        Key::parse(another).ok()?.sign(id, at, body)
    };
    destination.keys.iter().filter_map(sign).collect::<Vec<_>>().join(" ")
}

/// The body as somebody on the way would like it: another amount, or where there is none, a word more.
fn tampered(body: &str) -> String {
    let (amount, start) = ("\"value\":\"", "{");
    if body.contains(amount) {
        body.replacen(amount, &format!("{amount}9"), 1)
    } else {
        body.replacen(start, "{\"tampered\":true,", 1)
    }
}
