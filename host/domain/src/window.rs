//! When a payment is open: until its end, or until the merchant withdraws it, and again when it gets a new end. Lateness is
//! judged by these spans and the provider's payment time.

use crate::{Fact, FactKind, Policy, Terms};

/// Whether a payment takes money now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door<'f> {
    /// It does, until this time.
    Open(i64),
    /// Its time ran out.
    Expired,
    /// The merchant withdrew it.
    Cancelled(&'f Fact),
}

struct Span {
    from: i64,
    until: i64,
    /// Ended by the merchant's act rather than by the end of its time: no grace then.
    was_cut: bool,
}

/// The spans in which a payment is open.
pub(crate) struct Windows<'f> {
    spans: Vec<Span>,
    cancelled: Option<&'f Fact>,
    /// When it got its present end, where that was not at its beginning.
    pub(crate) reopened_at: Option<i64>,
    until: i64,
}

impl<'f> Windows<'f> {
    /// Reads the merchant's acts in the order of their times. `withdrawal`: a person's ruling that it is cancelled, which
    /// ends its time as the merchant's own withdrawal does.
    pub(crate) fn of(terms: &Terms, facts: &'f [Fact], withdrawal: Option<&'f Fact>) -> Self {
        let mut acts: Vec<(i64, &Fact)> = facts
            .iter()
            .filter(|fact| !fact.evidence.is_hearsay())
            .filter(|fact| match fact.kind {
                FactKind::Cancelled => true,
                FactKind::Reopened => fact.expires_at.is_some(),
                _ => false,
            })
            .chain(withdrawal)
            .filter_map(|fact| Some((fact.provider_time?, fact)))
            .collect();
        // At one moment a withdrawal comes after a new end, so that it is not undone by chance.
        acts.sort_by_key(|(at, fact)| (*at, fact.kind != FactKind::Reopened, fact.expires_at, &fact.source.key));
        let mut windows = Self { spans: Vec::new(), cancelled: None, reopened_at: None, until: terms.expires_at };
        let mut from = i64::MIN;
        for (at, act) in acts {
            if windows.cancelled.is_none() {
                let until = windows.until.min(at);
                windows.spans.push(Span { from, until, was_cut: windows.until > at });
            }
            match (act.kind, act.expires_at) {
                (FactKind::Reopened, Some(until)) => {
                    (from, windows.until) = (at, until);
                    windows.cancelled = None;
                    windows.reopened_at = Some(at);
                }
                _ => windows.cancelled = windows.cancelled.or(Some(act)),
            }
        }
        if windows.cancelled.is_none() {
            windows.spans.push(Span { from, until: windows.until, was_cut: false });
        }
        windows
    }

    /// Whether money that moved at this time came while the payment was open.
    pub(crate) fn took_at(&self, at: i64, policy: &Policy) -> bool {
        self.spans.iter().any(|span| {
            let grace = if span.was_cut { 0 } else { policy.grace_ms.max(0) };
            span.from <= at && at <= span.until.saturating_add(grace)
        })
    }

    /// How it stands now.
    pub(crate) fn door(&self, now: i64) -> Door<'f> {
        match self.cancelled {
            Some(fact) => Door::Cancelled(fact),
            None if now >= self.until => Door::Expired,
            None => Door::Open(self.until),
        }
    }

    /// Whether the merchant withdrew it, and did not take that back.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.is_some()
    }

    /// The end of its time, as it stands.
    pub(crate) fn until(&self) -> i64 {
        self.until
    }
}
