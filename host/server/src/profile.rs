//! What may be said of a merchant: its name, how it is reached, its language, host name and policy. The rules that the command
//! line and the API share; each says what is wrong, and the caller knows by which name the field was entered.

use crate::app::App;
use crate::front::hosts;
use kamurj_domain::Policy;
use kamurj_domain::format::Language;
use kamurj_domain::money::MAX_MINOR;
use kamurj_domain::payment::LatePayment;

/// Longest name and handle, in characters.
const MAX_NAME: usize = 80;
/// Longest line that says how to reach a person, in characters.
const MAX_CONTACT: usize = 200;
/// The longest grace: a day, in seconds.
const MOST_GRACE_S: i64 = 24 * 60 * 60;
/// The most that a payer may be allowed to open an expired payment again.
const MOST_RENEWALS: u32 = 100;

/// What is wrong with a value and what to write.
pub(crate) type Fault = String;

fn line(text: &str, most: usize) -> Result<String, Fault> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 || length > most || text.chars().any(char::is_control) {
        return Err(format!("must have 1 to {most} characters, all on one line"));
    }
    Ok(text.to_owned())
}

/// The name that customers see.
pub(crate) fn name(text: &str) -> Result<String, Fault> {
    line(text, MAX_NAME)
}

/// The public chat name that customers know.
pub(crate) fn handle(text: &str) -> Result<String, Fault> {
    line(text, MAX_NAME)
}

/// How to reach a person.
pub(crate) fn contact(text: &str) -> Result<String, Fault> {
    line(text, MAX_CONTACT)
}

/// The language of pages where nothing else is known.
pub(crate) fn locale(text: &str) -> Result<String, Fault> {
    Language::parse(text).map(|_| text.to_owned()).ok_or_else(|| "must be hy, ru or en".to_owned())
}

/// A host name of the merchant's own.
pub(crate) fn host(app: &App, text: &str) -> Result<String, Fault> {
    let name = hosts::plain(text.trim())
        .ok_or_else(|| "must be a host name such as pay.shop.am, without scheme, port or path".to_owned())?;
    let is_ours = |url: &str| hosts::of_url(url).as_deref() == Some(name.as_str());
    if is_ours(&app.public_url) || is_ours(app.operators_url()) {
        return Err("is the server's own host name; write another one, or take it away".to_owned());
    }
    Ok(name)
}

/// What is said where another merchant has the host name.
pub(crate) const HOST_TAKEN: &str = "another merchant has this host name; take it away there first";

/// `review`, `accept` or `refund`.
pub(crate) fn late_payment(text: &str) -> Result<LatePayment, Fault> {
    LatePayment::from_word(text).ok_or_else(|| "must be review, accept or refund".to_owned())
}

/// Seconds after expiry in which money still counts; answers milliseconds.
pub(crate) fn grace_ms(seconds: i64) -> Result<i64, Fault> {
    if !(0..=MOST_GRACE_S).contains(&seconds) {
        return Err(format!("must be 0 to {MOST_GRACE_S}"));
    }
    Ok(seconds * 1_000)
}

/// Above this amount, minor units, a manual decision needs a second person.
pub(crate) fn second_person_above(minor: Option<i64>) -> Result<i64, Fault> {
    minor.filter(|minor| (0..=MAX_MINOR).contains(minor)).ok_or_else(|| "must be an amount of 0 or more".to_owned())
}

/// How often a payer may open an expired payment again by themselves.
pub(crate) fn renewals(times: u32) -> Result<u32, Fault> {
    if times > MOST_RENEWALS {
        return Err(format!("must be 0 to {MOST_RENEWALS}"));
    }
    Ok(times)
}

/// A policy as the API and people count: grace in seconds.
pub(crate) fn grace_seconds(policy: &Policy) -> i64 {
    policy.grace_ms / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_said_has_bounds() {
        assert_eq!(name("  Gata House "), Ok("Gata House".to_owned()));
        assert!(name("").is_err() && name(&"x".repeat(81)).is_err() && name("two\nlines").is_err());
        assert!(handle("@gata").is_ok() && handle(" ").is_err());
        assert!(contact(&"x".repeat(200)).is_ok() && contact(&"x".repeat(201)).is_err());
        assert!(locale("hy").is_ok() && locale("de").is_err());
        assert_eq!((grace_ms(86_400), renewals(100)), (Ok(86_400_000), Ok(100)));
        assert!(grace_ms(-1).is_err() && grace_ms(86_401).is_err() && renewals(101).is_err());
        assert!(second_person_above(None).is_err() && second_person_above(Some(-1)).is_err());
        assert_eq!(second_person_above(Some(0)), Ok(0));
        assert!(late_payment("keep").is_err());
    }
}
