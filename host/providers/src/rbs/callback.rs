//! Callbacks with a checksum: a feature of the platform that a bank may switch on; off in our settings until it has.
//!
//! Source: BPC, "Callback notifications". All parameters of the query or the form but `checksum` and `sign_alias`, sorted by
//! name, each as `name;value;` — the last one too — under HMAC-SHA256 with the shared token, in hexadecimal capitals.
//!
//! A callback is news by itself only where it says enough to be weighed against what was asked: a deposit with its amount
//! **and** currency (both are parameters that the bank must switch on), a reversal, a session that ran out. Everything else is
//! a reason to ask, and nothing more:
//! - a deposit without amount or currency, because an approval that names no sum would be taken for the wrong sum;
//! - an attempt that failed, because the payer may try again on the same page; the order's state says when it is over;
//! - a refund, because the callback does not count what went back, and a second one would look like a repetition.
//!
//! The asymmetric variant (RSA) is not read: its callbacks are refused as unproven.

use crate::contract::{Push, PushRefused, Pushed, SessionStatus, Statement, Tidings};
use crate::currency;
use hmac::{Hmac, KeyInit, Mac};
use kamurj_domain::Money;
use sha2::Sha256;

/// What a proven callback comes to.
enum Told {
    News(Statement),
    /// The order with this number changed somehow.
    Ask(String),
    /// Something that payments are not about.
    Nothing,
}

type Parameters = [(String, String)];

/// Checks the checksum against each key that is valid now.
pub(super) fn prove(keys: Option<&[Vec<u8>]>, pushed: &Pushed<'_>) -> Result<Push, PushRefused> {
    let Some(keys) = keys else {
        return Err(PushRefused::Unproven("pushes are not set up for this account"));
    };
    let parameters = pushed.parameters();
    let checksum = one(&parameters, "checksum").ok_or(PushRefused::Unproven("the checksum is missing"))?;
    let signed = signed_text(&parameters);
    let tag = bytes(checksum).ok_or(PushRefused::Unproven("the checksum does not fit"))?;
    let fits = keys.iter().fold(false, |fits, key| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
        mac.update(signed.as_bytes());
        // Every key is tried, and the comparison takes the same time wherever a checksum differs.
        mac.verify_slice(&tag).is_ok() | fits
    });
    if !fits {
        return Err(PushRefused::Unproven("the checksum does not fit"));
    }
    Ok(match told(&parameters)? {
        Told::Ask(number) => Push::Hint { number },
        Told::News(statement) => Push::News { natural_key: natural_key(&parameters, &statement.reference) },
        Told::Nothing => Push::News { natural_key: checksum.to_owned() },
    })
}

/// What a proven callback says.
pub(super) fn tidings(pushed: &Pushed<'_>) -> Result<Tidings, PushRefused> {
    Ok(match told(&pushed.parameters())? {
        Told::News(statement) => Tidings::Session(statement),
        Told::Ask(_) | Told::Nothing => Tidings::Nothing,
    })
}

fn natural_key(parameters: &Parameters, reference: &str) -> String {
    let word = |name| one(parameters, name).unwrap_or_default();
    format!("{}:{}:{}", reference.to_ascii_lowercase(), word("operation"), word("status"))
}

fn told(parameters: &Parameters) -> Result<Told, PushRefused> {
    let required = |name: &str| {
        one(parameters, name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| PushRefused::Unreadable(format!("`{name}` is missing, or there twice")))
    };
    let operation = required("operation")?;
    if !["approved", "deposited", "reversed", "refunded", "declinedByTimeout"].contains(&operation) {
        return Ok(Told::Nothing);
    }
    let (reference, number, status) = (required("mdOrder")?, required("orderNumber")?, required("status")?);
    let written = one(parameters, "currency").filter(|code| !code.is_empty());
    let currency = written.and_then(currency::from_number);
    let amount = one(parameters, "amount").and_then(minor).zip(currency).map(|(minor, of)| Money::new(minor, of));
    let foreign_currency = written.filter(|_| currency.is_none()).map(|code| code.chars().take(16).collect());
    let stands = match (operation, status) {
        ("deposited", "1") if amount.is_some() || foreign_currency.is_some() => SessionStatus::Approved,
        ("reversed", "1") => SessionStatus::Reversed,
        ("declinedByTimeout", "1") => SessionStatus::Abandoned,
        _ => return Ok(Told::Ask(number.to_owned())),
    };
    Ok(Told::News(Statement {
        reference: reference.to_owned(),
        number: number.to_owned(),
        url: None,
        status: stands,
        cause: None,
        amount,
        foreign_currency,
        provider_time: None,
        payment_reference: None,
        refunded: None,
        changed_at: None,
    }))
}

/// The parameter with this name; none where it is there twice.
fn one<'p>(parameters: &'p Parameters, name: &str) -> Option<&'p str> {
    let mut values = parameters.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
    values.next().filter(|_| values.next().is_none())
}

fn signed_text(parameters: &Parameters) -> String {
    let is_signed = |(name, _): &&(String, String)| name != "checksum" && name != "sign_alias";
    let mut signed: Vec<_> = parameters.iter().filter(is_signed).collect();
    signed.sort_by(|(one, _), (other, _)| one.as_bytes().cmp(other.as_bytes()));
    signed.iter().flat_map(|(name, value)| [name, ";", value, ";"]).collect()
}

/// A checksum's bytes: 64 hexadecimal digits, capitals as the platform writes them.
fn bytes(checksum: &str) -> Option<Vec<u8>> {
    let digits = checksum.as_bytes();
    let is_plain = digits.len() == 64 && digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'A'..=b'F'));
    if !is_plain {
        return None;
    }
    let value = |digit: u8| if digit.is_ascii_digit() { digit - b'0' } else { digit - b'A' + 10 };
    Some(digits.chunks_exact(2).map(|pair| value(pair[0]) * 16 + value(pair[1])).collect())
}

/// An amount in minor units: digits alone.
fn minor(text: &str) -> Option<i64> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_plain { text.parse().ok() } else { None }
}
