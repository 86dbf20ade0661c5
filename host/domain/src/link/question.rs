//! The questions that a link asks, and what counts as an answer to each type. An answer is text; what comes out is in one
//! form, so that two customers who mean the same have given the same answer.

use super::Texts;
use super::wrong::Wrong;
use serde::{Deserialize, Serialize};

/// The most characters that a free text may be allowed to have.
pub const MAX_TEXT: u32 = 500;
/// The longest e-mail address that mail systems carry (RFC 3696, erratum 1690).
const MAX_EMAIL: usize = 254;

/// A question to the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The merchant's word for it, unique in the link.
    pub id: String,
    /// What the customer reads.
    pub label: Texts,
    /// What the answer must be.
    pub kind: QuestionKind,
    /// Whether it must be answered.
    pub required: bool,
    /// Whether the answer tells about a person; such answers are sealed.
    pub personal: bool,
}

/// What an answer must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum QuestionKind {
    /// Any text.
    Text {
        /// The most characters.
        max_length: u32,
    },
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A number, with a decimal point if need be.
    Number,
    /// One of these.
    Choice {
        /// What can be chosen.
        choices: Vec<Chosen>,
    },
    /// A day: `2026-11-21`.
    Date,
}

/// One thing that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// The answer.
    pub id: String,
    /// What the customer reads.
    pub label: Texts,
}

impl QuestionKind {
    /// The word of the API.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Number => "number",
            Self::Choice { .. } => "choice",
            Self::Date => "date",
        }
    }

    /// Reads an answer that is not blank. The error says what to write instead.
    pub fn read(&self, answer: &str) -> Result<String, Wrong> {
        let answer = answer.trim();
        if answer.chars().any(|character| character.is_control() && character != '\n') {
            return Err(Wrong::Characters);
        }
        let as_typed = |fits: bool, wrong: Wrong| if fits { Ok(answer.to_owned()) } else { Err(wrong) };
        match self {
            Self::Text { max_length } => {
                let most = usize::try_from(*max_length).unwrap_or(usize::MAX);
                as_typed(answer.chars().count() <= most, Wrong::TooLong(most))
            }
            Self::Email => as_typed(is_email(answer), Wrong::Email),
            Self::Phone => phone(answer).ok_or(Wrong::Phone),
            Self::Number => as_typed(is_number(answer), Wrong::Number),
            Self::Choice { choices } => {
                let known = choices.iter().any(|choice| choice.id == answer);
                as_typed(known, Wrong::Choice(choices.iter().map(|choice| choice.id.clone()).collect()))
            }
            Self::Date => as_typed(is_day(answer), Wrong::Date),
        }
    }
}

fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.rsplit_once('@') else { return false };
    let labels: Vec<&str> = host.split('.').collect();
    text.len() <= MAX_EMAIL
        && !name.is_empty()
        && !name.contains(['@', '<', '>', '(', ')', ',', ';', ':', '"', '\\'])
        && !text.chars().any(char::is_whitespace)
        && labels.len() >= 2
        && labels.iter().all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|character| character.is_alphanumeric() || character == '-')
        })
}

/// The digits, with the plus sign where there was one (E.164 has at most 15).
fn phone(text: &str) -> Option<String> {
    let (plus, rest) = text.strip_prefix('+').map_or(("", text), |rest| ("+", rest));
    let filler = |character: char| matches!(character, ' ' | '-' | '(' | ')' | '.');
    if rest.chars().any(|character| !character.is_ascii_digit() && !filler(character)) {
        return None;
    }
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    (6..=15).contains(&digits.len()).then(|| format!("{plus}{digits}"))
}

fn is_number(text: &str) -> bool {
    let bare = text.strip_prefix('-').unwrap_or(text);
    let (whole, decimals) = bare.split_once('.').unwrap_or((bare, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole) && digits(decimals) && whole.len() + decimals.len() <= 16
}

/// Year, month and day of the calendar, and nothing else: the parser alone would take a time after them too.
fn is_day(text: &str) -> bool {
    text.len() == 10 && text.is_ascii() && text.as_bytes()[4] == b'-' && text.parse::<jiff::civil::Date>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "the lines of data below read better")]
    fn check(kind: QuestionKind, good: &[(&str, &str)], bad: &[&str]) {
        for (answer, read) in good {
            assert_eq!(kind.read(answer).as_deref(), Ok(*read), "{answer}");
        }
        for answer in bad {
            assert!(kind.read(answer).is_err(), "{}: {answer}", kind.word());
        }
    }

    #[test]
    fn each_type_of_question_takes_its_answers_and_no_others() {
        check(QuestionKind::Text { max_length: 3 }, &[(" աբգ ", "աբգ"), ("a\nb", "a\nb")], &["abcd", "a\u{7}"]);
        check(
            QuestionKind::Email,
            &[("ani@example.am", "ani@example.am"), (" a.b+c@փոստ.հայ ", "a.b+c@փոստ.հայ")],
            &[
                "ani",
                "@example.am",
                "ani@",
                "ani@example",
                "a b@example.am",
                "a@b@c.am",
                "a@-b.am",
                "a@b..am",
                "<a@b.am>",
            ],
        );
        check(
            QuestionKind::Phone,
            &[("+374 (91) 12-34-56", "+37491123456"), ("091123456", "091123456")],
            &["12345", "+1234567890123456", "+374 91 12345x", "++37491123456", "٠٩١١٢٣٤٥٦"],
        );
        check(
            QuestionKind::Number,
            &[("12", "12"), ("-3.50", "-3.50")],
            &["", "1e3", "1,5", ".5", "1.", "+1", "0x1", "12345678901234567", "--1"],
        );
        let choices = ["s", "m"].map(|id| Chosen { id: id.to_owned(), label: Texts::default() }).to_vec();
        check(QuestionKind::Choice { choices }, &[("s", "s"), (" m", "m")], &["l", "S", ""]);
        check(
            QuestionKind::Date,
            &[("2026-11-21", "2026-11-21"), ("2028-02-29", "2028-02-29")],
            &["2026-02-29", "21.11.2026", "2026-11-21T10:00", "2026-1-1", "20261121"],
        );
    }
}
