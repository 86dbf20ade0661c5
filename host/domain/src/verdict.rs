//! What the facts about one attempt say, taken together. A function of the set: neither the order of arrival nor a
//! repetition can change the answer, because only evidence, provider times and the statements themselves are compared.

use crate::{Evidence, Fact, FactKind, Money};

/// The part of an attempt that facts are compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The attempt's id.
    pub attempt: String,
    /// What the provider was asked to take.
    pub amount: Money,
    /// The end of the provider's session: the time of a payment whose provider names none.
    pub session_ends_at: i64,
}

/// What the facts about one attempt come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict<'f> {
    /// Nothing that decides is known yet.
    Open,
    /// The money was taken, all of it and in the right currency.
    Approved(&'f Fact),
    /// The provider says paid, but not what was asked.
    Mismatched(&'f Fact),
    /// This attempt took no money.
    Unpaid(&'f Fact),
    /// Two strong statements exclude each other.
    Contradicted(&'f Fact, &'f Fact),
    /// The look-ups ran out.
    Indeterminate(&'f Fact),
}

/// Reads the facts about one attempt.
pub fn verdict<'f>(asked: &Asked, facts: &'f [Fact]) -> Verdict<'f> {
    let about: Vec<&Fact> = facts.iter().filter(|fact| fact.attempt == asked.attempt).collect();
    let latest = |evidence: Evidence| {
        about
            .iter()
            .copied()
            .filter(|fact| fact.evidence == evidence && says(fact.kind).is_some())
            .max_by_key(|fact| rank(fact))
    };
    let deciding = match (latest(Evidence::Lookup), latest(Evidence::SignedNotice)) {
        (Some(lookup), Some(notice)) if contradict(lookup, notice, &about) => {
            return Verdict::Contradicted(lookup, notice);
        }
        (Some(lookup), _) => lookup,
        (None, Some(notice)) => notice,
        (None, None) => {
            // Nobody spoke of money; what we concluded ourselves stands until somebody does.
            let own = |kind| about.iter().copied().find(|fact| fact.kind == kind);
            return match (own(FactKind::Refused), own(FactKind::GaveUp)) {
                (Some(fact), _) => Verdict::Unpaid(fact),
                (None, Some(fact)) => Verdict::Indeterminate(fact),
                (None, None) => Verdict::Open,
            };
        }
    };
    match says(deciding.kind) {
        Some(Says::Took) if is_what_was_asked(deciding, asked) => Verdict::Approved(deciding),
        Some(Says::Took) => about
            .iter()
            .copied()
            .filter(|fact| fact.kind == FactKind::Approved && fact.evidence >= deciding.evidence)
            .filter(|fact| is_what_was_asked(fact, asked))
            .max_by_key(|fact| rank(fact))
            .map_or(Verdict::Mismatched(deciding), Verdict::Approved),
        Some(Says::TookNothing) => Verdict::Unpaid(deciding),
        None => Verdict::Open,
    }
}

/// When the money of an approval moved: by the provider's clock, or, where it names no time, by its session's end.
pub fn money_time(fact: &Fact, asked: &Asked) -> i64 {
    fact.provider_time.unwrap_or(asked.session_ends_at)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    Took,
    TookNothing,
}

fn says(kind: FactKind) -> Option<Says> {
    match kind {
        FactKind::Approved => Some(Says::Took),
        FactKind::Declined | FactKind::Abandoned => Some(Says::TookNothing),
        FactKind::Started | FactKind::Returned | FactKind::Refused | FactKind::GaveUp => None,
    }
}

/// Among equals in evidence the provider's later time wins. What follows the time only breaks ties, and breaks them by
/// what the statement says, never by when or in which order it came.
fn rank(fact: &Fact) -> (Option<i64>, u8, Option<i64>, &str) {
    let weight = match fact.kind {
        FactKind::Started | FactKind::Returned | FactKind::Refused | FactKind::GaveUp => 0,
        FactKind::Abandoned => 1,
        FactKind::Declined => 2,
        FactKind::Approved => 3,
    };
    (fact.provider_time, weight, fact.amount.map(|amount| amount.minor), &fact.source.key)
}

/// A look-up contradicts a signed notice when one says that money was taken and the other that it was not. Two cases
/// are none: a notice of "not paid" that the provider dates before the look-up's payment (declined, then paid, in
/// one session), and two look-ups of different times after the notice that agree, which settle the question.
fn contradict(lookup: &Fact, notice: &Fact, about: &[&Fact]) -> bool {
    if says(lookup.kind) == says(notice.kind) {
        return false;
    }
    let took_later = says(lookup.kind) == Some(Says::Took) && notice.provider_time < lookup.provider_time;
    let settled = about
        .iter()
        .filter(|fact| fact.evidence == Evidence::Lookup && says(fact.kind) == says(lookup.kind))
        .filter(|fact| fact.provider_time > notice.provider_time)
        .any(|fact| fact.provider_time != lookup.provider_time)
        && lookup.provider_time > notice.provider_time;
    !took_later && !settled
}

fn is_what_was_asked(fact: &Fact, asked: &Asked) -> bool {
    fact.foreign_currency.is_none() && fact.amount == Some(asked.amount)
}
