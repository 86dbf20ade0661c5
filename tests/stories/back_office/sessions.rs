//! Sessions: how long they last, how they end, and that what was taken from somebody counts at once.

use kamurj_access::Role;
use kamurj_tests::clock::{hours, minutes};
use kamurj_tests::colleagues::{Colleague, Seen};
use kamurj_tests::{World, story};

async fn is_in(world: &World, colleague: &Colleague) -> bool {
    let seen: Seen = world.opens_console(colleague, "/console/live/payments").await;
    match seen.status.as_u16() {
        200 => true,
        303 => false,
        other => panic!("{other}: {}", seen.html),
    }
}

story!(o2_a_session_ends_after_half_an_hour_without_use_and_after_twelve_hours, |world| {
    let idle = world.employs(Role::Manager).await;
    world.clock.pass(minutes(29));
    assert!(is_in(world, &idle).await);
    world.clock.pass(minutes(29));
    assert!(is_in(world, &idle).await, "use keeps it");
    world.clock.pass(minutes(30));
    assert!(!is_in(world, &idle).await);
    let busy = world.employs(Role::Auditor).await;
    for _ in 0..47 {
        world.clock.pass(minutes(15));
        assert!(is_in(world, &busy).await);
    }
    world.clock.pass(hours(1));
    assert!(!is_in(world, &busy).await, "twelve hours are the most");
});

story!(h7_a_session_that_is_ended_is_refused_at_once, |world| {
    let mut phone = world.employs(Role::Manager).await;
    let mut desk = Colleague { cookie: None, ..phone.clone() };
    world.signs_in(&mut desk).await;
    let listed = world.opens_console(&phone, "/console/account").await.html;
    let other = listed
        .split("action=\"/console/account/sessions/")
        .filter_map(|rest| rest.split_once("/end\"").map(|(id, _)| id))
        .find(|id| id.starts_with("ses_"))
        .expect("a session that can be ended")
        .to_owned();
    let ended = world.sends_form(&mut phone, &format!("/console/account/sessions/{other}/end"), &[]).await;
    assert_eq!(ended.status, 303, "{}", ended.html);
    assert_ne!(is_in(world, &desk).await, is_in(world, &phone).await, "one of the two is out");
    let stranger = world.employs(Role::Auditor).await;
    let mut stranger = stranger;
    let theirs = world.sends_form(&mut stranger, &format!("/console/account/sessions/{other}/end"), &[]).await;
    assert_eq!(theirs.status, 404, "nobody ends another's session");
    world.sends_form(&mut stranger, "/console/sign-out", &[]).await;
    assert!(stranger.cookie.is_none() && !is_in(world, &stranger).await);
});

story!(h7_a_role_that_is_taken_away_and_a_person_who_leaves_count_at_once, |world| {
    let mut owner = world.employs(Role::Owner).await;
    let manager = world.employs(Role::Manager).await;
    assert!(is_in(world, &manager).await);
    let path = format!("/console/live/people/{}/role", manager.id);
    let now = owner.code(world);
    let changed = world.sends_form(&mut owner, &path, &[("role", "auditor"), ("_code", &now)]).await;
    assert_eq!(changed.status, 303, "{}", changed.html);
    assert!(!is_in(world, &manager).await, "they sign in again, as what they are now");
});

story!(o2_an_open_page_that_nobody_touches_keeps_no_session_alive, |world| {
    let ani = world.employs(Role::Manager).await;
    for _ in 0..4 {
        world.clock.pass(minutes(10));
        let cookie = format!("__Host-kamurj={}", ani.cookie.clone().expect("a session"));
        let news = world.http.get(format!("{}/console/test/news", world.url)).header("cookie", &cookie);
        drop(news.send().await.expect("an answer"));
        // What its script makes anew in it.
        let rows = world.http.get(format!("{}/console/test/payments", world.url)).header("cookie", &cookie);
        drop(rows.header("sec-fetch-dest", "empty").send().await.expect("an answer"));
    }
    assert!(!is_in(world, &ani).await);
});
