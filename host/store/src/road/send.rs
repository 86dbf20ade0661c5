//! Sending a payment's link to its conversation because somebody asks for it: by whom and when is journalled, and one
//! delivery is owed to the channel that has the conversation.

use super::settle::{Cause, Held};
use super::{Road, Sending};
use crate::conversations::{self, is_same};
use crate::db::{Error, Tx};
use crate::installations::{self, Sink};
use crate::payments::{self, Payment};
use crate::sends::{self, Send};
use crate::{deliveries, search};
use kamurj_domain::order::ChannelRef;
use kamurj_domain::{Event, Status};
use serde_json::json;

impl Road {
    /// Owes the payment's channel a sending of its link. `named`: the conversation that whoever asks has in mind; a payment
    /// that has none yet takes it for its own, so that what happens to it later is told there as well.
    pub async fn send(&self, tx: &mut Tx, payment_id: &str, named: Option<ChannelRef>) -> Result<Sending, Error> {
        let Some(mut payment) = self.folded(tx, payment_id).await? else { return Ok(Sending::NoPayment) };
        if !can_be_paid(payment.status) {
            return Ok(Sending::NotNow(payment.status));
        }
        let (channel, is_new) = match (&payment.particulars.channel, named) {
            (Some(own), Some(named)) if !is_same(own, &named) => return Ok(Sending::OtherConversation),
            (Some(own), _) => (own.clone(), false),
            (None, Some(named)) => (named, true),
            (None, None) => return Ok(Sending::NoConversation),
        };
        if let Some(send) = sends::waiting(tx, payment_id).await? {
            return Ok(Sending::Waits(Box::new(send)));
        }
        let installed = installations::of_plugin(tx, &payment.merchant_id, payment.mode, &channel.plugin).await?;
        let Some(installed) = installed.filter(|one| one.active && one.sink == Sink::Channel) else {
            return Ok(Sending::NoPlugin(channel.plugin));
        };
        if installed.events.iter().all(|name| name != Event::SEND.name()) {
            return Ok(Sending::CannotSend(channel.plugin));
        }
        if is_new && !conversations::is_known(tx, &payment.merchant_id, payment.mode, &channel).await? {
            return Ok(Sending::UnknownConversation);
        }
        if let Some(at) = sends::rests_until(tx, payment_id, self.now).await? {
            return Ok(Sending::TooOften(at));
        }
        if is_new {
            payment.particulars.channel = Some(channel.clone());
            payments::change_order(tx, &payment).await?;
            search::add(tx, &payment).await?;
        }
        self.owe_send(tx, payment, &channel, is_new).await
    }

    async fn owe_send(
        &self,
        tx: &mut Tx,
        mut payment: Payment,
        channel: &ChannelRef,
        is_new: bool,
    ) -> Result<Sending, Error> {
        let id = self.ids.new_id("snd");
        let body = json!({
            "send": id,
            // Whose chat it is, the payment says: what is written here stays for ever.
            "plugin": channel.plugin,
            "becomes_its_own": is_new,
        });
        Held { road: self, payment: &mut payment }.settle(tx, Vec::new(), Cause::Sent(body)).await?;
        let owed = deliveries::of_event(tx, &payment.id, payment.version, Event::SEND.name()).await?;
        // Between the question and the deed the plugin may have been switched off; the caller undoes what was done.
        let Some(delivery_id) = owed else { return Ok(Sending::NoPlugin(channel.plugin.clone())) };
        let send = Send {
            id,
            payment_id: payment.id,
            delivery_id,
            at: self.now,
            actor: self.actor.clone(),
            outcome: None,
            delivery_state: "owed".to_owned(),
            detail: None,
        };
        sends::add(tx, &send).await?;
        Ok(Sending::Owed(Box::new(send)))
    }
}

/// Whether a customer who gets the link now can pay, or try again.
pub fn can_be_paid(status: Status) -> bool {
    matches!(status, Status::Created | Status::Pending | Status::Failed)
}
