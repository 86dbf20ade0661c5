//! Makes the payment that an update asks for and sends its link, once per payment. It must not decide who may ask.

use kamurj_sdk::{
    ChannelRef, Customer, Error, Host, Language, LineItem, Money, Outcome, Payment, PaymentRequest, plain,
};
use serde_json::json;

use crate::api::Api;
use crate::record::{self, Record};
use crate::texts::{self, Sale};
use crate::update::{Chat, Person};

/// Longest description that a message shows, in characters.
const DESCRIPTION_CHARS: usize = 300;
/// Longest order number that a message shows, in characters.
const ORDER_CHARS: usize = 64;

/// Who gets the message with the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Pays it.
    Customer,
    /// Forwards it, so the link also stands in the text: not every forward keeps buttons.
    Manager,
}

/// What is asked for.
pub(crate) struct Wanted<'a> {
    pub(crate) update_id: i64,
    pub(crate) chat: &'a Chat,
    pub(crate) from: &'a Person,
    pub(crate) reader: Reader,
    pub(crate) title: &'a str,
    pub(crate) price: Money,
}

/// Asks the host for the payment. The key comes from the update, so that the same update gives the same payment; the
/// chat is in it because another bot put in this one's place counts its updates anew.
pub(crate) fn create(host: &impl Host, wanted: &Wanted<'_>) -> Result<Payment, Error> {
    let language = wanted.from.language.tag().to_owned();
    let (customer_name, locale) = match wanted.reader {
        Reader::Customer => (wanted.from.name.clone(), Some(language.clone())),
        // Whoever the manager sends it to is not known: the merchant's own language.
        Reader::Manager => (None, None),
    };
    host.create_payment(&PaymentRequest {
        key: format!("update:{}:{}", wanted.update_id, wanted.chat.id),
        order_id: None,
        amount: wanted.price.clone(),
        description: wanted.title.to_owned(),
        items: vec![LineItem {
            name: wanted.title.to_owned(),
            quantity: 1,
            unit_price: wanted.price.clone(),
            extra: Vec::new(),
        }],
        customer: Customer { name: customer_name, phone: None, email: None, id: None, extra: Vec::new() },
        channel: Some(ChannelRef {
            plugin: crate::ID.to_owned(),
            conversation: wanted.chat.id.clone(),
            handle: wanted.from.handle.clone(),
            language: Some(language),
            extra: Vec::new(),
        }),
        crm: None,
        locale,
        expires_in_ms: None,
        extra: Vec::new(),
    })
}

/// Sends the link, unless this payment has its message already or can no longer be paid.
pub(crate) fn send<H: Host>(
    host: &H,
    api: &Api<'_, H>,
    payment: &Payment,
    chat: &Chat,
    reader: Reader,
) -> Result<Outcome, Outcome> {
    let payable = matches!(payment.status.as_str(), "created" | "pending" | "failed");
    if !payable || Record::load(host, &payment.id)?.is_some() {
        return Ok(Outcome::done());
    }
    let language = Language::from_tag(&payment.locale);
    let until = host.format_date_time(payment.expires_at, language.tag());
    let mut text = with_sale(host, payment, language, |sale| texts::link(language, sale, &until));
    if reader == Reader::Manager {
        text = format!("{text}\n{}", payment.checkout_url);
    }
    let buttons = json!([[{ "text": texts::pay_button(language), "url": payment.checkout_url }]]);
    let place = match api.send_again(&chat.id, &text, &buttons, "send-link") {
        Ok(place) => place,
        Err(trouble) => return Err(ended(host, &chat.id, trouble.into())),
    };
    let record = Record {
        chat: place.chat,
        message_id: Some(place.message_id),
        notice_id: None,
        reminded: false,
        noticed_attempts: 0,
        version: payment.version,
    };
    record.save(host, &payment.id);
    Ok(Outcome::done().with_ref(&place.message_id.to_string()))
}

/// Builds a message about the payment. Nothing in it is markup, and marks that reorder text are gone.
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

/// Remembers a chat that turned out to be out of reach, and hands the outcome on.
pub(crate) fn ended(host: &impl Host, chat: &str, outcome: Outcome) -> Outcome {
    if outcome.kind == "unreachable" {
        record::set_reachable(host, chat, false);
    }
    outcome
}
