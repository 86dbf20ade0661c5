//! What a remote tells later about a message that it had accepted, kept with the delivery that sent it.

use super::{RunPorts, call_failed, refused};
use crate::request;
use kamurj_domain::ExceptionKind;
use kamurj_plugins::PaymentError;
use kamurj_plugins::contract::Receipt;
use kamurj_store::deliveries::receipts::{self, State};
use kamurj_store::exceptions::{self, Exception};
use kamurj_store::{deliveries, payments};

/// The longest word for a state, in bytes.
const STATE_BYTES: usize = 32;
/// The longest code of a remote, in bytes.
const CODE_BYTES: usize = 64;

impl RunPorts {
    /// Keeps it. What is told twice, or was overtaken by a later state, changes nothing.
    pub(super) async fn note(&self, receipt: Receipt) -> Result<(), PaymentError> {
        let kept = self.read_receipt(&receipt)?;
        let mut tx = self.app.db.write().await.map_err(call_failed)?;
        // Another installation's delivery looks like none.
        let delivery = deliveries::by_id(&mut tx, &receipt.delivery_id).await.map_err(call_failed)?;
        let delivery = delivery
            .filter(|delivery| delivery.installation_id == self.installation.id)
            .ok_or_else(|| refused("not-found", "this installation has no delivery with this id"))?;
        let is_news = receipts::note(&mut tx, &delivery.id, &kept).await.map_err(call_failed)?;
        if is_news && kept.state.is_failed() {
            let payment = payments::by_id(&mut tx, &delivery.payment_id).await.map_err(call_failed)?;
            let payment = payment.ok_or_else(|| refused("not-found", "the payment is gone"))?;
            let told = [kept.code.as_str(), kept.message.as_str()].join(" ");
            let exception = Exception {
                id: self.app.ids.new_id("exc"),
                merchant_id: payment.merchant_id,
                mode: payment.mode,
                payment_id: Some(payment.id),
                kind: ExceptionKind::DeliveryFailed.word().to_owned(),
                subject: delivery.id,
                detail: format!("{} did not reach the customer: {}", self.installation.plugin, told.trim()),
            };
            exceptions::open(&mut tx, &exception, self.app.now()).await.map_err(call_failed)?;
        }
        self.app.commit(tx).await.map_err(call_failed)
    }

    /// The receipt as it is kept: texts of a remote are cut, and its clock is never ahead of ours.
    fn read_receipt(&self, receipt: &Receipt) -> Result<receipts::Receipt, PaymentError> {
        let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
        let state = &receipt.state;
        if state.is_empty() || state.len() > STATE_BYTES || !state.bytes().all(is_word) {
            let detail = "state: must be one word such as `delivered`: 1 to 32 of `a-z 0-9 _ -`";
            return Err(refused("invalid", detail));
        }
        if [&receipt.code, &receipt.message].into_iter().any(|text| request::holds_card_number(text)) {
            return Err(refused("invalid", "message: looks like a card number"));
        }
        let code = &receipt.code[..receipt.code.floor_char_boundary(CODE_BYTES)];
        Ok(receipts::Receipt {
            state: State::from_word(state),
            code: code.trim().to_owned(),
            message: receipt.message.trim().chars().take(request::MAX_TEXT).collect(),
            at: receipt.at.clamp(0, self.app.now()),
        })
    }
}
