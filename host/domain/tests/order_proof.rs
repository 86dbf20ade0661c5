//! The fold is a function of the set of facts: every order and repetition, with arrival, times of receipt and row ids dealt
//! anew, gives the same answer. A machine that steps from fact to fact would not; one stands here to show it.

mod told;

use kamurj_domain::verdict::Asked;
use kamurj_domain::{Fact, FactKind, Policy, Status, Terms, fold};
use told::{Fold, told};

/// Statements that pull in different directions, about two attempts.
const ALPHABET: [&str; 14] = [
    "a:started",
    "a:returned/claim",
    "a:approved/notice@12",
    "a:approved/notice+@12",
    "a:approved/lookup@12",
    "a:approved/lookup@1001",
    "a:approved/notice+@12=10",
    "a:declined/notice+@11",
    "a:declined/lookup@13",
    "a:refused/own",
    "a:gave_up/own",
    "b:approved/lookup@20",
    "b:declined/notice+@20",
    "b:approved/notice+",
];

/// What may be compared: everything but row ids.
fn answer(terms: &Terms, attempts: &[Asked], facts: &[Fact], now: i64) -> impl PartialEq + std::fmt::Debug + use<> {
    let outcome = fold(terms, attempts, facts, &Policy::default(), now);
    (
        outcome.status,
        (outcome.captured_minor, outcome.surplus_minor, outcome.paid_at, outcome.next_timer),
        outcome.exceptions,
        outcome.rule,
        outcome.deciding.map(|fact| fact.source.key.clone()),
    )
}

/// Gives out ids and times of receipt in the present order, as if the facts had come so.
fn deal_anew(facts: &mut [Fact], salt: i64) {
    for (fact, place) in facts.iter_mut().zip(1..) {
        fact.received_at = salt * 31 + place;
        fact.id = format!("fct_{:03}", (place * 7 + salt) % 997);
    }
}

/// Calls `see` with every order of the facts (Heap's algorithm).
fn every_order(facts: &mut Vec<Fact>, length: usize, see: &mut impl FnMut(&mut Vec<Fact>)) {
    if length <= 1 {
        see(facts);
        return;
    }
    for place in 0..length {
        every_order(facts, length - 1, see);
        let other = if length.is_multiple_of(2) { place } else { 0 };
        facts.swap(other, length - 1);
    }
}

fn check_set(words: &str, count: &mut u64) {
    let Fold { terms, mut attempts, mut facts } = told(words);
    for now in [1, 2_000] {
        let expected = answer(&terms, &attempts, &facts, now);
        let length = facts.len();
        let mut salt = 0;
        every_order(&mut facts, length, &mut |facts| {
            salt += 1;
            attempts.reverse();
            let mut dealt = facts.clone();
            deal_anew(&mut dealt, salt);
            assert_eq!(answer(&terms, &attempts, &dealt, now), expected, "{words} in another order: {dealt:#?}");
            // A repetition that slipped through under another row id.
            let again = dealt[usize::try_from(salt).expect("small") % length].clone();
            dealt.push(again);
            deal_anew(&mut dealt, salt + 1);
            assert_eq!(answer(&terms, &attempts, &dealt, now), expected, "{words} with a repetition");
            *count += 2;
        });
    }
}

#[test]
fn a3_every_order_of_every_set_of_four_gives_the_same_answer() {
    let mut count = 0;
    for first in 0..ALPHABET.len() {
        for second in first..ALPHABET.len() {
            for third in second..ALPHABET.len() {
                for fourth in third..ALPHABET.len() {
                    let words = [first, second, third, fourth].map(|place| ALPHABET[place]).join(" ");
                    check_set(&words, &mut count);
                }
            }
        }
    }
    assert!(count > 200_000, "{count} cases");
}

#[test]
fn a3_random_sets_of_up_to_seven_give_the_same_answer_in_every_order() {
    // A longer run by hand: KAMURJ_ORDER_PROOF_SETS=2000.
    let sets: u64 = std::env::var("KAMURJ_ORDER_PROOF_SETS").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let mut state: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut draw = |below: usize| {
        // xorshift64: enough to pick words, and the same on every machine.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(below).expect("small")).expect("small")
    };
    let mut count = 0;
    for _ in 0..sets {
        let length = 5 + draw(3);
        let words: Vec<String> = (0..length).map(|_| any_word(&mut draw)).collect();
        check_set(&words.join(" "), &mut count);
    }
    assert!(count > 1_000, "{count} cases");
}

fn any_word(draw: &mut impl FnMut(usize) -> usize) -> String {
    let attempt = ["a", "b", "c"][draw(3)];
    let kind = ["started", "returned", "approved", "approved", "declined", "abandoned", "refused", "gave_up"][draw(8)];
    let evidence = match kind {
        "approved" | "declined" | "abandoned" => ["claim", "notice", "notice+", "notice+", "lookup", "lookup"][draw(6)],
        _ => "own",
    };
    let time = ["", "@10", "@11", "@12", "@999", "@1001"][draw(6)];
    let amount = ["", "", "", "=10", "=RUB", "=XYZ"][draw(6)];
    format!("{attempt}:{kind}/{evidence}{time}{amount}")
}

#[test]
fn once_paid_nothing_weak_or_old_moves_it() {
    let noise = [
        "a:returned/claim",
        "a:declined/claim@50",
        "a:declined/notice@50",
        "a:declined/notice+@9",
        "a:abandoned/notice+@9",
        "a:refused/own",
        "a:gave_up/own",
        "b:started",
        "b:declined/lookup@40",
        "c:approved/notice@41",
    ];
    for mask in 0..1u32 << noise.len() {
        let chosen = noise.iter().enumerate().filter(|(place, _)| mask >> place & 1 == 1).map(|(_, word)| *word);
        let words: Vec<&str> = ["a:started", "a:approved/lookup@10"].into_iter().chain(chosen).collect();
        let Fold { terms, attempts, facts } = told(&words.join(" "));
        let outcome = fold(&terms, &attempts, &facts, &Policy::default(), 5_000);
        assert_eq!((outcome.status, outcome.surplus_minor), (Status::Paid, 0), "{words:?}");
    }
}

/// What many systems do: the last message wins, unless it is paid already.
fn stepwise(facts: &[Fact]) -> Status {
    facts.iter().fold(Status::Created, |status, fact| match (status, fact.kind) {
        (Status::Paid, _) => Status::Paid,
        (_, FactKind::Started) => Status::Pending,
        (_, FactKind::Approved) if fact.evidence.decides() => Status::Paid,
        (_, FactKind::Declined | FactKind::Abandoned | FactKind::Refused) => Status::Failed,
        (_, FactKind::GaveUp) => Status::ManualReview,
        (status, _) => status,
    })
}

#[test]
fn a_machine_that_steps_depends_on_the_order_and_the_fold_does_not() {
    let facts = "a:started a:declined/notice+@11 b:started b:declined/notice+@21 a:gave_up/own";
    let Fold { terms, attempts, mut facts } = told(facts);
    let length = facts.len();
    let (mut stepped, mut folded) = (Vec::new(), Vec::new());
    every_order(&mut facts, length, &mut |facts| {
        stepped.push(stepwise(facts));
        folded.push(fold(&terms, &attempts, facts, &Policy::default(), 30).status);
    });
    for answers in [&mut stepped, &mut folded] {
        answers.sort_unstable();
        answers.dedup();
    }
    assert_eq!(folded, [Status::Failed]);
    assert_eq!(stepped, [Status::Pending, Status::Failed, Status::ManualReview], "three answers from one set of facts");
}
