//! Translates between the generated types of `bindings` and those of `contract`, and caps what a plugin says of its end.
//! The one place that knows both.

mod comparisons;
mod links;
mod setup;

pub(crate) use comparisons::{items_bytes, items_from_wire};
pub(crate) use setup::{findings_bytes, findings_from_wire};

use crate::{
    bindings::{
        exported::schedule,
        imported::{payments as asked, types as wire},
    },
    contract::{
        ChannelRef, CrmRef, Customer, Delivery, InboundRequest, LineItem, Money, Occurrence, Outcome, OutcomeKind,
        Payment, PaymentRequest, Proposal, Scope,
    },
    logbook::cut,
    secrets::Keyring,
};

const CODE_BYTES: usize = 64;
const MESSAGE_BYTES: usize = 1024;
const REFERENCE_BYTES: usize = 256;
const EXTRA_BYTES: usize = 64 * 1024;

/// WIT speaks of unsigned times; a negative one cannot mean anything to a guest.
pub(crate) fn time_to_wire(at: i64) -> u64 {
    u64::try_from(at).unwrap_or(0)
}

impl From<Money> for wire::Money {
    fn from(money: Money) -> Self {
        Self { minor: money.minor, currency: money.currency }
    }
}

impl From<wire::Money> for Money {
    fn from(money: wire::Money) -> Self {
        Self { minor: money.minor, currency: money.currency }
    }
}

impl From<LineItem> for wire::LineItem {
    fn from(item: LineItem) -> Self {
        Self { name: item.name, quantity: item.quantity, unit_price: item.unit_price.into(), extra: item.extra }
    }
}

impl From<wire::LineItem> for LineItem {
    fn from(item: wire::LineItem) -> Self {
        Self { name: item.name, quantity: item.quantity, unit_price: item.unit_price.into(), extra: item.extra }
    }
}

impl From<Customer> for wire::Customer {
    fn from(customer: Customer) -> Self {
        Self {
            name: customer.name,
            phone: customer.phone,
            email: customer.email,
            id: customer.id,
            extra: customer.extra,
        }
    }
}

impl From<wire::Customer> for Customer {
    fn from(customer: wire::Customer) -> Self {
        Self {
            name: customer.name,
            phone: customer.phone,
            email: customer.email,
            id: customer.id,
            extra: customer.extra,
        }
    }
}

impl From<ChannelRef> for wire::ChannelRef {
    fn from(channel: ChannelRef) -> Self {
        Self {
            plugin: channel.plugin,
            conversation: channel.conversation,
            handle: channel.handle,
            language: channel.language,
            extra: channel.extra,
        }
    }
}

impl From<wire::ChannelRef> for ChannelRef {
    fn from(channel: wire::ChannelRef) -> Self {
        Self {
            plugin: channel.plugin,
            conversation: channel.conversation,
            handle: channel.handle,
            language: channel.language,
            extra: channel.extra,
        }
    }
}

impl From<CrmRef> for wire::CrmRef {
    fn from(crm: CrmRef) -> Self {
        Self { plugin: crm.plugin, entity_type: crm.entity_type, entity_id: crm.entity_id, extra: crm.extra }
    }
}

impl From<wire::CrmRef> for CrmRef {
    fn from(crm: wire::CrmRef) -> Self {
        Self { plugin: crm.plugin, entity_type: crm.entity_type, entity_id: crm.entity_id, extra: crm.extra }
    }
}

impl From<Payment> for wire::Payment {
    fn from(payment: Payment) -> Self {
        Self {
            id: payment.id,
            order_id: payment.order_id,
            mode: payment.mode,
            status: payment.status,
            version: payment.version,
            amount: payment.amount.into(),
            captured: payment.captured.into(),
            refunded: payment.refunded.into(),
            description: payment.description,
            items: payment.items.into_iter().map(Into::into).collect(),
            customer: payment.customer.into(),
            channel: payment.channel.map(Into::into),
            crm: payment.crm.map(Into::into),
            locale: payment.locale,
            checkout_url: payment.checkout_url,
            created_at: time_to_wire(payment.created_at),
            expires_at: time_to_wire(payment.expires_at),
            paid_at: payment.paid_at.map(time_to_wire),
            provider_reference: payment.provider_reference,
            evidence: payment.evidence,
            attempts: payment.attempts,
            link_id: payment.link_id,
            answers: payment.answers,
            fulfilment: payment.fulfilment,
            metadata: payment.metadata,
            extra: payment.extra,
        }
    }
}

impl From<asked::PaymentRequest> for PaymentRequest {
    fn from(request: asked::PaymentRequest) -> Self {
        Self {
            key: request.key,
            order_id: request.order_id,
            amount: request.amount.into(),
            description: request.description,
            items: request.items.into_iter().map(Into::into).collect(),
            customer: request.customer.into(),
            channel: request.channel.map(Into::into),
            crm: request.crm.map(Into::into),
            locale: request.locale,
            expires_in_ms: request.expires_in_ms,
            extra: request.extra,
        }
    }
}

impl From<asked::Proposal> for Proposal {
    fn from(proposal: asked::Proposal) -> Self {
        Self {
            key: proposal.key,
            payment_id: proposal.payment_id,
            kind: proposal.kind,
            reason: proposal.reason,
            extra: proposal.extra,
        }
    }
}

impl From<Occurrence> for schedule::Occurrence {
    fn from(occurrence: Occurrence) -> Self {
        Self {
            id: occurrence.id,
            name: occurrence.name,
            due_at: time_to_wire(occurrence.due_at),
            run: occurrence.run,
            extra: occurrence.extra,
        }
    }
}

impl From<Delivery> for wire::Delivery {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id,
            event: delivery.event,
            payment: delivery.payment.into(),
            run: delivery.run,
            extra: delivery.extra,
        }
    }
}

/// The request as the guest may see it: the value that the host verified it with is taken out wherever it stands.
pub(crate) fn inbound_to_wire(request: InboundRequest, keyring: &Keyring) -> wire::InboundRequest {
    let scrub =
        |pairs: Vec<(String, String)>| pairs.into_iter().map(|(name, value)| (name, keyring.scrub(value))).collect();
    wire::InboundRequest {
        id: request.id,
        path: keyring.scrub(request.path),
        method: request.method,
        query: scrub(request.query),
        headers: scrub(request.headers),
        body: keyring.scrub_bytes(request.body),
        received_at: time_to_wire(request.received_at),
        run: request.run,
        extra: request.extra,
    }
}

/// How much a plugin said of its end.
pub(crate) fn outcome_bytes(outcome: &wire::Outcome) -> usize {
    let extra: usize = outcome.extra.iter().map(|(name, value)| name.len() + value.len()).sum();
    let words = [&outcome.kind, &outcome.code, &outcome.message, &outcome.scope];
    let words: usize = words.into_iter().chain(&outcome.remote_ref).map(String::len).sum();
    words + extra
}

/// What the plugin said of its end, without secrets and cut to size.
pub(crate) fn outcome_from_wire(outcome: wire::Outcome, keyring: &Keyring) -> Outcome {
    let text = |text: String, bytes| cut(keyring.scrub(text), bytes);
    let mut room = EXTRA_BYTES;
    let extra = outcome.extra.into_iter().map(|(name, value)| (keyring.scrub(name), keyring.scrub(value))).take_while(
        |(name, value)| {
            let size = name.len() + value.len();
            let fits = size <= room;
            room = room.saturating_sub(size);
            fits
        },
    );
    Outcome {
        kind: OutcomeKind::from_word(&outcome.kind),
        code: text(outcome.code, CODE_BYTES),
        message: text(outcome.message, MESSAGE_BYTES),
        retry_after_ms: outcome.retry_after_ms,
        scope: Scope::from_word(&outcome.scope),
        remote_ref: outcome.remote_ref.map(|reference| text(reference, REFERENCE_BYTES)),
        extra: extra.collect(),
    }
}
