//! A payment as the API speaks of it: its parts, and how it is shown.

use crate::api::fiscal::FiscalReceiptBody;
use crate::api::link_shown::PaymentLinkBody;
use crate::api::sends::SendBody;
use crate::app::App;
use crate::seal::Unsealable;
use kamurj_domain::{Money, time};
use kamurj_store::payments::Payment;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// An amount: a decimal string with as many decimals as the currency has, or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Amount {
    /// `12500`: whole drams, never minor units.
    #[schema(example = "12500")]
    pub value: String,
    /// ISO 4217 code in capitals.
    #[schema(example = "AMD")]
    pub currency: String,
}

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        Self { value: money.decimal(), currency: money.currency.code().to_owned() }
    }
}

/// One line of the order.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemBody {
    /// What it is.
    pub name: String,
    /// How many.
    #[serde(default = "one")]
    pub quantity: u32,
    /// Price of one, a decimal string in the payment's currency.
    pub unit_price: String,
}

fn one() -> u32 {
    1
}

/// Who buys.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CustomerBody {
    /// Name.
    pub name: Option<String>,
    /// Phone number.
    pub phone: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// The merchant's own number for the customer.
    pub id: Option<String>,
}

/// The chat in which the sale goes on.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelBody {
    /// Id of the channel plugin: `telegram`.
    pub plugin: String,
    /// The service's chat id.
    pub conversation: String,
    /// The customer's public name there.
    #[serde(default)]
    pub handle: Option<String>,
    /// Language of the chat.
    #[serde(default)]
    pub language: Option<String>,
}

/// The record in the merchant's CRM.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CrmBody {
    /// Id of the CRM plugin: `bitrix24`.
    pub plugin: String,
    /// The CRM's word: `deal`.
    pub entity_type: String,
    /// Its id there.
    pub entity_id: String,
}

/// A payment as the API shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentBody {
    /// `pay_…`.
    pub id: String,
    /// The merchant's order number.
    pub order_id: String,
    /// `test` or `live`.
    #[schema(value_type = String)]
    pub mode: kamurj_domain::Mode,
    /// `created`, `pending`, `paid`, `failed`, `expired`, `cancelled`, `manual_review`, `partially_refunded`, `refunded`.
    #[schema(value_type = String)]
    pub status: kamurj_domain::Status,
    /// What is due.
    pub amount: Amount,
    /// Confirmed by the bank for this order.
    pub captured: Amount,
    /// Given back.
    pub refunded: Amount,
    /// Reserved to go back: refunds whose end is not known.
    pub reserved: Amount,
    /// Taken beyond the amount due, by further attempts.
    pub surplus: Amount,
    /// One line for the customer.
    pub description: String,
    /// Lines of the order.
    pub items: Vec<ItemBody>,
    /// How it reaches the customer.
    pub delivery: Option<String>,
    /// Who buys.
    pub customer: CustomerBody,
    /// The chat in which the sale goes on.
    pub channel: Option<ChannelBody>,
    /// The record in the merchant's CRM.
    pub crm: Option<CrmBody>,
    /// Language of the customer's page.
    pub locale: String,
    /// Where the customer pays and sees the result.
    pub checkout_url: String,
    /// Where the page may send the customer afterwards.
    pub return_url: Option<String>,
    /// The receipt of the tax system, once you attached it.
    pub fiscal_receipt: Option<FiscalReceiptBody>,
    /// The provider account that you named for it; the customer chooses where there is none.
    pub provider: Option<String>,
    /// Your own notes.
    #[schema(value_type = Object)]
    pub metadata: serde_json::Map<String, Value>,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// RFC 3339, UTC.
    pub expires_at: String,
    /// RFC 3339, UTC: when the money moved.
    pub paid_at: Option<String>,
    /// The provider's reference of the payment.
    pub provider_reference: Option<String>,
    /// What the status rests on, in words.
    pub evidence: String,
    /// The rule that decided, in words.
    pub rule: String,
    /// Kinds of the exceptions that its facts opened.
    pub exceptions: Vec<String>,
    /// What it has of the payment link that it came from; told where one payment is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<PaymentLinkBody>,
    /// How often its link was sent on demand, by whom, and what became of it: the last twenty, the newest first. Told where
    /// one payment is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sends: Option<Vec<SendBody>>,
    /// Grows with every change.
    pub version: i64,
}

impl PaymentBody {
    /// Shows a payment, with its link opened.
    pub fn show(app: &App, payment: &Payment) -> Result<Self, Unsealable> {
        let currency = payment.terms.amount.currency;
        let amount = |minor| Amount::from(Money::new(minor, currency));
        let order = payment.particulars.clone();
        Ok(Self {
            id: payment.id.clone(),
            order_id: payment.order_id.clone(),
            mode: payment.mode,
            status: payment.status,
            amount: payment.terms.amount.into(),
            captured: amount(payment.captured_minor),
            refunded: amount(payment.refunded_minor),
            reserved: amount(payment.reserved_minor),
            surplus: amount(payment.surplus_minor),
            description: order.description,
            items: order
                .items
                .into_iter()
                .map(|item| ItemBody {
                    name: item.name,
                    quantity: item.quantity,
                    unit_price: Money::new(item.unit_minor, currency).decimal(),
                })
                .collect(),
            delivery: order.delivery,
            customer: CustomerBody {
                name: order.customer.name,
                phone: order.customer.phone,
                email: order.customer.email,
                id: order.customer.id,
            },
            channel: order.channel.map(|channel| ChannelBody {
                plugin: channel.plugin,
                conversation: channel.conversation,
                handle: channel.handle,
                language: channel.language,
            }),
            crm: order.crm.map(|crm| CrmBody {
                plugin: crm.plugin,
                entity_type: crm.entity_type,
                entity_id: crm.entity_id,
            }),
            locale: order.locale,
            checkout_url: app.checkout_url(payment)?,
            return_url: order.return_url,
            fiscal_receipt: order.fiscal_receipt.map(Into::into),
            provider: payment.provider_account.clone(),
            metadata: order.metadata,
            created_at: time::rfc3339(payment.created_at),
            expires_at: time::rfc3339(payment.open_until),
            paid_at: payment.paid_at.map(time::rfc3339),
            provider_reference: payment.provider_reference.clone(),
            evidence: payment.evidence.clone(),
            rule: payment.rule.clone(),
            exceptions: payment.exceptions.iter().map(|exception| exception.kind.word().to_owned()).collect(),
            link: None,
            sends: None,
            version: payment.version,
        })
    }
}
