//! The proof that the fold reads a set: neither the order of arrival, nor repetition, nor the ids and times of arrival
//! that are ours, nor the order of the attempts changes the answer. `KAMURJ_LONG_TESTS=1` makes the search deeper.

use crate::chance::Chance;
use crate::notation::{ACCEPT, REVIEW, TERMS, arrive, attempts_of, fact, facts, line};
use kamurj_domain::verdict::Asked;
use kamurj_domain::{Fact, Policy, fold};
use std::collections::HashMap;

/// One of each thing that can be learned about two attempts, with times on both sides of each other and of the expiry.
const ALPHABET: [&str; 18] = [
    "a own started",
    "a lookup approved @20",
    "a lookup approved @30 =10",
    "a lookup approved",
    "a lookup declined @25",
    "a lookup abandoned @40",
    "a signed approved @20",
    "a signed approved @101",
    "a signed approved @20 =1000RUB",
    "a signed declined @20",
    "a notice approved @20",
    "a own gave_up",
    "b own started",
    "b lookup approved @15",
    "b lookup declined @10",
    "b signed approved @130",
    "b signed declined @30",
    "b own refused",
];

/// The times and policies under which every selection is folded.
const SCENES: [(i64, Policy); 3] = [(60, REVIEW), (100, REVIEW), (200, ACCEPT)];

fn is_long() -> bool {
    std::env::var_os("KAMURJ_LONG_TESTS").is_some_and(|value| value == "1")
}

/// All of an outcome that must not depend on order: the deciding fact by its source's key, for its id is ours.
fn told(attempts: &[Asked], facts: &[Fact], policy: Policy, now: i64) -> String {
    let outcome = fold(&TERMS, attempts, facts, &policy, now);
    let key = outcome.deciding.map_or("nothing", |fact| fact.source.key.as_str());
    format!("{}; by {key}: {}", line(&outcome), outcome.rule)
}

/// Both attempts, in either order.
fn both_attempts() -> [Vec<Asked>; 2] {
    let attempts = attempts_of(&facts("a own started; b own started"));
    let turned = attempts.iter().rev().cloned().collect();
    [attempts, turned]
}

/// Every sequence of `length` letters, as numbers below the alphabet's length.
fn sequences(length: u32) -> impl Iterator<Item = Vec<usize>> {
    let letters = ALPHABET.len();
    (0..letters.pow(length)).map(move |number| (0..length).map(|place| number / letters.pow(place) % letters).collect())
}

#[test]
fn a3_every_sequence_of_facts_comes_to_what_its_set_comes_to() {
    let attempts = both_attempts();
    // Each fact as it looks when it arrives first, second, …: ids ascend in one half, descend in the other, so that
    // they follow neither the alphabet nor the sequence.
    let longest = if is_long() { 5 } else { 4 };
    let arrivals: Vec<Vec<Fact>> = (0..i64::from(longest))
        .map(|place| {
            let number = |letter: i64| if letter % 2 == 0 { place * 7 + letter } else { 90 - place * 7 - letter };
            (0..).zip(ALPHABET).map(|(letter, statement)| fact(statement, number(letter))).collect()
        })
        .collect();
    let mut known: HashMap<(usize, u32), String> = HashMap::new();
    for length in 0..=longest {
        for (number, sequence) in sequences(length).enumerate() {
            // The first sequence of a set teaches what it comes to; all the others are held against that.
            let set = sequence.iter().fold(0_u32, |set, letter| set | 1 << letter);
            let facts: Vec<Fact> =
                sequence.iter().zip(&arrivals).map(|(letter, arrival)| arrival[*letter].clone()).collect();
            let attempts = &attempts[usize::from(number.count_ones() % 2 == 1)];
            for (scene, (now, policy)) in SCENES.iter().enumerate() {
                let answer = told(attempts, &facts, *policy, *now);
                let keys = || facts.iter().map(|fact| fact.source.key.as_str()).collect::<Vec<_>>();
                let first = known.entry((scene, set)).or_insert_with(|| answer.clone());
                assert_eq!(*first, answer, "in the order {:?}", keys());
            }
        }
    }
    assert!(known.len() > 10_000, "the alphabet makes many sets: {}", known.len());
}

/// Every order of these, by Heap's algorithm.
fn each_order(facts: &mut [Fact], open: usize, see: &mut impl FnMut(&[Fact])) {
    if open <= 1 {
        return see(facts);
    }
    for place in 0..open {
        each_order(facts, open - 1, see);
        facts.swap(if open.is_multiple_of(2) { place } else { 0 }, open - 1);
    }
}

#[test]
fn a3_all_orders_of_five_facts_end_alike() {
    let sets = [
        "a own started; a signed declined @10; a signed approved @20; a lookup approved @20; a claim returned",
        "a own started; a signed approved @20; a lookup declined @30; a lookup declined @40; a own gave_up",
        "a signed approved @20; a signed declined @30; a lookup approved @20; b lookup approved @10; b own started",
        "a lookup approved @20 =10; a signed approved @20; b signed approved @101; b own started; a own started",
        "a own refused @5; b own started; b own gave_up; b lookup abandoned @50; b signed approved",
    ];
    for set in sets {
        let mut facts = facts(set);
        let mut attempts = attempts_of(&facts);
        let count = facts.len();
        for (now, policy) in SCENES {
            let expected = told(&attempts, &facts, policy, now);
            let mut orders = 0_usize;
            attempts.reverse();
            each_order(&mut facts, count, &mut |order| {
                let mut order = order.to_vec();
                (0..).zip(&mut order).for_each(|(place, fact)| arrive(fact, place));
                assert_eq!(told(&attempts, &order, policy, now), expected, "{set}");
                orders += 1;
            });
            assert_eq!(orders, 120);
        }
    }
}

#[test]
fn a3_random_sets_end_alike_in_any_order_with_any_repetition() {
    let seeds = if is_long() { 200_000 } else { 1_500 };
    for seed in 0..seeds {
        let mut chance = Chance::seeded(seed);
        let count = 1 + chance.below(7);
        let facts = chance.facts(count);
        let mut attempts = attempts_of(&facts);
        let (now, policy) = SCENES[chance.below(SCENES.len())];
        let expected = told(&attempts, &facts, policy, now);
        for _ in 0..12 {
            let mut again = facts.clone();
            for _ in 0..chance.below(4) {
                again.push(facts[chance.below(facts.len())].clone());
            }
            chance.shuffle(&mut again);
            chance.shuffle(&mut attempts);
            let mut numbers: Vec<i64> = (0..40).collect();
            chance.shuffle(&mut numbers);
            again.iter_mut().zip(numbers).for_each(|(fact, number)| arrive(fact, number));
            let keys: Vec<&str> = again.iter().map(|fact| fact.source.key.as_str()).collect();
            assert_eq!(told(&attempts, &again, policy, now), expected, "seed {seed}: {keys:?}");
        }
    }
}
