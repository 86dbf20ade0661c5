//! A payment link as the API shows it, what may be changed of it, and what a payment has of the link that it came from.

use crate::api::body;
use crate::api::link_body::{
    ChoiceBody, DeliveryOptionBody, LinkAmountBody, NewLinkBody, QuantityBody, QuestionBody, TextsBody,
};
use crate::app::App;
use crate::press::{answers_place, fulfilment_place, link_url};
use crate::problem::{FieldError, Problem};
use crate::seal::Unsealable;
use kamurj_domain::link::{Price, Question, QuestionKind, Texts};
use kamurj_domain::{Money, Offer, time};
use kamurj_store::Tx;
use kamurj_store::links::places::{self, Fulfilment, Pressed};
use kamurj_store::links::{self, Link};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A payment link.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkBody {
    /// `lnk_…`.
    pub id: String,
    /// `test` or `live`.
    #[schema(value_type = String)]
    pub mode: kamurj_domain::Mode,
    /// `fixed` or `single_use`.
    pub kind: String,
    /// The address to send, print or put on a page.
    pub url: String,
    /// What is sold.
    pub title: TextsBody,
    /// More about it.
    pub description: Option<TextsBody>,
    /// The price.
    pub amount: LinkAmountBody,
    /// How many pieces may be bought.
    pub quantity: Option<QuantityBody>,
    /// The ways of delivery.
    pub delivery_options: Vec<DeliveryOptionBody>,
    /// What the customer is asked.
    pub questions: Vec<QuestionBody>,
    /// Whether the page asks for an e-mail address and a telephone number: `optional` or `no`.
    pub contact: String,
    /// How many of its payments may be paid.
    pub cap: Option<i64>,
    /// Its payments, as far as they count for the cap.
    pub places: PlacesBody,
    /// RFC 3339, UTC.
    pub valid_from: Option<String>,
    /// RFC 3339, UTC.
    pub valid_until: Option<String>,
    /// Seconds for which a payment made from it can be paid.
    pub payment_expires_in: i64,
    /// Whether it can be used.
    pub active: bool,
    /// Why it cannot, for the customer.
    pub off_reason: Option<TextsBody>,
    /// What a payment from it gives once it is paid.
    pub fulfilment: Option<TextsBody>,
    /// The provider account that its payments go through; the customer chooses where there is none.
    pub provider: Option<String>,
    /// Your own notes.
    #[schema(value_type = Object)]
    pub metadata: serde_json::Map<String, Value>,
    /// Grows with every change.
    pub version: i64,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// RFC 3339, UTC.
    pub updated_at: String,
}

/// The payments of a link, as far as they count for its cap.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlacesBody {
    /// Payments that can still be paid.
    pub held: i64,
    /// Payments that were paid.
    pub paid: i64,
}

/// What may be changed of a link; what is left out stays, `null` takes away. Each field is replaced whole. Payments made
/// before keep what they were made with.
#[derive(Debug, ToSchema)]
#[schema(as = LinkChanges)]
pub struct LinkChangesBody {
    /// What is sold.
    pub title: Option<TextsBody>,
    /// More about it.
    pub description: Option<TextsBody>,
    /// The price.
    pub amount: Option<LinkAmountBody>,
    /// How many pieces may be bought.
    pub quantity: Option<QuantityBody>,
    /// The ways of delivery.
    pub delivery_options: Option<Vec<DeliveryOptionBody>>,
    /// What the customer is asked.
    pub questions: Option<Vec<QuestionBody>>,
    /// Whether the page asks for an e-mail address and a telephone number: `optional` or `no`.
    pub contact: Option<String>,
    /// How many of its payments may be paid. A lower cap takes no place away.
    pub cap: Option<i64>,
    /// RFC 3339 time from which it can be used.
    pub valid_from: Option<String>,
    /// RFC 3339 time from which it can no longer be used.
    pub valid_until: Option<String>,
    /// For how many seconds a payment made from it can be paid.
    pub payment_expires_in: Option<i64>,
    /// Whether it can be used. Customers who are paying already go on.
    pub active: Option<bool>,
    /// Why it cannot, for the customer.
    pub off_reason: Option<TextsBody>,
    /// What a payment from it gives once it is paid.
    pub fulfilment: Option<TextsBody>,
    /// The provider account that its payments go through, `acc_…`, or a provider's word.
    pub provider: Option<String>,
    /// Your own notes.
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<serde_json::Map<String, Value>>,
}

/// What a payment has of the link that it came from.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentLinkBody {
    /// `lnk_…`.
    pub id: String,
    /// The link's version that it was made from.
    pub version: i64,
    /// How many pieces.
    pub quantity: i64,
    /// Id of the way of delivery.
    pub delivery: Option<String>,
    /// Answers by the question's id.
    #[schema(value_type = Object)]
    pub answers: BTreeMap<String, String>,
    /// What it gives; absent until it is paid.
    pub fulfilment: Option<TextsBody>,
    /// RFC 3339, UTC: since when the customer may see that.
    pub fulfilment_released_at: Option<String>,
}

impl From<&Texts> for TextsBody {
    fn from(texts: &Texts) -> Self {
        Self { hy: texts.hy.clone(), ru: texts.ru.clone(), en: texts.en.clone() }
    }
}

fn some(texts: &Texts) -> Option<TextsBody> {
    (!texts.is_empty()).then(|| texts.into())
}

impl LinkBody {
    /// Shows a link to its owner, with its address and fulfilment opened.
    pub fn show(app: &App, link: &Link) -> Result<Self, Unsealable> {
        let offer = &link.offer;
        let fulfilment = match &link.fulfilment_sealed {
            Some(sealed) => Some(opened(app, &link.id, sealed)?),
            None => None,
        };
        Ok(Self {
            id: link.id.clone(),
            mode: link.mode,
            kind: link.kind.word().to_owned(),
            url: link_url(app, link)?,
            title: (&offer.title).into(),
            description: some(&offer.description),
            amount: price(offer),
            quantity: offer.quantity.map(|bounds| QuantityBody { min: bounds.min, max: bounds.max }),
            delivery_options: deliveries(offer),
            questions: offer.questions.iter().map(question).collect(),
            contact: offer.contact.word().to_owned(),
            cap: link.cap,
            places: PlacesBody { held: link.held, paid: link.taken },
            valid_from: link.valid_from.map(time::rfc3339),
            valid_until: link.valid_until.map(time::rfc3339),
            payment_expires_in: offer.payment_life_ms / 1000,
            active: link.active,
            off_reason: some(&link.off_reason),
            fulfilment,
            provider: link.provider_account.clone(),
            metadata: offer.metadata.clone(),
            version: link.version,
            created_at: time::rfc3339(link.created_at),
            updated_at: time::rfc3339(link.updated_at),
        })
    }

    /// What the link would be made with after these changes, for the same check that a new one passes.
    pub fn changed(self, changes: serde_json::Map<String, Value>) -> Result<NewLinkBody, Problem> {
        if changes.contains_key("kind") {
            let detail = "cannot be changed; make another link".to_owned();
            return Err(Problem::invalid(vec![FieldError { pointer: "/kind".to_owned(), detail }]));
        }
        let shown = serde_json::to_value(self).expect("a link always has a JSON form");
        let Value::Object(mut whole) = shown else { unreachable!("a struct's JSON form is an object") };
        for name in ["id", "mode", "url", "places", "version", "created_at", "updated_at"] {
            whole.shift_remove(name);
        }
        // A reason to be off ends with being off.
        if changes.get("active") == Some(&Value::Bool(true)) {
            whole.shift_remove("off_reason");
        }
        for (name, value) in changes {
            if value.is_null() {
                whole.shift_remove(&name);
            } else {
                whole.insert(name, value);
            }
        }
        body::read(&serde_json::to_vec(&whole).expect("JSON can always be written"))
    }
}

fn price(offer: &Offer) -> LinkAmountBody {
    let text = |minor| Some(Money::new(minor, offer.currency).decimal());
    let currency = offer.currency.code().to_owned();
    match offer.price {
        Price::Fixed { minor } => {
            LinkAmountBody { currency, value: text(minor), min: None, max: None, suggested: None }
        }
        Price::Chosen { min_minor, max_minor, suggested_minor } => LinkAmountBody {
            currency,
            value: None,
            min: text(min_minor),
            max: text(max_minor),
            suggested: suggested_minor.and_then(text),
        },
    }
}

fn deliveries(offer: &Offer) -> Vec<DeliveryOptionBody> {
    let options = offer.deliveries.iter();
    options
        .map(|option| DeliveryOptionBody {
            id: option.id.clone(),
            title: (&option.title).into(),
            price: (option.price_minor > 0).then(|| Money::new(option.price_minor, offer.currency).decimal()),
        })
        .collect()
}

fn question(question: &Question) -> QuestionBody {
    let choices = match &question.kind {
        QuestionKind::Choice { choices } => {
            choices.iter().map(|choice| ChoiceBody { id: choice.id.clone(), label: (&choice.label).into() }).collect()
        }
        _ => Vec::new(),
    };
    QuestionBody {
        id: question.id.clone(),
        label: (&question.label).into(),
        kind: question.kind.word().to_owned(),
        required: question.required,
        personal: Some(question.personal),
        max_length: match question.kind {
            QuestionKind::Text { max_length } => Some(max_length),
            _ => None,
        },
        choices,
    }
}

/// Seals what a link gives.
pub fn sealed(app: &App, link_id: &str, fulfilment: &Texts) -> String {
    let text = serde_json::to_vec(fulfilment).expect("texts always have a JSON form");
    app.sealer.seal(&fulfilment_place(link_id), &text)
}

fn opened(app: &App, link_id: &str, sealed: &str) -> Result<TextsBody, Unsealable> {
    Ok((&texts_of(app, link_id, sealed)?).into())
}

fn texts_of(app: &App, link_id: &str, sealed: &str) -> Result<Texts, Unsealable> {
    let text = app.sealer.open(&fulfilment_place(link_id), sealed)?;
    serde_json::from_slice(&text).map_err(|_| Unsealable)
}

/// What a paid payment gives, opened.
pub fn given(app: &App, fulfilment: &Fulfilment) -> Result<Texts, Unsealable> {
    texts_of(app, &fulfilment.link_id, &fulfilment.sealed)
}

/// What the payment has of its link, for the merchant; `None` where it came from none.
pub async fn of_payment(app: &App, tx: &mut Tx, payment_id: &str) -> Result<Option<PaymentLinkBody>, Problem> {
    let Some(pressed) = places::of_payment(tx, payment_id).await? else { return Ok(None) };
    let released = links::fulfilment_of(tx, payment_id).await?;
    let fulfilment = match &released {
        Some(released) => Some(opened(app, &released.link_id, &released.sealed)?),
        None => None,
    };
    let answers = answers(app, &pressed)?;
    Ok(Some(PaymentLinkBody {
        id: pressed.link_id,
        version: pressed.link_version,
        quantity: pressed.quantity,
        delivery: pressed.delivery,
        answers,
        fulfilment,
        fulfilment_released_at: released.map(|released| time::rfc3339(released.released_at)),
    }))
}

/// What the customer answered, by the question's id.
pub fn answers(app: &App, pressed: &Pressed) -> Result<BTreeMap<String, String>, Unsealable> {
    let mut all = pressed.answers.clone();
    if let Some(sealed) = &pressed.personal_sealed {
        let text = app.sealer.open(&answers_place(&pressed.payment_id), sealed)?;
        all.extend(serde_json::from_slice::<BTreeMap<String, String>>(&text).map_err(|_| Unsealable)?);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use utoipa::PartialSchema;

    fn fields<T: PartialSchema>() -> BTreeSet<String> {
        let schema = serde_json::to_value(T::schema()).unwrap();
        schema["properties"].as_object().unwrap().keys().cloned().collect()
    }

    #[test]
    fn what_can_be_changed_is_what_a_link_is_made_with_but_its_kind() {
        let mut made_with = fields::<NewLinkBody>();
        assert!(made_with.remove("kind"));
        assert_eq!(fields::<LinkChangesBody>(), made_with);
        assert!(made_with.is_subset(&fields::<LinkBody>()));
    }
}
