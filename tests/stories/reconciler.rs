//! The reconciler: what no message tells is asked for, often enough and never too often, fairly between merchants, through
//! crashes, outages and poison.

use kamurj_domain::Mode;
use kamurj_sandbox::bank::{Lookup, PayAction, Webhooks};
use kamurj_server::milestones::Milestone;
use kamurj_server::work;
use kamurj_store::exceptions::{self, Listed};
use kamurj_store::jobs::{self, Kind};
use kamurj_tests::clock::{hours, minutes, seconds};
use kamurj_tests::crowd::Payer;
use kamurj_tests::neighbour::Neighbour;
use kamurj_tests::{Engine, World, story};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

const PHONE: &str =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1";
const PAYERS: i64 = 40;

async fn looks_at(world: &World, payer: &Payer) {
    let page = world.http.get(&payer.page).header("user-agent", PHONE).send().await.expect("the page answers");
    assert_eq!(page.status(), 200);
}

fn webhooks_are_lost(world: &World) {
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Drop);
}

fn pays(world: &World, payer: &Payer) {
    world.sandbox.bank.act(&payer.session, PayAction::Pay).expect("the session is there");
}

fn lookups(world: &World) -> u64 {
    world.sandbox.bank.view().lookups
}

/// Payers who pay at seeded moments, some seconds after each step of the clock; the times until each payment was paid, the
/// shortest first. `looking`: whether they come back to the page, and fetch it every ten seconds.
async fn times_until_paid(world: &mut World, first: i64, span: i64, step: i64, looking: bool) -> Vec<i64> {
    webhooks_are_lost(world);
    let shop = world.flower_shop().await;
    let mut due = BTreeMap::new();
    let start = world.app().now();
    for number in 0..PAYERS {
        let payer = world.payer_at_the_bank(&shop, &format!("P-{number}")).await;
        // A stride that shares no factor with the span spreads them over all of it.
        due.insert(start + first + number * 7_919 * 61 % span, payer);
        world.clock.pass(seconds(1));
    }
    world.passes(start + first - world.app().now()).await;
    let (mut waiting, mut times) = (BTreeMap::new(), Vec::new());
    while times.len() < due.len() {
        let now = world.app().now();
        assert!(now < start + first + span + minutes(30), "{} of {} payments were never paid", times.len(), due.len());
        for (at, payer) in due.range(..=now) {
            let is_new = !waiting.contains_key(&payer.payment);
            if is_new {
                pays(world, payer);
                waiting.insert(payer.payment.clone(), *at.max(&(now - step)));
            }
            if looking && (is_new || (now - at) % 10_000 < step) {
                looks_at(world, payer).await;
            }
        }
        world.settles().await;
        let paid = world.payments_of(&shop).await.into_iter().filter(|payment| payment.status.word() == "paid");
        for payment in paid {
            if let Some(at) = waiting.insert(payment.id, i64::MAX).filter(|at| *at < i64::MAX) {
                times.push(now - at);
            }
        }
        world.clock.pass(step);
    }
    times.sort_unstable();
    times
}

fn p95(times: &[i64]) -> i64 {
    times[times.len() * 95 / 100 - 1]
}

story!(c3_with_the_page_open_a_lost_webhook_is_made_up_for_within_a_minute, |world| {
    // Ten minutes after the start, when the schedule alone asks every half minute.
    let times = times_until_paid(world, minutes(10), minutes(2), seconds(1), true).await;
    assert!(p95(&times) <= seconds(12), "p95 is {} ms, of {times:?}", p95(&times));
    assert!(times[times.len() - 1] <= seconds(60), "{times:?}");
});

story!(c3_with_the_page_closed_a_lost_webhook_is_made_up_for_within_ten_minutes, |world| {
    // Over the whole life of the sessions; the last pay in its last minute.
    let times = times_until_paid(world, minutes(1), minutes(19), seconds(5), false).await;
    assert!(p95(&times) <= minutes(1), "p95 is {} ms, of {times:?}", p95(&times));
    assert!(times[times.len() - 1] <= minutes(10), "{times:?}");
});

story!(only_people_are_watched_for_and_fetching_a_page_writes_nothing, |world| {
    webhooks_are_lost(world);
    let shop = world.flower_shop().await;
    let payer = world.payer_at_the_bank(&shop, "P-1").await;
    world.passes(minutes(10)).await;
    // Right after a look-up of the schedule, which comes again in half a minute.
    let before = lookups(world);
    while lookups(world) == before {
        world.passes(seconds(1)).await;
    }
    let before = lookups(world);
    world.opens(&payer.page).await;
    assert_eq!(world.app().watching.count(), 0, "a robot does not look");
    world.passes(seconds(8)).await;
    assert_eq!(lookups(world), before, "nobody asks for a robot");
    let journal = world.journal(&payer.payment).await;
    looks_at(world, &payer).await;
    assert_eq!(world.app().watching.count(), 1);
    assert_eq!(world.journal(&payer.payment).await, journal);
    world.passes(seconds(7)).await;
    assert_eq!(lookups(world), before + 1, "somebody looks");
    pays(world, &payer);
    world.passes(seconds(7)).await;
    assert_eq!(world.how_many(&shop, "paid").await, 1);
    world.passes(seconds(7)).await;
    assert_eq!(world.app().watching.count(), 0, "there is nothing left to wait for");
});

story!(c7_j5_a_start_with_hundreds_of_pending_attempts_is_no_stampede_and_a_crash_loses_none, |world| {
    const EACH: usize = 200;
    let mut shops = Vec::new();
    for name in ["Ա", "Բ", "Գ"] {
        let shop = world.shop_at(&world.sandbox.bank_url.clone(), name).await;
        world.leaves_pending(&shop, EACH).await;
        shops.push(shop);
    }
    let payer = world.payer_at_the_bank(&shops[0], "P-1").await;
    world.clock.pass(minutes(3));
    world.restarts().await;
    looks_at(world, &payer).await;
    assert_eq!(lookups(world), 0, "the page is served before anything is caught up with");
    let per_second = 5 * shops.len() as u64;
    let burst = 10 * shops.len() as u64;
    world.trap.set(Milestone::BeforeCommit, 300);
    let (mut asked, mut slots, mut crashed_at) = (0, 0, 0);
    loop {
        world.settles().await;
        slots += 1;
        let now = lookups(world);
        let had_crashed = crashed_at == 0 && !world.trap.is_set();
        if had_crashed {
            // The buckets of a new process are full.
            crashed_at = slots;
            assert!((1..3 * EACH as u64).contains(&now), "it crashes in the middle, not after {now}");
        }
        let most = if slots == 1 || had_crashed { 2 * burst + per_second } else { per_second };
        assert!(now - asked <= most, "{} look-ups in second {slots}", now - asked);
        asked = now;
        let mut pending = 0;
        for shop in &shops {
            pending += world.how_many(shop, "pending").await;
        }
        // The payer's own session is still open at the bank.
        if pending == 1 {
            break;
        }
        assert!(slots < 100, "{pending} attempts are never asked about");
        world.clock.pass(seconds(1));
    }
    assert!(crashed_at > 0, "the plug was pulled");
    assert!(slots >= 30, "{slots} seconds are too few for 200 look-ups of an account");
    let of_payer = 20;
    let all = 3 * EACH as u64;
    assert!((all..=all + 12 + of_payer).contains(&asked), "{asked} look-ups for {all} attempts");
    for shop in &shops {
        assert_eq!(world.how_many(shop, "failed").await, EACH);
    }
});

story!(e5_a_backlog_of_one_merchant_delays_no_other, |world| {
    let bank = world.sandbox.bank_url.clone();
    let (big, small) = (world.shop_at(&bank, "Big").await, world.shop_at(&bank, "Small").await);
    world.leaves_pending(&big, 700).await;
    world.clock.pass(minutes(3));
    world.leaves_pending(&small, 3).await;
    world.clock.pass(minutes(2));
    // The clock stands still from here on.
    let link = world.customer_picks_the_cake().await;
    assert_eq!(world.pays(&link).await.heading(), "Վճարումը կատարված է");
    world.settles().await;
    assert_eq!(world.how_many(&small, "failed").await, 3, "due last and asked at once");
    assert!(world.how_many(&big, "pending").await > 650, "the backlog is still there");
    let ending = world.ending().await;
    assert_eq!((ending.status, ending.paid_messages, ending.undone), ("paid", 1, 0));
    assert_eq!(ending.deals, [("EXECUTING".to_owned(), 1)]);
});

story!(e5_a_bank_that_hangs_holds_up_no_other, |world| {
    let (bank, silent) = (world.sandbox.bank_url.clone(), world.silent_url.clone());
    let mut hanging = Vec::new();
    for name in ["A", "B", "C", "D", "E", "F", "G"] {
        let shop = world.shop_at(&silent, name).await;
        world.leaves_pending(&shop, 6).await;
        hanging.push(shop);
    }
    let app = world.app();
    let mut rounds = tokio::task::JoinSet::new();
    let asked = app.clone();
    rounds.spawn(async move { work::run_due(&asked).await });
    while app.turns.in_hand(Kind::Lookup) == 0 {
        tokio::task::yield_now().await;
    }
    let other = world.shop_at(&bank, "Works").await;
    world.leaves_pending(&other, 8).await;
    world.clock.pass(minutes(3));
    let others = async {
        while world.how_many(&other, "failed").await < 8 {
            let app = app.clone();
            rounds.spawn(async move { work::run_due(&app).await });
        }
    };
    tokio::time::timeout(Duration::from_secs(8), others).await.expect("nobody waits for a bank that hangs");
    for shop in &hanging {
        assert_eq!(world.how_many(shop, "pending").await, 6);
    }
});

async fn set_aside(world: &World, shop: &Neighbour) -> Vec<Listed> {
    let app = world.app();
    let mut tx = app.db.read().await.expect("the database reads");
    exceptions::open_of(&mut tx, &shop.merchant, Mode::Test).await.expect("the exceptions")
}

async fn next_lookup(world: &World, attempt: &str) -> Option<i64> {
    let app = world.app();
    let mut tx = app.db.read().await.expect("the database reads");
    jobs::due_of(&mut tx, Kind::Lookup, attempt).await.expect("a time")
}

story!(e3_a_job_that_fails_for_ever_is_set_aside_and_can_be_driven_again, |world| {
    let shop = world.shop_at(&world.sandbox.bank_url.clone(), "Poison").await;
    world.leaves_pending(&shop, 3).await;
    world.clock.pass(minutes(3));
    let poison = "UPDATE attempts SET call = '!' || call WHERE id = (SELECT MIN(id) FROM attempts)";
    assert_eq!(world.tampers([poison]).await, [1]);
    world.settles().await;
    assert_eq!(world.how_many(&shop, "failed").await, 2, "the others are unharmed");
    world.passes(hours(20)).await;
    let open = set_aside(world, &shop).await;
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!(open[0].kind, "work_set_aside");
    assert!(open[0].payment_id.is_some() && open[0].detail.contains("an unreadable call"), "{open:?}");
    let attempt = open[0].subject.trim_start_matches("lookup:").to_owned();
    let at = next_lookup(world, &attempt).await.expect("the job is kept");
    assert!(at > world.app().now() + hours(24 * 365), "nobody tries any more");

    let mended = "UPDATE attempts SET call = SUBSTR(call, 2) WHERE call LIKE '!%'";
    assert_eq!(world.tampers([mended]).await, [1]);
    let url = format!("{}/v1/exceptions/{}/resolve", world.url, open[0].id);
    let way_out = json!({ "action": "retry", "reason": "the row is mended" });
    let taken = world.http.post(url).bearer_auth(&shop.api_key).json(&way_out).send().await.expect("an answer");
    assert_eq!(taken.status(), 200);
    world.settles().await;
    assert_eq!((world.how_many(&shop, "failed").await, next_lookup(world, &attempt).await), (3, None));
});

story!(e3_a_panic_costs_its_job_a_few_seconds_and_nobody_else_anything, |world| {
    world.trap.panics_at(Some(Milestone::RunEnded));
    world.customer_says("/start").await;
    assert!(!world.chat(kamurj_tests::customer::CUSTOMER).iter().any(|message| message.edited));
    let runs = |world: &World| world.trap.passed().iter().filter(|point| **point == Milestone::RunEnded).count();
    assert_eq!(runs(world), 0, "what panics has not passed");
    let shop = world.shop_at(&world.sandbox.bank_url.clone(), "Others").await;
    world.leaves_pending(&shop, 2).await;
    world.passes(minutes(3)).await;
    assert_eq!(world.how_many(&shop, "failed").await, 2, "other work goes on");
    world.trap.panics_at(None);
    world.passes(minutes(6)).await;
    assert!(runs(world) > 0, "the message is handed over in the end");
    world.customer_presses("item:cake").await;
    assert!(world.link(kamurj_tests::customer::CUSTOMER).is_some(), "the bot answers again");
});

story!(c5_a_bank_that_says_pending_for_two_hours_and_then_paid_is_believed, |world| {
    webhooks_are_lost(world);
    world.sandbox.bank.change_faults(|faults| faults.lookup = Lookup::Pending);
    let link = world.customer_picks_the_cake().await;
    world.pays(&link).await;
    world.passes(hours(2)).await;
    assert_eq!(world.payment().await.status.word(), "pending");
    world.sandbox.bank.change_faults(|faults| faults.lookup = Lookup::Ok);
    world.passes(minutes(10)).await;
    let ending = world.ending().await;
    assert_eq!((ending.status, ending.announced_paid), ("paid", 1));
    assert_eq!(ending.deals, [("EXECUTING".to_owned(), 1)]);
});

/// On SQLite the database is a file beside the server, and goes where that goes.
mod e4_a_database_that_is_away_for_a_minute_stops_nothing_for_longer {
    use super::*;

    async fn tell(world: &mut World) {
        let shop = world.shop_at(&world.sandbox.bank_url.clone(), "Away").await;
        world.leaves_pending(&shop, 5).await;
        world.clock.pass(minutes(3));
        world.has_its_database(false);
        for _ in 0..6 {
            world.settles().await;
            world.clock.pass(seconds(10));
        }
        assert_eq!(lookups(world), 0, "nothing is asked whose answer could not be kept");
        world.has_its_database(true);
        // Each connection that was cut is found out once.
        for _ in 0..20 {
            world.settles().await;
        }
        world.passes(seconds(30)).await;
        assert_eq!(world.how_many(&shop, "failed").await, 5);
    }

    #[test]
    fn postgres() {
        kamurj_tests::world::run(Engine::Postgres, tell);
    }
}
