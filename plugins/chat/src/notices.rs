//! The messages about a payment. Nothing in them is markup, and marks that reorder text are gone. It must not send.

use kamurj_sdk::{Host, Language, Payment, plain};

use crate::service::{About, Buttons, Message, Purpose};
use crate::texts::{self, Sale};

/// Longest description that a message shows, in characters.
const DESCRIPTION_CHARS: usize = 300;
/// Longest order number that a message shows, in characters.
const ORDER_CHARS: usize = 64;

/// The language that the payment's chat is spoken to in.
pub(crate) fn language(payment: &Payment) -> Language {
    let of_chat = payment.channel.as_ref().and_then(|channel| channel.language.as_deref());
    Language::from_tag(of_chat.unwrap_or(&payment.locale))
}

/// Builds a text about the payment.
pub(crate) fn with_sale(
    host: &impl Host,
    payment: &Payment,
    language: Language,
    write: impl FnOnce(&Sale<'_>) -> String,
) -> String {
    let described = plain(&payment.description, DESCRIPTION_CHARS);
    write(&Sale {
        description: if described.is_empty() { texts::nameless(language) } else { &described },
        money: &host.format_money(&payment.amount, language.tag()),
        order: &plain(&payment.order_id, ORDER_CHARS),
    })
}

/// A message about the payment.
pub(crate) fn message(
    host: &impl Host,
    payment: &Payment,
    language: Language,
    (purpose, button): (Purpose, Option<&str>),
    write: impl FnOnce(&Sale<'_>) -> String,
) -> Message {
    let about = About {
        payment: payment.id.clone(),
        order: plain(&payment.order_id, ORDER_CHARS),
        money: host.format_money(&payment.amount, language.tag()),
        description: plain(&payment.description, DESCRIPTION_CHARS),
        url: payment.checkout_url.clone(),
        language: language.tag(),
    };
    let open = |label: &str| Buttons::Open { label: label.to_owned(), url: payment.checkout_url.clone() };
    Message {
        purpose,
        text: with_sale(host, payment, language, write),
        buttons: button.map_or(Buttons::None, open),
        about: Some(about),
    }
}

/// The message that carries the link.
pub(crate) fn link_message(host: &impl Host, payment: &Payment, language: Language) -> Message {
    let until = host.format_date_time(payment.expires_at, language.tag());
    message(host, payment, language, (Purpose::Link, Some(texts::pay_button(language))), |sale| {
        texts::link(language, sale, &until)
    })
}
