//! What a customer chose in a chat: judged field by field in their language, counted, and read into a press.

use super::{RunPorts, call_failed, refused};
use crate::api::payment::{Amount, CustomerBody};
use crate::press::{Door, Press};
use crate::request::{MAX_TEXT, holds_card_number};
use crate::work::view;
use kamurj_domain::format::Language;
use kamurj_domain::link::{Choice, Price, QuestionKind, Wrong};
use kamurj_domain::order::ChannelRef;
use kamurj_domain::{Currency, Money, Offer};
use kamurj_plugins::PaymentError;
use kamurj_plugins::contract::{ChoiceFault, Estimate, LineItem, Selection};

impl RunPorts {
    /// What a press would come to, and what is missing or wrong. Writes nothing.
    pub(super) async fn estimate(&self, selection: &Selection) -> Result<Estimate, PaymentError> {
        let mut tx = self.app.db.read().await.map_err(call_failed)?;
        let link = self.own_link(&mut tx, &selection.link_id).await?;
        let link = link.ok_or_else(|| refused("not-found", "this installation has no link with this id"))?;
        let language = self.language(&mut tx, selection.locale.as_deref(), "locale").await?;
        let judged = Judged::of(&link.offer, selection, language);
        let fault = |(field, wrong): (String, Wrong)| ChoiceFault {
            missing: is_missing(&field, &wrong, selection),
            message: self.app.pages.wrong(&wrong, language),
            field,
            extra: Vec::new(),
        };
        let faults = judged.faults.iter().cloned().map(fault).collect();
        let item = |item: kamurj_domain::order::LineItem| LineItem {
            name: item.name,
            quantity: item.quantity,
            unit_price: view::money(Money::new(item.unit_minor, link.offer.currency)),
            extra: Vec::new(),
        };
        let (amount, items) = match judged.counted.clone() {
            Some((amount, items)) => (Some(view::money(amount)), items.into_iter().map(item).collect()),
            None => (None, Vec::new()),
        };
        Ok(Estimate { amount, items, faults, extra: Vec::new() })
    }

    /// The press that this selection asks for.
    pub(super) fn press_of(
        &self,
        selection: Selection,
        form_key: String,
        language: Language,
    ) -> Result<Press, PaymentError> {
        let version = selection.version.map(|version| i64::try_from(version).unwrap_or(-1));
        let channel = selection.channel.map(|channel| ChannelRef {
            plugin: channel.plugin,
            conversation: channel.conversation,
            handle: channel.handle,
            language: channel.language,
        });
        let texts = channel.iter().flat_map(|channel| [&channel.handle, &channel.language]).flatten();
        if texts.into_iter().any(|text| holds_card_number(text)) {
            return Err(refused("invalid", "channel: looks like a card number"));
        }
        let amount = selection.amount.map(|amount| Amount {
            // An unknown currency is told by the press.
            value: Currency::from_code(&amount.currency)
                .map_or_else(|| "0".to_owned(), |currency| Money::new(amount.minor, currency).decimal()),
            currency: amount.currency,
        });
        Ok(Press {
            door: Door::Chat,
            form_key,
            seen_version: version,
            amount,
            quantity: selection.quantity,
            delivery: selection.delivery,
            answers: selection.answers.into_iter().collect(),
            language: Some(language),
            customer: CustomerBody {
                name: selection.customer.name,
                phone: selection.customer.phone,
                email: selection.customer.email,
                id: selection.customer.id,
            },
            channel,
            provider: None,
            actor: format!("{} by", self.actor()),
        })
    }
}

/// A selection held against its link's offer.
struct Judged {
    /// The amount and its lines, as far as they can be counted.
    counted: Option<(Money, Vec<kamurj_domain::order::LineItem>)>,
    /// By field, the form's order.
    faults: Vec<(String, Wrong)>,
}

impl Judged {
    fn of(offer: &Offer, selection: &Selection, language: Language) -> Self {
        let mut faults: Vec<(String, Wrong)> = Vec::new();
        let amount = selection.amount.as_ref().map(|amount| read(amount.minor, &amount.currency, offer));
        let is_unreadable = matches!(amount, Some(Err(_)));
        if let Some(Err(wrong)) = &amount {
            faults.push(("amount".to_owned(), wrong.clone()));
        }
        let choice = Choice {
            amount: amount.and_then(Result::ok),
            quantity: selection.quantity,
            delivery: selection.delivery.clone(),
            answers: selection.answers.iter().cloned().collect(),
        };
        let found = offer.quote(&choice, language).err().unwrap_or_default();
        let found = found.into_iter().map(|fault| (field_of(&fault.pointer), fault.wrong));
        faults.extend(found.filter(|(field, _)| !(is_unreadable && field == "amount")));
        for (id, answer) in &choice.answers {
            if holds_card_number(answer) {
                let field = format!("answers/{id}");
                faults.retain(|(known, _)| *known != field);
                faults.push((field, Wrong::CardNumber));
            }
        }
        faults.extend(of_customer(selection));
        // Answers change nothing about the amount.
        let bare = Offer { questions: Vec::new(), ..offer.clone() };
        let choice = Choice { answers: std::collections::BTreeMap::new(), ..choice };
        let counted = bare.quote(&choice, language).ok().filter(|_| !is_unreadable);
        Self { counted: counted.map(|quote| (quote.amount, quote.items)), faults }
    }
}

/// Whether nothing was chosen there yet.
fn is_missing(field: &str, wrong: &Wrong, selection: &Selection) -> bool {
    match wrong {
        Wrong::NoAmount { .. } | Wrong::Unanswered => true,
        Wrong::Delivery(_) => selection.delivery.is_none() && field == "delivery",
        _ => false,
    }
}

/// An amount as the customer said it, in the offer's currency.
fn read(minor: i64, code: &str, offer: &Offer) -> Result<Money, Wrong> {
    let Some(currency) = Currency::from_code(code).filter(|currency| *currency == offer.currency) else {
        return Err(Wrong::Currency(offer.currency));
    };
    // The rules of an amount are its text's: a whole number of drams, not absurd.
    Money::parse(&Money::new(minor, currency).decimal(), currency).map_err(|_| match offer.price {
        Price::Chosen { min_minor, max_minor, .. } => {
            let write = |minor| Money::new(minor, offer.currency);
            Wrong::Amount { min: write(min_minor), max: write(max_minor) }
        }
        Price::Fixed { .. } => Wrong::PriceIsFixed,
    })
}

fn of_customer(selection: &Selection) -> Vec<(String, Wrong)> {
    let customer = &selection.customer;
    let texts = [
        ("name", &customer.name, None),
        ("phone", &customer.phone, Some(QuestionKind::Phone)),
        ("email", &customer.email, Some(QuestionKind::Email)),
        ("id", &customer.id, None),
    ];
    let mut faults = Vec::new();
    for (name, text, kind) in texts {
        let Some(text) = text else { continue };
        let wrong = if name != "id" && holds_card_number(text) {
            Some(Wrong::CardNumber)
        } else if text.chars().count() > MAX_TEXT {
            Some(Wrong::TooLong(MAX_TEXT))
        } else {
            kind.and_then(|kind| kind.read(text).err())
        };
        faults.extend(wrong.map(|wrong| (format!("customer/{name}"), wrong)));
    }
    faults
}

/// The contract's name of a field, from the pointer to it.
pub(super) fn field_of(pointer: &str) -> String {
    let path = pointer.trim_start_matches('/');
    match path.split_once('/') {
        Some(("answers", id)) => format!("answers/{}", id.replace("~1", "/").replace("~0", "~")),
        Some(("amount", _)) => "amount".to_owned(),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::field_of;

    #[test]
    fn pointers_become_the_contracts_fields() {
        for (pointer, field) in [
            ("/amount", "amount"),
            ("/amount/value", "amount"),
            ("/quantity", "quantity"),
            ("/customer/phone", "customer/phone"),
            ("/answers/a~1b~0c", "answers/a/b~c"),
        ] {
            assert_eq!(field_of(pointer), field);
        }
    }
}
