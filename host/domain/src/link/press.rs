//! What one press of a link comes to: the customer's choices and answers against the offer, and the amount. Every fault is
//! named at once. Pure: who presses, when, and whether there is a place left is not known here.

use super::wrong::Wrong;
use super::{Offer, Price, Texts};
use crate::Money;
use crate::format::Language;
use crate::money::MAX_MINOR;
use crate::order::LineItem;
use std::collections::BTreeMap;

/// A field that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// JSON pointer to it.
    pub pointer: String,
    /// What is wrong; its text also says how to mend it.
    pub wrong: Wrong,
}

/// What the customer chose and answered.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// How much, where the customer says it.
    pub amount: Option<Money>,
    /// How many.
    pub quantity: Option<u32>,
    /// Id of the way of delivery.
    pub delivery: Option<String>,
    /// Answers by the question's id.
    pub answers: BTreeMap<String, String>,
}

/// What a press comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// The whole amount due.
    pub amount: Money,
    /// Its lines, which add up to it.
    pub items: Vec<LineItem>,
    /// How many pieces.
    pub quantity: u32,
    /// Id of the way of delivery.
    pub delivery: Option<String>,
    /// What the customer reads of it.
    pub delivery_title: Option<String>,
    /// Answers that tell nothing about a person.
    pub answers: BTreeMap<String, String>,
    /// Answers that do; to be sealed.
    pub personal_answers: BTreeMap<String, String>,
}

#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, pointer: impl Into<String>, wrong: Wrong) {
        self.0.push(Fault { pointer: pointer.into(), wrong });
    }
}

impl Offer {
    /// What this choice comes to, with the lines in this language; or everything that is wrong with it.
    pub fn quote(&self, choice: &Choice, language: Language) -> Result<Quote, Vec<Fault>> {
        let mut faults = Faults::default();
        let unit = self.unit(choice.amount, &mut faults);
        let quantity = self.pieces(choice.quantity, &mut faults);
        let delivery = self.way(choice.delivery.as_deref(), &mut faults);
        let (answers, personal_answers) = self.answered(&choice.answers, &mut faults);
        let (Some(unit), Some(quantity), true) = (unit, quantity, faults.0.is_empty()) else {
            return Err(faults.0);
        };
        let added = delivery.map_or(0, |option| option.price_minor);
        let total = i128::from(unit) * i128::from(quantity) + i128::from(added);
        let Some(total) = i64::try_from(total).ok().filter(|total| *total <= MAX_MINOR) else {
            faults.add("/quantity", Wrong::TooDear);
            return Err(faults.0);
        };
        let said = |texts: &Texts| texts.said_in(language).unwrap_or_default().to_owned();
        let mut items = vec![LineItem { name: said(&self.title), quantity, unit_minor: unit }];
        if let Some(option) = delivery.filter(|option| option.price_minor > 0) {
            items.push(LineItem { name: said(&option.title), quantity: 1, unit_minor: option.price_minor });
        }
        Ok(Quote {
            amount: Money::new(total, self.currency),
            items,
            quantity,
            delivery: delivery.map(|option| option.id.clone()),
            delivery_title: delivery.map(|option| said(&option.title)),
            answers,
            personal_answers,
        })
    }

    fn unit(&self, amount: Option<Money>, faults: &mut Faults) -> Option<i64> {
        let (min, max) = match (self.price, amount) {
            (Price::Fixed { minor }, None) => return Some(minor),
            (Price::Fixed { .. }, Some(_)) => {
                faults.add("/amount", Wrong::PriceIsFixed);
                return None;
            }
            (Price::Chosen { min_minor, max_minor, .. }, _) => (min_minor, max_minor),
        };
        let limits = || (Money::new(min, self.currency), Money::new(max, self.currency));
        match amount {
            None => {
                let (min, max) = limits();
                faults.add("/amount", Wrong::NoAmount { min, max });
            }
            Some(amount) if amount.currency != self.currency => {
                faults.add("/amount/currency", Wrong::Currency(self.currency));
            }
            Some(amount) if !(min..=max).contains(&amount.minor) => {
                let (min, max) = limits();
                faults.add("/amount/value", Wrong::Amount { min, max });
            }
            Some(amount) => return Some(amount.minor),
        }
        None
    }

    fn pieces(&self, asked: Option<u32>, faults: &mut Faults) -> Option<u32> {
        match (self.quantity, asked) {
            (None, None | Some(1)) => Some(1),
            (None, Some(_)) => {
                faults.add("/quantity", Wrong::OnePiece);
                None
            }
            (Some(bounds), None) => Some(bounds.min),
            (Some(bounds), Some(asked)) if (bounds.min..=bounds.max).contains(&asked) => Some(asked),
            (Some(bounds), Some(_)) => {
                faults.add("/quantity", Wrong::Quantity { min: bounds.min, max: bounds.max });
                None
            }
        }
    }

    fn way(&self, asked: Option<&str>, faults: &mut Faults) -> Option<&super::DeliveryOption> {
        let found = asked.and_then(|id| self.deliveries.iter().find(|option| option.id == id));
        if self.deliveries.is_empty() {
            if asked.is_some() {
                faults.add("/delivery", Wrong::NoDelivery);
            }
        } else if found.is_none() {
            let known = self.deliveries.iter().map(|option| option.id.clone()).collect();
            faults.add("/delivery", Wrong::Delivery(known));
        }
        found
    }

    fn answered(
        &self,
        given: &BTreeMap<String, String>,
        faults: &mut Faults,
    ) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
        let (mut plain, mut personal) = (BTreeMap::new(), BTreeMap::new());
        let pointer = |id: &str| format!("/answers/{}", id.replace('~', "~0").replace('/', "~1"));
        for question in &self.questions {
            match given.get(&question.id).map(|answer| answer.trim()).filter(|answer| !answer.is_empty()) {
                None if question.required => faults.add(pointer(&question.id), Wrong::Unanswered),
                None => {}
                Some(answer) => match question.kind.read(answer) {
                    Ok(answer) => {
                        let kept = if question.personal { &mut personal } else { &mut plain };
                        kept.insert(question.id.clone(), answer);
                    }
                    Err(wrong) => faults.add(pointer(&question.id), wrong),
                },
            }
        }
        for id in given.keys().filter(|id| self.questions.iter().all(|question| question.id != **id)) {
            faults.add(pointer(id), Wrong::NoSuchQuestion);
        }
        (plain, personal)
    }
}
