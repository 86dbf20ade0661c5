//! The merchant's payment links as a chat shows them, and the press of one from a chat. The rules are the page's own: what differs is
//! who reads the answer.

use super::{RunPorts, call_failed, refused};
use crate::app::App;
use crate::front::limits::{self, Shut};
use crate::press::{self, Door, Pressed, Refusal};
use crate::problem::Problem;
use crate::work::view;
use kamurj_domain::format::Language;
use kamurj_domain::link::{Price, Question, QuestionKind, Texts};
use kamurj_domain::{LinkKind, Money};
use kamurj_plugins::PaymentError;
use kamurj_plugins::contract::{LinkChoice, LinkQuestion, Payment, PaymentLink, Selection};
use kamurj_store::links::{self, Closed, Link};
use kamurj_store::{Tx, merchants};

/// The most links that one call reads.
const MOST: usize = 100;
/// The longest key of a press, in bytes.
const KEY_BYTES: usize = 128;

impl RunPorts {
    /// Those of these links that the merchant has in this mode, in the order asked.
    pub(super) async fn links(&self, ids: &[String], language: &str) -> Result<Vec<PaymentLink>, PaymentError> {
        if ids.len() > MOST {
            return Err(refused("invalid", "ids: at most 100 links can be read at once"));
        }
        let mut tx = self.app.db.read().await.map_err(call_failed)?;
        let language = self.language(&mut tx, Some(language).filter(|tag| !tag.is_empty()), "language").await?;
        let mut shown = Vec::new();
        for id in ids {
            let Some(link) = self.own_link(&mut tx, id).await? else { continue };
            let state = state(&self.app, &mut tx, &link).await?;
            shown.push(self.show(&link, state, language)?);
        }
        Ok(shown)
    }

    /// Presses a link for a customer in a chat.
    pub(super) async fn press(&self, selection: Selection) -> Result<Payment, PaymentError> {
        if selection.key.is_empty() || selection.key.len() > KEY_BYTES {
            return Err(refused("invalid", "key: must have 1 to 128 bytes"));
        }
        let app = &self.app;
        let mut tx = app.db.write().await.map_err(call_failed)?;
        let link = self.own_link(&mut tx, &selection.link_id).await?;
        let link = link.ok_or_else(|| refused("not-found", "this installation has no link with this id"))?;
        let language = self.language(&mut tx, selection.locale.as_deref(), "locale").await?;
        let form_key = format!("{}/{}", self.installation.id, selection.key);
        let is_known = press::is_known(&mut tx, &link, Door::Chat, &form_key).await.map_err(call_failed)?;
        // As at the page: a press that was made before goes on where it was, whatever the limits say.
        if !is_known && let Some(shut) = limits::of_link(app, &mut tx, &link).await.map_err(call_failed)? {
            return Err(self.too_many(shut));
        }
        let asked = self.press_of(selection, form_key, language)?;
        let payment = match press::press(app, &mut tx, &link.id, asked).await {
            Ok(Pressed::Made(payment)) => {
                self.asked_in(&mut tx, &payment).await?;
                payment
            }
            Ok(Pressed::Known(payment)) => payment,
            Err(refusal) => return Err(told(refusal)),
        };
        let shown = self.shown(&mut tx, &payment).await?;
        app.commit(tx).await.map_err(call_failed)?;
        Ok(shown)
    }

    fn too_many(&self, shut: Shut) -> PaymentError {
        let closed = refused("closed", "too many payments of this link were declined");
        match shut {
            Shut::Locked => closed,
            Shut::Until(at) => {
                PaymentError { retryable: true, retry_after_ms: u64::try_from(at - self.app.now()).ok(), ..closed }
            }
        }
    }

    /// A link of the installation's merchant in its mode. Another's looks like none.
    pub(super) async fn own_link(&self, tx: &mut Tx, id: &str) -> Result<Option<Link>, PaymentError> {
        let link = links::by_id(tx, id).await.map_err(call_failed)?;
        let own =
            |link: &Link| link.merchant_id == self.installation.merchant_id && link.mode == self.installation.mode;
        Ok(link.filter(own))
    }

    /// The language with this tag, or else the merchant's.
    pub(super) async fn language(&self, tx: &mut Tx, tag: Option<&str>, field: &str) -> Result<Language, PaymentError> {
        if let Some(tag) = tag {
            return Language::parse(tag).ok_or_else(|| refused("invalid", format!("{field}: must be hy, ru or en")));
        }
        let merchant = merchants::by_id(tx, &self.installation.merchant_id).await.map_err(call_failed)?;
        let merchant = merchant.ok_or_else(|| refused("not-found", "the merchant is gone"))?;
        Ok(Language::parse(&merchant.locale).unwrap_or(Language::Hy))
    }

    fn show(&self, link: &Link, state: &str, language: Language) -> Result<PaymentLink, PaymentError> {
        let offer = &link.offer;
        let said = |texts: &Texts| texts.said_in(language).unwrap_or_default().to_owned();
        let money = |minor| view::money(Money::new(minor, offer.currency));
        let (price, least, most, suggested) = match offer.price {
            Price::Fixed { minor } => (Some(minor), None, None, None),
            Price::Chosen { min_minor, max_minor, suggested_minor } => {
                (None, Some(min_minor), Some(max_minor), suggested_minor)
            }
        };
        let ways = offer.deliveries.iter().map(|option| LinkChoice {
            id: option.id.clone(),
            title: said(&option.title),
            price: (option.price_minor > 0).then(|| money(option.price_minor)),
            extra: Vec::new(),
        });
        let (fewest_pieces, most_pieces) = offer.quantity.map_or((1, 1), |bounds| (bounds.min, bounds.max));
        Ok(PaymentLink {
            id: link.id.clone(),
            kind: link.kind.word().to_owned(),
            state: state.to_owned(),
            version: link.version.unsigned_abs(),
            title: said(&offer.title),
            description: said(&offer.description),
            url: press::link_url(&self.app, link).map_err(call_failed)?,
            price: price.map(money),
            least: least.map(money),
            most: most.map(money),
            suggested: suggested.map(money),
            fewest_pieces,
            most_pieces,
            deliveries: ways.collect(),
            questions: offer.questions.iter().map(|question| asked(question, language)).collect(),
            contact: offer.contact.word().to_owned(),
            extra: Vec::new(),
        })
    }
}

fn asked(question: &Question, language: Language) -> LinkQuestion {
    let said = |texts: &Texts| texts.said_in(language).unwrap_or_default().to_owned();
    let choices = match &question.kind {
        QuestionKind::Choice { choices } => choices
            .iter()
            .map(|choice| LinkChoice {
                id: choice.id.clone(),
                title: said(&choice.label),
                price: None,
                extra: Vec::new(),
            })
            .collect(),
        _ => Vec::new(),
    };
    LinkQuestion {
        id: question.id.clone(),
        label: said(&question.label),
        kind: question.kind.word().to_owned(),
        required: question.required,
        choices,
        extra: Vec::new(),
    }
}

/// How the link stands, in the contract's word. Its limits close it as its merchant would.
async fn state(app: &App, tx: &mut Tx, link: &Link) -> Result<&'static str, PaymentError> {
    if let Some(closed) = link.closed(app.now()) {
        return Ok(match closed {
            Closed::Off => "off",
            Closed::NotYet(_) => "not_yet",
            Closed::Over(_) => "over",
        });
    }
    let is_pressed =
        link.kind == LinkKind::SingleUse && links::places::first_of(tx, &link.id).await.map_err(call_failed)?.is_some();
    if !link.has_room() || is_pressed {
        return Ok(if link.is_used_up() { "used_up" } else { "busy" });
    }
    Ok(match limits::of_link(app, tx, link).await.map_err(call_failed)? {
        None => "open",
        Some(Shut::Until(_)) => "busy",
        Some(Shut::Locked) => "off",
    })
}

/// Why a press made nothing, in the contract's words.
fn told(refusal: Refusal) -> PaymentError {
    let closed = |retryable: bool, message: &str| PaymentError {
        code: "closed".to_owned(),
        message: message.to_owned(),
        retryable,
        retry_after_ms: None,
    };
    match refusal {
        Refusal::Fields(errors) => {
            let each = |error: crate::problem::FieldError| {
                format!("{}: {}", super::selection::field_of(&error.pointer), error.detail)
            };
            refused("invalid", errors.into_iter().map(each).collect::<Vec<_>>().join("; "))
        }
        Refusal::Off(_) => closed(false, "the link is switched off"),
        Refusal::NotYet(_) => closed(false, "the link is not valid yet"),
        Refusal::Over(_) => closed(false, "the link is not valid any more"),
        Refusal::UsedUp => closed(false, "the link is used up"),
        Refusal::Busy => closed(true, "somebody is paying for the last place"),
        Refusal::Changed => refused("conflict", "version: the merchant changed the link meanwhile; read it again"),
        Refusal::Failed(problem) => failed(&problem),
    }
}

fn failed(problem: &Problem) -> PaymentError {
    let body = problem.body();
    if body.status < 500 { refused("closed", body.detail) } else { call_failed(body.detail) }
}
