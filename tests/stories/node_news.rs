//! News between nodes that share a Redis: the bell for work, changes of payments, and who has a page open, without a poll.

use kamurj_domain::{Currency, Mode, Money, Particulars};
use kamurj_plugins::RuntimeSettings;
use kamurj_server::app::App;
use kamurj_server::install::{self, NewMerchant};
use kamurj_server::milestones::Unwatched;
use kamurj_server::nodes::Nodes;
use kamurj_server::seal::MasterKey;
use kamurj_server::serve::{Surroundings, assemble};
use kamurj_server::settings::{Database, Settings};
use kamurj_server::work;
use kamurj_store::jobs::{self, Kind};
use kamurj_store::payments::Keys;
use kamurj_store::road::{Acted, NewPayment};
use kamurj_tests::database::Postgres;
use kamurj_tests::plugins::compiled_by;
use kamurj_tests::redis::Redis;
use kamurj_tests::world::canary;
use kamurj_tests::{acts, story};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::watch;

/// How long anything may take here.
const DEADLINE: Duration = Duration::from_mins(1);

/// Two nodes of one deployment in this process, on one database, without workers.
struct Pair {
    one: Arc<App>,
    other: Arc<App>,
    stop: watch::Sender<bool>,
    _folders: [TempDir; 2],
}

impl Pair {
    async fn meet(database: &Postgres, redis: &Redis) -> Self {
        kamurj_server::cli::use_ring();
        let folders = [(); 2].map(|()| TempDir::new().expect("a folder"));
        let stop = watch::Sender::new(false);
        let mut nodes = Vec::new();
        for folder in &folders {
            let settings = Settings {
                listen: ([127, 0, 0, 1], 1).into(),
                public_url: "http://127.0.0.1:1".to_owned(),
                data_dir: folder.path().to_owned(),
                database: Database::Postgres(database.url()),
                redis: Some(redis.url()),
                master_key: MasterKey::parse(&canary("master key")).expect("32 bytes"),
                master_key_old: None,
                log: String::new(),
                egress_allow: Vec::new(),
                lease_ms: 60_000,
                runtime: RuntimeSettings::default(),
                compile: compiled_by("kamurj-under-test"),
                records_days: 30,
                front: kamurj_server::settings::front::FrontSettings::default(),
            };
            let node = Box::pin(assemble(&settings, Surroundings::real(Arc::new(Unwatched))));
            let app = node.await.expect("a node");
            tokio::spawn(Nodes::run(app.clone(), stop.subscribe()));
            // Rung once when the node has found the others.
            in_time("the node meets the others", app.wake.notified()).await;
            nodes.push(app);
        }
        let [one, other] = nodes.try_into().unwrap_or_else(|_| panic!("two nodes"));
        Self { one, other, stop, _folders: folders }
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

async fn in_time<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, work).await.unwrap_or_else(|_| panic!("not seen in {DEADLINE:?}: {what}"))
}

/// Makes a payment on this node; answers its id.
async fn makes_a_payment(app: &App) -> String {
    let new = NewMerchant {
        name: "Ծաղկի խանութ".to_owned(),
        handle: None,
        contact: None,
        locale: "hy".to_owned(),
        colour: None,
    };
    let merchant_id = install::merchant(app, new).await.expect("a merchant");
    let id = app.ids.new_id("pay");
    let new = NewPayment {
        id: id.clone(),
        merchant_id,
        mode: Mode::Test,
        order_id: id.clone(),
        amount: Money::new(500_000, Currency::Amd),
        expires_at: app.now() + 3_600_000,
        particulars: Particulars::default(),
        provider_account: None,
        token_sealed: String::new(),
        keys: Keys { token_hash: app.ids.new_token(), request_key: None },
    };
    let mut tx = app.db.write().await.expect("the database writes");
    app.road("stories").create(&mut tx, new).await.expect("a payment");
    app.commit(tx).await.expect("a commit");
    id
}

mod what_one_node_knows_reaches_the_others_without_a_poll {
    use super::*;

    async fn tell() {
        let (database, redis) = (Postgres::make(), Redis::start());
        let pair = Pair::meet(&database, &redis).await;
        let (one, other) = (&pair.one, &pair.other);

        // Nobody polls here: only the bell can be heard.
        one.ring();
        in_time("the bell", other.wake.notified()).await;

        let payment = makes_a_payment(one).await;
        in_time("the bell of a commit", other.wake.notified()).await;
        let (mut here, mut there) = (one.nodes.changes.subscribe(&payment), other.nodes.changes.subscribe(&payment));
        let mut another = other.nodes.changes.subscribe("pay_another");
        let mut tx = one.db.write().await.expect("the database writes");
        let cancelled = one.road("stories").cancel(&mut tx, &payment, Some("sold out"), None).await.expect("an act");
        assert!(matches!(cancelled, Acted::Done(_)), "{cancelled:?}");
        one.commit(tx).await.expect("a commit");
        in_time("the news on the same node", here.changed()).await;
        in_time("the news on the other node", there.changed()).await;
        assert!(
            tokio::time::timeout(Duration::ZERO, another.changed()).await.is_err(),
            "who waits for another payment hears nothing"
        );

        one.nodes.looks(&payment);
        let learned = async {
            while other.watching.count() == 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        in_time("the other node knows who looks", learned).await;
        assert!(one.nodes.may_ask(&payment).await);
        assert!(!other.nodes.may_ask(&payment).await, "one of them asks");
        one.nodes.did_not_ask(&payment).await;
        assert!(other.nodes.may_ask(&payment).await);
    }

    #[test]
    fn postgres() {
        tokio::runtime::Runtime::new().expect("a runtime").block_on(tell());
    }
}

mod a_node_with_free_hands_works_at_once_what_another_owes {
    use super::*;

    const ACTS: u32 = 6;

    async fn tell() {
        let (database, redis) = (Postgres::make(), Redis::start());
        let pair = Pair::meet(&database, &redis).await;
        let (busy, free) = (&pair.one, &pair.other);
        let payment = makes_a_payment(busy).await;
        let workers = tokio::spawn(work::run(free.clone(), pair.stop.subscribe()));
        let mut took = Duration::ZERO;
        for _ in 0..ACTS {
            let now = busy.now();
            let mut tx = busy.db.write().await.expect("the database writes");
            jobs::put_at(&mut tx, Kind::Timer, &payment, now).await.expect("a job");
            busy.commit(tx).await.expect("a commit");
            let done = async {
                loop {
                    let mut tx = busy.db.read().await.expect("the database reads");
                    if jobs::due_of(&mut tx, Kind::Timer, &payment).await.expect("a job").is_none_or(|due| due > now) {
                        return;
                    }
                    drop(tx);
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            };
            in_time("the other node does it", done).await;
            took += Duration::from_millis(u64::try_from(busy.now() - now).expect("time goes on"));
        }
        // Each act comes right after the worker has lain down, so its poll alone would take a second each.
        assert!(took < Duration::from_secs(1) * ACTS / 2, "{ACTS} acts took {took:?}");
        pair.stop.send_replace(true);
        in_time("the workers end", workers).await.expect("no panic");
    }

    #[test]
    fn postgres() {
        tokio::runtime::Runtime::new().expect("a runtime").block_on(tell());
    }
}

story!(whoever_waits_for_a_payment_hears_of_it_in_one_process_without_redis, |world| {
    let (payment, bank) = acts::order_at_the_bank(world, "A-1", "100").await;
    let mut news = world.app().nodes.changes.subscribe(&payment);
    assert!(tokio::time::timeout(Duration::ZERO, news.changed()).await.is_err(), "nothing has changed yet");
    world.does_at_the_bank(&bank, "pay").await;
    world.settles().await;
    in_time("the news", news.changed()).await;
    assert_eq!(acts::status(world, &payment).await, "paid");
});
