//! Telcell's callbacks: made when the payer pays or rejects, sealed, and sent once. Telcell names no repetitions and no answer that
//! it waits for; any 200 counts as taken here.

use reqwest::RequestBuilder;
use serde::Serialize;

use super::invoice::short;
use super::{Carriage, Habits, State, Telcell, sealed};
use crate::gateways::Pushing;

/// Names and values in the order of their proof.
type Values = Vec<(&'static str, String)>;

pub(super) struct Callback {
    pub(super) invoice: String,
    status: &'static str,
    issuer: String,
    /// As the shop sent it, and decoded.
    issuer_id: (String, String),
    payment_id: String,
    currency: &'static str,
    sum: String,
    time: String,
    stage: Stage,
    answered: Option<(u16, String)>,
    sent: u32,
}

/// How far a callback is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// To be sent at this time.
    Due(i64),
    /// Taken; so many more copies are owed under the fault.
    Copies(u32),
    Over,
}

/// A callback, as people look at it.
#[derive(Clone, Debug, Serialize)]
pub struct CallbackView {
    /// The invoice.
    pub invoice: String,
    /// `PAID` or `REJECTED`.
    pub status: &'static str,
    /// How often it was sent.
    pub sent: u32,
    /// The last answer to it: status and the first kilobyte. `None`: there was none.
    pub answered: Option<(u16, String)>,
}

impl Callback {
    pub(super) fn view(&self) -> CallbackView {
        CallbackView {
            invoice: self.invoice.clone(),
            status: self.status,
            sent: self.sent,
            answered: self.answered.clone(),
        }
    }

    pub(super) fn due_again(&mut self, now: i64) {
        self.stage = Stage::Due(now);
    }

    fn is_due(&self, now: i64) -> bool {
        match self.stage {
            Stage::Due(at) => at <= now,
            Stage::Copies(left) => left > 0,
            Stage::Over => false,
        }
    }

    /// The values as they go out, with their proof.
    fn values(&self, shop_key: &str, habits: &Habits, forged: bool) -> Values {
        let (base64, plain) = &self.issuer_id;
        let mut values = vec![
            ("invoice", self.invoice.clone()),
            ("issuer_id", if habits.plain_issuer_id { plain.clone() } else { base64.clone() }),
            ("payment_id", self.payment_id.clone()),
        ];
        values.extend(habits.buyer.clone().map(|buyer| ("buyer", buyer)));
        values.extend([
            ("currency", currency(self.currency, habits).to_owned()),
            ("sum", self.sum.clone()),
            ("time", self.time.clone()),
            ("status", self.status.to_owned()),
        ]);
        let key = if forged { "a key that no shop has" } else { shop_key };
        let sealed: Vec<&str> = values.iter().map(|(_, value)| value.as_str()).collect();
        let checksum = sealed::code(key, &sealed);
        values.push(("checksum", checksum));
        values
    }
}

/// The number of a currency as it is written: without the zero that it begins with, unless it is a habit to keep it.
pub(super) fn currency<'n>(number: &'n str, habits: &Habits) -> &'n str {
    if habits.three_digits { number } else { number.trim_start_matches('0') }
}

/// A time in Yerevan: `2026-11-21 14:05:09`.
pub(super) fn time(at_ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(at_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    jiff::tz::offset(4).to_datetime(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

impl State {
    /// Makes the callback of what the payer just decided.
    pub(super) fn announce(&mut self, place: usize, now: i64) {
        let payment_id = self.ids.digits();
        let due = now + self.faults.push_delay_s * 1000;
        let stage = if self.faults.push == Pushing::Drop { Stage::Over } else { Stage::Due(due) };
        let invoice = &self.invoices[place];
        let has_address =
            self.merchants.iter().any(|shop| shop.issuer == invoice.issuer && shop.callback_url.is_some());
        if !has_address {
            return;
        }
        self.callbacks.push(Callback {
            invoice: invoice.id.clone(),
            status: invoice.status.word(),
            issuer: invoice.issuer.clone(),
            issuer_id: (invoice.issuer_id.clone(), invoice.number.clone()),
            payment_id,
            currency: invoice.currency,
            sum: short(invoice.minor),
            time: time(now),
            stage,
            answered: None,
            sent: 0,
        });
    }

    /// The next callback that is due, and where it goes.
    fn next(&mut self, now: i64) -> Option<(usize, url::Url, Values, Carriage)> {
        match self.faults.push {
            Pushing::Send => {}
            Pushing::Hold => return None,
            Pushing::Drop => {
                for callback in self.callbacks.iter_mut().filter(|callback| callback.is_due(now)) {
                    callback.stage = Stage::Over;
                }
                return None;
            }
        }
        self.callbacks.iter().enumerate().filter(|(_, callback)| callback.is_due(now)).find_map(|(place, callback)| {
            // A shop that wrote its address away gets nothing until it writes down another.
            let shop = self.merchants.iter().find(|shop| shop.issuer == callback.issuer)?;
            let values = callback.values(&shop.shop_key, &self.habits, self.faults.push_forged);
            Some((place, shop.callback_url.clone()?, values, self.habits.callback))
        })
    }

    fn settle(&mut self, place: usize, answered: Option<(u16, String)>) {
        let copies = self.faults.push_repeat;
        let callback = &mut self.callbacks[place];
        callback.sent += 1;
        let taken = answered.as_ref().is_some_and(|(status, _)| *status == 200);
        callback.stage = match callback.stage {
            Stage::Copies(left) if left > 1 => Stage::Copies(left - 1),
            Stage::Due(_) if taken && copies > 0 => Stage::Copies(copies),
            _ => Stage::Over,
        };
        callback.answered = answered;
    }
}

impl Telcell {
    pub(super) async fn deliver(&self) -> usize {
        let _only_one = self.delivering.lock().await;
        let Some(client) = self.sender.client() else { return 0 };
        let now = (self.clock)();
        let mut sent = 0;
        while let Some((place, url, values, carriage)) = self.with(|state, _| state.next(now)) {
            let answered = self.sender.push(request(client, url, &values, carriage)).await;
            self.with(|state, _| state.settle(place, answered));
            sent += 1;
        }
        sent
    }
}

fn request(
    client: &reqwest::Client,
    mut url: url::Url,
    values: &[(&'static str, String)],
    carriage: Carriage,
) -> RequestBuilder {
    match carriage {
        Carriage::Post => client.post(url).form(values),
        Carriage::Get => {
            url.query_pairs_mut().extend_pairs(values);
            client.get(url)
        }
        Carriage::Json => {
            // Written by hand: the text of the numbers is what is sealed.
            let member = |(name, value): &(&str, String)| match *name {
                "currency" | "sum" => format!("\"{name}\":{value}"),
                _ => format!("\"{name}\":{}", serde_json::Value::from(value.as_str())),
            };
            let members: Vec<String> = values.iter().map(member).collect();
            client.post(url).header("content-type", "application/json").body(format!("{{{}}}", members.join(",")))
        }
    }
}
