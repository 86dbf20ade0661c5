//! Who a conversation is with. Since 2026 people may hide their number behind a username; what stays the same for a business is the
//! business-scoped user id, so a conversation has that for its id where it is told, and the number otherwise. It must not send.

use kamurj_sdk::{Host, Level, Outcome, Shelf};

/// What a number's conversation is called now: the user id of whoever has it, or the number that came in its place.
const NUMBERS: Shelf = Shelf::new("numbers");

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// A number, in digits: the field `to`.
    Phone(String),
    /// A user id: the field `recipient`. In `to` it would be taken and never arrive.
    User(String),
}

impl Address {
    /// Of a conversation's id.
    pub(crate) fn of(host: &impl Host, chat: &str) -> Result<Self, Outcome> {
        if is_user_id(chat) {
            return Ok(Self::User(chat.to_owned()));
        }
        let digits = digits(chat).ok_or_else(|| {
            Outcome::bad_request("conversation", "the conversation is no telephone number and no user id of WhatsApp")
        })?;
        let moved = known(host, &digits).filter(|now| !is_user_id(now));
        Ok(Self::Phone(moved.unwrap_or(digits)))
    }
}

/// Two capital letters, a dot, and letters or digits; a company's parent form has a dot more.
pub(crate) fn is_user_id(text: &str) -> bool {
    text.split_once('.').is_some_and(|(country, rest)| {
        country.len() == 2
            && country.bytes().all(|byte| byte.is_ascii_uppercase())
            && rest.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    })
}

/// The number in digits alone: 7 to 15 with the country code (E.164).
pub(crate) fn digits(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|symbol| !matches!(symbol, '+' | ' ' | '-' | '(' | ')')).collect();
    ((7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

/// What the conversation of this number is called now, if that is something else.
pub(crate) fn known(host: &impl Host, number: &str) -> Option<String> {
    NUMBERS.get(host, number).ok().flatten()
}

/// Remembers what the conversation of this number is called now.
pub(crate) fn moved(host: &impl Host, number: &str, now: &str) {
    if number == now || known(host, number).as_deref() == Some(now) {
        return;
    }
    if let Err(error) = NUMBERS.put(host, number, &now) {
        host.log(Level::Warn, "Whose number it is could not be kept", &[("error.code", &error.code)]);
    }
}

#[cfg(test)]
mod tests {
    use super::{digits, is_user_id};

    #[test]
    fn user_ids_and_numbers_are_told_apart() {
        assert!(is_user_id("AM.40000000000000000021") && is_user_id("US.ENT.11815799212886844830"));
        for text in ["37491000017", "am.4000", "AM.", "AM.40..1", "AMX.4", "AM.4 0", ""] {
            assert!(!is_user_id(text), "{text}");
        }
        assert_eq!(digits("+374 (91) 00-00-17").as_deref(), Some("37491000017"));
        for text in ["374910", "3749100001712345", "ani", ""] {
            assert_eq!(digits(text), None, "{text}");
        }
    }
}
