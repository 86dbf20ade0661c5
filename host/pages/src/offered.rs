//! From a link's form to what the templates print: labels, hints, the words for what is wrong, and the attributes that tell
//! browsers and screen readers what a field is. Knows nothing of HTML.

use kamurj_domain::format::{Language, money};
use kamurj_domain::{Currency, Money};
use serde::Serialize;

use crate::offer::{FieldKind, FieldLabel, OfferField, OfferForm, Wrong};
use crate::plain::{one_line, paragraph};
use crate::texts::{Texts, fill};
use crate::view::CheckoutView;

/// With more characters than this an answer gets several lines.
const ONE_LINE: u32 = 200;
/// With more choices than this they become a list that opens.
const MOST_RADIOS: usize = 6;

/// A link's form as it is printed.
#[derive(Debug, Serialize)]
pub(crate) struct Offer {
    pub(crate) version: i64,
    pub(crate) details: Option<String>,
    pub(crate) is_changed: bool,
    pub(crate) faults: Vec<Fault>,
    pub(crate) fields: Vec<Field>,
    /// Said by the button, where the amount is counted from what is chosen.
    pub(crate) is_counted: bool,
}

/// A line of the error summary: it leads to the field.
#[derive(Debug, Serialize)]
pub(crate) struct Fault {
    pub(crate) id: String,
    pub(crate) text: String,
}

/// A field of the form.
#[derive(Debug, Serialize)]
pub(crate) struct Field {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) hint: Option<String>,
    pub(crate) wrong: Option<String>,
    /// The ids of hint and fault.
    pub(crate) described_by: Option<String>,
    pub(crate) is_required: bool,
    pub(crate) value: String,
    /// `input`, `area`, `select` or `radios`.
    pub(crate) widget: &'static str,
    /// The type of an input.
    pub(crate) kind: &'static str,
    pub(crate) input_mode: Option<&'static str>,
    pub(crate) autocomplete: Option<&'static str>,
    pub(crate) max_length: Option<u32>,
    pub(crate) min: Option<u32>,
    pub(crate) max: Option<u32>,
    pub(crate) choices: Vec<Choice>,
}

/// Something that can be chosen.
#[derive(Debug, Serialize)]
pub(crate) struct Choice {
    pub(crate) id: String,
    pub(crate) value: String,
    pub(crate) title: String,
    /// What it adds to the amount.
    pub(crate) price: Option<String>,
    pub(crate) is_chosen: bool,
}

/// The form, written out.
pub(crate) fn offer(form: &OfferForm, view: &CheckoutView, texts: &Texts) -> Offer {
    let fields: Vec<Field> =
        form.fields.iter().enumerate().map(|(place, asked)| field(place, asked, view, texts)).collect();
    let fault = |field: &Field| {
        let wrong = field.wrong.as_deref()?;
        Some(Fault { id: field.id.clone(), text: format!("{} – {wrong}", field.label) })
    };
    Offer {
        version: form.version,
        details: form.details.as_deref().map(paragraph).filter(|text| !text.is_empty()),
        is_changed: form.is_changed,
        faults: fields.iter().filter_map(fault).collect(),
        fields,
        is_counted: !form.is_amount_fixed,
    }
}

fn field(place: usize, asked: &OfferField, view: &CheckoutView, texts: &Texts) -> Field {
    let id = format!("f{place}");
    let hint = hint(asked, view, texts);
    let wrong = asked.wrong.as_ref().map(|wrong| words(wrong, view.language, texts));
    let named = [hint.as_ref().map(|_| format!("{id}-h")), wrong.as_ref().map(|_| format!("{id}-e"))];
    let named: Vec<String> = named.into_iter().flatten().collect();
    let (widget, kind, input_mode) = shape(&asked.kind);
    Field {
        label: label(&asked.label, texts),
        hint,
        wrong,
        described_by: (!named.is_empty()).then(|| named.join(" ")),
        is_required: asked.is_required,
        value: if widget == "area" { paragraph(&asked.value) } else { one_line(&asked.value) },
        widget,
        kind,
        input_mode,
        autocomplete: autocomplete(&asked.kind, &asked.name),
        max_length: match asked.kind {
            FieldKind::Text { max_length } => Some(max_length),
            _ => None,
        },
        min: bounds(&asked.kind).map(|(min, _)| min),
        max: bounds(&asked.kind).map(|(_, max)| max),
        choices: choices(&id, asked, view, texts),
        name: asked.name.clone(),
        id,
    }
}

fn shape(kind: &FieldKind) -> (&'static str, &'static str, Option<&'static str>) {
    match kind {
        // No number fields where there are no steps: they change their value when somebody scrolls.
        FieldKind::Amount { .. } | FieldKind::Number => ("input", "text", Some("decimal")),
        FieldKind::Quantity { .. } => ("input", "number", Some("numeric")),
        FieldKind::Text { max_length } if *max_length > ONE_LINE => ("area", "text", None),
        FieldKind::Text { .. } => ("input", "text", None),
        FieldKind::Email => ("input", "email", Some("email")),
        FieldKind::Phone => ("input", "tel", Some("tel")),
        FieldKind::Choice(choices) if choices.len() > MOST_RADIOS => ("select", "text", None),
        FieldKind::Choice(_) | FieldKind::Delivery(_) => ("radios", "radio", None),
        FieldKind::Date => ("input", "date", None),
    }
}

/// What browsers may fill in (HTML, autofill field names). A merchant's own question is filled in only where its name says
/// plainly what it is.
fn autocomplete(kind: &FieldKind, name: &str) -> Option<&'static str> {
    match (kind, name) {
        (FieldKind::Email, _) => Some("email"),
        (FieldKind::Phone, _) => Some("tel"),
        (FieldKind::Text { .. }, "answer.name" | "answer.full_name") => Some("name"),
        (FieldKind::Text { .. }, "answer.address") => Some("street-address"),
        (FieldKind::Amount { .. } | FieldKind::Quantity { .. } | FieldKind::Number, _) => Some("off"),
        _ => None,
    }
}

fn bounds(kind: &FieldKind) -> Option<(u32, u32)> {
    match kind {
        FieldKind::Quantity { min, max, .. } => Some((*min, *max)),
        _ => None,
    }
}

fn choices(id: &str, asked: &OfferField, view: &CheckoutView, texts: &Texts) -> Vec<Choice> {
    let all: Vec<(&str, &str, Option<String>)> = match &asked.kind {
        FieldKind::Delivery(ways) => ways
            .iter()
            .map(|way| {
                let price = match way.price_minor {
                    0 => texts.offer_free.clone(),
                    minor => format!("+{}", money(minor, &view.currency, view.language)),
                };
                (way.id.as_str(), way.title.as_str(), Some(price))
            })
            .collect(),
        FieldKind::Choice(choices) => {
            choices.iter().map(|(value, title)| (value.as_str(), title.as_str(), None)).collect()
        }
        _ => Vec::new(),
    };
    let numbered = all.into_iter().enumerate();
    numbered
        .map(|(place, (value, title, price))| Choice {
            // The summary leads to the field by its id: to the first of them.
            id: if place == 0 { id.to_owned() } else { format!("{id}-{place}") },
            value: one_line(value),
            title: one_line(title),
            price,
            is_chosen: asked.value == value,
        })
        .collect()
}

fn label(label: &FieldLabel, texts: &Texts) -> String {
    match label {
        FieldLabel::Amount => texts.amount.clone(),
        FieldLabel::Quantity => texts.offer_quantity.clone(),
        FieldLabel::Delivery => texts.offer_delivery.clone(),
        FieldLabel::Email => texts.offer_email.clone(),
        FieldLabel::Phone => texts.offer_phone.clone(),
        FieldLabel::Text(text) => one_line(text),
    }
}

fn hint(asked: &OfferField, view: &CheckoutView, texts: &Texts) -> Option<String> {
    let write = |minor: i64| money(minor, &view.currency, view.language);
    let bounded = match &asked.kind {
        FieldKind::Amount { min_minor, max_minor } => {
            Some(fill(&texts.offer_bounds, &[("min", &write(*min_minor)), ("max", &write(*max_minor))]))
        }
        FieldKind::Quantity { min, max, each_minor } => Some(fill(
            &texts.offer_each,
            &[("price", &write(*each_minor)), ("min", &min.to_string()), ("max", &max.to_string())],
        )),
        _ => None,
    };
    let purpose = match asked.label {
        FieldLabel::Email | FieldLabel::Phone => Some(&texts.offer_contact_note),
        _ if asked.is_personal => Some(&texts.offer_personal_note),
        _ => None,
    };
    bounded.or_else(|| purpose.cloned())
}

/// What is wrong, in words that name the fix.
pub(crate) fn words(wrong: &Wrong, language: Language, texts: &Texts) -> String {
    let write = |amount: &Money| money(amount.minor, amount.currency.code(), language);
    match wrong {
        Wrong::NoAmount { min, max } | Wrong::Amount { min, max } => {
            let text = if min.currency == Currency::Amd { &texts.wrong_amount_drams } else { &texts.wrong_amount };
            fill(text, &[("min", &write(min)), ("max", &write(max))])
        }
        Wrong::TooDear => texts.wrong_too_dear.clone(),
        Wrong::Quantity { min, max } => {
            fill(&texts.wrong_quantity, &[("min", &min.to_string()), ("max", &max.to_string())])
        }
        Wrong::Delivery(_) => texts.wrong_delivery.clone(),
        Wrong::Unanswered => texts.wrong_unanswered.clone(),
        Wrong::TooLong(most) => fill(&texts.wrong_too_long, &[("most", &most.to_string())]),
        Wrong::Characters => texts.wrong_characters.clone(),
        Wrong::Email => texts.wrong_email.clone(),
        Wrong::Phone => texts.wrong_phone.clone(),
        Wrong::Number => texts.wrong_number.clone(),
        Wrong::Choice(_) => texts.wrong_choice.clone(),
        Wrong::Date => texts.wrong_date.clone(),
        Wrong::CardNumber => texts.wrong_card.clone(),
        // What our own form does not send.
        Wrong::Currency(_) | Wrong::PriceIsFixed | Wrong::OnePiece | Wrong::NoDelivery | Wrong::NoSuchQuestion => {
            texts.wrong_form.clone()
        }
    }
}
