//! What a payment link is made or changed with: read, and checked so that one answer names every wrong field.

use crate::api::asked::Faults;
use crate::api::body;
use crate::api::link_parts::{
    MAX_TITLE, read_deliveries, read_price, read_quantity, read_questions, read_time, secret_texts, texts,
};
use crate::problem::{FieldError, Problem};
use crate::request;
use kamurj_domain::link::{ContactAsked, Texts};
use kamurj_domain::money::MAX_MINOR;
use kamurj_domain::{LinkKind, Offer};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

const MAX_DESCRIPTION: usize = 2_000;
const MAX_CAP: i64 = 1_000_000;

/// A text by language. At least one of them is needed; customers get theirs, or else the first that there is.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TextsBody {
    /// Armenian.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hy: Option<String>,
    /// Russian.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ru: Option<String>,
    /// English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
}

/// The price: `value` where you set it, `min` and `max` where the customer says how much.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkAmountBody {
    /// ISO 4217 code in capitals.
    #[schema(example = "AMD")]
    pub currency: String,
    /// The price of one piece, a decimal string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "12500")]
    pub value: Option<String>,
    /// The least that the customer may choose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<String>,
    /// The most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<String>,
    /// What the page suggests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggested: Option<String>,
}

/// How many pieces may be bought at once.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuantityBody {
    /// The fewest; 1 where it is left out.
    #[serde(default = "one")]
    pub min: u32,
    /// The most.
    pub max: u32,
}

fn one() -> u32 {
    1
}

/// A way in which the goods reach the customer.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryOptionBody {
    /// Your word for it: small Latin letters, digits, `-` and `_`.
    pub id: String,
    /// What the customer reads.
    #[serde(deserialize_with = "body::object")]
    pub title: TextsBody,
    /// What it adds to the amount, a decimal string in the link's currency; free where it is left out.
    #[serde(default)]
    pub price: Option<String>,
}

/// A question to the customer.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuestionBody {
    /// Your word for it: small Latin letters, digits, `-` and `_`.
    pub id: String,
    /// What the customer reads.
    #[serde(deserialize_with = "body::object")]
    pub label: TextsBody,
    /// `text`, `email`, `phone`, `number`, `choice` or `date`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it must be answered.
    #[serde(default)]
    pub required: bool,
    /// Whether the answer tells about a person and is sealed at rest: so unless you say otherwise, but for numbers and
    /// choices.
    #[serde(default)]
    pub personal: Option<bool>,
    /// For `text`: the most characters, up to 500; 200 where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
    /// For `choice`: what can be chosen.
    #[serde(default, deserialize_with = "body::objects", skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<ChoiceBody>,
}

/// One thing that can be chosen.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChoiceBody {
    /// The answer: small Latin letters, digits, `-` and `_`.
    pub id: String,
    /// What the customer reads.
    #[serde(deserialize_with = "body::object")]
    pub label: TextsBody,
}

/// What a payment link is made with.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLinkBody {
    /// `fixed`: every press makes its own payment. `single_use`: the first press makes the only one. `fixed` where it is
    /// left out; cannot be changed.
    #[serde(default)]
    pub kind: Option<String>,
    /// What is sold.
    #[serde(deserialize_with = "body::object")]
    pub title: TextsBody,
    /// More about it.
    #[serde(default, deserialize_with = "body::maybe_object")]
    pub description: Option<TextsBody>,
    /// The price.
    #[serde(deserialize_with = "body::object")]
    pub amount: LinkAmountBody,
    /// How many pieces may be bought; one where it is left out. Goes with a price that you set.
    #[serde(default, deserialize_with = "body::maybe_object")]
    pub quantity: Option<QuantityBody>,
    /// The ways of delivery, of which the customer chooses one; at most 20.
    #[serde(default, deserialize_with = "body::objects")]
    pub delivery_options: Vec<DeliveryOptionBody>,
    /// What the customer is asked; at most 10.
    #[serde(default, deserialize_with = "body::objects")]
    pub questions: Vec<QuestionBody>,
    /// `optional`: the page asks for an e-mail address and a telephone number, which the customer may leave out, and which
    /// are kept as the payment's customer. `no`: it does not ask. `optional` where it is left out.
    #[serde(default)]
    pub contact: Option<String>,
    /// How many of its payments may be paid; any number where it is left out.
    #[serde(default)]
    pub cap: Option<i64>,
    /// RFC 3339 time from which it can be used.
    #[serde(default)]
    pub valid_from: Option<String>,
    /// RFC 3339 time from which it can no longer be used. Payments made before can still be paid.
    #[serde(default)]
    pub valid_until: Option<String>,
    /// For how many seconds a payment made from it can be paid, and keeps its place under the cap: 30 minutes where it is
    /// left out, 72 hours for a single-use link.
    #[serde(default)]
    pub payment_expires_in: Option<i64>,
    /// Whether it can be used; `true` where it is left out.
    #[serde(default)]
    pub active: Option<bool>,
    /// Why it cannot, for the customer. Needed with `active: false`.
    #[serde(default, deserialize_with = "body::maybe_object")]
    pub off_reason: Option<TextsBody>,
    /// What a payment from it gives once it is paid: a text, an invitation, a code. Sealed at rest, and shown to nobody
    /// but you before the payment is paid.
    #[serde(default, deserialize_with = "body::maybe_object")]
    pub fulfilment: Option<TextsBody>,
    /// The provider account that its payments go through, `acc_…`, or a provider's word; the customer chooses among those
    /// that you offer where it is left out.
    #[serde(default)]
    pub provider: Option<String>,
    /// Your own notes, handed on to each payment.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub metadata: serde_json::Map<String, Value>,
}

/// A link that somebody asks for, checked.
#[derive(Debug)]
pub struct AskedLink {
    /// Many payments or one.
    pub kind: LinkKind,
    /// What it offers.
    pub offer: Offer,
    /// How many of its payments may be paid.
    pub cap: Option<i64>,
    /// Unix milliseconds.
    pub valid_from: Option<i64>,
    /// Unix milliseconds.
    pub valid_until: Option<i64>,
    /// Whether it may be pressed.
    pub active: bool,
    /// Why not.
    pub off_reason: Texts,
    /// What a paid payment gives.
    pub fulfilment: Option<Texts>,
    /// The provider account of its payments.
    pub provider_account: Option<String>,
}

impl NewLinkBody {
    /// Checks every field. All faults are reported together. `made_at`: now, where the link is new. `provider`: what the
    /// one that is named stands for.
    pub fn check(
        self,
        made_at: Option<i64>,
        provider: Result<Option<String>, FieldError>,
    ) -> Result<AskedLink, Problem> {
        let mut faults = Faults::default();
        let provider_account = faults.unless(provider).flatten();
        let kind = self.kind.as_deref().map_or(Some(LinkKind::Fixed), LinkKind::from_word);
        if kind.is_none() {
            faults.add("/kind", "must be `fixed` or `single_use`");
        }
        let kind = kind.unwrap_or(LinkKind::Fixed);
        let title = texts("/title", self.title, MAX_TITLE, true, &mut faults);
        let description =
            texts("/description", self.description.unwrap_or_default(), MAX_DESCRIPTION, false, &mut faults);
        let price = read_price(&self.amount, &mut faults);
        let currency = price.map(|(currency, _)| currency);
        let quantity = read_quantity(self.quantity.as_ref(), price.map(|(_, price)| price), &mut faults);
        let deliveries = read_deliveries(self.delivery_options, currency, &mut faults);
        let questions = read_questions(self.questions, &mut faults);
        let contact = self.contact.as_deref().map_or(Some(ContactAsked::default()), ContactAsked::from_word);
        if contact.is_none() {
            faults.add("/contact", "must be `optional` or `no`");
        }
        let contact = contact.unwrap_or_default();
        let cap = match (kind, self.cap) {
            (LinkKind::SingleUse, None | Some(1)) => Some(1),
            (LinkKind::SingleUse, Some(_)) => {
                faults.add("/cap", "a single-use link makes one payment; leave the cap out");
                None
            }
            (LinkKind::Fixed, cap) => cap,
        };
        if cap.is_some_and(|cap| !(1..=MAX_CAP).contains(&cap)) {
            faults.add("/cap", format!("must be 1 to {MAX_CAP}, or left out for any number"));
        }
        let valid_from = read_time("/valid_from", self.valid_from.as_deref(), &mut faults);
        let valid_until = read_time("/valid_until", self.valid_until.as_deref(), &mut faults);
        if let (Some(from), Some(until)) = (valid_from, valid_until)
            && until <= from
        {
            faults.add("/valid_until", "must be after `valid_from`");
        }
        if let (Some(until), Some(now)) = (valid_until, made_at)
            && until <= now
        {
            faults.add("/valid_until", "must lie in the future");
        }
        let payment_life_ms = match self.payment_expires_in {
            None => kind.usual_life_ms(),
            Some(seconds) => seconds.saturating_mul(1000),
        };
        if !(request::MIN_LIFE_MS..=request::MAX_LIFE_MS).contains(&payment_life_ms) {
            faults.add("/payment_expires_in", "must be 300 (five minutes) to 15552000 (180 days) seconds");
        }
        let active = self.active.unwrap_or(true);
        let off_reason = match (active, self.off_reason) {
            (true, None) => Texts::default(),
            (true, Some(_)) => {
                faults.add("/off_reason", "goes with `active: false`; leave it out");
                Texts::default()
            }
            (false, reason) => texts("/off_reason", reason.unwrap_or_default(), request::MAX_TEXT, true, &mut faults),
        };
        let fulfilment = self.fulfilment.map(|body| secret_texts("/fulfilment", body, &mut faults));
        faults.metadata(&self.metadata);
        let (Some((currency, price)), true) = (price, faults.0.is_empty()) else {
            return Err(Problem::invalid(faults.0));
        };
        let metadata = self.metadata;
        let offer = Offer {
            title,
            description,
            currency,
            price,
            quantity,
            deliveries,
            questions,
            contact,
            payment_life_ms,
            metadata,
        };
        if offer.dearest_minor() > i128::from(MAX_MINOR) {
            let pointer = if offer.quantity.is_some() { "/quantity/max" } else { "/delivery_options" };
            faults.add(pointer, "the dearest choice comes to more than one payment may have");
            return Err(Problem::invalid(faults.0));
        }
        Ok(AskedLink { kind, offer, cap, valid_from, valid_until, active, off_reason, fulfilment, provider_account })
    }
}
