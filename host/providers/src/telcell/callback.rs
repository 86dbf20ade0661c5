//! Telcell's callback: its proof and what it says.
//!
//! The proof is MD5 over the shop key and the values exactly as they came, after URL-decoding, with nothing between them. The
//! callback of the shop gateway v2.6 has a `buyer` in it, that of WEB v1.2 has none: whether it is there says which formula holds.
//!
//! Values that run into each other can be cut in several ways that all have the same proof, so whoever saw one callback could send it
//! again, cut differently. Two things keep that from ever counting twice for one order. Each value has one strict form: an order
//! number of ours, digits for the currency, one form of time, a decimal for the sum. And everything from the payment's id to the sum
//! stands in the message's name as it runs: all cuts that leave the order number whole have the same name, and only the first is
//! taken. A cut through the order number is about an order that does not exist. The host compares sum, currency and attempt besides.

use super::Telcell;
use super::answers::{cause, order_number, status, time};
use crate::contract::{PushRefused, Pushed, SessionStatus, Statement};
use crate::currency;
use kamurj_domain::Money;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The values of a callback as they came.
pub(super) struct Callback {
    invoice: String,
    issuer_id: String,
    payment_id: String,
    buyer: Option<String>,
    currency: String,
    sum: String,
    time: String,
    status: String,
    checksum: String,
}

impl Telcell {
    /// The callback, if its proof is right.
    pub(super) fn proven(&self, pushed: &Pushed<'_>) -> Result<Callback, PushRefused> {
        let callback = Callback::read(pushed)?;
        let fits = self.key.fits(&callback.sealed(), &callback.checksum);
        if fits { Ok(callback) } else { Err(PushRefused::Unproven("the checksum does not fit")) }
    }
}

impl Callback {
    /// Reads it from the query, a form or a JSON object. It is documented as a form; shops got it in all three ways.
    pub(super) fn read(pushed: &Pushed<'_>) -> Result<Self, PushRefused> {
        let mut values = pushed.query.to_vec();
        if pushed.body.trim_ascii_start().starts_with(b"{") {
            let object: Object =
                serde_json::from_slice(pushed.body).map_err(|_| PushRefused::Unproven("the JSON cannot be read"))?;
            values.extend(object.0);
        } else {
            values.extend(url::form_urlencoded::parse(pushed.body).into_owned());
        }
        let optional = |name: &str| {
            let mut with_name = values.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone());
            let first = with_name.next();
            match with_name.next() {
                Some(_) => Err(PushRefused::Unproven("a value of the callback comes twice")),
                None => Ok(first),
            }
        };
        let required = |name: &str| optional(name)?.ok_or(PushRefused::Unproven("a value of the callback is missing"));
        Ok(Self {
            invoice: required("invoice")?,
            issuer_id: required("issuer_id")?,
            payment_id: required("payment_id")?,
            buyer: optional("buyer")?,
            currency: required("currency")?,
            sum: required("sum")?,
            time: required("time")?,
            status: required("status")?,
            checksum: required("checksum")?,
        })
    }

    /// What the proof covers, in its order.
    fn sealed(&self) -> Vec<&str> {
        let mut values = vec![self.invoice.as_str(), &self.issuer_id, &self.payment_id];
        values.extend(self.buyer.as_deref());
        values.extend([self.currency.as_str(), &self.sum, &self.time, &self.status]);
        values
    }

    /// The message's own name: invoice, payment and status, the payment's id as it runs on into buyer, currency and sum (see above).
    pub(super) fn natural_key(&self) -> String {
        let Self { invoice, payment_id, currency, sum, status, .. } = self;
        let buyer = self.buyer.as_deref().unwrap_or_default();
        format!("{invoice}/{payment_id}{buyer}{currency}{sum}/{status}")
    }

    /// What it says of the session.
    pub(super) fn statement(&self) -> Result<Statement, PushRefused> {
        let unreadable = |what: &str| PushRefused::Unreadable(format!("the callback's {what}"));
        let is_id = |text: &str| {
            (1..=64).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        if !is_id(&self.invoice) {
            return Err(unreadable("invoice is no id"));
        }
        if !is_id(&self.payment_id) {
            return Err(unreadable("payment_id is no id"));
        }
        let number = order_number(&self.issuer_id).ok_or_else(|| unreadable("issuer_id is no order number"))?;
        let provider_time =
            time(&self.time).ok_or_else(|| unreadable("time has another form than 2026-11-21 14:05:09"))?;
        let (amount, foreign_currency) = money(&self.currency, &self.sum).map_err(unreadable)?;
        let status = status(&self.status);
        Ok(Statement {
            reference: number.clone(),
            number,
            url: None,
            status,
            cause: cause(&self.status),
            amount,
            foreign_currency,
            provider_time: Some(provider_time),
            // Only money that came has an invoice to ask about; `check_bill` and `refund_bill` go by it.
            payment_reference: (status == SessionStatus::Approved).then(|| self.invoice.clone()),
            refunded: None,
            changed_at: None,
        })
    }
}

/// A sum in a currency that is named by its number: `51` or `051` are drams. The currency itself where it is not one of ours.
pub(super) fn money(code: &str, sum: &str) -> Result<(Option<Money>, Option<String>), &'static str> {
    if !matches!(code.len(), 2 | 3) || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("currency is no number of a currency");
    }
    match currency::from_number(code) {
        Some(known) => currency::from_decimal(sum, known)
            .map(|amount| (Some(amount), None))
            .ok_or("sum is no decimal of its currency"),
        None => Ok((None, Some(code.to_owned()))),
    }
}

/// The texts and numbers of a JSON object, each as it was written; a name may come twice. Other values are left out.
struct Object(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Object;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut pairs = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    let written = value.get();
                    if written.starts_with('"') {
                        pairs.push((name, serde_json::from_str(written).map_err(serde::de::Error::custom)?));
                    } else if written.starts_with(|mark: char| mark == '-' || mark.is_ascii_digit()) {
                        pairs.push((name, written.to_owned()));
                    }
                }
                Ok(Object(pairs))
            }
        }

        deserializer.deserialize_map(Pairs)
    }
}
