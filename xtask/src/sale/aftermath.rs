//! The sale's end: the bank's webhook was taken, the chat and the back offices were told, the API and the journal agree, and
//! nothing was done twice.

use serde_json::Value;

use super::seen::{State, buttons, word};
use super::{Charge, Link, PRICE, PRICE_SHOWN, Sale};
use crate::markup::text;
use crate::say::step;
use crate::stack::PAID_STAGE;
use crate::wait::stays;

impl Sale<'_> {
    pub(super) fn everybody_is_told(&self, link: &Link, charge: &Charge) -> Result<(), String> {
        step("the bank's signed webhook is accepted", || {
            let detail = self.patience.until("a webhook answered with 2xx", || accepted(&self.state()?))?;
            Ok(((), detail))
        })?;
        step("the chat shows the payment as paid", || {
            let detail = self
                .patience
                .until("the link's message edited, its button gone", || edited(&self.state()?, link.message_id))?;
            Ok(((), detail))
        })?;
        let payment = step("the deal is in the paid stage with one comment", || {
            self.patience.until("one such deal in the CRM", || deal(&self.state()?))
        })?;
        self.offices_are_told(&payment)?;
        step("the API says paid", || {
            let url = format!("{}/v1/payments/{payment}", self.stack.server_url);
            let shown = self.http.get_with_key(&url, &self.stack.api_key)?;
            let amount = (word(&shown["amount"], "value"), word(&shown["amount"], "currency"));
            let reference = word(&shown, "provider_reference");
            if word(&shown, "status") != "paid" || amount != (PRICE, "AMD") {
                return Err(format!("expected {payment} paid with {PRICE} AMD, saw {shown}"));
            }
            if reference != charge.reference && reference != charge.session {
                return Err(format!("expected the bank's reference {}, saw {reference}", charge.reference));
            }
            Ok(((), format!("{payment}, {} {}, reference {reference}", amount.0, amount.1)))
        })?;
        step("the journal announced it once", || {
            let url = format!("{}/v1/payments/{payment}/journal", self.stack.server_url);
            let journal = self.http.get_with_key(&url, &self.stack.api_key)?;
            announced_once(&journal).map(|detail| ((), detail))
        })?;
        step("nothing is done twice", || {
            let detail = stays(|| {
                self.offices_once(&payment)?;
                once(&self.state()?, link.message_id)
            })?;
            Ok(((), detail))
        })
    }
}

fn accepted(state: &State) -> Result<String, String> {
    match state.webhooks() {
        [] => Err("no webhook".to_owned()),
        [webhook] if matches!(webhook["status"].as_i64(), Some(200..=299)) => {
            Ok(format!("{} {}, {}", word(webhook, "type"), word(webhook, "id"), webhook["status"]))
        }
        webhooks => Err(format!("{webhooks:?}")),
    }
}

fn edited(state: &State, message_id: i64) -> Result<String, String> {
    let message = state.bot_messages().into_iter().find(|message| message["message_id"] == message_id);
    let message = message.ok_or("no such message")?;
    let shown = text(word(message, "text"));
    if message["edited"] == true && buttons(message).is_empty() && shown.contains(PRICE_SHOWN) {
        Ok(format!("message {message_id}: {}", word(message, "text").lines().next().unwrap_or_default()))
    } else {
        Err(format!("edited: {}, {} buttons, «{shown}»", message["edited"], buttons(message).len()))
    }
}

/// Answers the payment's id as the comment names it.
fn deal(state: &State) -> Result<(String, String), String> {
    let [deal] = state.deals() else { return Err(format!("{} deals", state.deals().len())) };
    let comments = deal["comments"].as_array().map_or(&[][..], Vec::as_slice);
    let stage = word(deal, "stage_id");
    match comments {
        [comment] if stage == PAID_STAGE => {
            let payment =
                payment_of(word(comment, "text")).ok_or_else(|| format!("a comment without a marker: {comment}"))?;
            Ok((payment, format!("deal {} in {stage}, comment {}", deal["id"], comment["id"])))
        }
        comments => Err(format!("deal {} in {stage} with {} comments", deal["id"], comments.len())),
    }
}

/// The plugin marks its comment `[pay:ID:EVENT]`.
fn payment_of(comment: &str) -> Option<String> {
    let marker = comment.split_once("[pay:")?.1.split_once(']')?.0;
    let (payment, event) = marker.split_once(':')?;
    (event == "payment.paid").then(|| payment.to_owned())
}

fn announced_once(journal: &Value) -> Result<String, String> {
    let entries = journal["entries"].as_array().map_or(&[][..], Vec::as_slice);
    let kinds: Vec<&str> = entries.iter().map(|entry| word(entry, "kind")).collect();
    match kinds.iter().filter(|kind| **kind == "payment.paid").count() {
        1 => Ok(format!("{} entries: {}", kinds.len(), kinds.join(", "))),
        count => Err(format!("expected one payment.paid, saw {count} among {}", kinds.join(", "))),
    }
}

fn once(state: &State, link_message: i64) -> Result<String, String> {
    let paid = state.sessions().iter().filter(|session| word(session, "status") == "paid").count();
    let comments = state.deals().iter().filter_map(|deal| deal["comments"].as_array()).map(Vec::len).sum::<usize>();
    let after =
        state.bot_messages().iter().filter(|message| message["message_id"].as_i64() > Some(link_message)).count();
    match (state.sessions().len(), paid, state.deals().len(), comments, after) {
        (1, 1, 1, 1, 0) => Ok("one session, one deal, one comment, one lead, one row, no further message".to_owned()),
        (sessions, paid, deals, comments, after) => Err(format!(
            "expected one of each and no further message, saw {sessions} sessions ({paid} paid), {deals} deals, \
             {comments} comments, {after} further messages"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::{announced_once, payment_of};
    use serde_json::json;

    #[test]
    fn the_comment_names_the_payment() {
        assert_eq!(payment_of("Վճարված է [pay:pay_01:payment.paid]").as_deref(), Some("pay_01"));
        assert_eq!(payment_of("[pay:pay_01:payment.refunded]"), None);
        assert_eq!(payment_of("by hand"), None);
    }

    #[test]
    fn paid_twice_is_a_failure() {
        let journal =
            |kinds: &[&str]| json!({ "entries": kinds.iter().map(|kind| json!({ "kind": kind })).collect::<Vec<_>>() });
        assert!(announced_once(&journal(&["payment.created", "payment.paid"])).is_ok());
        assert!(announced_once(&journal(&["payment.created"])).is_err());
        assert!(announced_once(&journal(&["payment.paid", "payment.paid"])).is_err());
    }
}
