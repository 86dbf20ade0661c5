//! Promises that hold for every set of facts, tried on random ones: what can make a payment paid, what can take that away,
//! where the money that banks spoke of is to be found. `KAMURJ_LONG_TESTS=1` tries many more.

use crate::case::{Case, always, confirms};
use crate::notation::{ACCEPT, EXPIRES_AT, REFUND, TERMS, attempt, fact, line};
use kamurj_domain::{Evidence, ExceptionKind, Fact, FactKind, Ruling, Status, fold};

/// Whether the payment was open at a time, or so little after its end: the merchant's acts up to then, in the order of their
/// times, leave it open.
fn was_open(case: &Case, at: i64, grace: i64) -> bool {
    let mut acts: Vec<&Fact> = case
        .facts
        .iter()
        .filter(|fact| fact.provider_time.is_some())
        .filter(|fact| {
            fact.kind == FactKind::Cancelled || (fact.kind == FactKind::Reopened && fact.expires_at.is_some())
        })
        .collect();
    acts.sort_by_key(|fact| (fact.provider_time, fact.kind == FactKind::Cancelled, fact.expires_at));
    (0..=acts.len()).any(|count| {
        let (before, after) = acts.split_at(count);
        let is_moment = before.iter().all(|act| act.provider_time <= Some(at))
            && after.iter().all(|act| act.provider_time >= Some(at));
        let last = before.iter().rfind(|act| act.kind == FactKind::Reopened);
        let is_withdrawn = before.last().is_some_and(|act| act.kind == FactKind::Cancelled);
        let until = last.map_or(Some(EXPIRES_AT), |act| act.expires_at).filter(|_| !is_withdrawn);
        is_moment && until.is_some_and(|until| at <= until + grace)
    })
}

/// Whether a person has decided anything.
fn is_decided(case: &Case) -> bool {
    case.facts.iter().any(|fact| fact.decision.is_some() && !fact.evidence.is_hearsay())
}

#[test]
fn paid_rests_on_a_strong_confirmation_of_what_was_asked_or_on_a_person() {
    always(|case, outcome, _| {
        if !matches!(outcome.status, Status::Paid | Status::PartiallyRefunded) {
            return;
        }
        let deciding = outcome.deciding.expect("a payment is paid because of a fact");
        if let Some(decision) = &deciding.decision {
            assert_eq!(decision.ruling, Ruling::Paid, "{:?}", case.keys());
            assert_eq!(deciding.evidence, Evidence::Manual, "{:?}", case.keys());
            return;
        }
        assert!(confirms(deciding), "{:?}", case.keys());
        let grace = case.policy.grace_ms;
        let is_open = |at| was_open(case, at, 0) || was_open(case, at - grace, 0) || was_open(case, at, grace);
        let counts = outcome.paid_at.is_some_and(is_open) || case.policy == ACCEPT;
        assert!(counts || is_decided(case), "{:?}", case.keys());
    });
}

#[test]
fn captured_is_what_was_asked_once_or_nothing() {
    always(|case, outcome, _| {
        let confirmed: Vec<i64> = case
            .attempts
            .iter()
            .filter(|asked| case.facts.iter().any(|fact| fact.is_about(&asked.attempt) && confirms(fact)))
            .map(|asked| asked.amount.minor)
            .collect();
        let (captured, surplus) = (outcome.captured_minor, outcome.surplus_minor);
        assert!(outcome.paid_at.is_none() || captured > 0, "{:?}", case.keys());
        if is_decided(case) {
            return;
        }
        assert!(captured == 0 || confirmed.contains(&captured), "{:?}", case.keys());
        assert_eq!(outcome.paid_at.is_some(), captured > 0, "{:?}", case.keys());
        assert!(captured + surplus <= confirmed.iter().sum::<i64>() + outcome.refunded_minor, "{:?}", case.keys());
        let named = [ExceptionKind::DuplicatePayment, ExceptionKind::LatePayment];
        let named = outcome.exceptions.iter().filter(|open| named.contains(&open.kind)).count();
        assert!(surplus == 0 || named > 0, "{:?}", case.keys());
        if matches!(outcome.status, Status::Paid | Status::PartiallyRefunded | Status::Refunded) {
            assert!(captured > 0, "{:?}", case.keys());
        } else {
            assert!(captured == 0 || outcome.status == Status::ManualReview, "{:?}", case.keys());
        }
    });
}

#[test]
fn c5_no_money_that_a_bank_spoke_of_is_forgotten() {
    always(|case, outcome, _| {
        if is_decided(case) {
            return;
        }
        // Attempts of which a strong statement says that money was taken, unless the bank took it back or said more than
        // once that there was none, or it was given back, or the operator's inbox names them.
        let mut unnamed: Vec<&str> = Vec::new();
        for asked in &case.attempts {
            let strong = || case.facts.iter().filter(|fact| fact.is_about(&asked.attempt) && fact.evidence.decides());
            let is_taken = strong().any(|fact| fact.kind == FactKind::Approved);
            let is_taken_back = strong().filter(|fact| denies(fact)).count() >= 2
                || strong().any(|fact| matches!(fact.kind, FactKind::Reversed | FactKind::ChargedBack))
                || case.facts.iter().any(|fact| fact.is_about(&asked.attempt) && fact.kind == FactKind::Refunded);
            let is_shown = outcome.exceptions.iter().any(|open| open.subject == asked.attempt);
            if is_taken && !is_taken_back && !is_shown {
                unnamed.push(&asked.attempt);
            }
        }
        // What is left is the one payment that was wanted.
        let is_captured = outcome.captured_minor > 0;
        assert!(unnamed.len() <= usize::from(is_captured), "{unnamed:?}, {}: {:?}", line(outcome), case.keys());
    });
}

/// Says that no money was taken.
fn denies(fact: &Fact) -> bool {
    matches!(fact.kind, FactKind::Declined | FactKind::Abandoned)
}

#[test]
fn a8_weak_messages_are_as_good_as_none() {
    always(|case, outcome, _| {
        let strong: Vec<Fact> = case
            .facts
            .iter()
            .filter(|fact| !matches!(fact.evidence, Evidence::Claim | Evidence::Notice))
            .cloned()
            .collect();
        let without = fold(&TERMS, &case.attempts, &strong, &case.policy, case.now);
        assert_eq!(without, *outcome, "{:?}", case.keys());
    });
}

#[test]
fn a20_messages_about_no_attempt_of_ours_are_as_good_as_none() {
    always(|case, outcome, _| {
        let is_ours = |fact: &&Fact| fact.attempt.as_deref().is_none_or(|letter| attempt(letter).is_some());
        let ours: Vec<Fact> = case.facts.iter().filter(is_ours).cloned().collect();
        assert_eq!(fold(&TERMS, &case.attempts, &ours, &case.policy, case.now), *outcome, "{:?}", case.keys());
    });
}

#[test]
fn a3_what_is_older_or_weaker_leaves_paid() {
    always(|case, outcome, chance| {
        let Some(deciding) = outcome.deciding.filter(|_| outcome.status == Status::Paid) else { return };
        let Some(time) = outcome.paid_at.filter(|_| deciding.decision.is_none()) else { return };
        if deciding.provider_time.is_none() {
            return;
        }
        let kind = chance.pick(&["declined", "abandoned", "reversed", "charged_back"]);
        let older = usize::try_from(time).map_or(0, |time| chance.below(time));
        let harmless = match chance.below(5) {
            0 => format!("claim {}", chance.pick(&["approved", "approved =10", "declined @500", "reversed @500"])),
            1 => format!("notice {}", chance.pick(&["approved @90", "approved =10", "declined @500", "refunded =300"])),
            2 if deciding.evidence >= Evidence::Lookup => format!("lookup {kind} @{older}"),
            2 | 3 => format!("signed {kind} @{older}"),
            _ => format!("own {}", chance.pick(&["gave_up", "refused @500", "started"])),
        };
        let after = case.with(fact(&format!("{} {harmless}", deciding.attempt.as_deref().unwrap_or("-")), 99));
        let after = after.outcome();
        assert_eq!(line(&after), line(outcome), "{harmless} after {:?}", case.keys());
    });
}

#[test]
fn a3_no_single_message_turns_paid_into_anything_but_paid_or_review() {
    always(|case, outcome, chance| {
        if outcome.status != Status::Paid || case.facts.iter().any(|fact| fact.kind == FactKind::Refunded) {
            return;
        }
        let time = chance.pick(&["", " @10", " @20", " @30", " @100", " @101", " @130"]);
        let more = fact(&chance.message(time), 99);
        let after = case.with(more.clone());
        let after = after.outcome();
        let stays = matches!(after.status, Status::Paid | Status::ManualReview);
        // Giving back what the provider itself calls another payment's money is no message's doing.
        let uncounted = after.surplus_minor > 0 && case.policy == REFUND;
        assert!(stays || uncounted, "{} made {} of {:?}", more.source.key, line(&after), case.keys());
        // A person is asked only for a reason that is open in the inbox.
        assert!(after.status == Status::Paid || !after.exceptions.is_empty(), "{:?}", case.keys());
    });
}

#[test]
fn expired_means_that_time_is_over_and_nothing_is_undetermined() {
    always(|case, outcome, _| {
        if outcome.status != Status::Expired {
            return;
        }
        assert!(case.now >= outcome.open_until, "{:?}", case.keys());
        for asked in &case.attempts {
            let is_over = |fact: &Fact| {
                let is_told = fact.evidence.decides()
                    && !matches!(fact.kind, FactKind::Started | FactKind::Returned | FactKind::RefundAsked);
                fact.is_about(&asked.attempt)
                    && (is_told
                        || fact.kind == FactKind::Refused
                        || (fact.kind == FactKind::GaveUp && is_decided(case)))
            };
            assert!(case.facts.iter().any(is_over), "{} is open: {:?}", asked.attempt, case.keys());
        }
    });
}

#[test]
fn a4_time_alone_only_expires_what_is_unpaid_and_exactly_at_its_timer() {
    always(|case, outcome, _| {
        let at = |now| fold(&TERMS, &case.attempts, &case.facts, &case.policy, now);
        let until = outcome.open_until;
        let (young, last, due, old) = (at(i64::MIN), at(until - 1), at(until), at(i64::MAX));
        assert_eq!(young, last, "{:?}", case.keys());
        assert_eq!(due, old, "{:?}", case.keys());
        assert_eq!(due.next_timer, None);
        match young.next_timer {
            Some(timer) => {
                assert_eq!(timer, until);
                assert!(matches!(young.status, Status::Created | Status::Failed), "{:?}", case.keys());
                assert_eq!(due.status, Status::Expired, "{:?}", case.keys());
                assert_eq!(due.exceptions, young.exceptions, "{:?}", case.keys());
            }
            None => assert_eq!(young.status, due.status, "{:?}", case.keys()),
        }
    });
}

#[test]
fn review_always_has_an_open_exception_and_exceptions_are_sorted_and_unlike() {
    always(|case, outcome, _| {
        let sorted = outcome.exceptions.windows(2).all(|pair| pair[0] < pair[1]);
        assert!(sorted, "{:?}", outcome.exceptions);
        assert!(outcome.status != Status::ManualReview || !outcome.exceptions.is_empty(), "{:?}", case.keys());
        let is_ours = |subject: &str| attempt(subject).is_some() || subject.starts_with("ref_");
        assert!(outcome.exceptions.iter().all(|open| is_ours(&open.subject)), "{:?}", outcome.exceptions);
    });
}
