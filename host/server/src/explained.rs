//! Why a payment is in its state: the fold is asked again over the facts as they are kept, and the jobs that wait are read.
//! What the API, the command line and the answer to a decision share.

use crate::app::App;
use kamurj_domain::explain::{Next, sentence};
use kamurj_domain::{Fact, fold, time};
use kamurj_store::jobs::{self, Kind};
use kamurj_store::payments::Payment;
use kamurj_store::{Error, Tx, attempts, facts, refunds};
use serde::Serialize;
use utoipa::ToSchema;

/// The fact that decided.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DecidingBody {
    /// `fct_…`.
    pub id: String,
    /// What was learned: `approved`, `declined`, `cancelled`, …
    pub kind: String,
    /// How far it can be believed: `own`, `manual`, `signed_notice`, `lookup`, `bank_report`.
    pub evidence: String,
    /// Who said it.
    pub source: String,
    /// RFC 3339, UTC: when it happened, by the provider's clock where it is the provider's.
    pub at: Option<String>,
}

impl From<&Fact> for DecidingBody {
    fn from(fact: &Fact) -> Self {
        Self {
            id: fact.id.clone(),
            kind: fact.kind.word().to_owned(),
            evidence: fact.evidence.word().to_owned(),
            source: fact.source.name.clone(),
            at: fact.provider_time.map(time::rfc3339),
        }
    }
}

/// What happens next by itself.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NextBody {
    /// In words.
    pub what: String,
    /// RFC 3339, UTC.
    pub at: String,
}

/// Why a payment is in its state.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExplainBody {
    /// `pay_…`.
    pub payment: String,
    /// The status.
    pub status: String,
    /// All of it in one sentence.
    pub sentence: String,
    /// The rule that decided.
    pub rule: String,
    /// The fact that decided; absent where time and the merchant's acts alone did.
    pub deciding: Option<DecidingBody>,
    /// What happens next by itself.
    pub next: Option<NextBody>,
    /// Whether a person's decision waits for a second person.
    pub awaits_second_person: bool,
}

/// Explains a payment as it stands.
pub async fn explain(app: &App, tx: &mut Tx, payment: &Payment) -> Result<ExplainBody, Error> {
    let stored = attempts::of_payment(tx, &payment.id).await?;
    let known = facts::of_payment(tx, &payment.id).await?;
    let asked: Vec<_> = stored.iter().map(attempts::Stored::asked).collect();
    let outcome = fold(&payment.terms, &asked, &known, &payment.policy, app.now());
    let mut timers = Vec::new();
    timers.extend(outcome.next_timer.map(|at| Next { what: "it expires unless it is paid".to_owned(), at }));
    for attempt in &stored {
        let id = &attempt.attempt.id;
        let due = jobs::due_of(tx, Kind::Lookup, id).await?;
        timers.extend(due.map(|at| Next { what: format!("the provider is asked about attempt {id}"), at }));
        let due = jobs::due_of(tx, Kind::Close, id).await?;
        timers.extend(due.map(|at| Next { what: format!("the provider is asked to close attempt {id}"), at }));
    }
    for refund in refunds::of_payment(tx, &payment.id).await? {
        let due = jobs::due_of(tx, Kind::Refund, &refund.id).await?;
        timers.extend(due.map(|at| Next { what: format!("the provider is asked about refund {}", refund.id), at }));
    }
    let next = timers.into_iter().min_by_key(|next| next.at);
    Ok(ExplainBody {
        payment: payment.id.clone(),
        status: outcome.status.word().to_owned(),
        sentence: sentence(&outcome, next.as_ref()),
        rule: outcome.rule.to_owned(),
        deciding: outcome.deciding.map(DecidingBody::from),
        next: next.map(|next| NextBody { what: next.what, at: time::rfc3339(next.at) }),
        awaits_second_person: outcome.awaits_second_person,
    })
}
