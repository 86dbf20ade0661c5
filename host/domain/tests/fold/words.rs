//! The words that are kept in storage and told in the API: each comes back as what it was, and no two are alike.

use kamurj_domain::exception::Proposal;
use kamurj_domain::payment::LatePayment;
use kamurj_domain::refund::{Purpose, RefundEnd, refunds};
use kamurj_domain::{Evidence, ExceptionKind, FactKind, Mode, Ruling, Status};
use std::collections::BTreeSet;

/// Checks that the words of all values are different, come back, and that no other word is one.
#[track_caller]
fn come_back<T: Copy + PartialEq + std::fmt::Debug>(
    all: &[T],
    word: impl Fn(T) -> &'static str,
    from: impl Fn(&str) -> Option<T>,
) {
    let words: BTreeSet<&str> = all.iter().map(|value| word(*value)).collect();
    assert_eq!(words.len(), all.len(), "{words:?}");
    for value in all {
        assert_eq!(from(word(*value)), Some(*value));
        assert_eq!(from(&word(*value).to_uppercase()), None);
    }
    assert_eq!(from(""), None);
}

#[test]
fn every_word_comes_back_as_what_it_was() {
    come_back(&FactKind::ALL, FactKind::word, FactKind::from_word);
    come_back(&Status::ALL, Status::word, Status::from_word);
    come_back(&ExceptionKind::ALL, ExceptionKind::word, ExceptionKind::from_word);
    come_back(&[Mode::Test, Mode::Live], Mode::word, Mode::from_word);
    come_back(&[Purpose::Order, Purpose::Surplus], Purpose::word, Purpose::from_word);
    let rulings = [Ruling::Paid, Ruling::Failed, Ruling::Cancelled, Ruling::Refunded];
    come_back(&rulings, Ruling::word, Ruling::from_word);
    let choices = [LatePayment::Review, LatePayment::Accept, LatePayment::Refund];
    come_back(&choices, LatePayment::word, LatePayment::from_word);
    let evidence: Vec<Evidence> = ["own", "manual", "claim", "notice", "signed_notice", "lookup", "bank_report"]
        .iter()
        .filter_map(|word| Evidence::from_word(word))
        .collect();
    assert_eq!(evidence.len(), 7);
    come_back(&evidence, Evidence::word, Evidence::from_word);
    come_back(&evidence, Evidence::phrase, |phrase| evidence.iter().copied().find(|one| one.phrase() == phrase));
    let ways: BTreeSet<&str> =
        ExceptionKind::ALL.iter().flat_map(|kind| kind.proposals()).map(|way| way.word()).collect();
    assert_eq!(ways.len(), 11, "{ways:?}");
    for way in ways {
        assert_eq!(Proposal::from_word(way).map(Proposal::word), Some(way));
    }
}

#[test]
fn the_states_of_a_refund_have_the_words_of_the_api() {
    let word = |told: &str| {
        let facts = crate::notation::facts(&format!("a own refund_asked =300 #ref_1; {told}"));
        let refunds = refunds("a", &facts);
        let told = match refunds[0].end {
            RefundEnd::Reserved => None,
            RefundEnd::InDoubt(fact) | RefundEnd::Done(fact) | RefundEnd::Failed(fact) => Some(fact.source.key.clone()),
        };
        (refunds[0].end.word(), told)
    };
    let by = |key: &str| Some(key.to_owned());
    assert_eq!(word(""), ("pending", None));
    assert_eq!(word("a lookup refunded #ref_1"), ("done", by("a lookup refunded #ref_1")));
    assert_eq!(word("a own refund_failed #ref_1"), ("failed", by("a own refund_failed #ref_1")));
    assert_eq!(word("a own refund_in_doubt #ref_1"), ("in_doubt", by("a own refund_in_doubt #ref_1")));
    // Of two that exclude each other the stronger is the one to look at.
    let stronger = by("a lookup refunded @30 #ref_1");
    assert_eq!(word("a lookup refunded @30 #ref_1; a signed refund_failed @40 #ref_1"), ("in_doubt", stronger));
    let stronger = by("a lookup refund_failed @30 #ref_1");
    assert_eq!(word("a signed refunded @40 #ref_1; a lookup refund_failed @30 #ref_1"), ("in_doubt", stronger));
}

#[test]
fn only_what_waits_for_the_customer_takes_attempts() {
    let takes = Status::ALL.into_iter().filter(|status| status.takes_attempts());
    assert_eq!(takes.collect::<Vec<_>>(), [Status::Created, Status::Pending, Status::Failed]);
}
