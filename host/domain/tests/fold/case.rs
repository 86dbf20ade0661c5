//! A payment in some random state, and the loop that tries a promise on many of them.

use crate::chance::Chance;
use crate::notation::{ACCEPT, GRACE, REFUND, REVIEW, TERMS, TWO, attempt, attempts_of};
use crate::order::is_long;
use kamurj_domain::verdict::Asked;
use kamurj_domain::{Evidence, Fact, FactKind, Outcome, Policy, fold};

/// A payment in some state: what is known of it, and the world around.
pub(crate) struct Case {
    pub(crate) facts: Vec<Fact>,
    pub(crate) attempts: Vec<Asked>,
    pub(crate) policy: Policy,
    pub(crate) now: i64,
}

impl Case {
    fn of(facts: Vec<Fact>, policy: Policy, now: i64) -> Self {
        Self { attempts: attempts_of(&facts), facts, policy, now }
    }

    /// A random one.
    pub(crate) fn drawn(chance: &mut Chance) -> Self {
        let count = chance.below(8);
        let facts = chance.facts(count);
        let policy = *chance.pick(&[&REVIEW, &REVIEW, &ACCEPT, &REFUND, &TWO, &GRACE]);
        Self::of(facts, policy, [0, 60, 99, 100, 5_000][chance.below(5)])
    }

    pub(crate) fn outcome(&self) -> Outcome<'_> {
        fold(&TERMS, &self.attempts, &self.facts, &self.policy, self.now)
    }

    /// The same payment when this has been learned too.
    pub(crate) fn with(&self, more: Fact) -> Self {
        let mut facts = self.facts.clone();
        facts.push(more);
        Self::of(facts, self.policy, self.now)
    }

    pub(crate) fn keys(&self) -> Vec<&str> {
        self.facts.iter().map(|fact| fact.source.key.as_str()).collect()
    }
}

/// Runs a promise on many random payments.
#[track_caller]
pub(crate) fn always(promise: impl Fn(&Case, &Outcome<'_>, &mut Chance)) {
    for seed in 0..if is_long() { 1_000_000 } else { 10_000 } {
        let mut chance = Chance::seeded(seed);
        let case = Case::drawn(&mut chance);
        promise(&case, &case.outcome(), &mut chance);
    }
}

/// An approval of exactly what the attempt asked, by a signed notice or a look-up.
pub(crate) fn confirms(fact: &Fact) -> bool {
    fact.kind == FactKind::Approved
        && matches!(fact.evidence, Evidence::SignedNotice | Evidence::Lookup)
        && fact.foreign_currency.is_none()
        && fact.attempt.as_deref().and_then(attempt).is_some_and(|asked| fact.amount == Some(asked.amount))
}
