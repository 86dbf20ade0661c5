//! The parts of a payment link's body, one by one: texts, price, quantity, delivery options, questions. What the whole
//! must be is in `link_body`.

use crate::api::asked::Faults;
use crate::api::link_body::{ChoiceBody, DeliveryOptionBody, LinkAmountBody, QuantityBody, QuestionBody, TextsBody};
use kamurj_domain::link::question::{Chosen, MAX_TEXT};
use kamurj_domain::link::{Bounds, DeliveryOption, Price, Question, QuestionKind, Texts};
use kamurj_domain::{Currency, Money, time};
use std::collections::BTreeSet;

pub(super) const MAX_TITLE: usize = 200;
const MAX_FULFILMENT: usize = 4_000;
const MAX_DELIVERIES: usize = 20;
const MAX_QUESTIONS: usize = 10;
const MAX_CHOICES: usize = 50;
const MAX_PIECES: u32 = 10_000;
const MAX_WORD: usize = 40;
/// Characters that a free answer may have when the merchant names no number.
const USUAL_LENGTH: u32 = 200;

pub(super) fn texts(pointer: &str, body: TextsBody, most: usize, needed: bool, faults: &mut Faults) -> Texts {
    let texts = Texts { hy: body.hy, ru: body.ru, en: body.en };
    if needed && texts.is_empty() {
        faults.add(pointer, "needs a text in `hy`, `ru` or `en`");
    }
    for (language, text) in each(&texts) {
        faults.text(&format!("{pointer}/{language}"), text, most);
        not_blank(pointer, language, text, faults);
    }
    texts
}

/// A text that customers pay for: a code in it may look like a card number.
pub(super) fn secret_texts(pointer: &str, body: TextsBody, faults: &mut Faults) -> Texts {
    let texts = Texts { hy: body.hy, ru: body.ru, en: body.en };
    if texts.is_empty() {
        faults.add(pointer, "needs a text in `hy`, `ru` or `en`, or `null` for none");
    }
    for (language, text) in each(&texts) {
        faults.id(&format!("{pointer}/{language}"), text, MAX_FULFILMENT);
        not_blank(pointer, language, text, faults);
    }
    texts
}

fn each(texts: &Texts) -> impl Iterator<Item = (&'static str, &str)> {
    let all = [("hy", texts.hy.as_deref()), ("ru", texts.ru.as_deref()), ("en", texts.en.as_deref())];
    all.into_iter().filter_map(|(language, text)| Some((language, text?)))
}

fn not_blank(pointer: &str, language: &str, text: &str, faults: &mut Faults) {
    if text.trim().is_empty() {
        faults.add(format!("{pointer}/{language}"), "must not be blank; leave the language out");
    }
}

pub(super) fn read_price(amount: &LinkAmountBody, faults: &mut Faults) -> Option<(Currency, Price)> {
    let Some(currency) = Currency::from_code(&amount.currency) else {
        faults.add("/amount/currency", "must be AMD, RUB, USD or EUR");
        return None;
    };
    let mut read = |name: &str, text: &Option<String>| {
        let text = text.as_deref()?;
        let money = Money::parse(text, currency);
        money.map_err(|error| faults.add(format!("/amount/{name}"), error.to_string())).ok().map(|money| money.minor)
    };
    let value = read("value", &amount.value);
    let (min, max) = (read("min", &amount.min), read("max", &amount.max));
    let suggested_minor = read("suggested", &amount.suggested);
    if amount.value.is_some() {
        let others = [("min", &amount.min), ("max", &amount.max), ("suggested", &amount.suggested)];
        for (name, _) in others.into_iter().filter(|(_, text)| text.is_some()) {
            faults.add(format!("/amount/{name}"), "goes with an amount that the customer chooses; leave `value` out");
        }
        return value.map(|minor| (currency, Price::Fixed { minor }));
    }
    if amount.min.is_none() && amount.max.is_none() {
        faults.add("/amount", "needs a `value`, or `min` and `max` where the customer says how much");
        return None;
    }
    for (name, text) in [("min", &amount.min), ("max", &amount.max)] {
        if text.is_none() {
            faults.add(format!("/amount/{name}"), "is needed where the customer says how much");
        }
    }
    let (min_minor, max_minor) = (min?, max?);
    if max_minor < min_minor {
        faults.add("/amount/max", "must not be below `min`");
    } else if suggested_minor.is_some_and(|minor| !(min_minor..=max_minor).contains(&minor)) {
        faults.add("/amount/suggested", "must lie between `min` and `max`");
    }
    Some((currency, Price::Chosen { min_minor, max_minor, suggested_minor }))
}

pub(super) fn read_quantity(
    quantity: Option<&QuantityBody>,
    price: Option<Price>,
    faults: &mut Faults,
) -> Option<Bounds> {
    let quantity = quantity?;
    if matches!(price, Some(Price::Chosen { .. })) {
        faults.add("/quantity", "goes with a price that you set; leave it out where the customer says how much");
    }
    if quantity.min == 0 {
        faults.add("/quantity/min", "must be at least 1");
    }
    if quantity.max < quantity.min || quantity.max > MAX_PIECES {
        faults.add("/quantity/max", format!("must be `min` to {MAX_PIECES}"));
    }
    Some(Bounds { min: quantity.min, max: quantity.max })
}

pub(super) fn read_deliveries(
    options: Vec<DeliveryOptionBody>,
    currency: Option<Currency>,
    faults: &mut Faults,
) -> Vec<DeliveryOption> {
    if options.len() > MAX_DELIVERIES {
        faults.add("/delivery_options", format!("must be at most {MAX_DELIVERIES}"));
        return Vec::new();
    }
    words("/delivery_options", options.iter().map(|option| option.id.as_str()), faults);
    let mut read = Vec::new();
    for (place, option) in options.into_iter().enumerate() {
        let pointer = format!("/delivery_options/{place}");
        let title = texts(&format!("{pointer}/title"), option.title, MAX_TITLE, true, faults);
        let price_minor = match (option.price, currency) {
            (Some(price), Some(currency)) => match Money::parse(&price, currency) {
                Ok(price) => price.minor,
                Err(error) => {
                    faults.add(format!("{pointer}/price"), format!("{error}; leave it out where delivery is free"));
                    0
                }
            },
            _ => 0,
        };
        read.push(DeliveryOption { id: option.id, title, price_minor });
    }
    read
}

pub(super) fn read_questions(questions: Vec<QuestionBody>, faults: &mut Faults) -> Vec<Question> {
    if questions.len() > MAX_QUESTIONS {
        faults.add("/questions", format!("must be at most {MAX_QUESTIONS}"));
        return Vec::new();
    }
    words("/questions", questions.iter().map(|question| question.id.as_str()), faults);
    let mut read = Vec::new();
    for (place, question) in questions.into_iter().enumerate() {
        let pointer = format!("/questions/{place}");
        let label = texts(&format!("{pointer}/label"), question.label, MAX_TITLE, true, faults);
        if question.max_length.is_some() && question.kind != "text" {
            faults.add(format!("{pointer}/max_length"), "goes with the type `text`; leave it out");
        }
        if !question.choices.is_empty() && question.kind != "choice" {
            faults.add(format!("{pointer}/choices"), "goes with the type `choice`; leave it out");
        }
        let max_length = question.max_length.unwrap_or(USUAL_LENGTH);
        let kind = match question.kind.as_str() {
            "text" if (1..=MAX_TEXT).contains(&max_length) => QuestionKind::Text { max_length },
            "text" => {
                faults.add(format!("{pointer}/max_length"), format!("must be 1 to {MAX_TEXT}"));
                continue;
            }
            "email" => QuestionKind::Email,
            "phone" => QuestionKind::Phone,
            "number" => QuestionKind::Number,
            "date" => QuestionKind::Date,
            "choice" => QuestionKind::Choice { choices: read_choices(&pointer, question.choices, faults) },
            _ => {
                faults.add(format!("{pointer}/type"), "must be text, email, phone, number, choice or date");
                continue;
            }
        };
        let impersonal = matches!(kind, QuestionKind::Number | QuestionKind::Choice { .. });
        let personal = question.personal.unwrap_or(!impersonal);
        read.push(Question { id: question.id, label, kind, required: question.required, personal });
    }
    read
}

fn read_choices(pointer: &str, choices: Vec<ChoiceBody>, faults: &mut Faults) -> Vec<Chosen> {
    if !(1..=MAX_CHOICES).contains(&choices.len()) {
        faults.add(format!("{pointer}/choices"), format!("must be 1 to {MAX_CHOICES}"));
        return Vec::new();
    }
    let pointer = format!("{pointer}/choices");
    words(&pointer, choices.iter().map(|choice| choice.id.as_str()), faults);
    let numbered = choices.into_iter().enumerate();
    numbered
        .map(|(place, choice)| {
            let label = texts(&format!("{pointer}/{place}/label"), choice.label, MAX_TITLE, true, faults);
            Chosen { id: choice.id, label }
        })
        .collect()
}

/// Ids become names of form fields and values of choices: plain words, each once.
fn words<'i>(pointer: &str, ids: impl Iterator<Item = &'i str>, faults: &mut Faults) {
    let mut seen = BTreeSet::new();
    for (place, id) in ids.enumerate() {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
        if !(1..=MAX_WORD).contains(&id.len()) || !id.bytes().all(plain) {
            let told = format!("must be 1 to {MAX_WORD} small Latin letters, digits, `-` and `_`");
            faults.add(format!("{pointer}/{place}/id"), told);
        } else if !seen.insert(id) {
            faults.add(format!("{pointer}/{place}/id"), "is there twice; each needs its own");
        }
    }
}

pub(super) fn read_time(pointer: &str, text: Option<&str>, faults: &mut Faults) -> Option<i64> {
    let at = time::parse(text?);
    if at.is_none() {
        faults.add(pointer, "must be an RFC 3339 time such as 2026-11-24T12:00:00Z");
    }
    at
}
