//! Makes the payment that a chat asks for and sends its link, once per payment. It must not decide who may ask.

use kamurj_sdk::{
    ChannelRef, Customer, Error, Host, Language, LineItem, Money, Outcome, Payment, PaymentRequest, fingerprint,
};

use crate::event::{Chat, Event};
use crate::notices::{self, link_message};
use crate::record::Record;
use crate::sending::{self, Tag};
use crate::service::{Message, Purpose, Service};
use crate::texts;

/// Who gets the message with the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Pays it.
    Customer,
    /// Forwards it, so the link also stands in the text: not every forward keeps buttons.
    Manager,
}

/// The chat that asks, as payments name it.
pub(crate) fn channel(service: &impl Service, event: &Event, language: Language) -> ChannelRef {
    ChannelRef {
        plugin: service.id().to_owned(),
        conversation: event.chat.id.clone(),
        handle: event.from.handle.clone(),
        language: Some(language.tag().to_owned()),
        extra: Vec::new(),
    }
}

/// Who asks, as far as the service tells.
pub(crate) fn customer(event: &Event) -> Customer {
    Customer {
        name: event.from.name.clone(),
        phone: event.from.phone.clone(),
        email: None,
        id: None,
        extra: Vec::new(),
    }
}

/// Asks the host for a payment of this price. The key comes from the event, so that the same one gives the same payment; the chat is
/// in it because another bot put in this one's place counts its updates anew.
pub(crate) fn create(
    host: &impl Host,
    service: &impl Service,
    event: &Event,
    (language, reader): (Language, Reader),
    (title, price): (&str, &Money),
) -> Result<Payment, Error> {
    let (customer, locale) = match reader {
        Reader::Customer => (customer(event), Some(language.tag().to_owned())),
        // Whoever the manager sends it to is not known: the merchant's own language.
        Reader::Manager => (Customer { name: None, phone: None, email: None, id: None, extra: Vec::new() }, None),
    };
    host.create_payment(&PaymentRequest {
        key: key(event),
        order_id: None,
        amount: price.clone(),
        description: title.to_owned(),
        items: vec![LineItem { name: title.to_owned(), quantity: 1, unit_price: price.clone(), extra: Vec::new() }],
        customer,
        channel: Some(channel(service, event, language)),
        crm: None,
        locale,
        expires_in_ms: None,
        extra: Vec::new(),
    })
}

/// The longest key that the host takes, in bytes.
const KEY_BYTES: usize = 128;

/// The payment's key: the event and its chat. Two events never share one: what is too long is named by its end and by a fingerprint of
/// all of it.
pub(crate) fn key(event: &Event) -> String {
    let whole = format!("update:{}:{}", event.key, event.chat.id);
    if whole.len() <= KEY_BYTES {
        return whole;
    }
    let name = format!("update:{:016x}:", fingerprint(&whole));
    let from = whole.ceil_char_boundary(whole.len() - (KEY_BYTES - name.len()));
    name + &whole[from..]
}

/// Sends the link, unless this payment has its message already or can no longer be paid.
pub(crate) fn send<H: Host, S: Service>(
    host: &H,
    service: &S,
    payment: &Payment,
    chat: &Chat,
    (owner, reader): (&str, Reader),
) -> Result<Outcome, Outcome> {
    if !is_payable(payment) || Record::load(host, &payment.id)?.is_some() {
        return Ok(Outcome::done());
    }
    let language = Language::from_tag(&payment.locale);
    let mut message = link_message(host, payment, language);
    if reader == Reader::Manager {
        message.text = format!("{}\n{}", message.text, payment.checkout_url);
    }
    let tag = Tag::new(owner, "send-link", Purpose::Link, &payment.id);
    let sent = sending::send(host, service, &chat.id, &message, &tag)?;
    let record =
        Record { chat: sent.chat, message: Some(sent.message.clone()), version: payment.version, ..Record::default() };
    record.save(host, &payment.id);
    Ok(Outcome::done().with_ref(&sent.message))
}

/// Sends the link once more: somebody asked for that. The message before it loses its button where the service can change it.
pub(crate) fn send_again<H: Host, S: Service>(
    host: &H,
    service: &S,
    payment: &Payment,
    chat: &str,
    (owner, step): (&str, &str),
) -> Result<Outcome, Outcome> {
    if !is_payable(payment) {
        return Ok(Outcome::done());
    }
    let before = Record::load(host, &payment.id)?;
    let language = notices::language(payment);
    let message = link_message(host, payment, language);
    let sent = sending::send(host, service, chat, &message, &Tag::new(owner, step, Purpose::Link, &payment.id))?;
    if let Some(place) = before.as_ref().and_then(Record::place).filter(|_| service.kit().edits) {
        let moved =
            Message::talk(&notices::with_sale(host, payment, language, |sale| texts::sent_below(language, sale)));
        // The older button leads to the same page, so nothing depends on this.
        let _ignored = service.edit(&place, &moved, &format!("{step}-before"));
    }
    let record = Record {
        chat: sent.chat,
        message: Some(sent.message.clone()),
        version: payment.version,
        ..before.unwrap_or_default()
    };
    record.save(host, &payment.id);
    Ok(Outcome::done().with_ref(&sent.message))
}

/// Whether it still can be paid.
pub(crate) fn is_payable(payment: &Payment) -> bool {
    matches!(payment.status.as_str(), "created" | "pending" | "failed")
}

#[cfg(test)]
mod tests {
    use super::{KEY_BYTES, key};
    use crate::event::{Chat, Event, Kind, Person};

    fn named(event: &str, chat: &str) -> String {
        key(&Event {
            key: event.to_owned(),
            chat: Chat { id: chat.to_owned(), private: true },
            from: Person::default(),
            kind: Kind::Text("/pay 12500".to_owned()),
        })
    }

    #[test]
    fn a_short_key_says_what_it_is_made_of() {
        assert_eq!(named("wamid.7", "37499000000"), "update:wamid.7:37499000000");
    }

    #[test]
    fn long_ids_that_differ_anywhere_never_become_one_payment() {
        let long = "m_".repeat(120);
        let keys = [
            named(&format!("a{long}"), "1"),
            named(&format!("b{long}"), "1"),
            named(&format!("{long}a"), "1"),
            named(&long, "2"),
            named(&format!("{long}\u{535}"), &"\u{535}".repeat(70)),
        ];
        for (place, key) in keys.iter().enumerate() {
            assert!(key.len() <= KEY_BYTES, "{key}");
            assert!(!keys[..place].contains(key), "{key}");
        }
    }
}
