//! Reading the fields of a request. Names are taken in any case, as the bank takes them; fields that it does not know it does
//! not mind. Which code answers which mistake is our assumption within the manual's table 1: 3 currency, 4 missing, 5 wrong
//! type or value, 50 Opaque, 510 sum.

use serde_json::{Map, Value};

use super::order::Asked;

/// A code of the bank's, and its own words.
pub(super) type Wrong = (&'static str, String);

/// The currencies that orders are taken in.
const TAKEN: [&str; 4] = ["051", "978", "840", "643"];

pub(super) struct Fields<'b>(&'b Map<String, Value>);

impl<'b> Fields<'b> {
    pub(super) fn of(body: &'b Value) -> Option<Self> {
        body.as_object().map(Self)
    }

    fn get(&self, name: &str) -> Option<&'b Value> {
        self.0
            .iter()
            .find(|(known, value)| known.eq_ignore_ascii_case(name) && !value.is_null())
            .map(|(_, value)| value)
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&'b str>, Wrong> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(("05", format!("{name} must be a string"))),
        }
    }

    pub(super) fn required(&self, name: &str) -> Result<&'b str, Wrong> {
        self.text(name)?.filter(|text| !text.is_empty()).ok_or_else(|| ("04", format!("{name} is required")))
    }

    /// A JSON integer: texts are refused, however they look.
    pub(super) fn integer(&self, name: &str) -> Result<Option<i64>, Wrong> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => value.as_i64().map(Some).ok_or_else(|| ("05", format!("{name} must be an integer"))),
        }
    }

    /// Whole units with at most two decimals, as a number or a text, in hundredths.
    pub(super) fn amount(&self) -> Result<i64, Wrong> {
        let text = match self.get("Amount") {
            None => return Err(("04", "Amount is required".to_owned())),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::String(text)) => text.clone(),
            Some(_) => return Err(("510", "Amount must be a decimal".to_owned())),
        };
        hundredths(&text).filter(|minor| *minor > 0).ok_or_else(|| ("510", "Amount is not a sum of money".to_owned()))
    }

    pub(super) fn order(&self) -> Result<(i64, Asked), Wrong> {
        let order_id = self.integer("OrderID")?.ok_or_else(|| ("04", "OrderID is required".to_owned()))?;
        let currency = self.text("Currency")?.unwrap_or("051");
        if !TAKEN.contains(&currency) {
            return Err(("03", "Currency is not one of 051, 978, 840, 643".to_owned()));
        }
        let opaque = self.text("Opaque")?.unwrap_or_default();
        if !opaque.is_ascii() {
            return Err(("50", "Opaque must be ASCII".to_owned()));
        }
        let back_url = self.text("BackURL")?.unwrap_or_default();
        if !back_url.is_empty() && url::Url::parse(back_url).is_err() {
            return Err(("05", "BackURL must be an absolute URL".to_owned()));
        }
        let asked = Asked {
            minor: self.amount()?,
            currency: currency.to_owned(),
            description: self.required("Description")?.to_owned(),
            back_url: back_url.to_owned(),
            opaque: opaque.to_owned(),
            // Nonsense is taken as well; it was seen to be.
            timeout_s: self.integer("Timeout")?.unwrap_or_default(),
        };
        Ok((order_id, asked))
    }
}

fn hundredths(text: &str) -> Option<i64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.chars().all(|mark| mark.is_ascii_digit());
    if !is_digits(whole) || !is_digits(decimals) {
        return None;
    }
    let luma = match decimals.trim_end_matches('0').as_bytes() {
        [] => 0,
        [tens] => i64::from(tens - b'0') * 10,
        [tens, ones] => i64::from(tens - b'0') * 10 + i64::from(ones - b'0'),
        _ => return None,
    };
    whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(luma)
}

#[cfg(test)]
mod tests {
    use super::hundredths;

    #[test]
    fn sums_are_whole_units_with_two_decimals_at_most() {
        for (text, expected) in [("10", 1_000), ("10.0", 1_000), ("10.00", 1_000), ("10.5", 1_050), ("0.07", 7)] {
            assert_eq!(hundredths(text), Some(expected), "{text}");
        }
        for wrong in ["", "10.", ".5", "10.005", "-1", "1e3", "10,5", "99999999999999999999"] {
            assert_eq!(hundredths(wrong), None, "{wrong}");
        }
    }
}
