//! H5, O11: secrets are nowhere but where they belong. Every World looks through its files at its end; here are the other
//! places: pages, records, logs of plugins, answers of the API.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kamurj_server::work::plugin_run::opened_step;
use kamurj_store::{deliveries, runs};
use kamurj_tests::look::find_canaries;
use kamurj_tests::story;
use kamurj_tests::world::holds;
use reqwest::Method;

story!(h5_no_page_record_or_answer_holds_a_secret, |world| {
    let link = world.customer_picks_the_cake().await;
    find_canaries("the ready page", world.opens(&link).await.html.as_bytes());
    find_canaries("the receipt", world.pays(&link).await.html.as_bytes());
    world.settles().await;

    let payment = world.payment().await;
    let app = world.app();
    let mut tx = app.db.read().await.expect("the database reads");
    let owed = deliveries::of_payment(&mut tx, &payment.id).await.expect("the deliveries");
    let mut owners: Vec<String> = owed.into_iter().map(|delivery| delivery.id).collect();
    drop(tx);
    owners.extend(world.inbox(&world.telegram.clone()).await.into_iter().map(|message| message.id));
    let mut opened = 0;
    let mut slots = 0;
    for owner in owners {
        let mut tx = app.db.read().await.expect("the database reads");
        for step in runs::of_owner(&mut tx, &owner).await.expect("the steps") {
            let step = opened_step(&app, &owner, &step).expect("the step opens");
            let text = format!("{}{:?}", step.request, step.response);
            find_canaries("a recorded step", text.as_bytes());
            slots += text.matches("{{secret:").count();
            opened += 1;
        }
        for line in runs::logs_of(&mut tx, &owner).await.expect("the log") {
            find_canaries("a plugin's log", line.line.as_bytes());
        }
    }
    assert!(opened >= 8 && slots >= 6, "{opened} steps, {slots} slots: the record keeps names in place of secrets");

    for path in [format!("/v1/payments/{}", payment.id), format!("/v1/payments/{}/journal", payment.id)] {
        let (status, body) = world.api(Method::GET, &path, None).await;
        assert_eq!(status, 200);
        find_canaries(&path, body.to_string().as_bytes());
    }
});

story!(what_people_write_in_a_chat_lies_nowhere_readable, |world| {
    let words = "my card is 4111 1111 1111 1111 CANARYINTHECHAT";
    world.customer_says(words).await;
    assert_eq!(world.inbox(&world.telegram.clone()).await.len(), 1, "the message was taken");
    // Base64 of a text depends on where in the whole it stands: the middle of each of the three forms is looked for.
    let in_base64 = (0..3).map(|shift| {
        let text = STANDARD.encode([&vec![b' '; shift], words.as_bytes()].concat());
        text.as_bytes()[4..text.len() - 4].to_vec()
    });
    let forms: Vec<Vec<u8>> = in_base64.chain([words.as_bytes().to_vec()]).collect();
    for (name, bytes) in world.bytes_at_rest() {
        for form in &forms {
            assert!(!holds(&bytes, form), "the message is readable in {name}");
        }
    }
});
