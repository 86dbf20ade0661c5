//! How often plugins may ask the services outside: the budgets that their manifests name, shared by all workers on all nodes, and
//! the pauses that services ask for.

use crate::app::App;
use crate::nodes::{Draw, Rate};
use kamurj_plugins::contract::{Outcome, OutcomeKind, Rate as Granted, RateScope};
use kamurj_plugins::{Grants, Scope, Url};
use kamurj_store::installations::Installation;
use std::time::Duration;

/// Never the narrow place: this budget is there to be held when a service asks for a pause.
const OPEN: Rate = Rate { requests: 100_000, per_ms: 1_000 };

/// Takes one request to this address from every budget that covers it, waiting a little where that is worth it. The error: how
/// long until the next one is free, in milliseconds.
pub(crate) async fn take(app: &App, installation: &Installation, grants: &Grants, url: &Url) -> Result<(), u64> {
    let draws = draws(installation, grants, url);
    let mut patience = app.remote_patience;
    loop {
        let granted = app.nodes.budgets.take_some(1, &draws).await;
        if granted.count > 0 {
            return Ok(());
        }
        let wait_ms = granted.after_ms.max(1).unsigned_abs();
        let wait = Duration::from_millis(wait_ms);
        // Whoever waits holds a place for calls, so nobody waits long in here.
        patience = patience.checked_sub(wait).ok_or(wait_ms)?;
        tokio::time::sleep(wait).await;
    }
}

fn draws(installation: &Installation, grants: &Grants, url: &Url) -> Vec<Draw> {
    let origin = url.origin().ascii_serialization();
    let budgets = grants.rates_of(url).map(|(pattern, granted)| Draw {
        key: budget(installation, pattern, granted, &origin),
        rate: rate(granted),
        keep: 0,
    });
    let connection = Draw { key: connection(&installation.id), rate: OPEN, keep: 0 };
    std::iter::once(connection).chain(budgets).collect()
}

fn rate(granted: &Granted) -> Rate {
    Rate { requests: granted.requests.into(), per_ms: granted.per_ms.into() }
}

fn budget(installation: &Installation, pattern: &str, rate: &Granted, origin: &str) -> String {
    let plugin = &installation.plugin;
    match rate.scope {
        RateScope::Installation => format!("remote/{}/{pattern}", installation.id),
        RateScope::Origin => format!("remote/{plugin}/{origin}"),
        // One address of ours serves all; budgets of another size belong to another service of the same plugin.
        RateScope::Address => format!("remote/{plugin}/address/{}/{}", rate.requests, rate.per_ms),
    }
}

/// One budget of an installation, and what is left of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The origin as it was granted.
    pub origin: String,
    /// Its rate, and who shares it.
    pub rate: Granted,
    /// Requests that may be made at once. `None`: it is one for each name below the domain.
    pub requests: Option<i64>,
    /// Until the next one where that is none, in milliseconds.
    pub after_ms: i64,
}

/// What is left of the installation's budgets at this moment, and for how long a service's pause holds all of them, in
/// milliseconds.
pub async fn left(app: &App, installation: &Installation, grants: &Grants) -> (Vec<Left>, i64) {
    let mut told = Vec::new();
    for (pattern, granted) in &grants.rates {
        let origin = pattern.parse::<Url>().ok().map(|url| url.origin().ascii_serialization());
        let each_its_own = pattern.contains("://*.") && granted.scope == RateScope::Origin;
        let (requests, after_ms) = if each_its_own {
            (None, 0)
        } else {
            let key = budget(installation, pattern, granted, &origin.unwrap_or_default());
            let (requests, after_ms) = app.nodes.budgets.left(&key, rate(granted)).await;
            (Some(requests), after_ms)
        };
        told.push(Left { origin: pattern.clone(), rate: *granted, requests, after_ms });
    }
    let (_, held_ms) = app.nodes.budgets.left(&connection(&installation.id), OPEN).await;
    (told, held_ms)
}

fn connection(installation: &str) -> String {
    format!("connection/{installation}")
}

/// For how long a pause that the service asked for still holds this installation, in milliseconds; 0 where none does.
pub(super) async fn held_ms(app: &App, installation: &str) -> i64 {
    app.nodes.budgets.left(&connection(installation), OPEN).await.1
}

/// Keeps the pause that a service asked the whole connection for, on every node.
pub(super) async fn heed(app: &App, installation: &str, outcome: &Outcome) {
    if outcome.kind != OutcomeKind::Retry || outcome.scope != Scope::Connection {
        return;
    }
    if let Some(wait) = outcome.retry_after_ms.and_then(|wait| i64::try_from(wait).ok()) {
        let until = app.now().saturating_add(wait.min(LONGEST_PAUSE_MS));
        app.nodes.budgets.hold(&connection(installation), until).await;
    }
}

/// No plugin can silence its installation for longer than this at once.
const LONGEST_PAUSE_MS: i64 = 60 * 60 * 1_000;

#[cfg(test)]
mod tests {
    use super::*;
    use kamurj_domain::Mode;
    use kamurj_store::installations::Sink;

    fn installation(id: &str) -> Installation {
        Installation {
            id: id.to_owned(),
            merchant_id: "mer_1".to_owned(),
            mode: Mode::Test,
            plugin: "bitrix24".to_owned(),
            digest: String::new(),
            sink: Sink::Crm,
            events: Vec::new(),
            manifest: String::new(),
            settings: String::new(),
            grants: String::new(),
            active: true,
            version: 1,
            halted: None,
            removed_at: None,
            last_check: None,
            created_at: 0,
        }
    }

    /// The keys of the budgets of a request to `x.example`.
    fn keys(installation_id: &str, pattern: &str, scope: RateScope) -> Vec<String> {
        let rate = Granted { requests: 2, per_ms: 1_000, scope };
        let grants = Grants { rates: vec![(pattern.to_owned(), rate)], ..Grants::default() };
        let url = "https://x.example/rest".parse().unwrap();
        draws(&installation(installation_id), &grants, &url).into_iter().map(|draw| draw.key).collect()
    }

    #[test]
    fn f1_a_budget_is_shared_by_those_whom_the_remote_counts_together() {
        let own = |id| keys(id, "https://x.example", RateScope::Installation);
        assert_eq!(own("ins_1"), ["connection/ins_1", "remote/ins_1/https://x.example"]);
        assert_ne!(own("ins_1")[1], own("ins_2")[1]);
        let by_origin = |id, pattern| keys(id, pattern, RateScope::Origin);
        assert_eq!(by_origin("ins_1", "https://x.example")[1], by_origin("ins_2", "https://x.example:443")[1]);
        let by_address = |id| keys(id, "https://x.example", RateScope::Address);
        assert_eq!(by_address("ins_1")[1], by_address("ins_2")[1]);
        assert_eq!(own("ins_1").len(), 2);
        assert_eq!(keys("ins_1", "https://y.example", RateScope::Origin), ["connection/ins_1"], "another host's");
    }
}
