//! How often providers are asked: a budget for each provider account and one for all accounts at one address. What is kept here
//! is this process's own estimate, quick enough to choose work by; where there are several nodes, `spending.rs` takes what was
//! chosen out of the budgets that they share.

use crate::nodes::{Draw, Rate};
use std::collections::BTreeMap;

/// Look-ups at one provider account: five a second, twenty after a rest.
pub const ACCOUNT: Rate = Rate { requests: 20, per_ms: 4_000 };
/// Look-ups at one provider's address, of all accounts there: fifty a second, a hundred after a rest.
pub const HOST: Rate = Rate { requests: 100, per_ms: 2_000 };
/// Look-ups for customers who have the page open, of one account: a fifth stays for everybody else.
pub const WATCHED: Rate = Rate { requests: 16, per_ms: 4_000 };
/// How much of an account's budget stays for customers who are looking: a backlog never takes all of it.
const KEPT_FOR_PEOPLE: i64 = 10;
/// How long an account's address is believed, in milliseconds.
const BELIEVED_MS: i64 = 10 * 60 * 1000;
/// From how many accounts on the rested ones are forgotten.
const REMEMBERED: usize = 10_000;

/// For whom somebody asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// The schedule.
    Schedule,
    /// A customer who has just come back.
    Returned,
    /// A customer whose page is open.
    Watcher,
}

/// What is left of a rate: known by the time at which nothing is missing any more.
#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    whole_at: i64,
}

impl Bucket {
    fn left(self, rate: Rate, now: i64) -> i64 {
        let missing_ms = (self.whole_at - now).clamp(0, rate.per_ms);
        rate.requests - (missing_ms + rate.every_ms() - 1) / rate.every_ms()
    }

    fn take(&mut self, rate: Rate, now: i64) {
        // Where the clock was set back, no more can be missing than everything.
        self.whole_at = self.whole_at.clamp(now, now + rate.per_ms) + rate.every_ms();
    }

    fn give_back(&mut self, rate: Rate) {
        self.whole_at -= rate.every_ms();
    }
}

#[derive(Debug)]
struct Account {
    host: String,
    believed_until: i64,
    /// Until when the schedule need not come: other nodes have taken what it may have.
    spent_until: i64,
    all: Bucket,
    watched: Bucket,
}

/// Every budget.
#[derive(Debug, Default)]
pub struct Budgets {
    accounts: BTreeMap<String, Account>,
    hosts: BTreeMap<String, Bucket>,
}

impl Budgets {
    /// Whether the account's address must be told before it can be asked.
    pub fn is_unknown(&self, account: &str, now: i64) -> bool {
        self.accounts.get(account).is_none_or(|known| known.believed_until <= now)
    }

    /// The account's address, where it was told.
    pub fn host_of(&self, account: &str) -> Option<&str> {
        self.accounts.get(account).map(|known| known.host.as_str())
    }

    /// Tells an account's address, or whatever else its provider knows callers by.
    pub fn tell(&mut self, account: &str, host: &str, now: i64) {
        if self.accounts.len() >= REMEMBERED {
            self.accounts.retain(|_, known| known.believed_until > now || known.all.whole_at > now);
            self.hosts.retain(|_, bucket| bucket.whole_at > now);
        }
        let new = Account {
            host: String::new(),
            believed_until: 0,
            spent_until: 0,
            all: Bucket::default(),
            watched: Bucket::default(),
        };
        let known = self.accounts.entry(account.to_owned()).or_insert(new);
        host.clone_into(&mut known.host);
        known.believed_until = now + BELIEVED_MS;
    }

    /// Takes one look-up out of the account's budget and its address's; `false`: there is none left, or its address is not
    /// known.
    pub fn take(&mut self, account: &str, asker: Asker, now: i64) -> bool {
        let Some(known) = self.accounts.get_mut(account) else { return false };
        let host = self.hosts.entry(known.host.clone()).or_default();
        let left = known.all.left(ACCOUNT, now).min(host.left(HOST, now));
        let allowed = match asker {
            Asker::Schedule => known.spent_until <= now && known.all.left(ACCOUNT, now) > KEPT_FOR_PEOPLE && left > 0,
            Asker::Returned => left > 0,
            Asker::Watcher => left > 0 && known.watched.left(WATCHED, now) > 0,
        };
        if allowed {
            known.all.take(ACCOUNT, now);
            host.take(HOST, now);
            if asker == Asker::Watcher {
                known.watched.take(WATCHED, now);
            }
        }
        allowed
    }

    /// The nodes together have left nothing to the schedule for this account until then.
    pub fn spent(&mut self, account: &str, until: i64) {
        if let Some(known) = self.accounts.get_mut(account) {
            known.spent_until = until;
        }
    }

    /// Gives one back that was not used.
    pub fn give_back(&mut self, account: &str) {
        if let Some(known) = self.accounts.get_mut(account) {
            known.all.give_back(ACCOUNT);
            if let Some(host) = self.hosts.get_mut(&known.host) {
                host.give_back(HOST);
            }
        }
    }
}

/// The budgets that all nodes share, for a look-up at this account and address.
pub fn shared(account: &str, host: &str, asker: Asker) -> Vec<Draw> {
    let keep = if asker == Asker::Schedule { KEPT_FOR_PEOPLE } else { 0 };
    let mut draws = vec![
        Draw { key: format!("account {account}"), rate: ACCOUNT, keep },
        Draw { key: format!("address {host}"), rate: HOST, keep: 0 },
    ];
    if asker == Asker::Watcher {
        draws.push(Draw { key: format!("watched {account}"), rate: WATCHED, keep: 0 });
    }
    draws
}

/// By what a provider knows its callers: accounts of one provider at one address share a budget there.
pub fn host(provider: &str, settings: &str) -> String {
    let settings: serde_json::Value = serde_json::from_str(settings).unwrap_or_default();
    let base = settings["base_url"].as_str().unwrap_or_default();
    let origin = match base.split_once("://") {
        Some((scheme, rest)) => format!("{scheme}://{}", rest.split('/').next().unwrap_or_default()),
        None => base.to_owned(),
    };
    format!("{provider} {origin}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(accounts: &[&str]) -> Budgets {
        let mut budgets = Budgets::default();
        for account in accounts {
            budgets.tell(account, "bank", 0);
        }
        budgets
    }

    fn takes(budgets: &mut Budgets, account: &str, asker: Asker, now: i64) -> usize {
        (0..1_000).take_while(|_| budgets.take(account, asker, now)).count()
    }

    #[test]
    fn after_a_rest_comes_a_burst_and_then_the_rate() {
        let mut budgets = told(&["acc"]);
        assert_eq!(takes(&mut budgets, "acc", Asker::Returned, 0), 20);
        assert_eq!(takes(&mut budgets, "acc", Asker::Returned, 199), 0);
        let later: usize = (1..=50).map(|tick| takes(&mut budgets, "acc", Asker::Returned, tick * 200)).sum();
        assert_eq!(later, 50, "five a second for ten seconds");
        assert_eq!(takes(&mut budgets, "acc", Asker::Returned, 3_600_000), 20, "rest does not pile up");
    }

    #[test]
    fn a_backlog_leaves_room_for_people_and_people_leave_room_for_a_backlog() {
        let mut budgets = told(&["acc"]);
        assert_eq!(takes(&mut budgets, "acc", Asker::Schedule, 0), 10);
        assert_eq!(takes(&mut budgets, "acc", Asker::Watcher, 0), 10);
        let (mut watched, mut scheduled) = (0, 0);
        for tick in 1..=600 {
            watched += takes(&mut budgets, "acc", Asker::Watcher, tick * 100);
            scheduled += takes(&mut budgets, "acc", Asker::Schedule, tick * 100);
        }
        assert!((235..=250).contains(&watched), "four fifths of a minute's 300 and no more: {watched}");
        assert!(scheduled >= 40, "the backlog goes on meanwhile: {scheduled}");
    }

    #[test]
    fn accounts_at_one_address_share_its_budget() {
        let names: Vec<String> = (0..20).map(|number| format!("acc_{number}")).collect();
        let mut budgets = told(&names.iter().map(String::as_str).collect::<Vec<_>>());
        budgets.tell("elsewhere", "another bank", 0);
        let taken: usize = names.iter().map(|name| takes(&mut budgets, name, Asker::Schedule, 0)).sum();
        assert_eq!(taken, 100);
        assert_eq!(takes(&mut budgets, "elsewhere", Asker::Schedule, 0), 10);
    }

    #[test]
    fn what_was_not_used_is_given_back_and_a_clock_set_back_stops_nobody() {
        let mut budgets = told(&["acc"]);
        assert_eq!(takes(&mut budgets, "acc", Asker::Schedule, 0), 10);
        budgets.give_back("acc");
        assert_eq!(takes(&mut budgets, "acc", Asker::Schedule, 0), 1);
        assert_eq!(takes(&mut budgets, "acc", Asker::Returned, 9_000_000), 20);
        assert_eq!(takes(&mut budgets, "acc", Asker::Returned, 0), 0);
        assert_eq!(
            takes(&mut budgets, "acc", Asker::Returned, 4_000),
            0,
            "all of it was missing when the clock went back"
        );
        assert!(!budgets.take("nobody", Asker::Returned, 0), "an account without an address is not asked");
    }

    #[test]
    fn what_other_nodes_have_spent_is_not_chosen_until_there_is_some_again() {
        let mut budgets = told(&["acc", "other"]);
        budgets.spent("acc", 700);
        assert_eq!(takes(&mut budgets, "acc", Asker::Schedule, 699), 0);
        assert!(budgets.take("acc", Asker::Watcher, 699), "what is kept for people is theirs");
        assert_eq!(takes(&mut budgets, "other", Asker::Schedule, 699), 10);
        assert_eq!(takes(&mut budgets, "acc", Asker::Schedule, 700), 9);
    }

    #[test]
    fn an_address_is_read_out_of_the_settings() {
        assert_eq!(host("vpos", r#"{"base_url":"https://api.bank.am/v1/"}"#), "vpos https://api.bank.am");
        assert_eq!(host("vpos", "{}"), "vpos ");
        assert_eq!(host("vpos", "no json"), "vpos ");
    }
}
