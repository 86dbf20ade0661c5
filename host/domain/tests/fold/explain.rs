//! The sentence that says why a payment is in its state: it names the status, the rule, the fact that decided with its
//! evidence, and what happens next; another deciding fact makes another sentence.

use crate::notation::{REVIEW, TERMS, TWO, attempts_of, facts};
use kamurj_domain::explain::{Next, sentence};
use kamurj_domain::{Policy, fold};

fn explained(told: &str, policy: Policy, next: Option<&Next>) -> String {
    let facts = facts(told);
    sentence(&fold(&TERMS, &attempts_of(&facts), &facts, &policy, 60), next)
}

#[test]
fn the_sentence_names_status_rule_fact_and_evidence() {
    assert_eq!(
        explained("a own started; a lookup approved @20", REVIEW, None),
        "The payment is paid because confirmed paid, as asked, decided by fact fct_001: approved (look-up from test, 10 AMD, \
         1970-01-01T00:00:00.02Z); nothing happens by time alone."
    );
    let next = Next { what: "the provider is asked again".into(), at: 5_000 };
    assert_eq!(
        explained("a own started", REVIEW, Some(&next)),
        "The payment is pending because an attempt is under way; no fact about money decides it; next, at \
         1970-01-01T00:00:05Z, the provider is asked again."
    );
}

#[test]
fn the_sentence_changes_with_the_deciding_fact() {
    let sentences = [
        "a signed approved @20",
        "a lookup approved @20",
        "a lookup approved @21",
        "a claim returned; a lookup approved @20",
        "a lookup approved @20; a bank_report charged_back @30",
        "a lookup approved @20; b lookup approved @10",
        "a lookup approved @20; a lookup reversed @30",
        "a lookup approved @20; - manual decided @50 !refunded",
    ]
    .map(|told| explained(told, REVIEW, None));
    for (place, sentence) in sentences.iter().enumerate() {
        assert!(!sentences[..place].contains(sentence), "{sentence}");
    }
}

#[test]
fn b14_a_person_is_never_shown_as_the_bank() {
    let told = "a signed approved @20; a lookup declined @30; - manual decided @40 !paid/ani";
    let sentence = explained(told, REVIEW, None);
    assert!(sentence.contains("decided (a person's word from test, ani as operator, "), "{sentence}");
    let waits = explained(told, TWO, None);
    assert!(waits.contains("; a person's decision waits for a second person; nothing happens"), "{waits}");
    assert!(!sentence.contains("waits"), "{sentence}");
}

#[test]
fn the_providers_reason_is_quoted() {
    let mut facts = facts("a lookup declined @10");
    facts[0].reason = Some("no funds".into());
    let sentence = sentence(&fold(&TERMS, &attempts_of(&facts), &facts, &REVIEW, 60), None);
    assert!(sentence.contains("“no funds”"), "{sentence}");
}
