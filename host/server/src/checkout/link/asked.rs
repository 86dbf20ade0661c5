//! What a link's form asks, field by field, in the customer's language.

use super::typed::Form;
use kamurj_domain::format::Language;
use kamurj_domain::link::{ContactAsked, Price, Question, QuestionKind};
use kamurj_domain::{Money, Offer};
use kamurj_pages::{DeliveryWay, FieldKind, FieldLabel, OfferField};

/// The fields of the form.
pub(super) fn fields(offer: &Offer, language: Language, form: &Form) -> Vec<OfferField> {
    let mut fields = Vec::new();
    let mut ask = |name: String, label, kind, is_required, is_personal, suggested: String| {
        let value = match &form.filled {
            Some(filled) => filled.get(&name).cloned().unwrap_or_default(),
            None => suggested,
        };
        let wrong = form.wrong.get(&name).cloned();
        fields.push(OfferField { name, label, kind, is_required, is_personal, value, wrong });
    };
    if let Price::Chosen { min_minor, max_minor, suggested_minor } = offer.price {
        let suggested = suggested_minor.map(|minor| Money::new(minor, offer.currency).decimal());
        let kind = FieldKind::Amount { min_minor, max_minor };
        ask("amount".to_owned(), FieldLabel::Amount, kind, true, false, suggested.unwrap_or_default());
    }
    if let (Some(bounds), Price::Fixed { minor }) =
        (offer.quantity.filter(|bounds| bounds.min < bounds.max), offer.price)
    {
        let kind = FieldKind::Quantity { min: bounds.min, max: bounds.max, each_minor: minor };
        ask("quantity".to_owned(), FieldLabel::Quantity, kind, true, false, bounds.min.to_string());
    }
    if !offer.deliveries.is_empty() {
        let ways = offer.deliveries.iter().map(|option| DeliveryWay {
            id: option.id.clone(),
            title: option.title.said_in(language).unwrap_or_default().to_owned(),
            price_minor: option.price_minor,
        });
        // One way is no choice, but its price is to be seen.
        let only = if let [only] = offer.deliveries.as_slice() { only.id.clone() } else { String::new() };
        let kind = FieldKind::Delivery(ways.collect());
        ask("delivery".to_owned(), FieldLabel::Delivery, kind, true, false, only);
    }
    for question in &offer.questions {
        let label = FieldLabel::Text(question.label.said_in(language).unwrap_or_default().to_owned());
        let name = format!("answer.{}", question.id);
        ask(name, label, kind(question, language), question.required, question.personal, String::new());
    }
    if offer.contact == ContactAsked::Optional {
        // Who is asked for it by the merchant's own question is not asked twice.
        let is_asked = |kind: &QuestionKind| offer.questions.iter().any(|question| question.kind == *kind);
        if !is_asked(&QuestionKind::Email) {
            ask("email".to_owned(), FieldLabel::Email, FieldKind::Email, false, true, String::new());
        }
        if !is_asked(&QuestionKind::Phone) {
            ask("phone".to_owned(), FieldLabel::Phone, FieldKind::Phone, false, true, String::new());
        }
    }
    fields
}

fn kind(question: &Question, language: Language) -> FieldKind {
    match &question.kind {
        QuestionKind::Text { max_length } => FieldKind::Text { max_length: *max_length },
        QuestionKind::Email => FieldKind::Email,
        QuestionKind::Phone => FieldKind::Phone,
        QuestionKind::Number => FieldKind::Number,
        QuestionKind::Date => FieldKind::Date,
        QuestionKind::Choice { choices } => {
            let said = |texts: &kamurj_domain::link::Texts| texts.said_in(language).unwrap_or_default().to_owned();
            FieldKind::Choice(choices.iter().map(|choice| (choice.id.clone(), said(&choice.label))).collect())
        }
    }
}
