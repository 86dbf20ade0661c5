//! Promises that hold for every set of facts, tried on random ones: what can make a payment paid, what can take that away,
//! where the money that banks spoke of is to be found. `KAMURJ_LONG_TESTS=1` tries many more.

use crate::chance::Chance;
use crate::notation::{ACCEPT, EXPIRES_AT, REVIEW, TERMS, attempt, attempts_of, fact, line};
use kamurj_domain::verdict::Asked;
use kamurj_domain::{Evidence, ExceptionKind, Fact, FactKind, Outcome, Policy, Status, fold};

/// A payment in some state: what is known of it, and the world around.
struct Case {
    facts: Vec<Fact>,
    attempts: Vec<Asked>,
    policy: Policy,
    now: i64,
}

impl Case {
    fn of(facts: Vec<Fact>, policy: Policy, now: i64) -> Self {
        Self { attempts: attempts_of(&facts), facts, policy, now }
    }

    fn outcome(&self) -> Outcome<'_> {
        fold(&TERMS, &self.attempts, &self.facts, &self.policy, self.now)
    }

    /// The same payment when this has been learned too.
    fn with(&self, more: Fact) -> Self {
        let mut facts = self.facts.clone();
        facts.push(more);
        Self::of(facts, self.policy, self.now)
    }

    fn keys(&self) -> Vec<&str> {
        self.facts.iter().map(|fact| fact.source.key.as_str()).collect()
    }
}

/// Runs a promise on many random payments.
#[track_caller]
fn always(promise: impl Fn(&Case, &Outcome<'_>, &mut Chance)) {
    let long = std::env::var_os("KAMURJ_LONG_TESTS").is_some_and(|value| value == "1");
    for seed in 0..if long { 1_000_000 } else { 8_000 } {
        let mut chance = Chance::seeded(seed);
        let count = chance.below(8);
        let facts = chance.facts(count);
        let policy = if chance.below(3) == 0 { ACCEPT } else { REVIEW };
        let case = Case::of(facts, policy, [0, 60, 99, 100, 5_000][chance.below(5)]);
        promise(&case, &case.outcome(), &mut chance);
    }
}

/// An approval by strong evidence of exactly what the attempt asked.
fn confirms(fact: &Fact) -> bool {
    fact.kind == FactKind::Approved
        && fact.evidence >= Evidence::SignedNotice
        && fact.foreign_currency.is_none()
        && attempt(&fact.attempt).is_some_and(|asked| fact.amount == Some(asked.amount))
}

#[test]
fn paid_rests_on_a_strong_confirmation_of_what_was_asked() {
    always(|case, outcome, _| {
        if outcome.status == Status::Paid {
            let deciding = outcome.deciding.expect("a payment is paid because of a fact");
            assert!(confirms(deciding), "{:?}", case.keys());
            let in_time = outcome.paid_at.is_some_and(|at| at <= EXPIRES_AT);
            assert!(in_time || case.policy == ACCEPT, "{:?}", case.keys());
        }
    });
}

#[test]
fn captured_is_what_was_asked_once_or_nothing() {
    always(|case, outcome, _| {
        let confirmed: Vec<i64> = case
            .attempts
            .iter()
            .filter(|asked| case.facts.iter().any(|fact| fact.attempt == asked.attempt && confirms(fact)))
            .map(|asked| asked.amount.minor)
            .collect();
        let (captured, surplus) = (outcome.captured_minor, outcome.surplus_minor);
        assert!(captured == 0 || confirmed.contains(&captured), "{:?}", case.keys());
        assert_eq!(outcome.paid_at.is_some(), captured > 0, "{:?}", case.keys());
        assert!(surplus >= 0 && captured + surplus <= confirmed.iter().sum(), "{:?}", case.keys());
        let duplicates = outcome.exceptions.iter().filter(|open| open.kind == ExceptionKind::DuplicatePayment).count();
        assert_eq!(surplus > 0, duplicates > 0, "{:?}", case.keys());
        assert!(duplicates < confirmed.len().max(1), "surplus needs two confirmed attempts: {:?}", case.keys());
        if outcome.status == Status::Paid {
            assert!(captured > 0, "{:?}", case.keys());
        } else {
            assert!(captured == 0 || outcome.status == Status::ManualReview, "{:?}", case.keys());
        }
    });
}

#[test]
fn c5_no_money_that_a_bank_spoke_of_is_forgotten() {
    always(|case, outcome, _| {
        // Attempts of which a strong statement says that money was taken, unless the bank took it back, and said so more
        // than once, or the operator's inbox names them.
        let mut unnamed: Vec<&str> = Vec::new();
        for asked in &case.attempts {
            let strong = || case.facts.iter().filter(|fact| fact.attempt == asked.attempt && fact.evidence.decides());
            let is_taken = strong().any(|fact| fact.kind == FactKind::Approved);
            let is_taken_back = strong().filter(|fact| denies(fact)).count() >= 2;
            let is_shown = outcome.exceptions.iter().any(|open| open.attempt == asked.attempt);
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
        let ours: Vec<Fact> = case.facts.iter().filter(|fact| attempt(&fact.attempt).is_some()).cloned().collect();
        assert_eq!(fold(&TERMS, &case.attempts, &ours, &case.policy, case.now), *outcome, "{:?}", case.keys());
    });
}

#[test]
fn a3_what_is_older_or_weaker_leaves_paid() {
    always(|case, outcome, chance| {
        let Some(deciding) = outcome.deciding.filter(|_| outcome.status == Status::Paid) else { return };
        let Some(time) = deciding.provider_time else { return };
        let kind = chance.pick(&["declined", "abandoned"]);
        let older = usize::try_from(time).map_or(0, |time| chance.below(time));
        let harmless = match chance.below(5) {
            0 => format!("claim {}", chance.pick(&["approved", "approved =10", "declined @500", "returned"])),
            1 => format!("notice {}", chance.pick(&["approved @90", "approved =10", "declined @500", "abandoned"])),
            2 if deciding.evidence == Evidence::Lookup => format!("lookup {kind} @{older}"),
            2 | 3 => format!("signed {kind} @{older}"),
            _ => format!("own {}", chance.pick(&["gave_up", "refused @500", "started"])),
        };
        let after = case.with(fact(&format!("{} {harmless}", deciding.attempt), 99));
        let after = after.outcome();
        assert_eq!(line(&after), line(outcome), "{harmless} after {:?}", case.keys());
    });
}

#[test]
fn a3_no_single_fact_turns_paid_into_anything_but_paid_or_review() {
    always(|case, outcome, chance| {
        if outcome.status != Status::Paid {
            return;
        }
        let more = fact(&chance.statement(), 99);
        let after = case.with(more.clone());
        let after = after.outcome();
        let stays = matches!(after.status, Status::Paid | Status::ManualReview);
        assert!(stays, "{} made {} of {:?}", more.source.key, line(&after), case.keys());
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
        assert!(case.now >= EXPIRES_AT, "{:?}", case.keys());
        for asked in &case.attempts {
            let is_over = |fact: &Fact| {
                fact.attempt == asked.attempt
                    && ((fact.evidence.decides() && denies(fact)) || fact.kind == FactKind::Refused)
            };
            assert!(case.facts.iter().any(is_over), "{} is open: {:?}", asked.attempt, case.keys());
        }
    });
}

#[test]
fn a4_time_alone_only_expires_what_is_unpaid_and_exactly_at_its_timer() {
    always(|case, _, _| {
        let at = |now| fold(&TERMS, &case.attempts, &case.facts, &case.policy, now);
        let (young, last, due, old) = (at(0), at(EXPIRES_AT - 1), at(EXPIRES_AT), at(i64::MAX));
        assert_eq!(young, last, "{:?}", case.keys());
        assert_eq!(due, old, "{:?}", case.keys());
        assert_eq!(due.next_timer, None);
        match young.next_timer {
            Some(timer) => {
                assert_eq!(timer, EXPIRES_AT);
                assert!(matches!(young.status, Status::Created | Status::Failed), "{:?}", case.keys());
                assert_eq!(due.status, Status::Expired, "{:?}", case.keys());
            }
            None => assert_eq!(young, due, "{:?}", case.keys()),
        }
    });
}

#[test]
fn review_always_has_an_open_exception_and_exceptions_are_sorted_and_unlike() {
    always(|case, outcome, _| {
        let sorted = outcome.exceptions.windows(2).all(|pair| pair[0] < pair[1]);
        assert!(sorted, "{:?}", outcome.exceptions);
        assert!(outcome.status != Status::ManualReview || !outcome.exceptions.is_empty(), "{:?}", case.keys());
        let of_ours = outcome.exceptions.iter().all(|open| attempt(&open.attempt).is_some());
        assert!(of_ours, "{:?}", outcome.exceptions);
    });
}
