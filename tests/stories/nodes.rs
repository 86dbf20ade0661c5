//! Nodes that share a Redis spend budgets together; where Redis goes away they are slower, never wrong.

use kamurj_domain::Clock;
use kamurj_sandbox::bank::{PayAction, Webhooks};
use kamurj_server::ambient::SystemClock;
use kamurj_tests::customer::Page;
use kamurj_tests::integrator::{Answer, order};
use kamurj_tests::links::id;
use kamurj_tests::process::Process;
use kamurj_tests::redis::{PASSWORD, Redis};
use kamurj_tests::world::canary;
use reqwest::Method;
use serde_json::Value;
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_kamurj-under-test");
/// How long anything may take here.
const DEADLINE: Duration = Duration::from_mins(1);
/// Look-ups at one account: five a second, twenty after a rest.
const A_SECOND: i64 = 5;
const AFTER_A_REST: i64 = 20;
/// Half of them, which is what one of two nodes may take by itself.
const ONE_SHARE: i64 = AFTER_A_REST / 2;
const PAYERS: usize = 16;

/// Two servers and the browsers of payers who come back from the bank again and again.
struct Crowd {
    servers: Process,
    payments: Vec<String>,
    /// Where the bank sends each browser, below a server's address.
    backs: Vec<String>,
    sessions: Vec<String>,
    began: i64,
    lookups: i64,
}

impl Crowd {
    async fn gather(servers: Process) -> Self {
        servers.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Drop);
        let began = SystemClock.now();
        let mut crowd =
            Self { servers, payments: Vec::new(), backs: Vec::new(), sessions: Vec::new(), began, lookups: 0 };
        for number in 0..PAYERS {
            let body = order(&format!("A-{number}"), "100");
            let asked = crowd.servers.asks(&crowd.servers.url, Method::POST, "/v1/payments").json(&body);
            let made = Answer::to(asked).await;
            assert_eq!(made.status, 201, "{}", made.body);
            let link = made.body["checkout_url"].as_str().expect("a link").to_owned();
            let session = crowd.servers.visits_the_bank(&link, PayAction::Close).await;
            let back = crowd.servers.sandbox.bank.act(&session.id, PayAction::Close).expect("the way back");
            crowd.backs.push(back.strip_prefix(&crowd.servers.url).expect("our address").to_owned());
            crowd.payments.push(id(&made.body).to_owned());
            crowd.sessions.push(session.id);
        }
        crowd
    }

    fn lookups(&self) -> i64 {
        i64::try_from(self.servers.sandbox.bank.view().lookups).expect("a small number")
    }

    /// Payers come back for this long, each to one of so many servers; answers how often the bank was asked meanwhile. No
    /// payer sees an error, whatever happens.
    async fn come_back_for(&mut self, seconds: i64, servers: usize) -> i64 {
        let (before, end) = (self.lookups(), SystemClock.now() + seconds * 1_000);
        let mut round = 0;
        while SystemClock.now() < end {
            let asked = (0..servers).map(|server| {
                // A payer's browser stays with its server.
                let payer = (2 * round + server) % PAYERS;
                let url = [&self.servers.url, &self.servers.other_url][server];
                self.servers.http.get(format!("{url}{}", self.backs[payer]))
            });
            for request in asked.collect::<Vec<_>>() {
                let answer = request.send().await.expect("the server answers");
                assert_eq!(answer.status(), 303, "the payer is sent on to the page");
            }
            round += 1;
        }
        self.lookups = self.lookups();
        self.lookups - before
    }

    /// The bank was never asked more often, since all of this began, than one budget allows, or that and so many more.
    fn is_within_the_budget(&self, beyond: i64) {
        let allowed = AFTER_A_REST + A_SECOND * (SystemClock.now() - self.began) / 1_000 + 1 + beyond;
        assert!(self.lookups <= allowed, "{} look-ups of {allowed}", self.lookups);
    }

    async fn both_logs_have(&mut self, words: &str, times: usize) {
        let count = |log: Vec<u8>| String::from_utf8_lossy(&log).matches(words).count();
        let both = async |servers: &mut Process| {
            (count(servers.log()) >= times && count(servers.other_log()) >= times).then_some(())
        };
        self.servers.eventually(words, both).await;
    }

    fn pays(&self, payers: impl Iterator<Item = usize>) {
        for payer in payers {
            self.servers.sandbox.bank.act(&self.sessions[payer], PayAction::Pay).expect("the session is there");
        }
    }

    async fn gets(&self, path: &str) -> Value {
        let answer = Answer::to(self.servers.asks(&self.servers.other_url, Method::GET, path)).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }
}

mod with_redis_killed_in_the_middle_budgets_hold_and_nothing_is_lost_or_doubled {
    use super::*;

    async fn tell() {
        let mut redis = Redis::start();
        let mut crowd = Crowd::gather(Process::start_two_sharing(PROGRAM, redis.url()).await).await;
        crowd.both_logs_have("Redis answers", 1).await;

        let asked = crowd.come_back_for(4, 2).await;
        assert!(asked > A_SECOND * 2, "the bank is asked, {asked} times");
        crowd.is_within_the_budget(0);

        redis.is_killed();
        let asked = crowd.come_back_for(4, 2).await;
        assert!(asked > A_SECOND, "work goes on, {asked} times");
        crowd.is_within_the_budget(ONE_SHARE);
        crowd.both_logs_have("Redis is gone", 1).await;
        crowd.pays(0..PAYERS / 2);
        crowd.come_back_for(2, 2).await;

        redis.starts_again();
        crowd.both_logs_have("Redis answers", 2).await;
        // Long enough that nobody is careful any more.
        crowd.come_back_for(7, 2).await;
        crowd.is_within_the_budget(ONE_SHARE);
        let alone = crowd.come_back_for(6, 1).await;
        crowd.is_within_the_budget(ONE_SHARE);
        assert!(alone > A_SECOND * 6 * 3 / 4, "one node gets what the other leaves: {alone}");

        crowd.pays(PAYERS / 2..PAYERS);
        for payment in crowd.payments.clone() {
            let path = format!("/v1/payments/{payment}");
            let paid = async |servers: &mut Process| {
                let answer = Answer::to(servers.asks(&servers.url, Method::GET, &path)).await;
                (answer.body["status"] == "paid").then_some(())
            };
            crowd.servers.eventually("paid", paid).await;
            let journal = crowd.gets(&format!("{path}/journal")).await;
            let entries = journal["entries"].as_array().expect("entries");
            let paid = entries.iter().filter(|entry| entry["kind"] == "payment.paid").count();
            assert_eq!(paid, 1, "announced once: {journal}");
        }
        crowd.lookups = crowd.lookups();
        crowd.is_within_the_budget(ONE_SHARE);
        for log in [crowd.servers.log(), crowd.servers.other_log()] {
            let log = String::from_utf8_lossy(&log).into_owned();
            assert!(!log.contains(PASSWORD), "the password is in no log");
            assert_eq!(log.matches("Redis is gone").count(), 1, "said once");
        }
    }

    #[test]
    fn postgres() {
        tokio::runtime::Runtime::new().expect("a runtime").block_on(tell());
    }
}

mod who_comes_back_to_two_nodes_at_once_is_shown_the_answer_by_both {
    use super::*;

    async fn tell() {
        let redis = Redis::start();
        let mut crowd = Crowd::gather(Process::start_two_sharing(PROGRAM, redis.url()).await).await;
        crowd.both_logs_have("Redis answers", 1).await;
        let servers = [crowd.servers.url.clone(), crowd.servers.other_url.clone()];
        for payer in 0..4 {
            crowd.pays(std::iter::once(payer));
            // One of the two asks the bank; the other waits for what it hears.
            let comes = |server: &str| {
                let (http, url) = (crowd.servers.http.clone(), format!("{server}{}", crowd.backs[payer]));
                let server = server.to_owned();
                tokio::spawn(async move {
                    let back = http.get(url).send().await.expect("the server answers");
                    let page = back.headers()["location"].to_str().expect("an address").to_owned();
                    let page = http.get(format!("{server}{page}")).send().await.expect("the page answers");
                    page.text().await.expect("a page")
                })
            };
            for page in servers.each_ref().map(|server| comes(server)) {
                let html = page.await.expect("no panic");
                let page = Page { status: reqwest::StatusCode::OK, location: None, policy: String::new(), html };
                assert_eq!(page.heading(), "Վճարումը կատարված է", "payer {payer}");
            }
        }
    }

    #[test]
    fn postgres() {
        tokio::runtime::Runtime::new().expect("a runtime").block_on(tell());
    }
}

/// Starts the server with this address of Redis and no database of its own; answers it and where its log is.
fn serves(data: &TempDir, redis: &str) -> std::process::Child {
    Command::new(PROGRAM)
        .arg("serve")
        .env_clear()
        .env("KAMURJ_DATA_DIR", data.path().join("data"))
        .env("KAMURJ_LISTEN", "127.0.0.1:0")
        .env("KAMURJ_MASTER_KEY", canary("master key"))
        .env("KAMURJ_REDIS_URL", redis)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(data.path().join("log")).expect("a log"))
        .spawn()
        .expect("the program runs")
}

fn log_of(data: &TempDir) -> String {
    std::fs::read_to_string(data.path().join("log")).expect("the log")
}

#[test]
fn an_address_that_is_none_of_redis_stops_the_start_and_is_not_repeated() {
    let data = TempDir::new().expect("a folder");
    let status = serves(&data, &format!("http://:{PASSWORD}@127.0.0.1:6379")).wait().expect("an end");
    let log = log_of(&data);
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.starts_with("kamurj: KAMURJ_REDIS_URL: write redis://"), "{log}");
    assert!(!log.contains(PASSWORD), "{log}");
}

#[tokio::test]
async fn a_redis_that_is_not_there_does_not_keep_the_server_from_starting() {
    let data = TempDir::new().expect("a folder");
    let mut child = serves(&data, &format!("redis://:{PASSWORD}@127.0.0.1:1"));
    let started = async {
        loop {
            let log = log_of(&data);
            if log.contains("listening on") && log.contains("Redis does not answer") {
                return log;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let started = tokio::time::timeout(DEADLINE, started).await;
    // Whatever came of it, the server ends here.
    let alive = child.try_wait().expect("a state").is_none();
    let _ = child.kill();
    let _ = child.wait();
    let log = started.unwrap_or_else(|_| panic!("it did not start: {}", log_of(&data)));
    assert!(alive, "{log}");
    assert!(!log.contains(PASSWORD), "{log}");
}
