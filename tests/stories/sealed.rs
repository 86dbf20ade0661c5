//! The journal of honest people: it is sealed in time, never blamed, and names messages by their bytes.

use kamurj_server::work::{self, checkpoint};
use kamurj_tests::clock::seconds;
use kamurj_tests::integrator::link;
use kamurj_tests::{World, story};
use sha2::{Digest, Sha256};

story!(e12_what_is_written_is_sealed_within_a_minute_and_at_the_end, |world| {
    let sealed = async |world: &World| {
        let app = world.app();
        let mut tx = app.db.read().await.expect("the database reads");
        kamurj_store::checkpoints::newest(&mut tx).await.expect("a read").map(|anchor| anchor.number)
    };
    world.orders("A-1", "12500").await;
    world.passes(seconds(59)).await;
    assert_eq!(sealed(world).await, None);
    world.passes(seconds(1)).await;
    assert_eq!(sealed(world).await, Some(1));
    world.passes(seconds(120)).await;
    assert_eq!(sealed(world).await, Some(1), "where nothing was written nothing is sealed");
    world.orders("A-2", "12500").await;
    world.settles().await;
    assert_eq!(sealed(world).await, Some(1), "once a minute is enough");
    work::finish(&world.app()).await;
    assert_eq!(sealed(world).await, Some(2));
    let anchor = checkpoint::anchor(&world.app()).await.expect("a readable anchor").expect("an anchor");
    assert_eq!(anchor.number, 2);
    world.restarts().await;
    assert_eq!(world.proof().await, [], "a new life has the same key");
});

story!(e12_an_honest_journal_is_never_blamed_while_people_buy_and_servers_seal, |world| {
    world.orders("A-0", "100").await;
    let app = world.app();
    let sealing = tokio::spawn(async move {
        for _ in 0..30 {
            checkpoint::seal(&app).await.expect("it seals");
            tokio::task::yield_now().await;
        }
    });
    let mut buying = tokio::task::JoinSet::new();
    for buyer in 0..4 {
        let (http, url, key) = (world.http.clone(), world.url.clone(), world.api_key.clone());
        buying.spawn(async move {
            for order in 0..8 {
                let body = kamurj_tests::integrator::order(&format!("B-{buyer}-{order}"), "100");
                let asked = http.post(format!("{url}/v1/payments")).bearer_auth(&key).json(&body);
                let made = kamurj_tests::integrator::Answer::to(asked).await;
                assert_eq!(made.status, 201, "{}", made.body);
                let page = http.get(link(&made.body)).send().await.expect("a page").text().await.expect("a body");
                let key = page.split_once("name=\"form_key\" value=\"").map_or("k", |(_, rest)| &rest[..20]);
                let press = http.post(format!("{}/pay", link(&made.body))).form(&[("form_key", key)]);
                assert_eq!(press.send().await.expect("an answer").status(), 303);
            }
        });
    }
    while !buying.is_empty() {
        assert_eq!(world.proof().await, []);
        if let Ok(done) = tokio::time::timeout(std::time::Duration::from_millis(1), buying.join_next()).await {
            done.expect("somebody buys").expect("a purchase");
        }
    }
    sealing.await.expect("the sealer");
    world.settles().await;
    work::finish(&world.app()).await;
    assert_eq!(world.proof().await, []);
});

story!(e12_a_message_is_kept_under_the_digest_of_its_raw_bytes, |world| {
    let payment = world.orders("A-1", "12500").await;
    world.goes_to_the_bank(&link(&payment)).await;
    let notice = world.notice("msg_1", &world.tidings(&world.session(), "paid"));
    assert_eq!(world.posts(&notice).await.status, 200);
    let kept = &world.inbox(&world.account).await[0].id;
    let app = world.app();
    let mut tx = app.db.read().await.expect("the database reads");
    let message = kamurj_store::inbox::by_id(&mut tx, kept).await.expect("a read").expect("the message");
    assert_eq!(message.digest, Some(kamurj_server::seal::hex(&Sha256::digest(&notice.body))));
});
