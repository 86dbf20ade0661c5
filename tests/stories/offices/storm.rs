//! F1: a service that refuses everybody for half an hour while two hundred records have news: nobody is banned, nothing is lost, what
//! happened to one record arrives in its order, and no person is asked for anything.

use kamurj_domain::Clock as _;
use kamurj_tests::acts::status;
use kamurj_tests::clock::{minutes, seconds};
use kamurj_tests::in_every_crm;
use kamurj_tests::offices::{Office, Trouble};

/// Records with news.
const MANY: usize = 200;

in_every_crm!(f1_half_an_hour_of_refusals_for_two_hundred_records_bans_nobody_and_keeps_the_order, |world, desk| {
    let mut sales = Vec::new();
    for number in 0..MANY {
        let record = world.makes_record(desk.office, &format!("S-{number}"), 12_500);
        sales.push(world.asks_for(desk, &format!("S-{number}"), &record).await);
    }
    world.office_suffers(desk.office, Trouble::Throttled(1_000_000));
    world.passes(minutes(10)).await;
    for sale in &sales {
        let path = format!("/v1/payments/{}/cancel", sale.payment);
        let answer = world.does(reqwest::Method::POST, &path, &serde_json::json!({ "reason": "the storm" })).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(status(world, &sale.payment).await, "cancelled");
    }
    world.passes(minutes(20)).await;
    assert_eq!(world.deliveries_to(desk, "&state=owed").await.len(), MANY, "a whole page of what is owed waits");
    assert!(!world.is_banned(desk.office), "whoever goes on after a refusal is shut out");
    world.office_suffers(desk.office, Trouble::Throttled(0));
    // In steps in which the service's budget fills: however long one is, no more fits into it.
    let (step, a_second) = if desk.office == Office::Bitrix24 { (seconds(25), 2) } else { (seconds(1), 5) };
    let (lifted, before) = (world.clock.now(), world.calls_at(desk.office));
    for _ in 0..MANY {
        if world.deliveries_to(desk, "&state=owed").await.is_empty() {
            break;
        }
        for _ in 0..10 {
            world.clock.pass(step);
            world.settles().await;
        }
    }
    let calls = i64::try_from(world.calls_at(desk.office) - before).expect("a few thousand");
    let (took, ideal) = (world.clock.now() - lifted, seconds(calls / a_second));
    // In life a request waits a moment for its turn. Here each run that finds the budget empty is made again later, which costs time.
    assert!(took <= 5 * ideal, "{calls} calls took {took} ms of the {ideal} ms that their budget gives them");
    let left = world.deliveries_to(desk, "&state=owed").await;
    assert!(left.is_empty(), "{} are left, such as {:#?}", left.len(), left.first());
    for sale in &sales {
        let seen = world.seen(desk, sale);
        assert_eq!((seen.status.as_str(), seen.records), ("expired", 1), "{seen:#?}");
    }
    assert!(!world.is_banned(desk.office));
    // What the service told of our own writes, it told during the storm as well.
    world.passes(minutes(90)).await;
    let open = world.exceptions().await;
    assert!(open.is_empty(), "{open:#?}");
});
