//! How often what may be tried: limits against card testing, counted in the database, and against guessing, counted in memory
//! and Redis. A limit keeps a new attempt from being started and nothing else: what is under way goes on, and banks, returns
//! and refunds are never counted. Knows nothing of pages.

use crate::app::App;
use crate::nodes::{Rate, Taken};
use kamurj_domain::link::Price;
use kamurj_domain::{ExceptionKind, Mode};
use kamurj_store::exceptions::{self, Exception};
use kamurj_store::links::{self, Link};
use kamurj_store::payments::{self, Payment};
use kamurj_store::{Error, Tx, limits};

const MINUTE_MS: i64 = 60_000;

/// How many addresses that lead nowhere may be asked for from one network in [`PROBES_MS`].
pub const PROBES: u32 = 20;
/// See [`PROBES`], milliseconds.
pub const PROBES_MS: i64 = MINUTE_MS;
/// With more declined attempts of one payment or link in [`DECLINES_MS`], it rests.
pub const DECLINES: u32 = 5;
/// See [`DECLINES`], milliseconds.
pub const DECLINES_MS: i64 = 15 * MINUTE_MS;
/// With more declined attempts of one payment or link in [`DECLINES_LOCK_MS`], it stays shut until the merchant unlocks it.
pub const DECLINES_LOCK: u32 = 10;
/// See [`DECLINES_LOCK`], milliseconds.
pub const DECLINES_LOCK_MS: i64 = 60 * MINUTE_MS;
/// How many attempts may be started from one network in [`ATTEMPTS_MS`].
pub const ATTEMPTS: u32 = 20;
/// See [`ATTEMPTS`], milliseconds.
pub const ATTEMPTS_MS: i64 = 60 * MINUTE_MS;
/// With this share of a merchant's attempts declined in [`TESTING_MS`], somebody may be testing cards, in per cent …
pub const TESTING_PERCENT: u32 = 70;
/// … of at least so many that a bank decided.
pub const TESTING_LEAST: u32 = 20;
/// See [`TESTING_PERCENT`], milliseconds.
pub const TESTING_MS: i64 = 10 * MINUTE_MS;

/// How many messages that prove nothing one network may send to one address for messages in a minute; all that have proven
/// nothing there may send ten times as many.
pub const UNPROVEN: u32 = 30;

/// The numbers in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// See [`PROBES`].
    pub probes: u32,
    /// See [`DECLINES`].
    pub declines: u32,
    /// See [`DECLINES_LOCK`].
    pub declines_lock: u32,
    /// See [`ATTEMPTS`].
    pub attempts: u32,
    /// See [`TESTING_PERCENT`].
    pub testing_percent: u32,
    /// See [`TESTING_LEAST`].
    pub testing_least: u32,
    /// See [`UNPROVEN`].
    pub unproven: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            probes: PROBES,
            declines: DECLINES,
            declines_lock: DECLINES_LOCK,
            attempts: ATTEMPTS,
            testing_percent: TESTING_PERCENT,
            testing_least: TESTING_LEAST,
            unproven: UNPROVEN,
        }
    }
}

/// Why nothing new may be started. Which rule it was is told to nobody who pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shut {
    /// It opens again by itself then, Unix milliseconds.
    Until(i64),
    /// The merchant opens it again.
    Locked,
}

/// Whether an address that leads nowhere may be answered as such. Networks share 65,536 counters, so that they need little
/// room however many there are; who shares one with a guesser may still open every link that there is.
pub async fn may_probe(app: &App, origin: Option<&str>) -> bool {
    let Some(origin) = origin else { return true };
    let rate = Rate { requests: app.front.settings.limits.probes.into(), per_ms: PROBES_MS };
    let counter = origin.get(..4).unwrap_or(origin);
    matches!(app.nodes.budgets.take(&format!("probe:{counter}"), rate).await, Taken::Now)
}

/// Whether attempts of this payment may be started. Reads only.
pub async fn of_payment(app: &App, tx: &mut Tx, payment_id: &str) -> Result<Option<Shut>, Error> {
    if let Some(shut) = standing(app, tx, &Counted::Payment(payment_id)).await? {
        return Ok(Some(shut));
    }
    match limits::link_of(tx, payment_id).await? {
        Some(link) => standing(app, tx, &Counted::Link(&link)).await,
        None => Ok(None),
    }
}

/// Whether this link may be pressed. Reads only.
pub async fn of_link(app: &App, tx: &mut Tx, link: &Link) -> Result<Option<Shut>, Error> {
    let is_chosen = matches!(link.offer.price, Price::Chosen { .. });
    if is_chosen && is_tested(tx, &link.merchant_id, link.mode).await? {
        return Ok(Some(Shut::Locked));
    }
    standing(app, tx, &Counted::Link(&link.id)).await
}

/// Whether attempts may be started from this network. Reads only.
pub async fn of_origin(app: &App, tx: &mut Tx, origin: Option<&str>) -> Result<Option<Shut>, Error> {
    let Some(origin) = origin else { return Ok(None) };
    let times = limits::started_from(tx, origin, app.now() - ATTEMPTS_MS).await?;
    let most = usize::try_from(app.front.settings.limits.attempts).unwrap_or(usize::MAX);
    Ok(opens(&times, most, ATTEMPTS_MS))
}

/// Judges an attempt that is about to be committed, in its own transaction and under its payment's lock, and counts it where
/// it may be. Whoever gets an answer rolls back.
pub async fn refuses(app: &App, tx: &mut Tx, payment: &Payment, origin: Option<&str>) -> Result<Option<Shut>, Error> {
    if let Some(shut) = of_payment(app, tx, &payment.id).await? {
        return Ok(Some(shut));
    }
    let Some(origin) = origin else { return Ok(None) };
    let most = usize::try_from(app.front.settings.limits.attempts).unwrap_or(usize::MAX);
    let times = limits::start_from(tx, origin, most, app.now() - ATTEMPTS_MS, app.now()).await?;
    Ok(opens(&times, most, ATTEMPTS_MS))
}

/// Looks at what payments that change with this transaction were declined, and opens what the merchant must decide.
pub async fn judge(app: &App, tx: &mut Tx) -> Result<(), Error> {
    for payment_id in tx.changed().to_vec() {
        let lately = limits::declined_of_payment(tx, &payment_id, app.now() - TESTING_MS, 1).await?;
        if lately.is_empty() {
            continue;
        }
        let Some(payment) = payments::by_id(tx, &payment_id).await? else { continue };
        lock(app, tx, &payment, &Counted::Payment(&payment_id)).await?;
        if let Some(link) = limits::link_of(tx, &payment_id).await? {
            // Of two that are declined at once, the second counts the first.
            links::lock(tx, &link).await?;
            lock(app, tx, &payment, &Counted::Link(&link)).await?;
        }
        suspect(app, tx, &payment).await?;
    }
    Ok(())
}

/// What declined attempts are counted of.
enum Counted<'c> {
    Payment(&'c str),
    Link(&'c str),
}

impl Counted<'_> {
    fn subject(&self) -> &str {
        match self {
            Self::Payment(id) | Self::Link(id) => id,
        }
    }

    /// How many declined attempts are not too many within so much time. Where many buy, some are declined: each approved payment
    /// of a link makes room for one, which whoever tries cards out cannot use.
    async fn room(&self, app: &App, tx: &mut Tx, within: i64, most: u32) -> Result<u32, Error> {
        let Self::Link(id) = self else { return Ok(most) };
        let approved = limits::approved_of_link(tx, id, app.now() - within).await?;
        Ok(most.saturating_add(u32::try_from(approved).unwrap_or(u32::MAX)))
    }

    /// When attempts were declined within so much time and since it was unlocked last, one more than so many at most.
    async fn declined(&self, app: &App, tx: &mut Tx, within: i64, most: u32) -> Result<Vec<i64>, Error> {
        let kind = ExceptionKind::TooManyDeclines.word();
        let unlocked = exceptions::resolved_at(tx, kind, self.subject()).await?;
        let since = unlocked.unwrap_or(i64::MIN).max(app.now() - within);
        match self {
            Self::Payment(id) => limits::declined_of_payment(tx, id, since, i64::from(most) + 1).await,
            Self::Link(id) => limits::declined_of_link(tx, id, since, i64::from(most) + 1).await,
        }
    }
}

async fn standing(app: &App, tx: &mut Tx, counted: &Counted<'_>) -> Result<Option<Shut>, Error> {
    let kind = ExceptionKind::TooManyDeclines.word();
    if exceptions::open_about(tx, kind, counted.subject()).await?.is_some() {
        return Ok(Some(Shut::Locked));
    }
    let most = counted.room(app, tx, DECLINES_MS, app.front.settings.limits.declines).await?;
    let times = counted.declined(app, tx, DECLINES_MS, most).await?;
    // One more than the limit is too many; with the oldest of them gone from the window it is not any more.
    Ok(opens(&times, usize::try_from(most).unwrap_or(usize::MAX).saturating_add(1), DECLINES_MS))
}

/// When a window of so much time has fewer than so many of these times, the newest first.
fn opens(times: &[i64], fewer_than: usize, window: i64) -> Option<Shut> {
    times.get(fewer_than.checked_sub(1)?).map(|oldest| Shut::Until(oldest + window))
}

async fn lock(app: &App, tx: &mut Tx, payment: &Payment, counted: &Counted<'_>) -> Result<(), Error> {
    let most = counted.room(app, tx, DECLINES_LOCK_MS, app.front.settings.limits.declines_lock).await?;
    let declined = counted.declined(app, tx, DECLINES_LOCK_MS, most).await?;
    if u32::try_from(declined.len()).unwrap_or(u32::MAX) <= most {
        return Ok(());
    }
    let what = match counted {
        Counted::Payment(_) => "this payment",
        Counted::Link(_) => "payments of this link",
    };
    let exception = Exception {
        id: app.ids.new_id("exc"),
        merchant_id: payment.merchant_id.clone(),
        mode: payment.mode,
        payment_id: matches!(counted, Counted::Payment(_)).then(|| payment.id.clone()),
        kind: ExceptionKind::TooManyDeclines.word().to_owned(),
        subject: counted.subject().to_owned(),
        detail: format!(
            "Attempts at {what} were declined more than {most} times in an hour. Nobody can try again until you unlock it."
        ),
    };
    exceptions::open(tx, &exception, app.now()).await?;
    Ok(())
}

async fn suspect(app: &App, tx: &mut Tx, payment: &Payment) -> Result<(), Error> {
    let settings = app.front.settings.limits;
    let subject = tested_subject(&payment.merchant_id, payment.mode);
    let kind = ExceptionKind::PossibleCardTesting.word();
    let resolved = exceptions::resolved_at(tx, kind, &subject).await?;
    let since = resolved.unwrap_or(i64::MIN).max(app.now() - TESTING_MS);
    let ends = limits::ends(tx, &payment.merchant_id, payment.mode, since).await?;
    let is_much = ends.decided >= i64::from(settings.testing_least)
        && ends.declined * 100 >= ends.decided * i64::from(settings.testing_percent);
    if !is_much {
        return Ok(());
    }
    let exception = Exception {
        id: app.ids.new_id("exc"),
        merchant_id: payment.merchant_id.clone(),
        mode: payment.mode,
        payment_id: None,
        kind: kind.to_owned(),
        subject,
        detail: format!(
            "{} of the last {} attempts were declined within ten minutes: somebody may be testing cards. Links whose payers \
             choose the amount are paused until you resolve this.",
            ends.declined, ends.decided
        ),
    };
    exceptions::open(tx, &exception, app.now()).await?;
    Ok(())
}

async fn is_tested(tx: &mut Tx, merchant_id: &str, mode: Mode) -> Result<bool, Error> {
    let kind = ExceptionKind::PossibleCardTesting.word();
    Ok(exceptions::open_about(tx, kind, &tested_subject(merchant_id, mode)).await?.is_some())
}

fn tested_subject(merchant_id: &str, mode: Mode) -> String {
    format!("{merchant_id}/{}", mode.word())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_opens_when_the_oldest_that_is_too_many_leaves_it() {
        assert_eq!(opens(&[], 1, 100), None);
        assert_eq!(opens(&[50], 1, 100), Some(Shut::Until(150)));
        assert_eq!(opens(&[50, 40, 30], 3, 100), Some(Shut::Until(130)));
        assert_eq!(opens(&[50, 40, 30], 2, 100), Some(Shut::Until(140)), "however many are older");
        assert_eq!(opens(&[50, 40], 3, 100), None);
    }
}
