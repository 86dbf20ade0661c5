//! H5, O11: secrets are nowhere but where they belong. Every World looks through its files at its end; here are the other
//! places: pages, records, logs of plugins, answers of the API.

use kamurj_server::work::plugin_run::opened_step;
use kamurj_store::{deliveries, runs};
use kamurj_tests::look::find_canaries;
use kamurj_tests::story;
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
