//! What an operator does once after restoring the database from a copy: what happened since the copy was made is known to banks and
//! to nobody here. Their word is asked for again, numbers that they know are not drawn again, no refund is sent that may have
//! been sent, receivers look for what they may have heard, and every payment that this is about says in its journal that there is a gap.

use crate::app::App;
use crate::work::checkpoint;
use kamurj_domain::attempt::Call;
use kamurj_domain::journal::RESTORED;
use kamurj_domain::time;
use kamurj_store::jobs::{self, Kind};
use kamurj_store::restorations::{self, Outside};
use kamurj_store::{Error, attempts, deliveries, order_sequences, refunds};
use serde::Serialize;
use serde_json::json;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How many attempts are marked in one transaction.
const BATCH: i64 = 100;
/// Numbers of a terminal that are passed over in any case …
const NUMBERS: i64 = 100;
/// … and how many more for each attempt that was started in as much time before the copy as was lost after it.
const NUMBERS_EACH: i64 = 4;

/// What the operator says.
#[derive(Debug, Clone)]
pub struct Restoration {
    /// Why, and from which copy; kept in journals.
    pub reason: String,
    /// When the copy was made, Unix milliseconds, where the server already ran on it; the newest entry of the journal otherwise.
    pub since: Option<i64>,
    /// Attempts are asked about that were started at most so many days before that.
    pub days: u32,
    /// How many numbers of each terminal are passed over; as many as orders may have been lost otherwise.
    pub numbers: Option<i64>,
}

/// What was done.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct Marked {
    /// When the gap begins, RFC 3339.
    pub gap_from: String,
    /// When it ends, RFC 3339.
    pub gap_until: String,
    /// How many payments say so in their journals.
    pub payments: usize,
    /// How many attempts are asked about again.
    pub lookups: usize,
    /// How many refunds are only asked about, because they may have been sent.
    pub refunds_not_sent: u64,
    /// How many order numbers are passed over at each of the numbered terminals.
    pub numbers_passed_over: i64,
    /// How many numbered terminals there are.
    pub terminals: u64,
    /// The checkpoint that the data directory named and the copy does not have: proof of what was lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost_anchor: Option<String>,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// A field is wrong.
    #[error("{0}")]
    Wrong(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] Error),
    /// The anchor's file.
    #[error("{0}")]
    Anchor(String),
}

/// Marks the gap and puts the work that closes it. May be done again: banks are asked again.
pub async fn mark(app: &App, restoration: &Restoration) -> Result<Marked, Refused> {
    let reason = restoration.reason.trim();
    if reason.is_empty() || reason.len() > 500 {
        return Err(Refused::Wrong("--reason: say in 1 to 500 bytes why, and from which copy".to_owned()));
    }
    let now = app.now();
    let (from, numbers) = {
        let mut tx = app.db.read().await?;
        let newest = restorations::newest(&mut tx).await?;
        let from = restoration.since.or(newest).ok_or_else(|| {
            Refused::Wrong("the journal is empty: nothing was restored, or not this database".to_owned())
        })?;
        if from > now {
            return Err(Refused::Wrong("--since: lies in the future; or set this machine's clock".to_owned()));
        }
        let as_many = restorations::started(&mut tx, from - (now - from), from).await?;
        (from, restoration.numbers.unwrap_or(NUMBERS + NUMBERS_EACH * as_many))
    };
    // First, because it keeps money apart: whoever serves meanwhile draws no number that a bank knows.
    let mut tx = app.db.write().await?;
    let terminals = order_sequences::pass_over(&mut tx, numbers).await?;
    let refunds_not_sent = refunds::take_as_sent(&mut tx, now).await?;
    deliveries::doubt(&mut tx).await?;
    tx.commit().await?;
    let gap = json!({ "from": time::rfc3339(from), "until": time::rfc3339(now), "reason": reason });
    let (payments, lookups) = ask(app, from - i64::from(restoration.days) * DAY_MS, &gap).await?;
    let lost_anchor = checkpoint::part_with_anchor(app).await.map_err(|fault| Refused::Anchor(fault.to_string()))?;
    app.ring();
    Ok(Marked {
        gap_from: time::rfc3339(from),
        gap_until: time::rfc3339(now),
        payments,
        lookups,
        refunds_not_sent,
        numbers_passed_over: numbers,
        terminals,
        lost_anchor: lost_anchor.map(|anchor| anchor.to_string()),
    })
}

/// Has providers asked about every attempt that was started after this time and got to them, and notes the gap in its payment's
/// journal. Answers how many payments and attempts that were.
async fn ask(app: &App, started_after: i64, gap: &serde_json::Value) -> Result<(usize, usize), Error> {
    let (mut payments, mut lookups) = (0, 0);
    let mut last: Option<Outside> = None;
    loop {
        let batch = {
            let mut tx = app.db.read().await?;
            restorations::outside(&mut tx, started_after, last.as_ref(), BATCH).await?
        };
        if batch.is_empty() {
            return Ok((payments, lookups));
        }
        let mut tx = app.db.write().await?;
        for outside in batch {
            if last.as_ref().is_none_or(|last| last.payment_id != outside.payment_id) {
                app.road("operator").note(&mut tx, &outside.payment_id, RESTORED, gap).await?;
                payments += 1;
            }
            let stored = attempts::by_id(&mut tx, &outside.id).await?;
            if stored.is_some_and(|stored| !matches!(stored.attempt.call, Call::Refused { .. })) {
                jobs::put_at(&mut tx, Kind::Lookup, &outside.id, app.now()).await?;
                lookups += 1;
            }
            last = Some(outside);
        }
        app.commit(tx).await?;
    }
}
