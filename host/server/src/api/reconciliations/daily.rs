//! `GET /v1/reconciliations/daily`: each day on three sides, by our movements, by the bank's lines and by the back offices.

use crate::access::Authenticated;
use crate::api::asked::Faults;
use crate::api::payment::Amount;
use crate::api::payments::shown;
use crate::api::refusals::Reading;
use crate::app::App;
use crate::extract::Query;
use crate::problem::{MEDIA_TYPE, Problem, ProblemBody};
use axum::extract::State;
use axum::response::Response;
use kamurj_domain::{Currency, Mode, Money, time};
use kamurj_store::reconciliations::daily::{self, Covering, Sum};
use kamurj_store::{Error, Tx};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

const DAY: i64 = 24 * 60 * 60 * 1000;
/// Armenia has kept UTC+4 without summer time since 2012.
const YEREVAN_MS: i64 = 4 * 60 * 60 * 1000;
/// Days that are shown where nobody says which.
const USUAL: i64 = 14;
/// The most days.
const MOST: i64 = 93;

/// Which days.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct DailyQuery {
    /// RFC 3339: the day of this time and later; two weeks before `to` where it is left out.
    pub from: Option<String>,
    /// RFC 3339: before this time; now where it is left out. 93 days at most.
    pub to: Option<String>,
}

/// Money of a day on one side.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SideBody {
    /// How many movements, or lines.
    pub count: i64,
    /// What came less what went back.
    pub amount: Amount,
}

/// What the back offices show.
#[derive(Debug, Serialize, ToSchema)]
pub struct CrmSideBody {
    /// How many payments of the day one of them showed otherwise than they are, when it was compared last.
    pub differing: i64,
}

/// A day at a provider, in one currency.
#[derive(Debug, Serialize, ToSchema)]
pub struct DayBody {
    /// The day in Yerevan: `2026-11-24`.
    pub day: String,
    /// The provider's word.
    pub provider: String,
    /// By our movements.
    pub ours: SideBody,
    /// By the newest report that tells of the whole day; absent where there is none.
    pub bank: Option<SideBody>,
    /// By the back offices.
    pub crm: CrmSideBody,
    /// `agrees`, `differs` or `no_report`.
    pub verdict: &'static str,
}

/// Days on three sides.
#[derive(Debug, Serialize, ToSchema)]
pub struct DaysBody {
    /// The newest first.
    pub days: Vec<DayBody>,
}

/// Each day beside the bank's reports and the back offices.
#[utoipa::path(
    get,
    path = "/v1/reconciliations/daily",
    tag = "reconciliation",
    params(DailyQuery),
    responses(
        (status = 200, description = "The days on which money moved", body = DaysBody),
        Reading,
        (status = 403, description = "The key lacks the scope", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 422, description = "A wrong time", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["reconciliation"]))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Query(query): Query<DailyQuery>,
) -> Result<Response, Problem> {
    let range = query.range(app.now())?;
    let mut tx = app.db.snapshot().await?;
    let days = Sides::read(&mut tx, (&caller.merchant_id, caller.mode), range).await?.days();
    Ok(shown(&DaysBody { days }))
}

impl DailyQuery {
    /// Whole days in Yerevan, Unix milliseconds.
    fn range(&self, now: i64) -> Result<(i64, i64), Problem> {
        let mut faults = Faults::default();
        let mut at = |pointer: &str, text: Option<&str>| {
            let at = text.map(time::parse);
            if at == Some(None) {
                faults.add(pointer, "must be an RFC 3339 time such as 2026-11-24T12:00:00Z");
            }
            at.flatten()
        };
        let (from, to) = (at("/from", self.from.as_deref()), at("/to", self.to.as_deref()));
        let end = day_of(to.unwrap_or(now).saturating_sub(1)) + 1;
        let begin = from.map_or(end - USUAL, day_of);
        if faults.0.is_empty() && begin >= end {
            faults.add("/to", "must be later than `from`");
        }
        if faults.0.is_empty() && end - begin > MOST {
            faults.add("/to", format!("must be at most {MOST} days after `from`"));
        }
        faults.end()?;
        Ok((begins(begin), begins(end)))
    }
}

fn day_of(at: i64) -> i64 {
    at.saturating_add(YEREVAN_MS).div_euclid(DAY)
}

fn begins(day: i64) -> i64 {
    day * DAY - YEREVAN_MS
}

/// A day, the provider, and the currency.
type Place = (i64, String, String);
/// How many, and how much.
type Side = (i64, i64);

#[derive(Default)]
struct Sides {
    ours: BTreeMap<Place, Side>,
    bank: BTreeMap<Place, Side>,
    /// Days and providers of which the whole was reported.
    covered: BTreeSet<(i64, String)>,
    crm: BTreeMap<(i64, String), i64>,
}

impl Sides {
    async fn read(tx: &mut Tx, whose: (&str, Mode), (from, to): (i64, i64)) -> Result<Self, Error> {
        let ours = daily::ours(tx, whose, (from, to)).await?;
        let reports = daily::covering(tx, whose, (from, to)).await?;
        let mut sides = Self::default();
        for shown in daily::crms(tx, whose, (from, to)).await? {
            sides.crm.insert((shown.day, shown.provider), shown.differing);
        }
        let mut read: BTreeMap<String, Vec<Sum>> = BTreeMap::new();
        let providers: BTreeSet<&str> = ours
            .iter()
            .map(|sum| sum.provider.as_str())
            .chain(reports.iter().map(|one| one.provider.as_str()))
            .collect();
        for provider in providers {
            for day in day_of(from)..=day_of(to - 1) {
                let moved = || ours.iter().filter(|sum| sum.day == day && sum.provider == provider);
                let accounts: BTreeSet<Option<&str>> = moved().map(|sum| sum.account_id.as_deref()).collect();
                let Some(chosen) = chosen(&reports, provider, day, &accounts) else { continue };
                sides.covered.insert((day, provider.to_owned()));
                for report in chosen {
                    if !read.contains_key(&report.id) {
                        read.insert(report.id.clone(), daily::banks(tx, &report.id).await?);
                    }
                    for sum in read[&report.id].iter().filter(|sum| sum.day == day) {
                        add(&mut sides.bank, (day, provider.to_owned(), sum.currency.clone()), sum);
                    }
                }
            }
        }
        for sum in &ours {
            add(&mut sides.ours, (sum.day, sum.provider.clone(), sum.currency.clone()), sum);
        }
        Ok(sides)
    }

    fn days(self) -> Vec<DayBody> {
        let places: BTreeSet<&Place> = self.ours.keys().chain(self.bank.keys()).collect();
        let day = |place: &&Place| {
            let (day, provider, code) = place;
            let currency = Currency::from_code(code)?;
            let side = |(count, minor): Side| SideBody { count, amount: Money::new(minor, currency).into() };
            let of_day = (*day, provider.clone());
            let ours = side(self.ours.get(*place).copied().unwrap_or_default());
            let is_covered = self.covered.contains(&of_day);
            let bank = is_covered.then(|| side(self.bank.get(*place).copied().unwrap_or_default()));
            let differing = self.crm.get(&of_day).copied().unwrap_or_default();
            let verdict = match &bank {
                None => "no_report",
                Some(bank) if *bank == ours && differing == 0 => "agrees",
                Some(_) => "differs",
            };
            let midnight = time::rfc3339(day * DAY);
            let day = midnight.chars().take(10).collect();
            Some(DayBody { day, provider: provider.clone(), ours, bank, crm: CrmSideBody { differing }, verdict })
        };
        places.iter().rev().filter_map(day).collect()
    }
}

fn add(sides: &mut BTreeMap<Place, Side>, place: Place, sum: &Sum) {
    let side = sides.entry(place).or_default();
    *side = (side.0 + sum.count, side.1.saturating_add(sum.sum_minor));
}

/// The newest reports that tell of the whole day: one of all accounts, or one of each account through which money moved.
fn chosen<'r>(
    reports: &'r [Covering],
    provider: &str,
    day: i64,
    accounts: &BTreeSet<Option<&str>>,
) -> Option<Vec<&'r Covering>> {
    let covers = |report: &&Covering| {
        report.provider == provider && report.period_from <= begins(day) && report.period_to >= begins(day + 1)
    };
    let mut newest: BTreeMap<&str, &Covering> = BTreeMap::new();
    for report in reports.iter().filter(covers) {
        match report.account_id.as_deref() {
            None if newest.is_empty() => return Some(vec![report]),
            // Newer ones of single accounts are not whole; this one is.
            None => break,
            Some(account) => {
                newest.entry(account).or_insert(report);
            }
        }
    }
    let is_whole = accounts.iter().all(|account| account.is_some_and(|account| newest.contains_key(account)));
    if is_whole && !newest.is_empty() {
        return Some(newest.into_values().collect());
    }
    reports.iter().filter(covers).find(|report| report.account_id.is_none()).map(|report| vec![report])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(id: &str, account: Option<&str>) -> Covering {
        Covering {
            id: id.to_owned(),
            provider: "rbs".to_owned(),
            account_id: account.map(str::to_owned),
            period_from: begins(10),
            period_to: begins(12),
        }
    }

    fn ids(reports: &[Covering], day: i64, accounts: &[&str]) -> Option<Vec<String>> {
        let accounts = accounts.iter().copied().map(Some).collect();
        chosen(reports, "rbs", day, &accounts).map(|found| found.iter().map(|one| one.id.clone()).collect())
    }

    #[test]
    fn the_newest_report_of_all_accounts_counts_or_one_of_each() {
        let whole = [report("new", None), report("old", None)];
        assert_eq!(ids(&whole, 10, &["a"]).unwrap(), ["new"]);
        assert_eq!(ids(&whole, 12, &["a"]), None, "the day is not in it");
        let parts = [report("a2", Some("a")), report("a1", Some("a")), report("b1", Some("b"))];
        assert_eq!(ids(&parts, 11, &["a", "b"]).unwrap(), ["a2", "b1"]);
        assert_eq!(ids(&parts[..2], 11, &["a", "b"]), None, "half a day is no day");
        let mixed = [report("a2", Some("a")), report("all", None)];
        assert_eq!(ids(&mixed, 11, &["a", "b"]).unwrap(), ["all"]);
        assert_eq!(ids(&mixed, 11, &["a"]).unwrap(), ["a2"]);
    }

    #[test]
    fn days_are_yerevans_and_whole() {
        let query = |from: Option<&str>, to: Option<&str>| DailyQuery {
            from: from.map(str::to_owned),
            to: to.map(str::to_owned),
        };
        let (from, to) = query(Some("2026-11-20T20:00:00Z"), Some("2026-11-21T20:00:00Z")).range(0).unwrap();
        assert_eq!((time::rfc3339(from).as_str(), to - from), ("2026-11-20T20:00:00Z", DAY));
        let (from, to) = query(None, None).range(begins(20_000) + 5).unwrap();
        assert_eq!((to, from), (begins(20_001), begins(20_001 - USUAL)));
        assert!(query(Some("2026-11-20"), None).range(0).is_err());
        assert!(query(Some("2020-01-01T00:00:00Z"), Some("2026-01-01T00:00:00Z")).range(0).is_err());
    }
}
