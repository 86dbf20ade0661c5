//! What must be true of a payment by its own books alone: the projection is the fold of the facts, paid rests on proof, the
//! journal hangs together, each thing is told once.

use super::books::{Books, Sale};
use kamurj_domain::verdict::Asked;
use kamurj_domain::{FactKind, Status, fold, journal};
use std::collections::BTreeMap;

/// Checks every payment of a shop.
pub(super) fn check(books: &Books, wrong: &mut Vec<String>) {
    for sale in &books.sales {
        let id = &sale.payment.id;
        let mut note = |what: String| wrong.push(format!("{id}: {what}"));
        is_the_fold(sale, &mut note);
        rests_on_proof(sale, &mut note);
        has_sound_amounts(sale, &mut note);
        has_a_whole_journal(sale, &mut note);
        is_told_once(sale, &mut note);
        has_ended(sale, books, &mut note);
    }
}

fn is_the_fold(sale: &Sale, note: &mut impl FnMut(String)) {
    let payment = &sale.payment;
    let asked: Vec<Asked> = sale
        .attempts
        .iter()
        .map(|stored| Asked {
            attempt: stored.attempt.id.clone(),
            amount: stored.attempt.asked,
            session_ends_at: stored.attempt.session_ends_at,
        })
        .collect();
    // Whatever time can change has been changed by timers; the fold at the end of all time must agree.
    let outcome = fold(&payment.terms, &asked, &sale.facts, &payment.policy, i64::MAX / 4);
    let amounts = [outcome.captured_minor, outcome.surplus_minor, outcome.refunded_minor, outcome.reserved_minor];
    let folded = (outcome.status, amounts, &outcome.exceptions);
    let amounts = [payment.captured_minor, payment.surplus_minor, payment.refunded_minor, payment.reserved_minor];
    let kept = (payment.status, amounts, &payment.exceptions);
    if folded != kept {
        note(format!("BROKEN: the books say {kept:?}, the facts come to {folded:?}"));
    }
}

fn rests_on_proof(sale: &Sale, note: &mut impl FnMut(String)) {
    let payment = &sale.payment;
    if !matches!(payment.status, Status::Paid | Status::PartiallyRefunded | Status::Refunded) {
        return;
    }
    if sale.facts.iter().any(|fact| fact.kind == FactKind::Decided) {
        return;
    }
    let proven = sale.facts.iter().any(|fact| {
        let asked = sale.attempts.iter().find(|stored| Some(&stored.attempt.id) == fact.attempt.as_ref());
        fact.kind == FactKind::Approved
            && fact.evidence.decides()
            && asked.is_some_and(|stored| {
                fact.amount == Some(stored.attempt.asked) && stored.attempt.asked == payment.terms.amount
            })
    });
    if !proven {
        note("BROKEN: paid without a verified fact of the same amount".to_owned());
    }
}

fn has_sound_amounts(sale: &Sale, note: &mut impl FnMut(String)) {
    let payment = &sale.payment;
    let taken = payment.captured_minor + payment.surplus_minor;
    if payment.captured_minor < 0 || payment.surplus_minor < 0 || taken < payment.refunded_minor {
        note(format!(
            "BROKEN: captured {}, surplus {}, refunded {}",
            payment.captured_minor, payment.surplus_minor, payment.refunded_minor
        ));
    }
}

fn has_a_whole_journal(sale: &Sale, note: &mut impl FnMut(String)) {
    match journal::verify(&sale.payment.id, &sale.journal) {
        Ok(head) if head == sale.payment.journal_head => {}
        Ok(_) => note("BROKEN: the journal does not end in the head that the payment names".to_owned()),
        Err(broken) => note(format!("BROKEN: {broken}")),
    }
    let mut told: BTreeMap<String, u32> = BTreeMap::new();
    for entry in sale.journal.iter().filter(|entry| entry.kind.starts_with("fact.")) {
        let body: serde_json::Value = serde_json::from_str(&entry.body).unwrap_or_default();
        *told.entry(body["fact"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
    }
    for fact in &sale.facts {
        if told.get(&fact.id) != Some(&1) {
            note(format!("BROKEN: the journal tells fact {} {:?} times", fact.id, told.get(&fact.id)));
        }
    }
}

fn is_told_once(sale: &Sale, note: &mut impl FnMut(String)) {
    let announced = sale.journal.iter().filter(|entry| entry.kind == "payment.paid").count();
    let was_paid = sale.payment.announced_paid;
    if announced != usize::from(was_paid) {
        note(format!("DUPLICATED: the journal announces it paid {announced} times"));
    }
    let mut owed: BTreeMap<&str, u32> = BTreeMap::new();
    for delivery in sale.deliveries.iter().filter(|delivery| delivery.event == "payment.paid") {
        *owed.entry(&delivery.installation_id).or_default() += 1;
    }
    for (installation, times) in owed.into_iter().filter(|(_, times)| *times > 1) {
        note(format!("DUPLICATED: {installation} is owed the news of its payment {times} times"));
    }
}

/// At rest every payment has an end, and whatever it owed was done or is a person's business.
fn has_ended(sale: &Sale, books: &Books, note: &mut impl FnMut(String)) {
    if matches!(sale.payment.status, Status::Created | Status::Pending | Status::Failed) {
        note(format!("LOST: still {} when nothing is due any more", sale.payment.status.word()));
    }
    for delivery in &sale.deliveries {
        let told = || books.exceptions.iter().any(|open| open.kind == "delivery_failed" && open.subject == delivery.id);
        match delivery.state.as_str() {
            "done" => {}
            "dead" if told() => {}
            state => note(format!("LOST: {} of {} is {state} and nobody is told", delivery.event, delivery.id)),
        }
    }
    if sale.payment.status == Status::ManualReview && sale.payment.exceptions.is_empty() {
        note("LOST: for a person to decide, and no exception tells one".to_owned());
    }
}
