//! Promises about amounts: what goes back never exceeds what came, what is proposed can be done, nothing is given back
//! twice, and no number is too large to be added up.

use crate::case::{Case, always};
use crate::chance::Chance;
use crate::notation::{REFUND, attempts_of, fact, line};
use crate::order::is_long;
use kamurj_domain::refund::{RefundEnd, refunds};
use kamurj_domain::verdict::{Asked, Verdict, verdict};
use kamurj_domain::{Action, Currency, Fact, FactKind, Money, Outcome, Policy, Purpose, Status, Terms, fold};

/// What went back of an attempt and what is under way, by its refunds.
fn gone(case: &Case, attempt: &str) -> i64 {
    refunds(attempt, &case.facts)
        .iter()
        .filter(|refund| !matches!(refund.end, RefundEnd::Failed(_)))
        .filter(|refund| refund.currency.is_none_or(|currency| currency == Currency::Amd))
        .map(|refund| refund.minor)
        .sum()
}

fn refundable(outcome: &Outcome<'_>, attempt: &str) -> i64 {
    outcome.refundable.iter().filter(|part| part.attempt == attempt).map(|part| part.minor).sum()
}

#[test]
fn d1_what_went_back_never_exceeds_what_came() {
    always(|case, outcome, _| {
        let amounts = [
            outcome.due_minor,
            outcome.captured_minor,
            outcome.refunded_minor,
            outcome.reserved_minor,
            outcome.surplus_minor,
        ];
        assert!(amounts.iter().all(|minor| *minor >= 0), "{amounts:?}: {:?}", case.keys());
        assert!(outcome.refunded_minor <= outcome.captured_minor, "{}: {:?}", line(outcome), case.keys());
        let by_amounts = match outcome.status {
            Status::Paid => outcome.refunded_minor == 0,
            Status::PartiallyRefunded => 0 < outcome.refunded_minor && outcome.refunded_minor < outcome.captured_minor,
            Status::Refunded => outcome.refunded_minor == outcome.captured_minor,
            _ => true,
        };
        assert!(by_amounts, "{}: {:?}", line(outcome), case.keys());
    });
}

#[test]
fn d1_what_may_go_back_of_an_attempt_is_what_neither_went_back_nor_is_reserved() {
    always(|case, outcome, _| {
        for asked in &case.attempts {
            let may = refundable(outcome, &asked.attempt);
            let takings = case.facts.iter().filter(|fact| {
                fact.is_about(&asked.attempt) && fact.kind == FactKind::Approved && fact.evidence.decides()
            });
            let taken = takings.filter_map(|fact| fact.amount).map(|amount| amount.minor).max().unwrap_or(0);
            assert!(may == 0 || may + gone(case, &asked.attempt) <= taken, "{}: {:?}", line(outcome), case.keys());
        }
        let parts = &outcome.refundable;
        assert!(parts.iter().all(|part| part.minor > 0), "{:?}", case.keys());
        let is_twice = |place: usize| {
            parts[..place]
                .iter()
                .any(|part| (&part.attempt, part.purpose) == (&parts[place].attempt, parts[place].purpose))
        };
        assert!(!(0..parts.len()).any(is_twice), "{:?}", case.keys());
        let surplus: i64 = parts.iter().filter(|part| part.purpose == Purpose::Surplus).map(|part| part.minor).sum();
        assert!(surplus <= outcome.surplus_minor, "{}: {:?}", line(outcome), case.keys());
    });
}

#[test]
fn whatever_may_be_given_back_can_be_asked_for_and_is_reserved_then() {
    always(|case, outcome, chance| {
        // Of a count that names no time nobody knows whether what is asked for now is in it.
        let has_no_time =
            |fact: &Fact| fact.kind == FactKind::Refunded && fact.refund.is_none() && fact.provider_time.is_none();
        if case.facts.iter().any(has_no_time) {
            return;
        }
        let Some(part) = outcome.refundable.get(chance.below(outcome.refundable.len().max(1))) else { return };
        let minor = if chance.below(2) == 0 { part.minor } else { 1 };
        let asked = format!("{} own refund_asked @500 ={minor} #ref_new %{}", part.attempt, part.purpose.word());
        let after = case.with(fact(&asked, 99));
        let after = after.outcome();
        let told = || format!("{asked} made {} of {}: {:?}", line(&after), line(outcome), case.keys());
        assert_eq!(after.reserved_minor, outcome.reserved_minor + minor, "{}", told());
        assert_eq!(refundable(&after, &part.attempt), refundable(outcome, &part.attempt) - minor, "{}", told());
        // Asking changes neither the status nor what came and went.
        assert_eq!(after.status, outcome.status, "{}", told());
        assert_eq!(after.captured_minor, outcome.captured_minor, "{}", told());
        assert_eq!(after.refunded_minor, outcome.refunded_minor, "{}", told());
        // A failure frees it, once.
        for failures in [1, 2] {
            let mut failed = case.with(fact(&asked, 99));
            for count in 0..failures {
                failed =
                    failed.with(fact(&format!("{} own refund_failed @{} #ref_new", part.attempt, 501 + count), 100));
            }
            let failed = failed.outcome();
            assert_eq!(failed.refundable, outcome.refundable, "{}", told());
            assert_eq!(failed.reserved_minor, outcome.reserved_minor, "{}", told());
        }
    });
}

#[test]
fn money_goes_back_by_itself_only_where_the_policy_says_so_and_once() {
    always(|case, outcome, _| {
        for action in &outcome.actions {
            let Action::Refund { attempt, minor, purpose } = action else { continue };
            assert_eq!(case.policy, REFUND, "{:?}", case.keys());
            assert_eq!(*purpose, Purpose::Surplus, "{:?}", case.keys());
            assert_ne!(outcome.status, Status::ManualReview, "{:?}", case.keys());
            let parts = outcome.refundable.iter().filter(|part| part.attempt == *attempt && part.purpose == *purpose);
            assert_eq!(parts.map(|part| part.minor).sum::<i64>(), *minor, "{:?}", case.keys());
            assert!(refunds(attempt, &case.facts).is_empty(), "{:?}", case.keys());
            // Once it is asked for it is never asked for again, whatever becomes of it.
            let asked = case.with(fact(&format!("{attempt} own refund_asked @500 ={minor} #ref_new %surplus"), 99));
            for end in ["own refund_failed", "lookup refund_failed", "own refund_in_doubt", "lookup refunded"] {
                let after = asked.with(fact(&format!("{attempt} {end} @501 #ref_new"), 100));
                let is_again = |action: &Action| matches!(action, Action::Refund { attempt: of, .. } if of == attempt);
                assert!(!asked.outcome().actions.iter().any(is_again), "{:?}", case.keys());
                assert!(!after.outcome().actions.iter().any(is_again), "{end}: {:?}", case.keys());
            }
        }
    });
}

#[test]
fn sessions_are_closed_only_while_they_are_open_and_the_payment_is_withdrawn() {
    always(|case, outcome, _| {
        for action in &outcome.actions {
            let Action::CloseSession { attempt } = action else { continue };
            let asked = case.attempts.iter().find(|asked| asked.attempt == *attempt).expect("it is one of ours");
            assert_eq!(verdict(asked, &case.facts), Verdict::Open, "{:?}", case.keys());
            let withdraws = |fact: &Fact| matches!(fact.kind, FactKind::Cancelled | FactKind::Decided);
            assert!(case.facts.iter().any(withdraws), "{:?}", case.keys());
        }
    });
}

/// Numbers at the ends of what can be written down.
const EXTREMES: [i64; 9] = [i64::MIN, i64::MIN + 1, -1, 0, 1, 1_000, i64::MAX / 2, i64::MAX - 1, i64::MAX];

#[test]
fn no_number_is_too_large_and_order_does_not_matter_among_them() {
    for seed in 0..if is_long() { 1_000_000 } else { 20_000 } {
        let mut chance = Chance::seeded(seed);
        let number = |chance: &mut Chance| EXTREMES[chance.below(EXTREMES.len())];
        let count = chance.below(8);
        let mut facts = chance.facts(count);
        for fact in &mut facts {
            fact.received_at = number(&mut chance);
            fact.provider_time = fact.provider_time.map(|_| number(&mut chance));
            fact.expires_at = fact.expires_at.map(|_| number(&mut chance));
            fact.amount = fact.amount.map(|amount| Money { minor: number(&mut chance), ..amount });
        }
        let mut attempts: Vec<Asked> = attempts_of(&facts);
        for asked in &mut attempts {
            asked.session_ends_at = number(&mut chance);
            asked.amount.minor = facts
                .iter()
                .find_map(|fact| fact.amount.filter(|_| fact.is_about(&asked.attempt)))
                .map_or(number(&mut chance), |amount| amount.minor);
        }
        let terms = Terms { amount: Money::new(number(&mut chance), Currency::Amd), expires_at: number(&mut chance) };
        let policies = [crate::notation::REVIEW, crate::notation::ACCEPT, REFUND];
        let policy = Policy {
            grace_ms: number(&mut chance),
            second_person_above_minor: Some(number(&mut chance)),
            ..policies[chance.below(policies.len())]
        };
        let now = number(&mut chance);
        let outcome = fold(&terms, &attempts, &facts, &policy, now);
        assert!(outcome.refunded_minor <= outcome.captured_minor, "seed {seed}");
        assert!(outcome.surplus_minor >= 0 && outcome.due_minor >= 0, "seed {seed}");
        let mut turned = facts.clone();
        turned.reverse();
        assert_eq!(line(&fold(&terms, &attempts, &turned, &policy, now)), line(&outcome), "seed {seed}");
    }
}
