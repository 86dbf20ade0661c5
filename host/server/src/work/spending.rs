//! Look-ups are paid for out of the budgets that all nodes share, after they were chosen by this process's own estimate and
//! before their jobs are claimed. What finds no job is given back. Where there is no Redis the estimate is the budget.

use super::budget::{self, Asker};
use super::turns::{self, Place};
use crate::app::App;
use crate::nodes::Draw;
use futures::future::join_all;
use kamurj_store::jobs::{Job, Kind};
use kamurj_store::{Error, attempts};
use std::collections::BTreeMap;

/// What was taken out of the shared budgets, by provider account.
#[derive(Default)]
pub(super) struct Spent(BTreeMap<String, (Vec<Draw>, i64)>);

/// Pays for the look-ups among these places, and frees the places that cannot be paid for.
pub(super) async fn of_places(app: &App, places: &mut Vec<Place>) -> Spent {
    let mut spent = Spent::default();
    if !app.nodes.is_shared() {
        return spent;
    }
    let asked = turns::lookups(places).into_iter().map(async |(account, wanted)| {
        let host = app.turns.host_of(&account).unwrap_or_default();
        let draws = budget::shared(&account, &host, Asker::Schedule);
        let granted = app.nodes.budgets.take_some(wanted, &draws).await;
        (account, draws, granted)
    });
    for (account, draws, granted) in join_all(asked).await {
        app.turns.keep(places, &account, granted.count);
        if granted.count == 0 {
            app.turns.spent(&account, app.now() + granted.after_ms);
        }
        spent.0.insert(account, (draws, granted.count));
    }
    spent
}

/// Pays for one look-up of this attempt; `None`: there is nothing left.
pub(super) async fn of_attempt(app: &App, attempt_id: &str, asker: Asker) -> Result<Option<Spent>, Error> {
    if !app.nodes.is_shared() {
        return Ok(Some(Spent::default()));
    }
    let account = {
        let mut tx = app.db.read().await?;
        let Some(stored) = attempts::by_id(&mut tx, attempt_id).await? else { return Ok(Some(Spent::default())) };
        let account = stored.attempt.account;
        if app.turns.is_unknown(&account, app.now()) {
            super::tell_address(app, &mut tx, &account).await?;
        }
        account
    };
    let draws = budget::shared(&account, &app.turns.host_of(&account).unwrap_or_default(), asker);
    let granted = app.nodes.budgets.take_some(1, &draws).await;
    Ok((granted.count > 0).then(|| Spent(BTreeMap::from([(account, (draws, 1))]))))
}

impl Spent {
    /// Gives back what was taken for look-ups that are not among the claimed jobs.
    pub(super) async fn settle(self, app: &App, claimed: &[Job]) {
        let back = self.0.into_iter().map(async |(account, (draws, taken))| {
            let of_account = |job: &&Job| job.kind == Kind::Lookup && job.owner() == account;
            let used = claimed.iter().filter(of_account).count();
            app.nodes.budgets.give_back(taken - i64::try_from(used).unwrap_or(i64::MAX), &draws).await;
        });
        join_all(back).await;
    }
}
