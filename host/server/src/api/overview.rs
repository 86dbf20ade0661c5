//! `GET /v1/overview`: how sales go, and what waits for somebody. Days and months are those of Yerevan.

use crate::access::Authenticated;
use crate::api::payment::Amount;
use crate::api::payments::shown;
use crate::api::refusals::Reading;
use crate::app::App;
use crate::problem::Problem;
use axum::extract::State;
use axum::response::Response;
use kamurj_domain::time::{self, day_text, month_start, yerevan_day, yerevan_start};
use kamurj_domain::{Currency, Money};
use kamurj_store::overview::{self, Channel, Decline, Integration, PaidDay, Unknown};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// How many days are told one by one, today among them.
const DAYS: i64 = 30;
/// How many days of deliveries are counted.
const DELIVERY_DAYS: i64 = 7;

/// How sales go, and what waits for somebody.
#[derive(Debug, Serialize, ToSchema)]
pub struct OverviewBody {
    /// When it was put together; RFC 3339, UTC.
    pub generated_at: String,
    /// Paid today.
    pub today: SumBody,
    /// Paid yesterday.
    pub yesterday: SumBody,
    /// Paid this month.
    pub month: SumBody,
    /// Paid in the whole month before.
    pub last_month: SumBody,
    /// What went back by refunds this month, whenever it was paid.
    pub refunded_month: SumBody,
    /// The last 30 days, today the last of them: payments in AMD, days without any too.
    pub days: Vec<DayBody>,
    /// How far the payments came that were made in the last 30 days; the channel with the most of them first.
    pub channels: Vec<ChannelSumBody>,
    /// Why attempts were declined in the last 30 days: the ten most frequent reasons.
    pub declines: Vec<DeclineBody>,
    /// The oldest attempt whose end is not known, of payments that wait for it.
    pub oldest_unknown: Option<UnknownBody>,
    /// How deliveries go, by installation.
    pub integrations: Vec<IntegrationBody>,
    /// How many exceptions are open.
    pub exceptions_open: i64,
    /// Since when the oldest of them is; RFC 3339, UTC.
    pub oldest_exception_at: Option<String>,
}

/// How many, and how much in each currency.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct SumBody {
    /// How many.
    pub count: i64,
    /// How much, in each currency that there is something in.
    pub amounts: Vec<Amount>,
}

/// What was paid on a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct DayBody {
    /// `2026-11-01`.
    pub day: String,
    /// How many payments in AMD.
    pub count: i64,
    /// How much, in AMD.
    pub amount: Amount,
}

/// How far the payments of one channel came.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelSumBody {
    /// The plugin of the chat, or `direct`: they came from none.
    pub channel: String,
    /// All that were made.
    pub made: i64,
    /// Those of them whose page somebody opened; who tried had opened it.
    pub opened: i64,
    /// Those of them that somebody tried to pay.
    pub tried: i64,
    /// Those of them that were paid.
    pub paid: i64,
}

/// A reason for declines.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeclineBody {
    /// As the provider says it; empty where it said nothing.
    pub reason: String,
    /// How many attempts.
    pub count: i64,
}

/// An attempt whose end is not known.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnknownBody {
    /// `pay_…`.
    pub payment: String,
    /// The merchant's order number.
    pub order_id: String,
    /// When the attempt was started; RFC 3339, UTC.
    pub since: String,
}

/// How an installation's deliveries go.
#[derive(Debug, Serialize, ToSchema)]
pub struct IntegrationBody {
    /// `ins_…`.
    pub installation: String,
    /// Its plugin.
    pub plugin: String,
    /// Deliveries of the last 7 days that are done.
    pub done: i64,
    /// All that are owed.
    pub owed: i64,
    /// Deliveries of the last 7 days that were given up.
    pub failed: i64,
    /// Since when the oldest is owed; RFC 3339, UTC.
    pub oldest_owed_at: Option<String>,
}

/// How sales go, and what waits for somebody. A payment counts when its money moved.
#[utoipa::path(
    get,
    path = "/v1/overview",
    tag = "merchant",
    responses((status = 200, description = "The overview", body = OverviewBody), Reading),
    security(("api_key" = []))
)]
pub async fn get(State(app): State<Arc<App>>, Authenticated(caller): Authenticated) -> Result<Response, Problem> {
    let ours = (caller.merchant_id.as_str(), caller.mode);
    let now = app.now();
    let today = yerevan_day(now);
    let month = month_start(today);
    let last_month = month_start(month - 1);
    let first = today - (DAYS - 1);
    let end = yerevan_start(today + 1);
    let mut tx = app.db.snapshot().await?;
    let from = yerevan_start(first.min(last_month));
    let paid = overview::paid(&mut tx, ours, (from, end), time::yerevan_offset_ms()).await?;
    let refunded = overview::refunded(&mut tx, ours, (yerevan_start(month), end)).await?;
    let since = yerevan_start(first);
    let waiting = overview::waiting(&mut tx, ours).await?;
    let body = OverviewBody {
        generated_at: time::rfc3339(now),
        today: paid_in(&paid, today, today + 1),
        yesterday: paid_in(&paid, today - 1, today),
        month: paid_in(&paid, month, today + 1),
        last_month: paid_in(&paid, last_month, month),
        refunded_month: sum(refunded.into_iter().map(|sum| (sum.currency, sum.count, sum.sum_minor))),
        days: (first..=today).map(|day| DayBody::of(day, &paid)).collect(),
        channels: list(overview::channels(&mut tx, ours, (since, end)).await?),
        declines: list(overview::declines(&mut tx, ours, since).await?),
        oldest_unknown: overview::oldest_unknown(&mut tx, ours).await?.map(Into::into),
        integrations: list(overview::integrations(&mut tx, ours, yerevan_start(today - (DELIVERY_DAYS - 1))).await?),
        exceptions_open: waiting.open,
        oldest_exception_at: waiting.oldest_at.map(time::rfc3339),
    };
    Ok(shown(&body))
}

fn list<T, B: From<T>>(rows: Vec<T>) -> Vec<B> {
    rows.into_iter().map(Into::into).collect()
}

/// What was paid from a day until before another.
fn paid_in(paid: &[PaidDay], from: i64, to: i64) -> SumBody {
    let days = paid.iter().filter(|paid| (from..to).contains(&paid.day));
    sum(days.map(|paid| (paid.currency.clone(), paid.count, paid.sum_minor)))
}

fn sum(parts: impl Iterator<Item = (String, i64, i64)>) -> SumBody {
    let (mut count, mut sums) = (0, BTreeMap::new());
    for (currency, many, minor) in parts {
        count += many;
        *sums.entry(currency).or_insert(0_i64) += minor;
    }
    let amount = |(code, minor): (String, i64)| Some(Money::new(minor, Currency::from_code(&code)?).into());
    SumBody { count, amounts: sums.into_iter().filter_map(amount).collect() }
}

impl DayBody {
    fn of(day: i64, paid: &[PaidDay]) -> Self {
        let found = paid.iter().find(|paid| paid.day == day && paid.currency == Currency::Amd.code());
        let (count, minor) = found.map_or((0, 0), |paid| (paid.count, paid.sum_minor));
        Self { day: day_text(day), count, amount: Money::new(minor, Currency::Amd).into() }
    }
}

impl From<Channel> for ChannelSumBody {
    fn from(Channel { channel, made, opened, tried, paid }: Channel) -> Self {
        Self { channel: channel.unwrap_or_else(|| "direct".to_owned()), made, opened, tried, paid }
    }
}

impl From<Decline> for DeclineBody {
    fn from(Decline { reason, count }: Decline) -> Self {
        Self { reason, count }
    }
}

impl From<Unknown> for UnknownBody {
    fn from(unknown: Unknown) -> Self {
        Self { payment: unknown.payment_id, order_id: unknown.order_id, since: time::rfc3339(unknown.started_at) }
    }
}

impl From<Integration> for IntegrationBody {
    fn from(told: Integration) -> Self {
        Self {
            installation: told.installation_id,
            plugin: told.plugin,
            done: told.done,
            owed: told.owed,
            failed: told.failed,
            oldest_owed_at: told.oldest_owed_at.map(time::rfc3339),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_summed_by_currency_and_days_without_payments_are_told() {
        let paid = |day, currency: &str, count, sum_minor| PaidDay { day, currency: currency.into(), count, sum_minor };
        let paid = [paid(100, "AMD", 2, 500_000), paid(101, "AMD", 1, 100_000), paid(101, "USD", 1, 1_050)];
        let both = paid_in(&paid, 100, 102);
        let amount = |value: &str, currency: &str| Amount { value: value.into(), currency: currency.into() };
        assert_eq!((both.count, both.amounts), (4, vec![amount("6000", "AMD"), amount("10.50", "USD")]));
        assert_eq!(paid_in(&paid, 102, 103).amounts, []);
        let days: Vec<_> = (101..=102).map(|day| DayBody::of(day, &paid)).map(|day| (day.count, day.amount)).collect();
        assert_eq!(days, [(1, amount("1000", "AMD")), (0, amount("0", "AMD"))]);
    }
}
