//! What a line of the bank's report may say. It is a file that a person hands in: nobody signed it and no question of ours
//! brought it. So a line about money that came, or was given back, only confirms what is known; where it does not, a person
//! is told. That the bank took money back again it may say alone, because a person then looks, and nothing is given away.

use crate::refund::{GivenBack, believed};
use crate::verdict::{Asked, Verdict, takes};
use crate::{Evidence, Exception, ExceptionKind, Fact, FactKind};

/// Whether this is a report's line about money that came or was given back.
pub(crate) fn is_line(fact: &Fact) -> bool {
    fact.evidence == Evidence::BankReport && matches!(fact.kind, FactKind::Approved | FactKind::Refunded)
}

/// Whether a statement about a refund may count: a report's line only where it names what is believed of the refund.
pub(crate) fn agrees(fact: &Fact, believed: Option<&Fact>) -> bool {
    fact.evidence != Evidence::BankReport || believed.is_some_and(|known| is_same_money(fact, known))
}

/// The lines about an attempt that say otherwise than what is known of it, each with what is shown to a person.
pub(crate) fn differences<'f>(
    asked: &Asked,
    verdict: &Verdict<'_>,
    facts: &'f [Fact],
) -> impl Iterator<Item = (&'f Fact, Exception)> {
    let lines = facts.iter().filter(|fact| fact.is_about(&asked.attempt) && fact.evidence == Evidence::BankReport);
    lines.filter_map(move |line| {
        let subject = match line.kind {
            FactKind::Approved => (!is_known_to_have_come(line, asked, verdict, facts)).then_some(&asked.attempt),
            FactKind::Reversed | FactKind::ChargedBack => {
                let is_known = facts.iter().any(|fact| fact.is_about(&asked.attempt) && takes(fact));
                (!is_known && !matches!(verdict, Verdict::Reversed(_) | Verdict::ChargedBack(_)))
                    .then_some(&asked.attempt)
            }
            FactKind::Refunded => differing_refund(line, asked, facts),
            _ => None,
        }?;
        Some((line, Exception { kind: ExceptionKind::ReportDifference, subject: subject.clone() }))
    })
}

fn is_known_to_have_come(line: &Fact, asked: &Asked, verdict: &Verdict<'_>, facts: &[Fact]) -> bool {
    let is_same = |known: &Fact| is_same_money(line, known);
    match verdict {
        Verdict::Open | Verdict::Unpaid(_) | Verdict::Indeterminate(_) => false,
        Verdict::Approved(known) | Verdict::Mismatched(known) => is_same(known),
        // A person looks at the attempt already; which of the amounts is right is asked there.
        Verdict::Contradicted(..) | Verdict::Reversed(_) | Verdict::ChargedBack(_) => {
            facts.iter().any(|fact| fact.is_about(&asked.attempt) && takes(fact) && is_same(fact))
        }
    }
}

/// What a line about a refund is shown under, where it says otherwise: the refund, or the attempt where nobody here knows of
/// such a refund.
fn differing_refund<'f>(line: &'f Fact, asked: &'f Asked, facts: &'f [Fact]) -> Option<&'f String> {
    if let Some(refund) = &line.refund {
        let of_refund = |fact: &&Fact| fact.is_about(&asked.attempt) && fact.refund.as_ref() == Some(refund);
        let told: Vec<&Fact> = facts.iter().filter(of_refund).collect();
        let known = believed(&told);
        return (!agrees(line, known)).then_some(if known.is_some() { refund } else { &asked.attempt });
    }
    // One that was made in the provider's own office is in the provider's count; so are several.
    let mut lines: Vec<&Fact> = facts
        .iter()
        .filter(|fact| fact.is_about(&asked.attempt) && is_line(fact))
        .filter(|fact| fact.kind == FactKind::Refunded && fact.refund.is_none())
        .collect();
    let in_currency = |fact: &Fact| {
        let amount = fact.amount.filter(|amount| amount.currency == asked.amount.currency);
        amount.filter(|_| fact.foreign_currency.is_none()).map(|amount| amount.minor)
    };
    lines.sort_by_key(|fact| (&fact.source.key, in_currency(fact)));
    lines.dedup_by_key(|fact| (&fact.source.key, in_currency(fact)));
    let told = lines.into_iter().filter_map(in_currency).fold(0, i64::saturating_add);
    let refunds = crate::refund::refunds(&asked.attempt, facts);
    let counted = GivenBack::of(&asked.attempt, asked.amount, facts, &refunds).unasked;
    (in_currency(line).is_none() || told > counted).then_some(&asked.attempt)
}

/// Whether a line names the money that another statement names, or none.
fn is_same_money(line: &Fact, known: &Fact) -> bool {
    let names_none = line.amount.is_none() && line.foreign_currency.is_none();
    names_none || (line.amount == known.amount && line.foreign_currency == known.foreign_currency)
}
