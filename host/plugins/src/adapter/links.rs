//! Payment links, what was chosen of them, and receipts, between the generated types and those of `contract`.

use crate::{
    bindings::imported::{links as wire, receipts},
    contract::{ChoiceFault, Estimate, LinkChoice, LinkQuestion, PaymentLink, Receipt, Selection},
};

impl From<LinkChoice> for wire::Choice {
    fn from(choice: LinkChoice) -> Self {
        Self { id: choice.id, title: choice.title, price: choice.price.map(Into::into), extra: choice.extra }
    }
}

impl From<LinkQuestion> for wire::Question {
    fn from(question: LinkQuestion) -> Self {
        Self {
            id: question.id,
            label: question.label,
            kind: question.kind,
            required: question.required,
            choices: question.choices.into_iter().map(Into::into).collect(),
            extra: question.extra,
        }
    }
}

impl From<PaymentLink> for wire::PaymentLink {
    fn from(link: PaymentLink) -> Self {
        Self {
            id: link.id,
            kind: link.kind,
            state: link.state,
            version: link.version,
            title: link.title,
            description: link.description,
            url: link.url,
            price: link.price.map(Into::into),
            least: link.least.map(Into::into),
            most: link.most.map(Into::into),
            suggested: link.suggested.map(Into::into),
            fewest_pieces: link.fewest_pieces,
            most_pieces: link.most_pieces,
            deliveries: link.deliveries.into_iter().map(Into::into).collect(),
            questions: link.questions.into_iter().map(Into::into).collect(),
            contact: link.contact,
            extra: link.extra,
        }
    }
}

impl From<wire::Selection> for Selection {
    fn from(selection: wire::Selection) -> Self {
        Self {
            key: selection.key,
            link_id: selection.link_id,
            version: selection.version,
            amount: selection.amount.map(Into::into),
            quantity: selection.quantity,
            delivery: selection.delivery,
            answers: selection.answers,
            customer: selection.customer.into(),
            channel: selection.channel.map(Into::into),
            locale: selection.locale,
            extra: selection.extra,
        }
    }
}

impl From<ChoiceFault> for wire::Fault {
    fn from(fault: ChoiceFault) -> Self {
        Self { field: fault.field, message: fault.message, missing: fault.missing, extra: fault.extra }
    }
}

impl From<Estimate> for wire::Estimate {
    fn from(estimate: Estimate) -> Self {
        Self {
            amount: estimate.amount.map(Into::into),
            items: estimate.items.into_iter().map(Into::into).collect(),
            faults: estimate.faults.into_iter().map(Into::into).collect(),
            extra: estimate.extra,
        }
    }
}

impl From<receipts::Receipt> for Receipt {
    fn from(receipt: receipts::Receipt) -> Self {
        Self {
            delivery_id: receipt.delivery_id,
            state: receipt.state,
            code: receipt.code,
            message: receipt.message,
            // What lies beyond all calendars is the last time that there is.
            at: i64::try_from(receipt.at).unwrap_or(i64::MAX),
            extra: receipt.extra,
        }
    }
}
