//! Every kind of fact with fixed values, and every multiset of kinds. Knows how facts are written down, never what they come
//! to.

use crate::notation::fact;
use kamurj_domain::{Fact, FactKind};

/// How many times a kind can stand in a set with other values; a further one repeats the first.
const VARIANTS: usize = 3;

/// What is learned when a kind is learned for the first, the second and the third time.
fn statements(kind: FactKind) -> [&'static str; VARIANTS] {
    match kind {
        FactKind::Started => ["a own started", "b own started", "a own started @5"],
        FactKind::Refused => ["b own refused @5", "a own refused", "a own refused @6"],
        FactKind::Returned => ["a claim returned", "b claim returned", "a claim returned @50"],
        FactKind::Approved => ["a signed approved @20", "b lookup approved @30", "a lookup approved @25 =10"],
        FactKind::Declined => ["a lookup declined @25", "b signed declined @30", "a signed declined @20"],
        FactKind::Abandoned => ["a lookup abandoned @40", "b lookup abandoned", "a bank_report abandoned @20"],
        FactKind::GaveUp => ["a own gave_up @45", "b own gave_up", "x own gave_up"],
        FactKind::Reversed => ["b lookup reversed @35", "a signed reversed @15", "a lookup reversed"],
        FactKind::ChargedBack => {
            ["a bank_report charged_back @35", "b signed charged_back @20", "a claim charged_back"]
        }
        FactKind::RefundAsked => [
            "a own refund_asked @31 =300 #ref_1",
            "b own refund_asked @32 =1000 #ref_2 %surplus",
            "a own refund_asked @33 =800 #ref_3",
        ],
        FactKind::Refunded => {
            ["a lookup refunded @40 #ref_1", "a signed refunded @41 =500", "b lookup refunded @42 =400 #ref_2"]
        }
        FactKind::RefundFailed => {
            ["a signed refund_failed @43 #ref_1", "b own refund_failed @44 #ref_2", "a manual refund_failed @44 #ref_1"]
        }
        FactKind::RefundInDoubt => {
            ["a own refund_in_doubt @42 #ref_1", "b own refund_in_doubt @42 #ref_2", "a own refund_in_doubt #ref_3"]
        }
        FactKind::Cancelled => ["- own cancelled @28", "- own cancelled @19", "- own cancelled @110"],
        FactKind::Reopened => ["- own reopened @29 >200", "- own reopened @110 >150", "- own reopened @28 >60"],
        FactKind::Decided => [
            "- manual decided @46 !paid/ani",
            "- manual decided @46 !paid/davit",
            "- manual decided @45 !cancelled/ani",
        ],
        FactKind::OverCap => ["- own over_cap @30", "- own over_cap @20", "- notice over_cap @20"],
    }
}

/// Every kind, each as it is learned for the first, the second and the third time. What a decision settles is fixed.
pub(crate) fn letters() -> Vec<Vec<Fact>> {
    let mut letters: Vec<Vec<Fact>> =
        FactKind::ALL.iter().map(|kind| statements(*kind).iter().map(|told| fact(told, 0)).collect()).collect();
    let known = [FactKind::Approved, FactKind::Declined, FactKind::GaveUp].map(|kind| statements(kind)[0]);
    let more = statements(FactKind::Approved)[1];
    for decision in letters.iter_mut().flatten().filter_map(|fact| fact.decision.as_mut()) {
        decision.settles = known.iter().map(|key| (*key).to_owned()).collect();
        if decision.by == "davit" {
            decision.settles.insert(more.to_owned());
        }
    }
    letters
}

/// The facts of a multiset of kinds.
pub(crate) fn spell(letters: &[Vec<Fact>], kinds: &[usize]) -> Vec<Fact> {
    let copy = |place: usize| kinds[..place].iter().filter(|kind| **kind == kinds[place]).count() % VARIANTS;
    (0..kinds.len()).map(|place| letters[kinds[place]][copy(place)].clone()).collect()
}

/// Every multiset of `size` kinds, as ascending numbers below `kinds`.
pub(crate) fn multisets(kinds: usize, size: usize, see: &mut impl FnMut(&[usize])) {
    fn extend(chosen: &mut Vec<usize>, kinds: usize, size: usize, see: &mut impl FnMut(&[usize])) {
        if chosen.len() == size {
            return see(chosen);
        }
        for kind in chosen.last().copied().unwrap_or(0)..kinds {
            chosen.push(kind);
            extend(chosen, kinds, size, see);
            chosen.pop();
        }
    }
    extend(&mut Vec::with_capacity(size), kinds, size, see);
}
