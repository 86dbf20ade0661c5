//! To whom a message goes, and how many may go there. It must not know what it says.

use super::State;
use super::fields::{Fields, text};
use crate::graph::Refusal;
use crate::rate::Bucket;

/// To one person: one message in six seconds, with a burst of 45 ("Throughput", pair rate limits).
const PAIR_BURST: i64 = 45;
const PAIR_PAUSE_S: i64 = 6;

/// To whom a message is addressed.
pub(super) enum Target {
    /// `to` with a number, in digits.
    Phone(String),
    /// `recipient` with a user id.
    User(String),
    /// `to` with a user id: taken with 200 and a message id, and never heard of again, as integrators found in 2026.
    Nowhere(String),
}

impl State {
    /// Reads `to` and `recipient`.
    pub(super) fn target(&self, parameters: &Fields) -> Result<Target, Refusal> {
        // Where both are given, `to` wins.
        if let Some(to) = text(parameters, "to") {
            if is_user_id(&to) {
                return Ok(Target::Nowhere(to));
            }
            let digits: String = to.chars().filter(|char| !matches!(char, '+' | ' ' | '-' | '(' | ')')).collect();
            if !(7..=15).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(Refusal::value("Recipient is not a valid phone number"));
            }
            if digits == self.account.display_phone_number {
                return Err(Refusal::api(400, 131_021, None, "Recipient cannot be sender")
                    .details("Sender and recipient phone number is the same"));
            }
            return Ok(Target::Phone(digits));
        }
        match text(parameters, "recipient") {
            Some(id) if is_user_id(&id) => Ok(Target::User(id)),
            Some(_) => Err(Refusal::value("recipient is not a business-scoped user id")),
            None => Err(Refusal::parameter("The parameter to is required.")),
        }
    }

    /// Counts a send, or refuses it.
    pub(super) fn limits(&mut self, target: &Target, now: i64) -> Result<(), Refusal> {
        // The status differs between reports: 429 in the table of codes, 400 in the wild.
        let status = if self.faults.limits_answer_400 { 400 } else { 429 };
        if self.faults.limit_next > 0 {
            self.faults.limit_next -= 1;
            return Err(Refusal::number_limit(status));
        }
        if self.faults.pair_limit_next > 0 {
            self.faults.pair_limit_next -= 1;
            return Err(Refusal::pair_limit(status));
        }
        let (Target::Phone(key) | Target::User(key) | Target::Nowhere(key)) = target;
        // Whoever is written to by number and by user id is one person all the same.
        let person = self.people.iter().find(|person| person.phone == *key || person.user_id == *key);
        let key = person.map_or(key, |person| &person.user_id).clone();
        let pair = self.pairs.entry(key).or_insert_with(|| Bucket::new(PAIR_BURST, 1));
        // The bucket drains by whole calls a second; six times slower a clock makes it one in six.
        pair.take(now.div_euclid(PAIR_PAUSE_S)).map_err(|_| Refusal::pair_limit(status))?;
        self.rate.take(now).map_err(|_| Refusal::number_limit(status))
    }
}

/// Two letters, a dot, and letters or digits; the form for a company's parent account has a dot more.
fn is_user_id(text: &str) -> bool {
    text.split_once('.').is_some_and(|(country, rest)| {
        country.len() == 2
            && country.bytes().all(|byte| byte.is_ascii_uppercase())
            && rest.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    })
}
