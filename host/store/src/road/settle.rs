//! The step that every change ends in: fold, journal, projection, deliveries owed, next timer, in one transaction.

use super::Road;
use crate::attempts::{self, Stored};
use crate::db::{Error, Tx};
use crate::defect::{self, Defect};
use crate::deliveries::{self, Delivery};
use crate::installations::{self, Installation, Sink};
use crate::jobs::{self, Kind, lanes};
use crate::links::places::SlotOutcome;
use crate::payments::{self, Payment, View};
use crate::{events, exceptions, facts, journal, links, refunds, restorations};
use kamurj_domain::attempt::Call;
use kamurj_domain::event::Before;
use kamurj_domain::refund;
use kamurj_domain::verdict::{Asked, Verdict, verdict};
use kamurj_domain::{Action, Event, Evidence, Exception, Fact, FactKind, Outcome, Status, events_between, fold};
use serde_json::{Value, json};

/// Why a payment is folded.
pub(super) enum Cause {
    /// It is new.
    Created(Value),
    /// Facts came.
    Learned,
    /// Time passed.
    Time,
    /// Something else happened that the journal tells under this kind.
    Noted(&'static str, Value),
    /// The customer is reminded.
    Reminded,
    /// Somebody sends the link, with what the journal tells of it.
    Sent(Value),
    /// Something that no fact says was put before a person, or settled; with what the journal tells of it.
    Excepted(Event, Value),
    /// The merchant changed the order.
    Changed(Value),
}

/// A payment whose lock this transaction holds.
pub(super) struct Held<'r> {
    pub(super) road: &'r Road,
    pub(super) payment: &'r mut Payment,
}

impl Held<'_> {
    /// Adds the facts that are new, folds all of them and writes everything that follows.
    pub(super) async fn settle(&mut self, tx: &mut Tx, learned: Vec<Fact>, cause: Cause) -> Result<(), Error> {
        let length_before = self.payment.journal_length;
        let is_new = matches!(cause, Cause::Created(_));
        let is_another = matches!(cause, Cause::Changed(_));
        let is_tick = matches!(cause, Cause::Time);
        let asked_for = match cause {
            Cause::Reminded => Some(Event::REMINDER),
            Cause::Sent(_) => Some(Event::SEND),
            Cause::Excepted(event, _) => Some(event),
            _ => None,
        };
        match &cause {
            Cause::Created(body) => self.write(tx, Event::CREATED.name(), body).await?,
            Cause::Noted(kind, body) => self.write(tx, kind, body).await?,
            Cause::Changed(body) => self.write(tx, "payment.changed", body).await?,
            Cause::Reminded => self.write(tx, Event::REMINDER.name(), &json!({})).await?,
            Cause::Sent(body) => self.write(tx, Event::SEND.name(), body).await?,
            Cause::Excepted(event, body) => self.write(tx, event.name(), body).await?,
            Cause::Learned | Cause::Time => {}
        }
        let mut added = self.add(tx, learned).await?;
        let stored = attempts::of_payment(tx, &self.payment.id).await?;
        let asked = asked(&stored);
        let mut known = facts::of_payment(tx, &self.payment.id).await?;
        if defect::has(Defect::StaleFold) {
            known.retain(|fact| added.iter().all(|new| new.id != fact.id));
        }
        let actions = self.fold(&asked, &known).actions;
        let reserved = self.give_back(tx, &actions).await?;
        if !reserved.is_empty() {
            added.extend(self.add(tx, reserved).await?);
            known = facts::of_payment(tx, &self.payment.id).await?;
        }
        let places = self.keep_places(tx, &asked, &known).await?;
        if !places.is_empty() {
            added.extend(self.add(tx, places).await?);
            known = facts::of_payment(tx, &self.payment.id).await?;
            self.keep_places(tx, &asked, &known).await?;
        }
        let outcome = self.fold(&asked, &known);
        if defect::has(Defect::JournalSkipped) && added.iter().any(|fact| fact.kind == FactKind::Returned) {
            added.clear();
        }
        for fact in &added {
            let decides = outcome.deciding.is_some_and(|deciding| deciding.id == fact.id);
            self.write(tx, &format!("fact.{}", fact.kind.word()), &fact_body(fact, decides)).await?;
        }
        if added.iter().any(|fact| fact.refund.is_some()) {
            self.project_refunds(tx, &stored, &known).await?;
        }
        if !added.is_empty() || is_another || is_tick {
            self.project_movements(tx, &stored, &known, is_tick).await?;
        }
        let before = Before {
            status: self.payment.status,
            announced_paid: self.payment.announced_paid,
            refunded_minor: self.payment.refunded_minor,
            exceptions: self.payment.exceptions.clone(),
        };
        let mut told = events_between(&before, &outcome);
        if defect::has(Defect::ToldAgain) && outcome.status == Status::Paid && !added.is_empty() {
            told.push(Event::of(Status::Paid));
        }
        if is_new {
            told.insert(0, Event::CREATED);
        }
        told.extend(asked_for);
        let told_again = defect::has(Defect::ToldAgain) && !added.is_empty();
        if added.iter().any(|fact| fact.kind == FactKind::Declined) {
            // Limits count it, also where another attempt is under way and the status stays.
            tx.changes(&self.payment.id);
        }
        let changed = is_new || is_another || asked_for.is_some() || told_again || self.differs(&outcome);
        if changed {
            tx.changes(&self.payment.id);
            self.begin(tx, &outcome.actions).await?;
            self.take(&outcome, &known);
            self.announce(tx, &before, &outcome).await?;
            if told.contains(&Event::of(Status::Paid)) {
                self.payment.announced_paid = true;
            }
            events::add(tx, self.payment, &told, self.road.now).await?;
            self.owe(tx, &told, stored.len()).await?;
            self.set_timer(tx, outcome.next_timer).await?;
            self.set_reminder(tx, &known).await?;
        }
        let deciding = outcome.deciding.map(|fact| fact.id.clone());
        if changed && defect::has(Defect::StaleProjection) && outcome.status == Status::Expired {
            payments::head(tx, self.payment).await
        } else if changed {
            payments::project(tx, self.payment, deciding.as_deref(), self.road.now).await
        } else if self.payment.journal_length > length_before {
            payments::head(tx, self.payment).await
        } else {
            Ok(())
        }
    }

    /// Writes the facts that are new, and answers them.
    async fn add(&self, tx: &mut Tx, learned: Vec<Fact>) -> Result<Vec<Fact>, Error> {
        let mut added = Vec::new();
        for fact in learned {
            if facts::insert(tx, &self.payment.id, &fact).await? {
                added.push(fact);
            }
        }
        Ok(added)
    }

    fn fold<'f>(&self, asked: &[Asked], known: &'f [Fact]) -> Outcome<'f> {
        fold(&self.payment.terms, asked, known, &self.payment.policy, self.road.now)
    }

    /// Brings the place that the payment has in its link into step with the status that these facts make. Answers a fact
    /// where it would be paid and the link has no place left: whether there was one is decided here, once.
    async fn keep_places(&self, tx: &mut Tx, asked: &[Asked], known: &[Fact]) -> Result<Vec<Fact>, Error> {
        let status = self.fold(asked, known).status;
        if status == self.payment.status {
            return Ok(Vec::new());
        }
        let place = links::status_changed(tx, &self.payment.id, status, self.road.now).await?;
        let is_known = known.iter().any(|fact| fact.kind == FactKind::OverCap);
        if place != SlotOutcome::NoPlace || is_known {
            return Ok(Vec::new());
        }
        Ok(vec![self.road.act(FactKind::OverCap, Evidence::Own)])
    }

    /// Puts the jobs of what the host does by itself and has not begun yet.
    async fn begin(&self, tx: &mut Tx, actions: &[Action]) -> Result<(), Error> {
        for action in actions.iter().filter(|action| !self.payment.actions.contains(action)) {
            match action {
                Action::CloseSession { attempt } => jobs::put(tx, Kind::Close, attempt, self.road.now).await?,
                // Its job was put when its amount was reserved.
                Action::Refund { .. } => {}
            }
        }
        Ok(())
    }

    async fn project_refunds(&self, tx: &mut Tx, stored: &[Stored], known: &[Fact]) -> Result<(), Error> {
        for stored in stored {
            for refund in refund::refunds(&stored.attempt.id, known) {
                refunds::project(tx, refund.id, refund.end.word()).await?;
            }
        }
        Ok(())
    }

    /// The newest attempt that is under way, where its end is not known and the customer could still be paying.
    pub(super) async fn open_attempt(&mut self, tx: &mut Tx) -> Result<Option<Stored>, Error> {
        let stored = attempts::of_payment(tx, &self.payment.id).await?;
        let known = facts::of_payment(tx, &self.payment.id).await?;
        let asked = asked(&stored);
        Ok(stored
            .into_iter()
            .zip(asked)
            .filter(|(stored, _)| !matches!(stored.attempt.call, Call::Refused { .. }))
            .rfind(|(_, asked)| verdict(asked, &known) == Verdict::Open)
            .map(|(stored, _)| stored))
    }

    fn differs(&self, outcome: &Outcome<'_>) -> bool {
        self.payment.status != outcome.status
            || self.payment.captured_minor != outcome.captured_minor
            || self.payment.surplus_minor != outcome.surplus_minor
            || self.payment.refunded_minor != outcome.refunded_minor
            || self.payment.reserved_minor != outcome.reserved_minor
            || self.payment.open_until != outcome.open_until
            || self.payment.exceptions != outcome.exceptions
            || self.payment.actions != outcome.actions
            || self.payment.rule != outcome.rule
    }

    fn take(&mut self, outcome: &Outcome<'_>, known: &[Fact]) {
        self.payment.status = outcome.status;
        self.payment.version += 1;
        self.payment.captured_minor = outcome.captured_minor;
        self.payment.surplus_minor = outcome.surplus_minor;
        self.payment.refunded_minor = outcome.refunded_minor;
        self.payment.reserved_minor = outcome.reserved_minor;
        self.payment.open_until = outcome.open_until;
        self.payment.paid_at = outcome.paid_at;
        outcome.rule.clone_into(&mut self.payment.rule);
        self.payment.evidence = outcome.deciding.map_or_else(String::new, |fact| match fact.evidence {
            // Who decided is in the journal; outside it is enough that it was not the bank.
            Evidence::Manual => kamurj_domain::decision::BY_HAND.to_owned(),
            _ => format!("{} from {}", fact.evidence.phrase(), fact.source.name),
        });
        self.payment.provider_reference = outcome.deciding.and_then(|deciding| {
            deciding.reference.clone().or_else(|| {
                known
                    .iter()
                    .filter(|fact| deciding.attempt.is_none() || fact.attempt == deciding.attempt)
                    .filter(|fact| fact.refund.is_none())
                    .find_map(|fact| fact.reference.clone())
            })
        });
        self.payment.exceptions.clone_from(&outcome.exceptions);
        self.payment.actions.clone_from(&outcome.actions);
    }

    /// Tells the journal, and opens the exceptions that are new.
    async fn announce(&mut self, tx: &mut Tx, before: &Before, outcome: &Outcome<'_>) -> Result<(), Error> {
        if outcome.status != before.status {
            let repeated = outcome.status == Status::Paid && before.announced_paid;
            let kind = if repeated { Event::PAID_AGAIN } else { Event::of(outcome.status) }.name();
            let body = json!({
                "from": before.status.word(),
                "rule": outcome.rule,
                "deciding_fact": outcome.deciding.map(|fact| &fact.id),
                "evidence": outcome.deciding.map(|fact| fact.evidence.word()),
                "captured_minor": outcome.captured_minor,
                "surplus_minor": outcome.surplus_minor,
                "version": self.payment.version,
            });
            self.write(tx, kind, &body).await?;
        }
        for exception in outcome.exceptions.iter().filter(|exception| !before.exceptions.contains(exception)) {
            let opened = exceptions::open(
                tx,
                &exceptions::Exception {
                    id: self.road.ids.new_id("exc"),
                    merchant_id: self.payment.merchant_id.clone(),
                    mode: self.payment.mode,
                    payment_id: Some(self.payment.id.clone()),
                    kind: exception.kind.word().to_owned(),
                    subject: self.subject_of(exception),
                    detail: outcome.rule.to_owned(),
                },
                self.road.now,
            )
            .await?;
            if opened {
                let body = json!({ "kind": exception.kind.word(), "subject": exception.subject });
                self.write(tx, Event::EXCEPTION_OPENED.name(), &body).await?;
            }
        }
        for exception in before.exceptions.iter().filter(|exception| !outcome.exceptions.contains(exception)) {
            let (kind, subject) = (exception.kind.word(), &self.subject_of(exception));
            if exceptions::close(tx, kind, subject, "facts", outcome.rule, self.road.now).await? {
                let body = json!({ "kind": kind, "subject": subject, "resolution": outcome.rule });
                self.write(tx, "exception.resolved", &body).await?;
            }
        }
        Ok(())
    }

    /// What an exception is about: the payment, where the facts name nothing smaller.
    fn subject_of(&self, exception: &Exception) -> String {
        let subject = if exception.subject.is_empty() { &self.payment.id } else { &exception.subject };
        subject.clone()
    }

    async fn owe(&mut self, tx: &mut Tx, events: &[Event], attempts: usize) -> Result<(), Error> {
        if events.is_empty() {
            return Ok(());
        }
        let installations = installations::active_of(tx, &self.payment.merchant_id, self.payment.mode).await?;
        let view = payments::json(&View::of(self.payment, attempts));
        // What was told in the gap before a copy was restored, receivers look for before they write it.
        let run = if restorations::is_marked(tx, &self.payment.id).await? { 2 } else { 1 };
        for event in events {
            for installation in installations.iter().filter(|installation| self.is_owed(installation, *event)) {
                let delivery = Delivery {
                    id: self.road.ids.new_id("dlv"),
                    lane: self.lane(installation),
                    payment_id: self.payment.id.clone(),
                    installation_id: installation.id.clone(),
                    event: event.name().to_owned(),
                    version: self.payment.version,
                    view: view.clone(),
                    state: "owed".to_owned(),
                    digest: None,
                    installation_version: None,
                    run,
                    run_started_at: None,
                    outcome: None,
                    counts_from: 1,
                };
                if deliveries::insert(tx, &delivery, self.road.now).await? {
                    lanes::put_behind(tx, Kind::Delivery, &delivery.id, &delivery.lane, self.road.now).await?;
                }
            }
        }
        Ok(())
    }

    /// What waits for what: in a chat and in a ledger what happens to one payment, in a CRM what happens to one record, which may have
    /// several payments.
    fn lane(&self, installation: &Installation) -> String {
        let record = self.payment.particulars.crm.as_ref().filter(|_| installation.sink == Sink::Crm);
        match record {
            Some(record) => format!("{}:{}:{}", installation.id, record.entity_type, record.entity_id),
            None => format!("{}:{}", installation.id, self.payment.id),
        }
    }

    /// A channel is owed what happens to payments of its own chats; a CRM what happens to all but those that belong to
    /// another CRM; a ledger what happens to any. Only a channel can send a link.
    fn is_owed(&self, installation: &Installation, event: Event) -> bool {
        let wanted = installation.events.iter().any(|name| name == event.name());
        let particulars = &self.payment.particulars;
        let concerned = match installation.sink {
            Sink::Channel => particulars.channel.as_ref().is_some_and(|channel| channel.plugin == installation.plugin),
            Sink::Crm | Sink::Ledger if event == Event::SEND => false,
            Sink::Ledger => true,
            Sink::Crm => particulars.crm.as_ref().is_none_or(|crm| crm.plugin == installation.plugin),
        };
        wanted && concerned
    }

    async fn set_timer(&self, tx: &mut Tx, at: Option<i64>) -> Result<(), Error> {
        match at {
            Some(at) => jobs::put_at(tx, Kind::Timer, &self.payment.id, at).await,
            None => jobs::withdraw(tx, Kind::Timer, &self.payment.id).await,
        }
    }

    async fn write(&mut self, tx: &mut Tx, kind: &str, body: &Value) -> Result<(), Error> {
        journal::append(tx, self.payment, self.road.now, kind, &self.road.actor, body).await
    }
}

pub(super) fn asked(stored: &[Stored]) -> Vec<Asked> {
    stored.iter().map(Stored::asked).collect()
}

fn fact_body(fact: &Fact, decides: bool) -> Value {
    json!({
        "fact": fact.id,
        "attempt": fact.attempt,
        "evidence": fact.evidence.word(),
        "source": fact.source.name,
        "key": fact.source.key,
        "amount": fact.amount.map(|amount| amount.to_string()),
        "foreign_currency": fact.foreign_currency,
        "provider_time": fact.provider_time,
        "reference": fact.reference,
        "reason": fact.reason,
        "refund": fact.refund,
        "purpose": fact.purpose,
        "expires_at": fact.expires_at,
        "decision": fact.decision,
        "message": fact.message,
        "decides": decides,
    })
}
