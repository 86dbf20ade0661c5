//! Customers who have not paid are reminded in their chat: by the merchant's rules, not at night, and never once it is paid.

use kamurj_tests::acts::status;
use kamurj_tests::clock::minutes;
use kamurj_tests::customer::CUSTOMER;
use kamurj_tests::integrator::Answer;
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};

async fn sets(world: &World, rules: &Value) -> Answer {
    Answer::to(world.asks(&world.api_key, Method::PUT, "/v1/reminders").json(rules)).await
}

/// Rules without quiet hours.
async fn reminds_after(world: &World, after_minutes: &[i64]) {
    let rules = json!({ "after_minutes": after_minutes, "quiet_hours": { "from": "00:00", "until": "00:00" } });
    assert_eq!(sets(world, &rules).await.status, 200);
}

fn hours(hours: i64) -> i64 {
    minutes(60 * hours)
}

/// Reminders in the customer's chat, and how many of them have a button.
fn reminders(world: &World) -> (usize, usize) {
    let chat = world.chat(CUSTOMER);
    let reminders = || chat.iter().filter(|message| message.by_bot && message.text.starts_with("Հիշեց"));
    (reminders().count(), reminders().filter(|message| !message.buttons.is_empty()).count())
}

story!(a_customer_who_has_not_paid_is_reminded_by_the_merchants_rules, |world| {
    reminds_after(world, &[60, 1440]).await;
    let link = world.customer_picks_the_cake().await;
    world.passes(minutes(59)).await;
    assert_eq!(reminders(world), (0, 0));
    world.passes(minutes(2)).await;
    assert_eq!(reminders(world), (1, 1));
    world.passes(hours(22)).await;
    assert_eq!(reminders(world), (1, 1));
    world.passes(hours(2)).await;
    assert_eq!(reminders(world), (2, 1), "the first has no button any more");
    world.passes(hours(24)).await;
    assert_eq!(reminders(world), (2, 1), "there are no more");
    world.pays(&link).await;
    world.settles().await;
    assert_eq!(reminders(world), (2, 0), "paid: no button is left");
    let payment = world.payment().await.id;
    let kinds = world.journal(&payment).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "payment.reminder").count(), 2);
});

story!(nobody_is_reminded_of_what_is_paid_or_withdrawn, |world| {
    reminds_after(world, &[60]).await;
    let link = world.customer_picks_the_cake().await;
    world.pays(&link).await;
    world.passes(hours(48)).await;
    assert_eq!(reminders(world), (0, 0));
    let payment = world.payment().await.id;
    assert_eq!(status(world, &payment).await, "paid");
    assert!(!world.journal(&payment).await.iter().any(|kind| kind == "payment.reminder"));
});

story!(nobody_is_reminded_until_the_merchant_wants_it, |world| {
    world.customer_picks_the_cake().await;
    world.passes(hours(70)).await;
    assert_eq!(reminders(world), (0, 0));
});

story!(a_reminder_waits_for_the_end_of_the_quiet_hours, |world| {
    // The world begins at noon.
    let rules = json!({ "after_minutes": [60], "quiet_hours": { "from": "12:30", "until": "18:00" } });
    assert_eq!(sets(world, &rules).await.status, 200);
    world.customer_picks_the_cake().await;
    world.passes(minutes(359)).await;
    assert_eq!(reminders(world), (0, 0), "it is quiet");
    world.passes(minutes(5)).await;
    assert_eq!(reminders(world), (1, 1));
});

story!(wrong_rules_are_refused_by_name_and_change_nothing, |world| {
    reminds_after(world, &[60]).await;
    let quiet = json!({ "from": "21:00", "until": "10:00" });
    for (rules, pointer) in [
        (json!({ "after_minutes": [30], "quiet_hours": quiet }), "/after_minutes/0"),
        (json!({ "after_minutes": [60, 90], "quiet_hours": quiet }), "/after_minutes/1"),
        (json!({ "after_minutes": [120, 60], "quiet_hours": quiet }), "/after_minutes/1"),
        (json!({ "after_minutes": [43_201], "quiet_hours": quiet }), "/after_minutes/0"),
        (json!({ "after_minutes": [60, 120, 180, 240, 300, 360], "quiet_hours": quiet }), "/after_minutes"),
        (json!({ "after_minutes": [60], "quiet_hours": { "from": "24:00", "until": "10:00" } }), "/quiet_hours/from"),
        (json!({ "after_minutes": [60], "quiet_hours": { "from": "21:00", "until": "1:00" } }), "/quiet_hours/until"),
    ] {
        let answer = sets(world, &rules).await;
        assert_eq!((answer.status, &answer.body["errors"][0]["pointer"]), (422, &json!(pointer)), "{}", answer.body);
    }
    let kept = Answer::to(world.asks(&world.api_key, Method::GET, "/v1/reminders")).await.body;
    assert_eq!(kept["after_minutes"], json!([60]));
});
