//! The proof that the fold reads a set: neither the order of arrival, nor repetition, nor the ids and times of arrival
//! that are ours, nor the order of the attempts changes the answer. Exhaustive over the kinds of facts, random over their
//! values; more than a million cases in any run. `KAMURJ_LONG_TESTS=1` makes the search deeper.

use crate::alphabet::{letters, multisets, spell};
use crate::chance::Chance;
use crate::notation::{ACCEPT, GRACE, REFUND, REVIEW, TERMS, TWO, arrive, attempts_of, facts};
use kamurj_domain::verdict::Asked;
use kamurj_domain::{Fact, FactKind, Outcome, Policy, fold};

/// The times and policies under which sets are folded.
const SCENES: [(i64, Policy); 5] = [(60, REVIEW), (100, ACCEPT), (200, REFUND), (60, TWO), (105, GRACE)];

pub(crate) fn is_long() -> bool {
    std::env::var_os("KAMURJ_LONG_TESTS").is_some_and(|value| value == "1")
}

/// All of an outcome that must not depend on order: the deciding fact by its source's key, for its id is ours.
fn essence<'f>(outcome: &Outcome<'f>) -> (Option<&'f str>, Outcome<'f>) {
    let key = outcome.deciding.map(|fact| fact.source.key.as_str());
    (key, Outcome { deciding: None, ..outcome.clone() })
}

/// A set of facts, what it comes to in one order, and how many other orders came to the same.
struct Proof<'s> {
    attempts: Vec<Asked>,
    now: i64,
    policy: Policy,
    first: (Option<&'s str>, Outcome<'s>),
    cases: usize,
}

impl<'s> Proof<'s> {
    fn of(set: &'s [Fact], scene: usize) -> Self {
        let (now, policy) = SCENES[scene % SCENES.len()];
        let attempts = attempts_of(set);
        let first = essence(&fold(&TERMS, &attempts, set, &policy, now));
        Self { attempts, now, policy, first, cases: 0 }
    }

    #[track_caller]
    fn holds_for(&mut self, order: &[Fact]) {
        let outcome = fold(&TERMS, &self.attempts, order, &self.policy, self.now);
        let keys = || order.iter().map(|fact| fact.source.key.as_str()).collect::<Vec<_>>();
        assert!(essence(&outcome) == self.first, "{:?}\n became {outcome:?}\n of {:?}", self.first, keys());
        self.cases += 1;
        self.attempts.reverse();
    }
}

/// Exchanges two facts of a list and lets each keep the id and the time of arrival of its place.
fn exchange(facts: &mut [Fact], one: usize, other: usize) {
    facts.swap(one, other);
    if let Ok([one, other]) = facts.get_disjoint_mut([one, other]) {
        std::mem::swap(&mut one.id, &mut other.id);
        std::mem::swap(&mut one.received_at, &mut other.received_at);
    }
}

/// Every order of these, by Heap's algorithm.
fn each_order(facts: &mut [Fact], open: usize, see: &mut impl FnMut(&[Fact])) {
    if open <= 1 {
        return see(facts);
    }
    for place in 0..open {
        each_order(facts, open - 1, see);
        exchange(facts, if open.is_multiple_of(2) { place } else { 0 }, open - 1);
    }
}

#[test]
fn a3_every_set_of_kinds_comes_to_one_answer_in_every_order() {
    let letters = letters();
    let (mut sets, mut cases) = (0_usize, 0_usize);
    for size in 0..=if is_long() { 5 } else { 4 } {
        multisets(letters.len(), size, &mut |kinds| {
            let mut set = spell(&letters, kinds);
            // Later facts have higher ids in one half of the sets and lower ones in the other.
            let ascends = sets.is_multiple_of(2);
            (0..).zip(&mut set).for_each(|(place, fact)| arrive(fact, if ascends { place } else { 90 - place }));
            for scene in 0..SCENES.len() {
                let mut proof = Proof::of(&set, scene);
                let mut order = set.clone();
                each_order(&mut order, size, &mut |order| proof.holds_for(order));
                // And once more with each fact told twice.
                proof.holds_for(&[set.clone(), order].concat());
                cases += proof.cases;
            }
            sets += 1;
        });
    }
    assert_eq!(sets, if is_long() { 26_334 } else { 5_985 }, "every multiset of 17 kinds up to this size");
    assert!(cases > 600_000, "{cases} cases");
}

#[test]
fn a3_every_set_of_up_to_seven_kinds_comes_to_one_answer_backwards_and_mixed() {
    let letters = letters();
    let mut chance = Chance::seeded(7);
    let (mut sets, mut cases) = (0_usize, 0_usize);
    for size in 5..=7 {
        multisets(letters.len(), size, &mut |kinds| {
            sets += 1;
            let set = spell(&letters, kinds);
            let mut order = set.clone();
            let mut proof = Proof::of(&set, sets);
            order.reverse();
            proof.holds_for(&order);
            chance.shuffle(&mut order);
            // The first of them comes a second time at the end.
            order.push(order[0].clone());
            proof.holds_for(&order);
            cases += proof.cases;
        });
    }
    assert_eq!((sets, cases), (340_119, 680_238), "every multiset of 17 kinds from five to seven");
}

#[test]
fn a3_all_orders_of_seven_facts_end_alike() {
    let seeds = if is_long() { 2_000 } else { 30 };
    let mut cases = 0;
    for seed in 0..seeds {
        let mut set = Chance::seeded(seed).facts(7);
        (0..).zip(&mut set).for_each(|(place, fact)| arrive(fact, if seed % 2 == 0 { place } else { 90 - place }));
        let mut proof = Proof::of(&set, usize::try_from(seed).unwrap());
        let mut order = set.clone();
        each_order(&mut order, 7, &mut |order| proof.holds_for(order));
        cases += proof.cases;
    }
    assert_eq!(u64::try_from(cases).unwrap(), seeds * 5_040);
}

#[test]
fn a3_all_orders_of_five_facts_end_alike() {
    let sets = [
        "a own started; a signed declined @10; a signed approved @20; a lookup approved @20; a claim returned",
        "a own started; a signed approved @20; a lookup declined @30; a lookup declined @40; a own gave_up",
        "a signed approved @20; a signed declined @30; a lookup approved @20; b lookup approved @10; b own started",
        "a lookup approved @20 =10; a signed approved @20; b signed approved @101; b own started; a own started",
        "a own refused @5; b own started; b own gave_up; b lookup abandoned @50; b signed approved",
        "a lookup approved @20; a own refund_asked =1000 #ref_1; a lookup refunded #ref_1; b lookup approved @30; a signed charged_back @40",
        "a signed approved @20; a lookup declined @30; - manual decided @40 !paid/ani; - manual decided @41 !paid/davit; a lookup declined @50",
    ];
    for set in sets {
        let set = facts(set);
        for scene in 0..SCENES.len() {
            let mut proof = Proof::of(&set, scene);
            let mut order = set.clone();
            each_order(&mut order, 5, &mut |order| proof.holds_for(order));
            assert_eq!(proof.cases, 120);
        }
    }
}

#[test]
fn a3_random_sets_end_alike_in_any_order_with_any_repetition() {
    let seeds = if is_long() { 200_000 } else { 4_000 };
    for seed in 0..seeds {
        let mut chance = Chance::seeded(seed);
        let count = 1 + chance.below(7);
        let set = chance.facts(count);
        let mut proof = Proof::of(&set, chance.below(SCENES.len()));
        for _ in 0..12 {
            let mut again = set.clone();
            for _ in 0..chance.below(4) {
                again.push(set[chance.below(set.len())].clone());
            }
            chance.shuffle(&mut again);
            chance.shuffle(&mut proof.attempts);
            let mut numbers: Vec<i64> = (0..40).collect();
            chance.shuffle(&mut numbers);
            again.iter_mut().zip(numbers).for_each(|(fact, number)| arrive(fact, number));
            proof.holds_for(&again);
        }
    }
}

#[test]
fn every_kind_is_among_the_letters_and_in_random_sets() {
    let letters = letters();
    assert_eq!(letters.len(), FactKind::ALL.len());
    for (kind, variants) in FactKind::ALL.iter().zip(letters) {
        assert!(variants.iter().all(|fact| fact.kind == *kind), "{kind:?}");
        let is_drawn = |seed| Chance::seeded(seed).facts(7).iter().any(|fact| fact.kind == *kind);
        assert!((0..200).any(is_drawn), "{kind:?} is never drawn");
    }
}
