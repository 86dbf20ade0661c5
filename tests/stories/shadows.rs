//! Another version of a plugin in what really happened: the difference in words, and nothing of it outside.

use kamurj_tests::integrator::Answer;
use kamurj_tests::links::posts;
use kamurj_tests::plugins::{altered, component, hostile};
use kamurj_tests::records::{adds_deal, calls_outside, paid_in_the_probes_chat, probe};
use kamurj_tests::{World, story};
use serde_json::{Value, json};

/// Uploads a version and waits until it was judged; answers its digest.
async fn uploads(world: &mut World, component: Vec<u8>) -> String {
    let taken = Answer::to(world.upload(&world.api_key, component)).await;
    world.settles().await;
    taken.body["digest"].as_str().unwrap_or_else(|| panic!("{}", taken.body)).to_owned()
}

async fn shadows(world: &World, installation: &str, digest: &str) -> Answer {
    posts(world, &format!("/v1/installations/{installation}/shadow"), &json!({ "digest": digest })).await
}

async fn a_sale(world: &mut World) {
    let link = world.customer_picks_the_cake().await;
    world.pays(&link).await;
    world.settles().await;
}

/// Every difference that was found, with what it is about.
fn told(found: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let runs = found["runs"].as_array().expect("runs");
    let of_run = |run: &Value| -> Vec<(String, String)> {
        let differences = run["differences"].as_array().expect("a list");
        differences.iter().map(|difference| (text(&run["about"]), text(difference))).collect()
    };
    runs.iter().flat_map(of_run).collect()
}

story!(a_version_with_another_text_shows_the_text_and_nothing_else, |world| {
    a_sale(world).await;
    let (outside, books) = (calls_outside(world), world.books().await);
    let telegram = world.telegram.clone();

    let same = uploads(world, component("telegram")).await;
    let found = shadows(world, &telegram, &same).await;
    assert_eq!(found.status, 200, "{}", found.body);
    assert_eq!((&found.body["different"], &found.body["failed"]), (&json!(0), &json!(0)), "{}", found.body);
    assert!(found.body["same"].as_u64() > Some(2), "{}", found.body);

    let other = uploads(world, altered(component("telegram"), "Վճարված է՝", "Վճարուած է")).await;
    let found = shadows(world, &telegram, &other).await.body;
    assert_eq!((&found["different"], &found["failed"]), (&json!(1), &json!(0)), "{found}");
    let told = told(&found);
    assert_eq!(told.len(), 1, "{told:?}");
    let payment = world.payment().await;
    assert_eq!(told[0].0, format!("order {}, payment.paid", payment.order_id));
    assert!(told[0].1.starts_with("sends `edit-paid` otherwise: `text`: "), "{told:?}");
    assert!(told[0].1.contains("✅ Վճարված է՝") && told[0].1.contains("→ \"✅ Վճարուած է"), "{told:?}");
    assert_eq!(calls_outside(world), outside, "nobody outside hears of it");
    assert_eq!(world.books().await, books, "nothing is written");
});

story!(h1_a_component_that_another_merchant_uploaded_is_as_good_as_none, |world| {
    a_sale(world).await;
    let app = world.app();
    let loaded = app.shelf.put(&app.runtime, altered(component("telegram"), "Վճարված է՝", "Վճարուած է"), |_| ()).await;
    let digest = loaded.expect("it lies on the shelf").digest.clone();
    let telegram = world.telegram.clone();
    shadows(world, &telegram, &digest).await.is_problem(422, "invalid");
});

story!(a_version_that_calls_something_else_is_told_and_sends_nothing, |world| {
    a_sale(world).await;
    let outside = calls_outside(world);
    let bitrix24 = world.bitrix24.clone();
    let other = altered(component("bitrix24"), "crm.timeline.comment.add", "crm.timeline.comment.ADD");
    let other = uploads(world, other).await;
    let found = shadows(world, &bitrix24, &other).await.body;
    let told = told(&found);
    assert!(
        told.iter().any(|(about, difference)| about.ends_with("payment.paid")
            && difference.starts_with("sends `add-note` otherwise: `url`: ")),
        "{found}"
    );
    let other = uploads(world, altered(component("bitrix24"), "crm.item.get", "crm.item.git")).await;
    let found = shadows(world, &bitrix24, &other).await.body;
    let lines: Vec<String> = self::told(&found).into_iter().map(|(_, difference)| difference).collect();
    let any = |start: &str, end: &str| lines.iter().any(|line| line.starts_with(start) && line.contains(end));
    assert!(any("no longer calls POST", "crm.item.get"), "{lines:?}");
    assert!(any("would call POST", "crm.item.git in addition"), "{lines:?}");
    assert!(any("no longer sends `update-record`", ""), "{lines:?}");
    assert!(any("ended `retry`", "instead of `done`"), "{lines:?}");
    assert_eq!(calls_outside(world), outside);
});

story!(a_comparison_that_cannot_be_made_says_why, |world| {
    a_sale(world).await;
    let telegram = world.telegram.clone();
    let path = format!("/v1/installations/{telegram}/shadow");
    let digest = "0".repeat(64);
    for (body, pointer) in [
        (json!({}), "/digest"),
        (json!({ "digest": "../../etc/passwd" }), "/digest"),
        (json!({ "digest": digest }), "/digest"),
        (json!({ "digest": uploads(world, component("bitrix24")).await }), "/digest"),
        (json!({ "digest": digest, "last": 0 }), "/last"),
        (json!({ "digest": digest, "last": 201 }), "/last"),
    ] {
        let answer = posts(world, &path, &body).await;
        answer.is_problem(422, "invalid");
        assert_eq!(answer.pointers(), [pointer], "{body}");
    }
});

story!(i1_a_version_that_breaks_is_counted_and_harms_nobody, |world| {
    let script = json!([adds_deal(world, "one"), { "do": "create_payment", "key": "k", "minor": 500_000 }]);
    let probing = probe(world, &script).await.id;
    paid_in_the_probes_chat(world, "A-1").await;
    world.settles().await;
    let (outside, payments) = (calls_outside(world), world.payments().await.len());
    let same = uploads(world, hostile("probing")).await;
    let found = shadows(world, &probing, &same).await.body;
    assert_eq!((&found["same"], &found["different"], &found["failed"]), (&json!(1), &json!(0), &json!(0)), "{found}");
    // A version of the same name that loops for ever.
    let looping = altered(hostile("looping"), "\"id\":\"looping\"", "\"id\":\"probing\"");
    let digest = uploads(world, looping).await;
    let found = shadows(world, &probing, &digest).await.body;
    assert_eq!((&found["same"], &found["different"], &found["failed"]), (&json!(0), &json!(0), &json!(1)), "{found}");
    let lines: Vec<String> = told(&found).into_iter().map(|(_, difference)| difference).collect();
    assert_eq!(lines[..2], ["no longer sends `one`", "does not ask for a payment any more"]);
    assert!(lines[2].starts_with("ended `cpu-limit`") && lines[2].ends_with("instead of `done`"), "{lines:?}");
    assert_eq!((calls_outside(world), world.payments().await.len()), (outside, payments));
});
