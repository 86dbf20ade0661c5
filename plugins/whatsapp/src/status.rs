//! How far a message has come ("Status messages webhook"). 200 to a send means only that it was accepted; the verdict comes here, in
//! any order and more than once. It must not read what customers write.

use kamurj_chat::{About, Buttons, Chat, Event, Kind, Message, News, Person, Purpose, Tag, note_news, saw};
use kamurj_sdk::{Host, InboundRequest, Language, Level, Outcome, Payment, Receipt, plain};

use crate::bundle::is_first;
use crate::cloud::Cloud;
use crate::refusal::{Class, class};
use crate::settings::Settings;
use crate::webhook::Status;

/// Ends the payment's part of a mark whose message is a template sent in place of one that came too late: there is no third.
const INSTEAD: &str = "~template";

/// Takes one status.
pub(crate) fn handle(
    host: &impl Host,
    settings: &Settings,
    request: &InboundRequest,
    place: usize,
    status: &Status,
) -> Result<Outcome, Outcome> {
    let Some(mark) = status.mark.as_deref().filter(|mark| Tag::read(mark).is_some()) else {
        return Ok(Outcome::done());
    };
    let class = status.code.filter(|_| status.state == "failed").and_then(class);
    let mut code = status.code.map(|code| code.to_string()).unwrap_or_default();
    let mut text = status.text.clone();
    match class {
        Some(Class::Person) => blocked(host, settings, request, status)?,
        Some(Class::Window) => {
            if instead(host, settings, (request, place), status, mark)? {
                saw(host, mark, &status.message);
                return Ok(Outcome::done());
            }
            "window-closed".clone_into(&mut code);
            if !text.is_empty() {
                text.push_str("; ");
            }
            text.push_str("no template is set for this message");
        }
        _ => {}
    }
    if status.state == "failed" {
        host.log(Level::Warn, "A message was accepted and not delivered", &[("message.mark", mark), ("code", &code)]);
    }
    let state = if status.state == "played" { "read" } else { &status.state };
    let news = News {
        mark: mark.to_owned(),
        message: status.message.clone(),
        state: state.to_owned(),
        code,
        text,
        at: status.at.unwrap_or_else(|| host.now_ms()),
    };
    note_news(host, &news)?;
    Ok(Outcome::done())
}

/// The chat is out of reach until it is heard again.
fn blocked(host: &impl Host, settings: &Settings, request: &InboundRequest, status: &Status) -> Result<(), Outcome> {
    let Some(id) = status.chat.clone() else { return Ok(()) };
    let kind = Kind::Reachable(false);
    let event = Event { key: status.message.clone(), chat: Chat { id, private: true }, from: Person::default(), kind };
    let cloud = Cloud::new(host, settings, request.run);
    kamurj_chat::handle(host, &cloud, &settings.shop, &request.id, &event).map(|_| ())
}

/// Sends the template of a message that came too late, once. Answers whether there was nothing left to tell.
fn instead(
    host: &impl Host,
    settings: &Settings,
    (request, place): (&InboundRequest, usize),
    status: &Status,
    mark: &str,
) -> Result<bool, Outcome> {
    let Some((owner, purpose, payment)) = Tag::read(mark) else { return Ok(false) };
    if purpose == Purpose::Talk || payment.ends_with(INSTEAD) || settings.template(purpose).is_none() {
        return Ok(false);
    }
    let payment = match host.payment(payment) {
        Ok(payment) => payment,
        Err(error) if error.retryable => return Err(error.into()),
        Err(_) => return Ok(false),
    };
    let invites = matches!(purpose, Purpose::Link | Purpose::Failed | Purpose::Reminder);
    if invites && !matches!(payment.status.as_str(), "created" | "pending" | "failed") {
        return Ok(true);
    }
    let Some(chat) = payment.channel.as_ref().filter(|channel| channel.plugin == crate::ID) else { return Ok(false) };
    // The same message may have been sent twice, or its failure told in two bundles.
    if !is_first(host, &format!("instead:{mark}"), &request.id) {
        return Ok(true);
    }
    let message = Message { purpose, text: String::new(), buttons: Buttons::None, about: Some(about(host, &payment)) };
    let cloud = Cloud::new(host, settings, request.run).at(place).with_templates_only();
    let tag = Tag::new(owner, "instead", purpose, &format!("{}{INSTEAD}", payment.id));
    match kamurj_chat::send(host, &cloud, &chat.conversation, &message, &tag) {
        Ok(_) => Ok(true),
        Err(outcome) if owner.starts_with("dlv_") && matches!(outcome.kind.as_str(), "bad-request" | "unreachable") => {
            let receipt = Receipt {
                delivery_id: owner.to_owned(),
                state: "failed".to_owned(),
                code: outcome.code,
                message: outcome.message,
                at: status.at.unwrap_or_else(|| host.now_ms()),
                extra: Vec::new(),
            };
            match host.note_receipt(&receipt) {
                Err(error) if error.retryable => Err(error.into()),
                // A delivery that is gone needs no receipt.
                _ => Ok(true),
            }
        }
        Err(outcome) => Err(outcome),
    }
}

fn about(host: &impl Host, payment: &Payment) -> About {
    let of_chat = payment.channel.as_ref().and_then(|channel| channel.language.as_deref());
    let language = Language::from_tag(of_chat.unwrap_or(&payment.locale)).tag();
    About {
        payment: payment.id.clone(),
        order: plain(&payment.order_id, 64),
        money: host.format_money(&payment.amount, language),
        description: plain(&payment.description, 300),
        url: payment.checkout_url.clone(),
        language,
    }
}
