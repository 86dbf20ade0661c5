//! Payments as plugins see them, and what plugins ask for as the host's own words: the edge where the two meet.

use super::Fault;
use crate::api::link_shown;
use crate::app::App;
use crate::seal::Unsealable;
use kamurj_domain::format::Language;
use kamurj_domain::order::{ChannelRef, CrmRef, Customer, LineItem};
use kamurj_domain::{Currency, Particulars};
use kamurj_plugins::contract;
use kamurj_store::Tx;
use kamurj_store::links::{self, places};
use kamurj_store::payments::{Payment, View};
use serde_json::Value;

/// What a payment has of the link that it was made from.
#[derive(Default)]
pub struct OfLink {
    id: Option<String>,
    answers: Vec<(String, String)>,
    fulfilment: Option<String>,
}

impl OfLink {
    /// Reads it, answers and fulfilment opened.
    pub async fn read(app: &App, tx: &mut Tx, payment: &Payment) -> Result<Self, Fault> {
        let Some(pressed) = places::of_payment(tx, &payment.id).await? else { return Ok(Self::default()) };
        let link = links::by_id(tx, &pressed.link_id).await?;
        let language = Language::parse(&payment.particulars.locale).unwrap_or(Language::Hy);
        let fulfilment = match links::fulfilment_of(tx, &payment.id).await? {
            Some(given) => link_shown::given(app, &given)?.said_in(language).map(str::to_owned),
            None => None,
        };
        let label = |id: &str| {
            let questions = link.iter().flat_map(|link| &link.offer.questions);
            let asked = questions.into_iter().find(|question| question.id == id);
            asked.and_then(|question| question.label.said_in(language)).unwrap_or(id).to_owned()
        };
        let answers = link_shown::answers(app, &pressed)?;
        let answers = answers.into_iter().map(|(id, answer)| (label(&id), answer)).collect();
        Ok(Self { id: Some(pressed.link_id), answers, fulfilment })
    }
}

/// A value that the merchant's system attached, as text.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The view of a payment that a plugin gets, with the payment's link.
pub fn payment(app: &App, payment: &Payment, view: View, of_link: OfLink) -> Result<contract::Payment, Unsealable> {
    let code = view.amount.currency.code().to_owned();
    let money = |minor| contract::Money { minor, currency: code.clone() };
    let order = view.particulars;
    Ok(contract::Payment {
        id: view.id,
        order_id: view.order_id,
        mode: view.mode.word().to_owned(),
        status: view.status.word().to_owned(),
        version: view.version.unsigned_abs(),
        amount: money(view.amount.minor),
        captured: money(view.captured_minor),
        refunded: money(view.refunded_minor),
        description: order.description,
        items: order
            .items
            .into_iter()
            .map(|item| contract::LineItem {
                name: item.name,
                quantity: item.quantity,
                unit_price: money(item.unit_minor),
                extra: Vec::new(),
            })
            .collect(),
        customer: contract::Customer {
            name: order.customer.name,
            phone: order.customer.phone,
            email: order.customer.email,
            id: order.customer.id,
            extra: Vec::new(),
        },
        channel: order.channel.map(|channel| contract::ChannelRef {
            plugin: channel.plugin,
            conversation: channel.conversation,
            handle: channel.handle,
            language: channel.language,
            extra: Vec::new(),
        }),
        crm: order.crm.map(|crm| contract::CrmRef {
            plugin: crm.plugin,
            entity_type: crm.entity_type,
            entity_id: crm.entity_id,
            extra: Vec::new(),
        }),
        locale: order.locale,
        checkout_url: app.checkout_url(payment)?,
        created_at: view.created_at,
        expires_at: view.expires_at,
        paid_at: view.paid_at,
        provider_reference: view.provider_reference,
        evidence: view.evidence,
        attempts: view.attempts,
        link_id: of_link.id,
        answers: of_link.answers,
        fulfilment: of_link.fulfilment.filter(|_| view.paid_at.is_some()),
        metadata: order.metadata.into_iter().map(|(name, value)| (name, plain(&value))).collect(),
        extra: Vec::new(),
    })
}

/// What a plugin's request for a payment says of the order. `locale`: the merchant's, where the request has none.
pub fn particulars(request: contract::PaymentRequest, locale: &str) -> Particulars {
    Particulars {
        description: request.description,
        items: request
            .items
            .into_iter()
            .map(|item| LineItem { name: item.name, quantity: item.quantity, unit_minor: item.unit_price.minor })
            .collect(),
        delivery: None,
        customer: Customer {
            name: request.customer.name,
            phone: request.customer.phone,
            email: request.customer.email,
            id: request.customer.id,
        },
        channel: request.channel.map(|channel| ChannelRef {
            plugin: channel.plugin,
            conversation: channel.conversation,
            handle: channel.handle,
            language: channel.language,
        }),
        crm: request.crm.map(|crm| CrmRef {
            plugin: crm.plugin,
            entity_type: crm.entity_type,
            entity_id: crm.entity_id,
        }),
        locale: request.locale.unwrap_or_else(|| locale.to_owned()),
        return_url: None,
        cancel_message: None,
        fiscal_receipt: None,
        metadata: serde_json::Map::new(),
    }
}

/// An amount as plugins see it.
pub fn money(amount: kamurj_domain::Money) -> contract::Money {
    contract::Money { minor: amount.minor, currency: amount.currency.code().to_owned() }
}

/// The currency that a plugin named.
pub fn currency(money: &contract::Money) -> Option<Currency> {
    Currency::from_code(&money.currency)
}
