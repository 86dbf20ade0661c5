//! What is kept of a message and handed on: without what its route strips, up to the size that its route asks for.

use kamurj_server::app::inbox_place;
use kamurj_store::inbox;
use kamurj_tests::inbound::{Doors, meta_signature, secret};
use kamurj_tests::integrator::Answer;
use kamurj_tests::{World, story};
use serde_json::json;

/// The bytes of the plugin's messages as they are kept.
async fn bodies(world: &World, doors: &Doors) -> Vec<String> {
    let app = world.app();
    let mut bodies = Vec::new();
    for listed in world.inbox(&doors.id).await {
        let mut tx = app.db.read().await.expect("the database reads");
        let message = inbox::by_id(&mut tx, &listed.id).await.expect("a read").expect("the message");
        let bytes = app.sealer.open(&inbox_place(&listed.id), &message.body_sealed).expect("it opens");
        bodies.push(String::from_utf8(bytes.to_vec()).expect("text"));
    }
    bodies
}

story!(h5_tokens_in_a_body_are_neither_kept_nor_handed_on, |world| {
    let doors = world.has_doors().await;
    let token = secret("form_token");
    let form =
        |tokens: &str| format!("event=ONAPPTEST&{tokens}&auth%5Bmember_id%5D=m&auth[application_token]={token}&ts=1");
    let with = "auth[access_token]=somebodys-access-token&auth%5Brefresh_token%5D=somebodys-refresh-token";
    let rotated = with.replace("somebodys", "anothers");
    assert_eq!(Answer::to(doors.post("portal", form(with))).await.status, 200);
    assert_eq!(Answer::to(doors.post("portal", form(&rotated))).await.status, 200);
    assert_eq!(bodies(world, &doors).await, ["event=ONAPPTEST&auth%5Bmember_id%5D=m&ts=1"]);
    assert_eq!(world.taken(&doors).await, [("waiting".to_owned(), 2)], "with another token it is still the same");
    world.settles().await;
    let told = world.told(&doors).await;
    assert_eq!(told["body"], "event=ONAPPTEST&auth%5Bmember_id%5D=m&ts=1");

    world.clock.pass(1_000);
    let wrong = form(with).replace(token, "somebody-elses");
    Answer::to(doors.post("portal", wrong)).await.is_problem(401, "unproven");
    let sends =
        async |body: &str| Answer::to(doors.post("token", body).header("x-token", secret("header_token"))).await.status;
    assert_eq!(sends(r#"{"id": 1, "auth": {"access_token": "somebodys-access-token", "user": 2}}"#).await, 200);
    world.clock.pass(1_000);
    assert_eq!(sends("access_token=somebodys-access-token").await, 200, "sending it again would not mend it");
    assert_eq!(bodies(world, &doors).await[1..], [r#"{"id":1,"auth":{"user":2}}"#, ""]);
    world.settles().await;
    let inbox = world.inbox(&doors.id).await;
    assert_eq!((inbox[1].state.as_str(), inbox[2].state.as_str()), ("done", "quarantined"), "{inbox:?}");
    assert_eq!(inbox[2].note, "the body is not JSON");
    assert!(world.told(&doors).await["body"].as_str().is_some_and(|body| !body.contains("somebodys")));
});

story!(a_route_takes_bodies_up_to_the_size_that_it_asks_for, |world| {
    let doors = world.has_doors().await;
    let padded = |bytes: usize| {
        let mut body = json!({ "entry": [{ "messages": [{ "id": bytes.to_string() }] }] }).to_string();
        body.extend(std::iter::repeat_n(' ', bytes - body.len()));
        body
    };
    let meta = async |body: String| {
        let signature = meta_signature(secret("app_secret"), body.as_bytes());
        Answer::to(doors.post("meta", body).header("x-hub-signature-256", signature)).await
    };
    let most = 3 * 1024 * 1024;
    let refused = meta(padded(most + 1)).await;
    assert!(refused.is_problem(413, "too-large").body["detail"].as_str().expect("a detail").contains("3145728"));
    Answer::to(doors.post("coded", padded(64 * 1024 + 1))).await.is_problem(413, "too-large");
    assert!(world.taken(&doors).await.is_empty());
    assert_eq!(meta(padded(most)).await.status, 200);
    world.settles().await;
    assert_eq!(world.told(&doors).await["bytes"], most, "the plugin got it whole");
    assert_eq!(world.taken(&doors).await, [("done".to_owned(), 1)]);
});
