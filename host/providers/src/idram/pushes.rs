//! Idram's two calls to `RESULT_URL`: the question before money moves, which is unsigned, and the confirmation after it, which
//! carries an MD5 over itself and the secret key. MD5 is the provider's choice and is used for nothing else.

use super::Idram;
use crate::contract::{Push, PushRefused, Pushed, SessionStatus, Statement, Tidings};
use crate::currency;
use kamurj_domain::{Currency, Money};
use md5::{Digest, Md5};
use subtle::ConstantTimeEq;

/// The values of one call, by name; a name stands once.
struct Values(Vec<(String, String)>);

impl Values {
    fn of(pushed: &Pushed<'_>) -> Result<Self, PushRefused> {
        if pushed.method != "POST" {
            return Err(PushRefused::Unproven("Idram calls by POST"));
        }
        let mut values = pushed.parameters();
        values.retain(|(name, _)| name.starts_with("EDP_"));
        for (place, (name, _)) in values.iter().enumerate() {
            if values[..place].iter().any(|(earlier, _)| earlier == name) {
                return Err(PushRefused::Unproven("a value stands there twice"));
            }
        }
        Ok(Self(values))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// Whatever is missing leaves the checksum without a meaning, so it is the proof that is missing.
    fn needed(&self, name: &str) -> Result<&str, PushRefused> {
        self.get(name).ok_or(PushRefused::Unproven("a value is missing"))
    }

    /// The checksum joins the values by colons: with one inside a value, the same text could be cut elsewhere and say something
    /// else. The last value may hold some, because none follows it.
    fn without_colons(&self, name: &str) -> Result<&str, PushRefused> {
        match self.needed(name)? {
            value if value.contains(':') => Err(PushRefused::Unproven("a value holds a colon")),
            value => Ok(value),
        }
    }

    fn amount(&self) -> Result<Money, PushRefused> {
        currency::from_decimal(self.needed("EDP_AMOUNT")?, Currency::Amd)
            .ok_or(PushRefused::Unproven("EDP_AMOUNT is no amount in drams"))
    }

    /// The question, where this is one.
    fn is_question(&self) -> bool {
        self.get("EDP_PRECHECK").is_some()
    }
}

impl Idram {
    /// Tells the question from the confirmation, and proves the latter.
    pub(super) fn prove(&self, pushed: &Pushed<'_>) -> Result<Push, PushRefused> {
        let values = Values::of(pushed)?;
        if values.needed("EDP_REC_ACCOUNT")? != self.account {
            return Err(PushRefused::Unproven("EDP_REC_ACCOUNT is another account"));
        }
        if values.is_question() {
            if values.needed("EDP_PRECHECK")? != "YES" {
                return Err(PushRefused::Unproven("EDP_PRECHECK is not YES"));
            }
            return Ok(Push::Question { number: values.needed("EDP_BILL_NO")?.to_owned(), amount: values.amount()? });
        }
        let given = values.get("EDP_CHECKSUM").ok_or(PushRefused::Unproven("EDP_CHECKSUM is missing"))?;
        let given = hex(given).ok_or(PushRefused::Unproven("EDP_CHECKSUM is not 32 hexadecimal digits"))?;
        // Our own form of the amount is hashed and not the text that came, as the description asks: so the amount that is
        // compared with the order is the one that was signed.
        let amount = currency::decimal(values.amount()?);
        let mut fits = subtle::Choice::from(0);
        for key in &self.secret_keys {
            let parts = [
                values.needed("EDP_REC_ACCOUNT")?,
                &amount,
                key,
                values.without_colons("EDP_BILL_NO")?,
                values.without_colons("EDP_PAYER_ACCOUNT")?,
                values.without_colons("EDP_TRANS_ID")?,
                values.needed("EDP_TRANS_DATE")?,
            ];
            fits |= Md5::digest(parts.join(":")).as_slice().ct_eq(&given);
        }
        if !bool::from(fits) {
            return Err(PushRefused::Unproven("EDP_CHECKSUM does not fit"));
        }
        Ok(Push::Binding { natural_key: values.needed("EDP_TRANS_ID")?.to_owned() })
    }
}

/// What a call says that was proven before.
pub(super) fn tidings(pushed: &Pushed<'_>) -> Result<Tidings, PushRefused> {
    let values = Values::of(pushed)?;
    if values.is_question() {
        return Ok(Tidings::Nothing);
    }
    let number = values.needed("EDP_BILL_NO")?.to_owned();
    Ok(Tidings::Session(Statement {
        // Idram has no id of a session; ours stands for it since the start.
        reference: number.clone(),
        number,
        url: None,
        status: SessionStatus::Approved,
        cause: None,
        amount: Some(values.amount()?),
        foreign_currency: None,
        // EDP_TRANS_DATE is a day without an hour: it would put an evening's payment before its own start.
        provider_time: None,
        payment_reference: Some(values.needed("EDP_TRANS_ID")?.to_owned()),
        refunded: None,
        changed_at: None,
    }))
}

/// 32 hexadecimal digits, capitals or not.
fn hex(text: &str) -> Option<[u8; 16]> {
    let digits = text.as_bytes();
    let mut bytes = [0; 16];
    if digits.len() != 2 * bytes.len() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |place: usize| char::from(pair[place]).to_digit(16);
        *byte = u8::try_from(digit(0)? << 4 | digit(1)?).ok()?;
    }
    Some(bytes)
}
