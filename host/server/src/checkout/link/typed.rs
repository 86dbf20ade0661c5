//! What a customer typed into a link's form: read into a press, and, where the press is refused, judged field by field so
//! that the page can say what to do. What looks like a card number is never written back.

use crate::api::payment::{Amount, CustomerBody};
use crate::press::{Door, Press};
use crate::request::{self, MAX_TEXT};
use kamurj_domain::format::Language;
use kamurj_domain::link::{Choice, ContactAsked, Price, QuestionKind, Wrong};
use kamurj_domain::{Money, Offer};
use std::collections::BTreeMap;

/// The longest form key, in bytes.
const MAX_FORM_KEY: usize = 64;

/// A form as it came.
pub(super) struct Typed {
    /// The form's own key.
    pub(super) form_key: String,
    version: Option<String>,
    fields: BTreeMap<String, String>,
}

/// What a form is shown with.
pub(super) struct Form {
    /// The form's own key.
    pub(super) key: String,
    /// What is filled in, by field; `None`: what the link suggests.
    pub(super) filled: Option<BTreeMap<String, String>>,
    /// What is wrong, by field.
    pub(super) wrong: BTreeMap<String, Wrong>,
    /// Whether the link is another one than the customer looked at.
    pub(super) is_changed: bool,
}

impl Form {
    /// A form that nobody has touched.
    pub(super) fn fresh(key: String) -> Self {
        Self { key, filled: None, wrong: BTreeMap::new(), is_changed: false }
    }
}

impl Typed {
    /// Reads a form; `None` where it is none of ours: those have a key.
    pub(super) fn of(mut fields: BTreeMap<String, String>) -> Option<Self> {
        let form_key = fields.remove("form_key").filter(|key| !key.is_empty() && key.len() <= MAX_FORM_KEY)?;
        let version = fields.remove("version").filter(|text| !text.trim().is_empty());
        // Browsers end lines of a text field by two characters (HTML, form submission).
        let read = |(name, text): (String, String)| (name, text.replace("\r\n", "\n").trim().to_owned());
        let fields = fields.into_iter().map(read).filter(|(_, text)| !text.is_empty()).collect();
        Some(Self { form_key, version, fields })
    }

    fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }

    /// The press that this form asks for. A number that cannot be read is far beyond any bound, and is refused as one.
    pub(super) fn press(&self, offer: &Offer, language: Option<Language>) -> Press {
        let currency = offer.currency.code().to_owned();
        let amount = self.field("amount").map(|text| Amount { value: decimal(text), currency });
        let (email, phone) = match offer.contact {
            ContactAsked::Optional => (self.field("email"), self.field("phone")),
            ContactAsked::No => (None, None),
        };
        Press {
            door: Door::Page,
            form_key: self.form_key.clone(),
            seen_version: self.version.as_ref().map(|text| text.trim().parse().unwrap_or(-1)),
            amount,
            quantity: self.quantity(),
            delivery: self.field("delivery").map(str::to_owned),
            answers: self.answers(offer),
            language,
            customer: CustomerBody {
                email: email.map(str::to_owned),
                phone: phone.map(str::to_owned),
                ..CustomerBody::default()
            },
            channel: None,
            provider: None,
            actor: "checkout of".to_owned(),
        }
    }

    fn quantity(&self) -> Option<u32> {
        self.field("quantity").map(|text| text.parse().unwrap_or(u32::MAX))
    }

    fn answers(&self, offer: &Offer) -> BTreeMap<String, String> {
        let answer = |question: &kamurj_domain::link::Question| {
            let text = self.field(&format!("answer.{}", question.id))?;
            let text = if question.kind == QuestionKind::Number { decimal(text) } else { text.to_owned() };
            Some((question.id.clone(), text))
        };
        offer.questions.iter().filter_map(answer).collect()
    }

    /// The form again, with what is wrong beside each field.
    pub(super) fn judged(&self, offer: &Offer, fresh_key: String) -> Form {
        let mut wrong = self.wrong(offer);
        for (name, text) in &self.fields {
            if request::holds_card_number(text) {
                wrong.insert(name.clone(), Wrong::CardNumber);
            }
        }
        Form { wrong, is_changed: false, ..self.kept(fresh_key) }
    }

    /// The form again as it was, for a link that is another one now. It keeps its key, so that it stays one payment however
    /// often it is sent.
    pub(super) fn kept(&self, fresh_key: String) -> Form {
        let is_plain = |key: &str| key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        let may_stay = is_plain(&self.form_key) && !request::holds_card_number(&self.form_key);
        let shown = self.fields.iter().filter(|(_, text)| !request::holds_card_number(text));
        Form {
            key: if may_stay { self.form_key.clone() } else { fresh_key },
            filled: Some(shown.map(|(name, text)| (name.clone(), text.clone())).collect()),
            wrong: BTreeMap::new(),
            is_changed: true,
        }
    }

    fn wrong(&self, offer: &Offer) -> BTreeMap<String, Wrong> {
        let mut wrong = BTreeMap::new();
        let amount = self.field("amount").map(|text| Money::parse(&decimal(text), offer.currency));
        let is_unreadable = matches!(amount, Some(Err(_)));
        let choice = Choice {
            amount: amount.and_then(Result::ok),
            quantity: self.quantity(),
            delivery: self.field("delivery").map(str::to_owned),
            answers: self.answers(offer),
        };
        let faults = offer.quote(&choice, Language::Hy).err().unwrap_or_default();
        for fault in faults {
            wrong.entry(field_of(&fault.pointer)).or_insert(fault.wrong);
        }
        if let (true, Price::Chosen { min_minor, max_minor, .. }) = (is_unreadable, offer.price) {
            let write = |minor| Money::new(minor, offer.currency);
            wrong.insert("amount".to_owned(), Wrong::Amount { min: write(min_minor), max: write(max_minor) });
        }
        if offer.contact == ContactAsked::Optional {
            for (name, kind) in [("email", QuestionKind::Email), ("phone", QuestionKind::Phone)] {
                let Some(text) = self.field(name) else { continue };
                if text.chars().count() > MAX_TEXT {
                    wrong.insert(name.to_owned(), Wrong::TooLong(MAX_TEXT));
                } else if let Err(fault) = kind.read(text) {
                    wrong.insert(name.to_owned(), fault);
                }
            }
        }
        wrong
    }
}

/// The form's field that a pointer of the API is about.
fn field_of(pointer: &str) -> String {
    let path = pointer.trim_start_matches('/');
    match path.split_once('/') {
        Some(("answers", id)) => format!("answer.{}", id.replace("~1", "/").replace("~0", "~")),
        Some((name, _)) => name.to_owned(),
        None => path.to_owned(),
    }
}

/// A number as people write it, in the API's form: `1 500,50 ֏` is `1500.50`. What is no number stays none.
fn decimal(text: &str) -> String {
    let bare: String = text.chars().filter(|letter| !letter.is_whitespace() && *letter != '֏').collect();
    let groups: Vec<&str> = bare.split(',').collect();
    match groups.as_slice() {
        [whole, decimals] if decimals.len() <= 2 && !whole.contains('.') => format!("{whole}.{decimals}"),
        [_, rest @ ..] if !rest.is_empty() && rest.iter().all(|group| is_group(group)) => groups.concat(),
        _ => bare,
    }
}

/// Three digits after a comma are thousands, of which the last may have decimals.
fn is_group(group: &str) -> bool {
    let whole = group.split('.').next().unwrap_or_default();
    whole.len() == 3 && whole.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (typed, read) in [
            ("1500", "1500"),
            ("1 500", "1500"),
            ("12\u{a0}500\u{a0}֏", "12500"),
            ("1,500", "1500"),
            ("1,234,567.50", "1234567.50"),
            ("10,5", "10.5"),
            ("10,50", "10.50"),
            ("-3,5", "-3.5"),
            ("many", "many"),
            ("1,2,3", "1,2,3"),
            ("1,5000", "1,5000"),
            ("", ""),
        ] {
            assert_eq!(decimal(typed), read, "{typed}");
        }
    }

    #[test]
    fn pointers_lead_to_the_forms_fields() {
        for (pointer, field) in [
            ("/amount", "amount"),
            ("/amount/value", "amount"),
            ("/quantity", "quantity"),
            ("/answers/phone", "answer.phone"),
            ("/answers/a~1b~0c", "answer.a/b~c"),
        ] {
            assert_eq!(field_of(pointer), field);
        }
    }

    #[test]
    fn what_is_no_form_of_ours_is_none_and_lines_end_as_they_were_typed() {
        let of = |fields: &[(&str, &str)]| {
            Typed::of(fields.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect())
        };
        assert!(of(&[]).is_none() && of(&[("form_key", "")]).is_none());
        assert!(of(&[("form_key", &"k".repeat(65))]).is_none());
        let typed = of(&[("form_key", "k"), ("answer.words", " a\r\nb "), ("quantity", "  ")]).expect("a form");
        assert_eq!(typed.fields, BTreeMap::from([("answer.words".to_owned(), "a\nb".to_owned())]));
    }

    #[test]
    fn a_card_number_is_written_back_nowhere() {
        let card = "4111 1111 1111 1111".to_owned();
        let fields =
            ["form_key", "email", "answer.x", "amount", "quantity"].map(|name| (name.to_owned(), card.clone()));
        let form = Typed::of(fields.into_iter().collect()).expect("a form").kept("fresh".to_owned());
        assert_eq!((form.key.as_str(), form.filled), ("fresh", Some(BTreeMap::new())));
    }
}
