//! The rules, strongest first: a person's ruling, contradictions, money taken back, money as asked, money not as asked,
//! questions without an answer, and last what time and the merchant's acts say of a payment that nobody has paid.

use super::money::{Holding, Sums};
use super::reading::Reading;
use super::{Action, Outcome};
use crate::payment::LatePayment;
use crate::window::Door;
use crate::{Decision, Exception, ExceptionKind, Fact, Policy, Purpose, Ruling, Status, Terms};

/// A status and why.
pub(super) struct Finding<'f> {
    status: Status,
    pub(super) deciding: Option<&'f Fact>,
    rule: &'static str,
    /// Whose money it rests on.
    pub(super) sums: Sums<'f>,
    pub(super) paid_at: Option<i64>,
    exceptions: Vec<Exception>,
    actions: Vec<Action>,
}

impl<'f> Finding<'f> {
    fn of(status: Status, deciding: Option<&'f Fact>, rule: &'static str) -> Self {
        let (exceptions, actions) = (Vec::new(), Vec::new());
        Self { status, deciding, rule, sums: Sums::default(), paid_at: None, exceptions, actions }
    }
}

pub(super) fn judge<'f>(read: &Reading<'f>, terms: &Terms, policy: &Policy, now: i64) -> Outcome<'f> {
    let mut found = find(read, terms, policy, now);
    found.exceptions.extend(read.of_refunds.iter().chain(&read.of_reports).cloned());
    if let Door::Cancelled(_) = read.windows.door(now) {
        let close = |attempt: &String| Action::CloseSession { attempt: attempt.clone() };
        found.actions.extend(read.open.iter().map(close));
    }
    found.exceptions.sort();
    found.exceptions.dedup();
    found.actions.sort();
    found.actions.dedup();
    let waits = matches!(found.status, Status::Created | Status::Failed);
    let sums = found.sums;
    Outcome {
        status: found.status,
        due_minor: terms.amount.minor.saturating_sub(sums.captured).max(0),
        captured_minor: sums.captured,
        refunded_minor: sums.refunded,
        reserved_minor: sums.reserved,
        surplus_minor: sums.surplus,
        paid_at: found.paid_at,
        deciding: found.deciding,
        rule: found.rule,
        exceptions: found.exceptions,
        actions: found.actions,
        refundable: sums.refundable,
        awaits_second_person: read.standing.waits,
        open_until: read.windows.until(),
        next_timer: waits.then(|| read.windows.until()),
    }
}

/// The rule that decides.
pub(super) fn find<'f>(read: &Reading<'f>, terms: &Terms, policy: &Policy, now: i64) -> Finding<'f> {
    let standing = &read.standing;
    match (standing.newest, standing.newer) {
        (Some((fact, decision)), None) => ruled(read, terms, fact, decision, now),
        (Some((fact, _)), Some(_)) if standing.is_joined => joined(read, terms, fact),
        (Some((_, decision)), Some(newer)) => reopened(read, policy, now, decision, newer),
        (None, _) => by_facts(read, policy, now),
    }
}

/// What the statements say by themselves.
fn by_facts<'f>(read: &Reading<'f>, policy: &Policy, now: i64) -> Finding<'f> {
    let mut found = by_statements(read, policy, now);
    found.exceptions.extend(read.shown.iter().cloned());
    found.exceptions.extend(read.contradicted.iter().map(|fact| about(ExceptionKind::Contradiction, fact)));
    found.exceptions.extend(read.charged_back.iter().map(|fact| about(ExceptionKind::Chargeback, fact)));
    if !read.counts(policy) {
        found.exceptions.extend(read.reversed.iter().map(|fact| about(ExceptionKind::Reversed, fact)));
        found.exceptions.extend(read.indeterminate.iter().map(|fact| about(ExceptionKind::Indeterminate, fact)));
    }
    found
}

fn by_statements<'f>(read: &Reading<'f>, policy: &Policy, now: i64) -> Finding<'f> {
    let money = money(read, policy, now);
    let counts = read.counts(policy);
    if let Some(fact) = read.contradicted.first() {
        return instead(read, money, fact, "two strong statements contradict each other");
    }
    if let Some(fact) = read.charged_back.first() {
        return instead(read, money, fact, "the customer's bank took the money back");
    }
    let money = match money {
        Some(found) if counts => return found,
        uncounted => uncounted,
    };
    if let Some(fact) = read.reversed.first() {
        return instead(read, money, fact, "the bank took the payment back");
    }
    if let Some(holding) = read.mismatched.first() {
        return instead(read, money, holding.fact, "confirmed paid, but not what was asked");
    }
    if let Some(fact) = read.indeterminate.first() {
        return instead(read, money, fact, "the look-ups ran out without an answer");
    }
    money.unwrap_or_else(|| without_money(read, read.unpaid, now))
}

/// A person must look at this statement, whatever the money comes to. Nothing goes back by itself meanwhile, and nothing
/// twice after a dispute (D5).
fn instead<'f>(read: &Reading<'f>, money: Option<Finding<'f>>, fact: &'f Fact, rule: &'static str) -> Finding<'f> {
    let mut found = Finding::of(Status::ManualReview, Some(fact), rule);
    if let Some(money) = money {
        (found.sums, found.paid_at, found.exceptions) = (money.sums, money.paid_at, money.exceptions);
    } else if let Some(lost) = read.lost.first() {
        (found.sums, found.paid_at) = (Sums::of(read.first_lost(), true), Some(lost.at));
    }
    found.sums.refundable.clear();
    found
}

/// The finding where attempts hold money as asked. `None`: they hold none, or all that did not count went back.
fn money<'f>(read: &Reading<'f>, policy: &Policy, now: i64) -> Option<Finding<'f>> {
    let first = read.holdings.first()?;
    if !read.counts(policy) {
        return uncounted(read, now, first);
    }
    let sums = Sums::of(&read.holdings, true);
    // Late money that went back is no question any more.
    let is_late = !first.in_time && sums.refunded < sums.captured;
    let mut exceptions: Vec<Exception> = duplicates(&sums);
    if is_late {
        exceptions.push(about(ExceptionKind::LatePayment, first.fact));
    }
    let (status, rule) = match policy.late_payment {
        LatePayment::Review if is_late => (Status::ManualReview, "confirmed paid after its time"),
        LatePayment::Review | LatePayment::Accept | LatePayment::Refund => by_amounts(
            &sums,
            if is_late { "confirmed paid after its time, accepted by policy" } else { "confirmed paid, as asked" },
        ),
    };
    let mut found = Finding::of(status, Some(first.fact), rule);
    (found.sums, found.paid_at, found.exceptions) = (sums, Some(first.at), exceptions);
    Some(found)
}

/// Money that does not count for the order: late where the policy sends it back, or beyond the link's places.
fn uncounted<'f>(read: &Reading<'f>, now: i64, first: &Holding<'f>) -> Option<Finding<'f>> {
    let mut sums = Sums::of(&read.holdings, false);
    let mut found = if let Some(fact) = read.over_cap.filter(|_| sums.surplus == 0) {
        // It is closed, not as good as new: the link still has no place for it.
        (sums.captured, sums.refunded, sums.is_main) = (first.taken, first.taken, true);
        let found = Finding::of(Status::Refunded, Some(fact), "paid when the link had no place left, and given back");
        Finding { paid_at: Some(first.at), ..found }
    } else if sums.surplus == 0 {
        return None;
    } else if let Some(fact) = read.over_cap {
        let found = Finding::of(Status::ManualReview, Some(fact), "paid when the link had no place left");
        Finding { exceptions: duplicates(&sums), ..found }
    } else {
        let closed = without_money(read, read.unpaid, now);
        let found = Finding::of(closed.status, Some(first.fact), "paid after its time, given back by policy");
        let late = |attempt: &String| Exception { kind: ExceptionKind::LatePayment, subject: attempt.clone() };
        let exceptions = sums.surplus_of.iter().map(late).collect();
        Finding { exceptions, actions: sums.give_back(&read.holdings), ..found }
    };
    found.sums = sums;
    Some(found)
}

fn duplicates(sums: &Sums<'_>) -> Vec<Exception> {
    let open = |attempt: &String| Exception { kind: ExceptionKind::DuplicatePayment, subject: attempt.clone() };
    sums.surplus_of.iter().map(open).collect()
}

fn by_amounts(sums: &Sums<'_>, paid: &'static str) -> (Status, &'static str) {
    if sums.refunded == 0 {
        (Status::Paid, paid)
    } else if sums.refunded < sums.captured {
        (Status::PartiallyRefunded, "part of the money went back")
    } else {
        (Status::Refunded, "all of the money went back")
    }
}

/// What remains where no money counts: the merchant's withdrawal, attempts under way, the end of its time.
fn without_money<'f>(read: &Reading<'f>, unpaid: Option<&'f Fact>, now: i64) -> Finding<'f> {
    let door = read.windows.door(now);
    if let Door::Cancelled(fact) = door {
        return Finding::of(Status::Cancelled, Some(fact), "withdrawn by the merchant");
    }
    if !read.open.is_empty() {
        return Finding::of(Status::Pending, None, "an attempt is under way");
    }
    if door == Door::Expired {
        return Finding::of(Status::Expired, None, "its time ran out unpaid");
    }
    // A new end is a new beginning: what failed before it is history.
    let since = |fact: &&Fact| fact.provider_time.is_none() || fact.provider_time >= read.windows.reopened_at;
    match unpaid.filter(since) {
        Some(fact) => Finding::of(Status::Failed, Some(fact), "the last attempt took no money"),
        None => Finding::of(Status::Created, None, "nobody has tried to pay yet"),
    }
}

/// A person's ruling, which knows of everything that was said.
fn ruled<'f>(read: &Reading<'f>, terms: &Terms, fact: &'f Fact, decision: &Decision, now: i64) -> Finding<'f> {
    match decision.ruling {
        Ruling::Cancelled => {
            let found = Finding::of(Status::Cancelled, Some(fact), "a person withdrew it");
            Finding { sums: unwanted(read), ..found }
        }
        Ruling::Failed => {
            let found = without_money(read, Some(fact), now);
            let rule = if found.status == Status::Failed { "a person found that no money came" } else { found.rule };
            Finding { rule, sums: unwanted(read), ..found }
        }
        Ruling::Paid | Ruling::Refunded => {
            let held = [&read.holdings[..], &read.mismatched, read.first_lost()];
            let held = held.into_iter().find(|held| !held.is_empty()).unwrap_or_default();
            let mut sums = Sums::of(held, true);
            if sums.captured == 0 {
                (sums.captured, sums.is_main) = (terms.amount.minor.max(0), false);
            }
            let (status, rule) = if decision.ruling == Ruling::Paid {
                by_amounts(&sums, "a person found that it is paid")
            } else {
                sums.refunded = sums.captured;
                sums.refundable.retain(|part| part.purpose == Purpose::Surplus);
                (Status::Refunded, "a person found that the money went back")
            };
            // The provider gives back only what it says that it holds.
            if read.holdings.is_empty() && read.mismatched.is_empty() {
                sums.refundable.clear();
            }
            let mut found = Finding::of(status, Some(fact), rule);
            found.exceptions = duplicates(&sums);
            found.paid_at = held.first().map(|holding| holding.at).or(fact.provider_time);
            found.sums = sums;
            found
        }
    }
}

/// What attempts hold of a payment that a person ruled to be none: all of it may go back.
fn unwanted<'f>(read: &Reading<'f>) -> Sums<'f> {
    let held: Vec<Holding<'f>> = read.holdings.iter().chain(&read.mismatched).cloned().collect();
    Sums::of(&held, false)
}

/// A person found it paid outside the bank, and then money came from the bank too: that is a second payment.
fn joined<'f>(read: &Reading<'f>, terms: &Terms, fact: &'f Fact) -> Finding<'f> {
    let mut found =
        Finding::of(Status::Paid, Some(fact), "a person found that it is paid, and money came from the bank");
    found.sums = Sums { captured: terms.amount.minor.max(0), ..unwanted(read) };
    found.paid_at = fact.provider_time;
    found.exceptions = duplicates(&found.sums);
    found.exceptions.extend(read.shown.iter().cloned());
    found.exceptions.extend(read.contradicted.iter().map(|fact| about(ExceptionKind::Contradiction, fact)));
    found
}

/// Something was said after a person had decided. What they called paid is not called unpaid without a person, nor what
/// they called given back paid.
fn reopened<'f>(read: &Reading<'f>, policy: &Policy, now: i64, decision: &Decision, newer: &'f Fact) -> Finding<'f> {
    let found = by_facts(read, policy, now);
    let may_stand = match (decision.ruling, found.status) {
        (Ruling::Failed | Ruling::Cancelled, _)
        | (_, Status::ManualReview | Status::Refunded)
        | (Ruling::Paid, Status::Paid | Status::PartiallyRefunded) => true,
        (Ruling::Paid | Ruling::Refunded, _) => false,
    };
    if may_stand {
        return found;
    }
    let mut review =
        Finding::of(Status::ManualReview, Some(newer), "a newer statement contradicts what a person decided");
    (review.sums, review.paid_at, review.exceptions) = (found.sums, found.paid_at, found.exceptions);
    review.exceptions.push(about(ExceptionKind::Contradiction, newer));
    review
}

fn about(kind: ExceptionKind, fact: &Fact) -> Exception {
    Exception { kind, subject: fact.attempt.clone().unwrap_or_default() }
}
