//! One press of a payment link: the form's own payment is found or made, in the transaction that holds the link's lock. What
//! the API and the customer's page share; how either reads the press and tells a refusal is theirs.

use crate::api::asked::{self, CARD_FAULT, Faults};
use crate::api::payment::{Amount, CustomerBody};
use crate::app::App;
use crate::checkout::choice;
use crate::front::limits::{self, Shut};
use crate::problem::{FieldError, Kind, Problem};
use crate::request::{self, Ask};
use crate::seal::Unsealable;
use kamurj_domain::format::Language;
use kamurj_domain::link::{Choice, Fault, QuestionKind, Quote, Texts};
use kamurj_domain::order::ChannelRef;
use kamurj_domain::{LinkKind, Particulars, time};
use kamurj_store::links::places::{self, NewPress};
use kamurj_store::links::{self, Closed, Link};
use kamurj_store::payments::{self, Payment};
use kamurj_store::road::Created;
use kamurj_store::{Error, Tx, merchants};
use std::collections::BTreeMap;

/// Where a press comes from. Form keys of one door say nothing at the other: the page's are anybody's to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// The customer's page.
    Page,
    /// An integrator.
    Api,
    /// A plugin, for a customer who chooses in a chat. Its keys begin with its installation.
    Chat,
}

impl Door {
    fn key(self, form_key: &str) -> String {
        match self {
            Self::Page => format!("page:{form_key}"),
            Self::Api => format!("api:{form_key}"),
            Self::Chat => format!("chat:{form_key}"),
        }
    }
}

/// A press.
#[derive(Debug, Clone)]
pub struct Press {
    /// Where it comes from.
    pub door: Door,
    /// The form's own key: pressed again, it leads to the same payment.
    pub form_key: String,
    /// The link's version that the presser looked at, where they say so.
    pub seen_version: Option<i64>,
    /// How much, where the customer says it.
    pub amount: Option<Amount>,
    /// How many.
    pub quantity: Option<u32>,
    /// Id of the way of delivery.
    pub delivery: Option<String>,
    /// Answers by the question's id.
    pub answers: BTreeMap<String, String>,
    /// The customer's language; the merchant's where it is not known.
    pub language: Option<Language>,
    /// Who buys.
    pub customer: CustomerBody,
    /// The chat that it comes from.
    pub channel: Option<ChannelRef>,
    /// The provider account or provider of this payment, where the presser names one.
    pub provider: Option<String>,
    /// Who pressed, for the journal.
    pub actor: String,
}

/// The payment of a press.
#[derive(Debug)]
pub enum Pressed {
    /// Made by it.
    Made(Box<Payment>),
    /// Made before: by the same form, or by the first press of a single-use link.
    Known(Box<Payment>),
}

/// Why a press made nothing.
#[derive(Debug)]
pub enum Refusal {
    /// Fields are wrong.
    Fields(Vec<FieldError>),
    /// The merchant switched the link off, and says why.
    Off(Texts),
    /// Presses begin then, Unix milliseconds.
    NotYet(i64),
    /// Presses ended then, Unix milliseconds.
    Over(i64),
    /// All payments that the link may have are paid.
    UsedUp,
    /// The places left are held by customers who are paying now.
    Busy,
    /// The merchant changed the link after the presser looked at it.
    Changed,
    /// The press could not be carried out.
    Failed(Problem),
}

impl Refusal {
    /// A closed link's refusal. Its places are another matter: a field that is wrong is told first.
    pub fn of(link: &Link, closed: Closed) -> Self {
        match closed {
            Closed::Off => Self::Off(link.off_reason.clone()),
            Closed::NotYet(from) => Self::NotYet(from),
            Closed::Over(until) => Self::Over(until),
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Fields(errors) => Self::invalid(errors),
            Refusal::Off(reason) => Self::new(
                Kind::LinkClosed,
                match reason.said_in(Language::En) {
                    Some(reason) => format!("The link is switched off: {reason}"),
                    None => "The link is switched off.".to_owned(),
                },
            ),
            Refusal::NotYet(from) => {
                Self::new(Kind::LinkClosed, format!("The link is valid from {} on.", time::rfc3339(from)))
            }
            Refusal::Over(until) => {
                Self::new(Kind::LinkClosed, format!("The link was valid until {}.", time::rfc3339(until)))
            }
            Refusal::UsedUp => {
                Self::new(Kind::LinkClosed, "The link is used up: as many payments as its `cap` allows are paid.")
            }
            Refusal::Busy => {
                Self::new(Kind::LinkBusy, "Somebody is paying for the last place. Try again in a few minutes.")
            }
            Refusal::Changed => Self::new(
                Kind::LinkChanged,
                "The link is no longer at the `version` that you sent. Read it again first.",
            ),
            Refusal::Failed(problem) => problem,
        }
    }
}

/// Presses the link in the caller's transaction: checks everything, and makes the payment or finds it.
pub async fn press(app: &App, tx: &mut Tx, link_id: &str, press: Press) -> Result<Pressed, Refusal> {
    let gone = |what: &str| Refusal::Failed(Problem::new(Kind::NotFound, format!("The {what} is gone.")));
    let link = links::lock(tx, link_id).await?.ok_or_else(|| gone("link"))?;
    let form_key = press.door.key(&press.form_key);
    let known = match (link.kind, places::by_form(tx, &link.id, &form_key).await?) {
        (LinkKind::SingleUse, None) => places::first_of(tx, &link.id).await?,
        (_, known) => known,
    };
    if let Some(known) = known {
        let payment = payments::by_id(tx, &known.payment_id).await?.ok_or_else(|| gone("payment"))?;
        return Ok(Pressed::Known(Box::new(payment)));
    }
    if let Some(closed) = link.closed(app.now()) {
        return Err(Refusal::of(&link, closed));
    }
    if matches!(limits::of_link(app, tx, &link).await?, Some(Shut::Locked)) {
        return Err(Refusal::Failed(Problem::new(
            Kind::LinkClosed,
            "Too many payments of it, or of all your links, were declined. Resolve the open exception that says so first.",
        )));
    }
    if press.seen_version.is_some_and(|seen| seen != link.version) {
        return Err(Refusal::Changed);
    }
    let merchant = merchants::by_id(tx, &link.merchant_id).await?.ok_or_else(|| gone("merchant"))?;
    let merchants_own = || Language::parse(&merchant.locale).unwrap_or(Language::Hy);
    let language = press.language.unwrap_or_else(merchants_own);
    let mut faults = Faults::default();
    let mut customer = asked::read_customer(press.customer, &mut faults);
    if press.door != Door::Api {
        let said =
            [("email", &mut customer.email, QuestionKind::Email), ("phone", &mut customer.phone, QuestionKind::Phone)];
        for (name, text, kind) in said {
            match text.as_deref().map(|text| kind.read(text)) {
                Some(Ok(read)) => *text = Some(read),
                Some(Err(wrong)) => faults.add(format!("/customer/{name}"), wrong.to_string()),
                None => {}
            }
        }
    }
    let named = press.provider.as_deref().or(link.provider_account.as_deref());
    let provider = choice::named(tx, (&link.merchant_id, link.mode), named).await?;
    let provider_account = faults.unless(provider).flatten();
    let amount = press.amount.as_ref().map(|amount| asked::read_amount(amount, &mut faults));
    let choice =
        Choice { amount: amount.flatten(), quantity: press.quantity, delivery: press.delivery, answers: press.answers };
    for (id, answer) in &choice.answers {
        if request::holds_card_number(answer) {
            faults.add(format!("/answers/{}", id.replace('~', "~0").replace('/', "~1")), CARD_FAULT);
        }
    }
    let unreadable_amount = press.amount.is_some() && choice.amount.is_none();
    let quote = quote(&link, &choice, language, unreadable_amount, faults)?;
    if !link.has_room() {
        return Err(if link.is_used_up() { Refusal::UsedUp } else { Refusal::Busy });
    }
    let particulars = Particulars {
        description: link.offer.title.said_in(language).unwrap_or_default().to_owned(),
        items: quote.items,
        delivery: quote.delivery_title,
        customer,
        channel: press.channel,
        locale: language.tag().to_owned(),
        metadata: link.offer.metadata.clone(),
        ..Particulars::default()
    };
    let ask = Ask {
        merchant_id: link.merchant_id.clone(),
        mode: link.mode,
        order_id: None,
        request_key: None,
        amount: quote.amount,
        expires_at: app.now() + link.offer.payment_life_ms,
        particulars,
        provider_account,
    };
    let actor = format!("{} {}", press.actor, link.id);
    let payment = match request::create(app, tx, ask, &actor).await? {
        Created::Made(payment) => payment,
        Created::Known(_) | Created::OrderTaken(_) => return Err(Error::Taken.into()),
    };
    let personal = (!quote.personal_answers.is_empty()).then_some(quote.personal_answers);
    let press = NewPress {
        payment_id: payment.id.clone(),
        form_key,
        quantity: quote.quantity,
        delivery: quote.delivery,
        answers: quote.answers,
        personal_sealed: personal.map(|answers| {
            let text = serde_json::to_vec(&answers).expect("a map of texts always has a JSON form");
            app.sealer.seal(&answers_place(&payment.id), &text)
        }),
    };
    places::hold(tx, &link, &press, app.now()).await?;
    Ok(Pressed::Made(payment))
}

/// Whether this form of this door was pressed before.
pub async fn is_known(tx: &mut Tx, link: &Link, door: Door, form_key: &str) -> Result<bool, Error> {
    Ok(places::by_form(tx, &link.id, &door.key(form_key)).await?.is_some())
}

/// The offer's own judgement of the choice, together with the faults found before. An amount that could not be read was
/// told already, and is not missing besides.
fn quote(
    link: &Link,
    choice: &Choice,
    language: Language,
    unreadable_amount: bool,
    mut faults: Faults,
) -> Result<Quote, Refusal> {
    match link.offer.quote(choice, language) {
        Ok(quote) if faults.0.is_empty() => return Ok(quote),
        Ok(_) => {}
        Err(more) => {
            let more = more.into_iter().filter(|fault| !(unreadable_amount && fault.pointer == "/amount"));
            let told = |Fault { pointer, wrong }| FieldError { pointer, detail: wrong.to_string() };
            faults.0.extend(more.map(told));
        }
    }
    Err(Refusal::Fields(faults.0))
}

/// The page of a link, with its token opened.
pub fn link_url(app: &App, link: &Link) -> Result<String, Unsealable> {
    let token = app.sealer.open_text(&token_place(&link.id), &link.token_sealed)?;
    Ok(format!("{}/p/{}", app.site(&link.merchant_id), token.as_str()))
}

/// Where a payment link's token is sealed to.
pub fn token_place(link_id: &str) -> String {
    format!("payment-link/{link_id}")
}

/// Where what a link gives is sealed to.
pub fn fulfilment_place(link_id: &str) -> String {
    format!("fulfilment/{link_id}")
}

/// Where the answers of a payment's customer are sealed to.
pub fn answers_place(payment_id: &str) -> String {
    format!("answers/{payment_id}")
}
