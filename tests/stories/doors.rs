//! The bank's door: what is not proven is refused, what comes again only counts, and what does not belong together
//! changes nothing and is put aside for a person.

use kamurj_domain::{Attempt, Clock, Currency, Evidence, Mode, Money, attempt};
use kamurj_sandbox::bank::{PayAction, Signature, Webhooks};
use kamurj_server::install::{self, Entered};
use kamurj_store::inbox::Listed;
use kamurj_store::{attempts, facts, payments};
use kamurj_tests::clock::{hours, minutes, seconds};
use kamurj_tests::integrator::{Answer, link};
use kamurj_tests::neighbour::NEIGHBOUR_SECRET;
use kamurj_tests::notice::Notice;
use kamurj_tests::world::canary;
use kamurj_tests::{World, story};
use serde_json::json;

/// A payment whose customer stands before the bank's page, and no webhook but the story's own.
async fn at_the_bank(world: &mut World, order: &str, drams: &str) -> kamurj_sandbox::bank::SessionView {
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Drop);
    let payment = world.orders(order, drams).await;
    world.goes_to_the_bank(&link(&payment)).await;
    // The look at the page is written down by then, so that the books stand still.
    world.passes(seconds(6)).await;
    world.session()
}

async fn received(world: &World) -> Vec<Listed> {
    world.inbox(&world.account).await
}

async fn signed_facts(world: &World) -> usize {
    let payment = world.payment().await;
    let app = world.app();
    let mut tx = app.db.read().await.expect("the database reads");
    let known = facts::of_payment(&mut tx, &payment.id).await.expect("the facts");
    known.iter().filter(|fact| fact.evidence == Evidence::SignedNotice).count()
}

async fn status(world: &World) -> &'static str {
    world.payment().await.status.word()
}

async fn exceptions(world: &World) -> Vec<String> {
    world.exceptions().await.into_iter().map(|exception| exception.kind).collect()
}

story!(a8_a_push_that_the_bank_did_not_sign_changes_nothing, |world| {
    let session = at_the_bank(world, "A-1", "12500").await;
    let before = world.books().await;
    let genuine = world.notice("msg_1", &world.tidings(&session, "paid"));
    let tag = genuine.signature.clone().expect("a signature");
    let other = world.signed_notice(&world.account, NEIGHBOUR_SECRET, "msg_1", &world.tidings(&session, "paid"));
    let wrong = [
        None,
        Some(String::new()),
        Some("v1,".to_owned()),
        Some("v1,AAAA".to_owned()),
        Some(tag.replace("v1,", "v2,")),
        Some(tag.replace("v1,", "")),
        Some(tag[..tag.len() - 4].to_owned()),
        Some(tag.to_lowercase()),
        other.signature,
    ];
    for signature in wrong {
        let notice = Notice { signature: signature.clone(), ..genuine.clone() };
        world.posts(&notice).await.is_problem(401, "unproven");
    }
    for change in [
        |notice: &mut Notice| notice.id = "msg_2".into(),
        |notice: &mut Notice| notice.id = String::new(),
        |notice: &mut Notice| notice.timestamp = "soon".into(),
        |notice: &mut Notice| notice.timestamp = String::new(),
    ] {
        let mut notice = genuine.clone();
        change(&mut notice);
        world.posts(&notice).await.is_problem(401, "unproven");
    }
    world.settles().await;
    assert_eq!(world.books().await, before);
    assert!(received(world).await.is_empty(), "what is not proven is not even kept");
});

story!(a13_a_body_with_any_one_byte_changed_is_refused, |world| {
    world.has_in_front(|front| front.limits.unproven = 1_000).await;
    let session = at_the_bank(world, "A-1", "12500").await;
    let before = world.books().await;
    let genuine = world.notice("msg_1", &world.tidings(&session, "paid"));
    for place in 0..genuine.body.len() {
        let mut notice = genuine.clone();
        notice.body[place] ^= 1;
        assert_eq!(world.posts(&notice).await.status, 401, "byte {place}");
    }
    for body in [&genuine.body[1..], &genuine.body[..genuine.body.len() - 1], &[genuine.body.as_slice(), b" "].concat()]
    {
        let notice = Notice { body: body.to_vec(), ..genuine.clone() };
        assert_eq!(world.posts(&notice).await.status, 401, "{} bytes", body.len());
    }
    world.settles().await;
    assert_eq!(world.books().await, before);
    assert_eq!(world.posts(&genuine).await.status, 200, "as it was signed it is taken");
});

story!(a14_a_notice_signed_right_and_ten_minutes_off_is_refused, |world| {
    let session = at_the_bank(world, "A-1", "12500").await;
    let before = world.books().await;
    let now = world.clock.now() / 1000;
    let body = json!({ "type": "payment.paid", "data": world.tidings(&session, "paid") }).to_string();
    for second in [now - 600, now - 301, now + 301, now + 600, 0, i64::MAX, i64::MIN] {
        let notice = world.sealed_notice(&world.account, &canary("webhook secret"), "msg_1", second, &body);
        world.posts(&notice).await.is_problem(401, "unproven");
    }
    world.settles().await;
    assert_eq!(world.books().await, before);
    let fresh = world.sealed_notice(&world.account, &canary("webhook secret"), "msg_1", now - 299, &body);
    assert_eq!(world.posts(&fresh).await.status, 200);
});

story!(a14_yesterdays_notice_has_no_effect_today, |world| {
    let session = at_the_bank(world, "A-1", "12500").await;
    world.sandbox.bank.act(&session.id, PayAction::Pay).expect("the session is there");
    let tidings = world.tidings(&session, "paid");
    let notice = world.notice("msg_1", &tidings);
    assert_eq!(world.posts(&notice).await.status, 200);
    world.settles().await;
    assert_eq!(status(world).await, "paid");
    world.passes(hours(24)).await;
    let before = world.books().await;

    world.posts(&notice).await.is_problem(401, "unproven");
    let mut moved = notice.clone();
    moved.timestamp = (world.clock.now() / 1000).to_string();
    world.posts(&moved).await.is_problem(401, "unproven");
    assert_eq!(received(world).await[0].seen, 1);
    // The bank itself may send the same message again, signed anew: it is known.
    assert_eq!(world.posts(&world.notice("msg_1", &tidings)).await.status, 200);
    world.settles().await;
    assert_eq!(world.books().await, before);
    let known: Vec<i64> = received(world).await.iter().map(|message| message.seen).collect();
    assert_eq!(known, [2], "one message, and it is counted");
});

story!(a1_the_same_notice_fifty_times_is_one_fact_one_comment_and_one_edit, |world| {
    let customer_link = world.customer_picks_the_cake().await;
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Hold);
    let bank = world.goes_to_the_bank(&customer_link).await;
    world.does_at_the_bank(&bank, "pay").await;
    let webhook = world.sandbox.bank.view().webhooks[0].id.clone();
    for time in 0..50 {
        assert_eq!(world.sandbox.bank.send_at_once(&webhook, 1).await, [Some(200)], "time {time}");
        if time % 10 == 0 {
            world.settles().await;
        }
    }
    world.settles().await;
    let messages = received(world).await;
    assert_eq!((messages.len(), messages[0].seen, messages[0].state.as_str()), (1, 50, "done"));
    assert_eq!(signed_facts(world).await, 1);
    let ending = world.ending().await;
    assert_eq!((ending.status, ending.announced_paid, ending.paid_messages), ("paid", 1, 1));
    assert_eq!(ending.deals, [("EXECUTING".to_owned(), 1)]);
    assert_eq!(ending.captured_and_surplus, (1_250_000, 0));
    assert_eq!((ending.undone, ending.exceptions.len()), (0, 0));
});

story!(a2_sixty_four_copies_at_once_are_all_taken_and_count_once, |world| {
    let customer_link = world.customer_picks_the_cake().await;
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Hold);
    let bank = world.goes_to_the_bank(&customer_link).await;
    world.does_at_the_bank(&bank, "pay").await;
    let webhook = world.sandbox.bank.view().webhooks[0].id.clone();
    let answers = world.sandbox.bank.send_at_once(&webhook, 64).await;
    assert_eq!(answers, [Some(200); 64]);
    world.settles().await;
    let messages = received(world).await;
    assert_eq!((messages.len(), messages[0].seen), (1, 64));
    assert_eq!(signed_facts(world).await, 1);
    let ending = world.ending().await;
    assert_eq!((ending.status, ending.announced_paid, ending.paid_messages), ("paid", 1, 1));
    assert_eq!(ending.deals, [("EXECUTING".to_owned(), 1)]);
});

story!(a17_a_notice_signed_with_the_old_and_the_new_key_is_taken, |world| {
    world.sandbox.bank.change_faults(|faults| faults.signature = Signature::Rotated);
    let payment = world.orders("A-1", "12500").await;
    let bank = world.goes_to_the_bank(&link(&payment)).await;
    world.does_at_the_bank(&bank, "pay").await;
    world.settles().await;
    assert_eq!(status(world).await, "paid");
    assert_eq!(received(world).await[0].state, "done");
});

story!(a17_the_old_secret_counts_during_the_change_and_never_after_it, |world| {
    let session = at_the_bank(world, "A-1", "12500").await;
    let enters = async |world: &World, old: Option<String>| {
        let mut secrets = json!({ "api_token": canary("bank token"), "webhook_secret": NEIGHBOUR_SECRET });
        secrets["webhook_secret_old"] = json!(old);
        secrets.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
        let bank_url = &world.sandbox.bank_url;
        let entered = json!({
            "settings": { "base_url": bank_url, "checkout_origins": [bank_url] }, "secrets": secrets,
        });
        let entered: Entered = serde_json::from_value(entered).expect("settings and secrets");
        let app = world.app();
        let account = install::provider_account(&app, &world.merchant, Mode::Test, "vpos", entered).await;
        assert_eq!(account.expect("an account"), world.account, "it is the same account");
    };
    let tidings = world.tidings(&session, "created");
    let signed = |world: &World, secret: &str, id: &str| world.signed_notice(&world.account, secret, id, &tidings);
    let (old, new) = (canary("webhook secret"), NEIGHBOUR_SECRET);
    world.posts(&signed(world, new, "msg_1")).await.is_problem(401, "unproven");

    enters(world, Some(old.clone())).await;
    assert_eq!(world.posts(&signed(world, &old, "msg_2")).await.status, 200);
    assert_eq!(world.posts(&signed(world, new, "msg_3")).await.status, 200);

    enters(world, None).await;
    world.posts(&signed(world, &old, "msg_4")).await.is_problem(401, "unproven");
    assert_eq!(world.posts(&signed(world, new, "msg_5")).await.status, 200);
});

story!(a20_a_notice_about_an_order_that_nobody_made_waits_and_is_then_put_aside, |world| {
    let session = at_the_bank(world, "A-1", "12500").await;
    let before = world.books().await;
    let mut tidings = world.tidings(&session, "paid");
    tidings["id"] = json!("ps_nobody");
    tidings["merchantOrderId"] = json!("k_nobody");
    assert_eq!(world.posts(&world.notice("msg_1", &tidings)).await.status, 200);
    world.settles().await;
    assert_eq!(received(world).await[0].state, "waiting");
    world.passes(minutes(11)).await;
    let messages = received(world).await;
    assert_eq!(
        (messages[0].state.as_str(), messages[0].note.as_str()),
        ("quarantined", "no attempt has this order number")
    );
    let opened = world.exceptions().await;
    assert_eq!((opened.len(), opened[0].kind.as_str(), &opened[0].subject), (1, "unknown_order", &messages[0].id));
    assert_eq!(&world.books().await[..before.len()], before, "no payment is touched by it");
});

story!(a20_a_signed_notice_that_cannot_be_read_is_put_aside, |world| {
    let session = at_the_bank(world, "A-1", "12500").await;
    let before = world.books().await;
    let mut shapeless = world.tidings(&session, "paid");
    shapeless["amountMinor"] = json!("12500.00");
    let bodies = ["", "null", "not JSON", "{}", "{\"data\":{}}", &json!({ "data": shapeless }).to_string()];
    for (place, body) in bodies.iter().enumerate() {
        let now = world.clock.now() / 1000;
        let notice = world.sealed_notice(&world.account, &canary("webhook secret"), &format!("msg_{place}"), now, body);
        assert_eq!(world.posts(&notice).await.status, 200, "{body}: sending it again would not mend it");
    }
    world.settles().await;
    let messages = received(world).await;
    assert_eq!(messages.len(), bodies.len());
    assert!(messages.iter().all(|message| message.state == "quarantined"), "{messages:?}");
    assert_eq!(exceptions(world).await, ["unknown_order"; 6]);
    assert_eq!(&world.books().await[..before.len()], before);
});

story!(a6_a_notice_before_our_own_row_is_matched_once_the_row_is_there, |world| {
    // The bank knows an order that our database does not have yet, as after a restored backup or a slow commit.
    let payment = world.orders("A-1", "12500").await;
    let opened = Answer::to(
        world
            .http
            .post(format!("{}/v1/payment-sessions", world.sandbox.bank_url))
            .bearer_auth(canary("bank token"))
            .header("idempotency-key", "k_early")
            .json(&json!({
                "merchantOrderId": "k_early", "amountMinor": 1_250_000, "currency": "AMD",
                "returnUrl": format!("{}/r/early", world.url),
            })),
    )
    .await;
    assert_eq!(opened.status, 201, "{}", opened.body);
    world.sandbox.bank.act(&world.session().id, PayAction::Pay).expect("the session is there");
    world.settles().await;
    let messages = received(world).await;
    assert_eq!((messages[0].state.as_str(), messages[0].seen), ("waiting", 1), "taken, and parked");
    assert_eq!(world.sandbox.bank.view().webhooks[0].status, Some(200));
    world.passes(seconds(30)).await;
    assert_eq!(status(world).await, "created");

    let app = world.app();
    let now = world.clock.now();
    let attempt = Attempt {
        id: app.ids.new_id("att"),
        number: "k_early".to_owned(),
        provider: "vpos".to_owned(),
        account: world.account.clone(),
        asked: Money::new(1_250_000, Currency::Amd),
        started_at: now,
        session_ends_at: now + minutes(20),
        call: attempt::Call::Dispatched,
    };
    let keys = attempts::Keys {
        form_key: "form".to_owned(),
        return_hash: app.return_hash("early"),
        return_sealed: app.sealer.seal("return", b"early"),
    };
    let id = payment["id"].as_str().expect("an id");
    let mut tx = app.db.write().await.expect("the database writes");
    let at = now + seconds(20);
    app.road("story").start_attempt(&mut tx, id, &attempt, &keys, at, None).await.expect("the attempt starts");
    tx.commit().await.expect("a commit");
    world.passes(seconds(3)).await;
    assert_eq!(received(world).await[0].state, "done");
    let ending = world.ending().await;
    assert_eq!((ending.status, ending.announced_paid, ending.exceptions.len()), ("paid", 1, 0));
    let mut tx = app.db.read().await.expect("the database reads");
    let paid = payments::by_id(&mut tx, id).await.expect("a read").expect("a payment");
    assert_eq!(paid.captured_minor, 1_250_000);
});
