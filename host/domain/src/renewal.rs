//! Whether a payer may open an expired payment again by themselves, and until when: a bounded number of times, and not
//! long after the time that the merchant gave. Pure: status, places and switches are judged elsewhere.

use crate::{Fact, FactKind, Policy, Terms};

/// The name of the actor and of the source of what payers do at their page.
pub const PAYER: &str = "payer";

/// How long after the merchant's own end a payer may still ask: 30 days, in milliseconds.
pub const ASKED_WITHIN_MS: i64 = 30 * 24 * 60 * 60 * 1000;
/// The longest new time: 72 hours, in milliseconds.
const LONGEST_MS: i64 = 72 * 60 * 60 * 1000;
/// The shortest new time: half an hour, in milliseconds.
const SHORTEST_MS: i64 = 30 * 60 * 1000;

/// Why a payer may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotRenewed {
    /// The merchant does not allow it, or it was done as often as allowed.
    TooOften,
    /// The merchant's own end is too long ago.
    TooLate,
}

/// The new end of an expired payment whose payer asks for it now, Unix milliseconds: as much time as it had at first, within
/// bounds. What the merchant did about its end counts for no renewal.
pub fn renewed_until(
    terms: &Terms,
    created_at: i64,
    facts: &[Fact],
    policy: &Policy,
    now: i64,
) -> Result<i64, NotRenewed> {
    let reopened = || facts.iter().filter(|fact| fact.kind == FactKind::Reopened);
    let by_payer = reopened().filter(|fact| fact.source.name == PAYER).count();
    if u32::try_from(by_payer).unwrap_or(u32::MAX) >= policy.renewals {
        return Err(NotRenewed::TooOften);
    }
    let by_merchant = reopened().filter(|fact| fact.source.name != PAYER).filter_map(|fact| fact.expires_at);
    let last_end = by_merchant.fold(terms.expires_at, i64::max);
    if now > last_end.saturating_add(ASKED_WITHIN_MS) {
        return Err(NotRenewed::TooLate);
    }
    let life = terms.expires_at.saturating_sub(created_at).clamp(SHORTEST_MS, LONGEST_MS);
    Ok(now.saturating_add(life))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Currency, Evidence, Money, Source};

    const HOUR: i64 = 60 * 60 * 1000;
    const DAY: i64 = 24 * HOUR;

    fn reopened(number: u32, by: &str, until: i64) -> Fact {
        let source = Source { name: by.to_owned(), key: format!("reopened:{number}") };
        let fact = Fact::plain(&format!("fct_{number}"), FactKind::Reopened, Evidence::Own, source, 0);
        Fact { expires_at: Some(until), ..fact }
    }

    fn ask(life: i64, facts: &[Fact], renewals: u32, now: i64) -> Result<i64, NotRenewed> {
        let terms = Terms { amount: Money::new(100, Currency::Amd), expires_at: life };
        renewed_until(&terms, 0, facts, &Policy { renewals, ..Policy::default() }, now)
    }

    #[test]
    fn a_payer_gets_as_much_time_as_there_was_at_first_within_bounds() {
        for (life, given) in [(5 * HOUR, 5 * HOUR), (HOUR / 12, HOUR / 2), (30 * DAY, 72 * HOUR)] {
            assert_eq!(ask(life, &[], 3, life), Ok(life + given));
        }
    }

    #[test]
    fn a_payer_may_ask_three_times_where_the_merchant_says_nothing_and_acts_of_the_merchant_do_not_count() {
        let mut facts = vec![reopened(9, "api key_1", 2 * HOUR), reopened(8, "api key_1", 3 * HOUR)];
        for number in 0..Policy::default().renewals {
            assert!(ask(HOUR, &facts, 3, 5 * HOUR).is_ok(), "{number}");
            facts.push(reopened(number, PAYER, 6 * HOUR));
        }
        assert_eq!(facts.len(), 5);
        assert_eq!(ask(HOUR, &facts, 3, 7 * HOUR), Err(NotRenewed::TooOften));
        assert_eq!(ask(HOUR, &[], 0, HOUR), Err(NotRenewed::TooOften));
    }

    #[test]
    fn a_payer_may_ask_for_thirty_days_after_the_merchants_own_end() {
        assert!(ask(HOUR, &[], 3, HOUR + 30 * DAY).is_ok());
        assert_eq!(ask(HOUR, &[], 3, HOUR + 30 * DAY + 1), Err(NotRenewed::TooLate));
        let by_payer = [reopened(1, PAYER, 20 * DAY)];
        assert_eq!(ask(HOUR, &by_payer, 3, HOUR + 30 * DAY + 1), Err(NotRenewed::TooLate));
        let by_merchant = [reopened(1, "api key_1", 20 * DAY)];
        assert!(ask(HOUR, &by_merchant, 3, 50 * DAY).is_ok());
    }
}
