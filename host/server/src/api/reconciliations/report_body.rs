//! A bank's report as the API shows it.

use crate::api::payment::Amount;
use crate::reconciling::comparing::Total;
use kamurj_domain::{Currency, Money, time};
use kamurj_store::operators::{self, Member};
use kamurj_store::reconciliations::Report;
use kamurj_store::{Error, Tx};
use serde::Serialize;
use utoipa::ToSchema;

/// A bank's report, and how far it fits.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportBody {
    /// `rep_…`.
    pub id: String,
    /// `reading`, `matching`, `done` or `failed`.
    pub state: String,
    /// Why it failed.
    pub problem: Option<String>,
    /// The provider's word.
    pub provider: String,
    /// `acc_…`, where it is of one account alone.
    pub account: Option<String>,
    /// The file's name.
    pub file_name: String,
    /// RFC 3339: the time that it tells of, from here,
    pub from: String,
    /// until before here.
    pub to: String,
    /// RFC 3339, UTC.
    pub uploaded_at: String,
    /// Who handed it in: an operator's name, or the actor as in the journal.
    pub uploaded_by: String,
    /// Lines.
    pub rows: i64,
    /// Lines that are a movement of ours.
    pub matched: i64,
    /// Lines that are one and say something else of it.
    pub differing: i64,
    /// Movements of ours that no line tells of.
    pub ours_only: i64,
    /// Lines that are no movement of ours.
    pub theirs_only: i64,
    /// Movements in the first or last day of its time that no line tells of: the report beside it may have them.
    pub edge: i64,
    /// Rows that tell of no money: totals, remarks.
    pub skipped: i64,
    /// What both sides come to, in the currency of most lines.
    pub totals: TotalsBody,
    /// The same in every currency.
    pub totals_by_currency: Vec<TotalsBody>,
}

/// What both sides come to: what came less what went back.
#[derive(Debug, Serialize, ToSchema)]
pub struct TotalsBody {
    /// By the bank's lines.
    pub theirs: Amount,
    /// By our movements, without those at the edge of the time.
    pub ours: Amount,
}

impl TotalsBody {
    fn show(total: &Total) -> Option<Self> {
        let currency = Currency::from_code(&total.currency)?;
        let amount = |minor| Amount::from(Money::new(minor, currency));
        Some(Self { theirs: amount(total.theirs_minor), ours: amount(total.ours_minor) })
    }

    fn nothing() -> Self {
        let amount = || Amount::from(Money::new(0, Currency::Amd));
        Self { theirs: amount(), ours: amount() }
    }
}

impl ReportBody {
    /// The report, with the names of these colleagues.
    pub(super) fn show(report: Report, members: &[Member]) -> Self {
        let totals: Vec<Total> = serde_json::from_str(&report.totals).unwrap_or_default();
        let most = totals.iter().max_by_key(|total| total.lines).and_then(TotalsBody::show);
        let named = members.iter().find(|member| report.uploaded_by.split(' ').nth(1) == Some(member.id.as_str()));
        Self {
            totals: most.unwrap_or_else(TotalsBody::nothing),
            totals_by_currency: totals.iter().filter_map(TotalsBody::show).collect(),
            uploaded_by: named.map_or(report.uploaded_by, |member| member.name.clone()),
            id: report.id,
            state: report.state,
            problem: report.problem,
            provider: report.provider,
            account: report.account_id,
            file_name: report.file_name,
            from: time::rfc3339(report.period_from),
            to: time::rfc3339(report.period_to),
            uploaded_at: time::rfc3339(report.uploaded_at),
            rows: report.rows,
            matched: report.counts.matched,
            differing: report.counts.differing,
            ours_only: report.counts.ours_only,
            theirs_only: report.counts.theirs_only,
            edge: report.edge,
            skipped: report.skipped,
        }
    }

    /// The report, with its colleagues' names.
    pub(super) async fn named(tx: &mut Tx, report: Report) -> Result<Self, Error> {
        let members = operators::members(tx, &report.merchant_id).await?;
        Ok(Self::show(report, &members))
    }
}
