//! What a plugin needs for comparing its remote with the journal: which payments changed, and where it hands in what differs. Nothing
//! here changes a payment.

use super::{RunPorts, call_failed, refused};
use crate::request;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kamurj_domain::ExceptionKind;
use kamurj_plugins::PaymentError;
use kamurj_plugins::contract::{self, Part, Span, Standing, Standings};
use kamurj_store::comparisons::{self, Comparison};
use kamurj_store::deliveries::again;
use kamurj_store::exceptions::{self, Exception};
use kamurj_store::installations::Sink;
use kamurj_store::jobs::Kind;
use kamurj_store::{Tx, changed, occurrences, payments};
use sha2::{Digest, Sha256};

/// Most payments of one page.
const PAGE: u32 = 50;
/// Most differences of one part.
const DIFFERENCES: usize = 200;
/// Longest word or id that a plugin may name, in bytes.
const WORD_BYTES: usize = 128;

impl RunPorts {
    /// Payments that this installation is told of and that changed in the span.
    pub(super) async fn changed(&self, span: &Span) -> Result<Standings, PaymentError> {
        if !(1..=PAGE).contains(&span.limit) {
            return Err(refused("invalid", "limit: must be between 1 and 50"));
        }
        let start = (span.since, String::new());
        let (after, id) = match &span.cursor {
            None => start,
            Some(cursor) => cursor
                .split_once('.')
                .and_then(|(at, id)| Some((at.parse().ok()?, id.to_owned())))
                .ok_or_else(|| refused("invalid", "cursor: must be the `next` of a page before"))?,
        };
        let whose = (self.installation.merchant_id.as_str(), self.installation.mode);
        let mut tx = self.app.db.read().await.map_err(call_failed)?;
        let found = changed::between(&mut tx, whose, (after, &id), span.until, i64::from(span.limit));
        let found = found.await.map_err(call_failed)?;
        let is_full = found.len() >= span.limit as usize;
        let next = found.last().filter(|_| is_full).map(|last| format!("{}.{}", last.updated_at, last.id));
        let mut page = Vec::new();
        for one in found {
            let Some(payment) = payments::by_id(&mut tx, &one.id).await.map_err(call_failed)? else { continue };
            let crm = &payment.particulars.crm;
            let own = crm.as_ref().is_none_or(|crm| crm.plugin == self.installation.plugin);
            if own || self.installation.sink == Sink::Ledger {
                page.push(self.standing(&mut tx, &payment, one.updated_at).await?);
            }
        }
        Ok(Standings { payments: page, next })
    }

    async fn standing(
        &self,
        tx: &mut Tx,
        payment: &payments::Payment,
        changed_at: i64,
    ) -> Result<Standing, PaymentError> {
        let owing = again::owes(tx, &payment.id, &self.installation.id).await.map_err(call_failed)?;
        let amount = payment.terms.amount;
        let money = |minor| contract::Money { minor, currency: amount.currency.code().to_owned() };
        Ok(Standing {
            id: payment.id.clone(),
            order_id: payment.order_id.clone(),
            status: payment.status.word().to_owned(),
            version: payment.version.unsigned_abs(),
            amount: money(amount.minor),
            captured: money(payment.captured_minor),
            refunded: money(payment.refunded_minor),
            crm: payment.particulars.crm.as_ref().map(|crm| contract::CrmRef {
                plugin: crm.plugin.clone(),
                entity_type: crm.entity_type.clone(),
                entity_id: crm.entity_id.clone(),
                extra: Vec::new(),
            }),
            changed_at,
            owing,
            extra: Vec::new(),
        })
    }

    /// Keeps a part of what this run's occurrence found.
    pub(super) async fn keep_part(&self, part: Part) -> Result<(), PaymentError> {
        let occurrence = &part.occurrence_id;
        let runs = self.job.as_ref().is_some_and(|job| job.kind == Kind::Schedule && job.subject == *occurrence);
        if !runs {
            return Err(refused("invalid", "occurrence-id: must be the occurrence whose run this is"));
        }
        if part.differences.len() > DIFFERENCES {
            return Err(refused("too-large", "differences: a part has at most 200"));
        }
        let whole = serde_json::to_vec(&part).map_err(call_failed)?;
        let name = URL_SAFE_NO_PAD.encode(Sha256::digest(&whole));
        let mut tx = self.app.db.write().await.map_err(call_failed)?;
        let known = occurrences::by_id(&mut tx, occurrence).await.map_err(call_failed)?;
        if known.is_none_or(|known| known.installation_id != self.installation.id) {
            return Err(refused("not-found", "this installation has no occurrence with this id"));
        }
        let mut differences = Vec::new();
        for difference in part.differences {
            differences.push(self.read_difference(&mut tx, difference).await?);
        }
        let kept = comparisons::Part {
            id: &self.app.ids.new_id("cmp"),
            installation_id: &self.installation.id,
            occurrence_id: occurrence,
            name: &format!("{}/{name}", self.run),
            compared: i64::from(part.compared),
            differences: &differences,
            complete: part.complete,
        };
        let comparison = comparisons::add(&mut tx, &kept, self.app.now()).await.map_err(call_failed)?;
        if let Some(comparison) = comparison.filter(|comparison| comparison.ended_at.is_some()) {
            self.tell(&mut tx, &comparison).await.map_err(call_failed)?;
        }
        self.app.commit(tx).await.map_err(call_failed)
    }

    /// A difference as it is kept: of a payment of ours, texts of a remote cut.
    async fn read_difference(
        &self,
        tx: &mut Tx,
        told: contract::Difference,
    ) -> Result<comparisons::Difference, PaymentError> {
        let payment = self.own_payment(tx, &told.payment_id).await?;
        let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
        if told.field.is_empty() || told.field.len() > 32 || !told.field.bytes().all(is_word) {
            return Err(refused("invalid", "field: must be one word such as `status`: 1 to 32 of `a-z 0-9 _ -`"));
        }
        let texts = [&told.ours, &told.theirs, &told.message];
        if texts.into_iter().any(|text| request::holds_card_number(text)) {
            return Err(refused("invalid", "differences: a text looks like a card number"));
        }
        let cut = |text: &str| text.trim().chars().take(request::MAX_TEXT).collect::<String>();
        let word = |text: &str| text[..text.floor_char_boundary(WORD_BYTES)].to_owned();
        Ok(comparisons::Difference {
            payment_id: payment.id,
            entity_type: told.entity.as_ref().map(|entity| word(&entity.entity_type)),
            entity_id: told.entity.as_ref().map(|entity| word(&entity.entity_id)),
            field: told.field,
            ours: cut(&told.ours),
            theirs: cut(&told.theirs),
            message: cut(&told.message),
        })
    }

    /// Asks a person to look where something differs, and no more where nothing does.
    async fn tell(&self, tx: &mut Tx, comparison: &Comparison) -> Result<(), kamurj_store::Error> {
        let (app, id) = (&self.app, &self.installation.id);
        let kind = ExceptionKind::CrmDiffers.word();
        if comparison.differing == 0 {
            exceptions::close(tx, kind, id, "facts", "the newest comparison found no difference", app.now()).await?;
            return Ok(());
        }
        let exception = Exception {
            id: app.ids.new_id("exc"),
            merchant_id: self.installation.merchant_id.clone(),
            mode: self.installation.mode,
            payment_id: None,
            kind: kind.to_owned(),
            subject: id.clone(),
            detail: format!(
                "{} shows payments otherwise than they are: see GET /v1/installations/{id}/comparisons. No payment was changed by it",
                self.installation.plugin
            ),
        };
        exceptions::open(tx, &exception, app.now()).await?;
        Ok(())
    }
}
