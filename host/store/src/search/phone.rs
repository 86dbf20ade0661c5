//! Phone numbers as people write them, so that any spelling and the last digits find a payment. A number is kept backwards,
//! because an index is read from the beginning of its values.

/// The fewest last digits that are looked for.
const LEAST_DIGITS: usize = 4;

/// The digits of what may be a phone number; `None` where it is something else.
fn digits(text: &str) -> Option<String> {
    let is_between =
        |character: char| character.is_whitespace() || "+-().,/\u{2010}\u{2011}\u{2012}\u{2013}".contains(character);
    let is_phone = text.chars().all(|character| character.is_ascii_digit() || is_between(character));
    is_phone.then(|| text.chars().filter(char::is_ascii_digit).collect())
}

/// The number with its country, where it was written as one does at home: Armenia's `0` before eight digits, Russia's `8`
/// before ten, and `00` before a country (ITU, annex to Operational Bulletin No. 994: international and trunk prefixes).
fn with_country(digits: &str) -> String {
    match (digits.len(), digits) {
        (11.., _) if digits.starts_with("00") => digits[2..].to_owned(),
        (9, _) if digits.starts_with('0') => format!("374{}", &digits[1..]),
        (11, _) if digits.starts_with('8') => format!("7{}", &digits[1..]),
        _ => digits.to_owned(),
    }
}

/// What is kept of a customer's phone number; `None` where nothing can be looked for.
pub(crate) fn kept(text: &str) -> Option<String> {
    let digits = digits(text).filter(|digits| digits.len() >= LEAST_DIGITS)?;
    let digits =
        if digits.len() == 8 && !digits.starts_with('0') { format!("374{digits}") } else { with_country(&digits) };
    Some(digits.chars().rev().collect())
}

/// Between which kept values, the second one excluded, the numbers lie that end in these digits.
pub(super) fn ends_in(text: &str) -> Option<(String, String)> {
    let digits = digits(text).filter(|digits| digits.len() >= LEAST_DIGITS)?;
    let from: String = with_country(&digits).chars().rev().collect();
    // Kept values have digits alone, and every collation has those before letters.
    let to = format!("{from}a");
    Some((from, to))
}

#[cfg(test)]
mod tests {
    use super::{ends_in, kept};

    #[track_caller]
    fn finds(kept_as: &str, looked_for: &str) -> bool {
        let number = kept(kept_as).expect("a number");
        ends_in(looked_for).is_some_and(|(from, to)| from <= number && number < to)
    }

    #[test]
    fn a_number_is_found_in_every_spelling_whichever_it_was_given_in() {
        let spellings = [
            "+374 91 12-34-56",
            "37491123456",
            "00374 (91) 123456",
            "091 12.34.56",
            "91123456",
            "091\u{a0}123\u{2011}456",
        ];
        for kept_as in spellings {
            for looked_for in spellings {
                assert!(finds(kept_as, looked_for), "{kept_as} {looked_for}");
            }
            assert!(finds(kept_as, "3456") && finds(kept_as, "123456"), "{kept_as}");
            assert!(!finds(kept_as, "123457") && !finds(kept_as, "456") && !finds(kept_as, "9112345"), "{kept_as}");
        }
        assert!(finds("8 (912) 345-67-89", "+79123456789") && finds("+7 912 345 67 89", "89123456789"));
    }

    #[test]
    fn what_is_no_number_is_looked_for_in_no_number() {
        for text in ["", "+", "123", "A-1042", "ani", "12:30", "1x23456"] {
            assert_eq!((kept(text), ends_in(text)), (None, None), "{text}");
        }
    }
}
