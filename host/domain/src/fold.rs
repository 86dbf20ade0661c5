//! The fold: status, amounts and open exceptions of a payment from the set of its facts. Total, pure, order-proof. The
//! table that it implements is in the product's description and, line by line, in this crate's tests.

use crate::payment::LatePayment;
use crate::verdict::{Asked, Verdict, mismatches, paid_at, verdict};
use crate::{Fact, Policy, Status, Terms};
use serde::{Deserialize, Serialize};

/// Something that a person must decide.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Exception {
    /// Which kind.
    pub kind: ExceptionKind,
    /// The attempt that it is about.
    pub attempt: String,
}

/// The kinds of exception that facts about one payment can open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExceptionKind {
    /// Another attempt took money too; the proposal is to refund it.
    DuplicatePayment,
    /// The bank took another amount.
    AmountMismatch,
    /// The bank took another currency.
    CurrencyMismatch,
    /// Paid after expiry.
    LatePayment,
    /// Two strong statements exclude each other.
    Contradiction,
    /// The look-ups ran out.
    Indeterminate,
}

impl ExceptionKind {
    /// The word of the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::DuplicatePayment => "duplicate_payment",
            Self::AmountMismatch => "amount_mismatch",
            Self::CurrencyMismatch => "currency_mismatch",
            Self::LatePayment => "late_payment",
            Self::Contradiction => "contradiction",
            Self::Indeterminate => "indeterminate",
        }
    }
}

/// What the facts come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome<'f> {
    /// The payment's status.
    pub status: Status,
    /// Minor units taken for this order.
    pub captured_minor: i64,
    /// Minor units taken beyond it, by other attempts.
    pub surplus_minor: i64,
    /// When the money moved, Unix milliseconds, where the status rests on a payment.
    pub paid_at: Option<i64>,
    /// The fact that decided.
    pub deciding: Option<&'f Fact>,
    /// The rule that decided, in words for people.
    pub rule: &'static str,
    /// Open exceptions, sorted, no two alike.
    pub exceptions: Vec<Exception>,
    /// When the status changes by time alone.
    pub next_timer: Option<i64>,
}

/// Folds the facts. `now` decides only about expiry.
pub fn fold<'f>(terms: &Terms, attempts: &[Asked], facts: &'f [Fact], policy: &Policy, now: i64) -> Outcome<'f> {
    let read = Reading::of(attempts, facts);
    let exceptions = read.exceptions(terms);

    let first = read.approvals.first();
    let captured_minor = first.map_or(0, |approval| approval.minor);
    let surplus_minor = read.approvals.iter().skip(1).map(|approval| approval.minor).sum();
    let outcome = |status, deciding, rule| Outcome {
        status,
        captured_minor,
        surplus_minor,
        paid_at: first.map(|approval| approval.at),
        deciding,
        rule,
        exceptions: exceptions.clone(),
        next_timer: None,
    };

    if let Some(fact) = read.contradicted.first() {
        return outcome(Status::ManualReview, Some(fact), "two strong statements contradict each other");
    }
    if let Some(approval) = first {
        let fact = Some(approval.fact);
        if approval.at <= terms.expires_at {
            return outcome(Status::Paid, fact, "confirmed paid, as asked");
        }
        return match policy.late_payment {
            LatePayment::Accept => outcome(Status::Paid, fact, "confirmed paid after expiry, accepted by policy"),
            LatePayment::Review => outcome(Status::ManualReview, fact, "confirmed paid after expiry"),
        };
    }
    if let Some(fact) = read.mismatched.first() {
        return outcome(Status::ManualReview, Some(fact), "confirmed paid, but not what was asked");
    }
    if let Some(fact) = read.indeterminate.first() {
        return outcome(Status::ManualReview, Some(fact), "the look-ups ran out without an answer");
    }
    if read.has_open {
        return outcome(Status::Pending, None, "an attempt is under way");
    }
    if now >= terms.expires_at {
        return outcome(Status::Expired, None, "its time ran out unpaid");
    }
    let (status, rule) = match read.unpaid {
        Some(_) => (Status::Failed, "the last attempt took no money"),
        None => (Status::Created, "nobody has tried to pay yet"),
    };
    Outcome { next_timer: Some(terms.expires_at), ..outcome(status, read.unpaid, rule) }
}

struct Approval<'f> {
    at: i64,
    minor: i64,
    fact: &'f Fact,
}

/// The verdicts of all attempts, sorted into what the rules ask for, each list in the order of (time, attempt) or of the
/// attempts' ids, so that the first of a list is a property of the set.
#[derive(Default)]
struct Reading<'f> {
    approvals: Vec<Approval<'f>>,
    contradicted: Vec<&'f Fact>,
    mismatched: Vec<&'f Fact>,
    indeterminate: Vec<&'f Fact>,
    unpaid: Option<&'f Fact>,
    has_open: bool,
    /// Whatever the verdict on its attempt, a person sees it.
    wrong_money: Vec<Exception>,
}

impl<'f> Reading<'f> {
    fn of(attempts: &[Asked], facts: &'f [Fact]) -> Self {
        let mut sorted: Vec<&Asked> = attempts.iter().collect();
        sorted.sort_by(|a, b| a.attempt.cmp(&b.attempt));
        let mut read = Self::default();
        for asked in sorted {
            read.wrong_money.extend(mismatches(asked, facts).map(|fact| wrong_money(fact, asked)));
            match verdict(asked, facts) {
                Verdict::Open => read.has_open = true,
                Verdict::Approved(fact) => {
                    let at = paid_at(fact, asked, facts);
                    read.approvals.push(Approval { at, minor: asked.amount.minor, fact });
                }
                Verdict::Mismatched(fact) => read.mismatched.push(fact),
                Verdict::Unpaid(fact) => read.unpaid = read.unpaid.max_by_time(fact),
                Verdict::Contradicted(stronger, _) => read.contradicted.push(stronger),
                Verdict::Indeterminate(fact) => read.indeterminate.push(fact),
            }
        }
        read.approvals.sort_by(|a, b| (a.at, &a.fact.attempt).cmp(&(b.at, &b.fact.attempt)));
        read
    }

    fn exceptions(&self, terms: &Terms) -> Vec<Exception> {
        let open = |kind, fact: &Fact| Exception { kind, attempt: fact.attempt.clone() };
        let mut exceptions = self.wrong_money.clone();
        exceptions.extend(self.contradicted.iter().map(|fact| open(ExceptionKind::Contradiction, fact)));
        match self.approvals.split_first() {
            Some((first, others)) => {
                if first.at > terms.expires_at {
                    exceptions.push(open(ExceptionKind::LatePayment, first.fact));
                }
                let surplus = |approval: &Approval<'_>| open(ExceptionKind::DuplicatePayment, approval.fact);
                exceptions.extend(others.iter().map(surplus));
            }
            None => exceptions.extend(self.indeterminate.iter().map(|fact| open(ExceptionKind::Indeterminate, fact))),
        }
        exceptions.sort();
        exceptions.dedup();
        exceptions
    }
}

fn wrong_money(fact: &Fact, asked: &Asked) -> Exception {
    let other_currency =
        fact.foreign_currency.is_some() || fact.amount.is_some_and(|amount| amount.currency != asked.amount.currency);
    let kind = if other_currency { ExceptionKind::CurrencyMismatch } else { ExceptionKind::AmountMismatch };
    Exception { kind, attempt: asked.attempt.clone() }
}

/// Keeps the fact with the later provider time.
trait Later<'f> {
    fn max_by_time(self, other: &'f Fact) -> Option<&'f Fact>;
}

impl<'f> Later<'f> for Option<&'f Fact> {
    fn max_by_time(self, other: &'f Fact) -> Option<&'f Fact> {
        match self {
            Some(known) if (known.provider_time, &known.attempt) >= (other.provider_time, &other.attempt) => {
                Some(known)
            }
            _ => Some(other),
        }
    }
}
