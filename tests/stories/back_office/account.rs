//! What operators do about themselves: another phone, and what is kept of it.

use super::audited::log;
use kamurj_access::Role;
use kamurj_tests::clock::minutes;
use kamurj_tests::colleagues::PASSWORD;
use kamurj_tests::story;

story!(whoever_has_another_phone_sets_themselves_up_anew_and_the_old_one_is_good_until_then, |world| {
    let mut ani = world.employs(Role::Operator).await;
    let (before, old) = (ani.clone(), ani.secret.clone());
    let anew = "/console/account/anew";
    let now = ani.code(world);
    let wrong = [("_form", "anew"), ("current", "another tall tree"), ("code", now.as_str())];
    let refused = world.sends_form(&mut ani, anew, &wrong).await;
    assert_eq!(refused.status, 422, "{}", refused.html);
    assert!(refused.html.contains("is not your password"), "{}", refused.html);
    // The app is gone with the phone: a recovery code proves as well.
    let lost = [("current", PASSWORD), ("code", ani.recovery[1].as_str())];
    let led = world.sends_form(&mut ani.clone(), anew, &lost).await;
    let address = led.location.expect("an address");
    let path = address.strip_prefix(&world.url).unwrap_or(&address).to_owned();
    assert!(path.starts_with("/console/invitations/"), "{path}");
    assert_eq!(world.opens_console(&before, "/console/account").await.status, 200, "nothing is other yet");
    world.accepts(&mut ani, &path).await;
    assert_ne!(ani.secret, old);
    assert_eq!(world.opens_console(&before, "/console/account").await.status, 303, "every session has ended");
    world.signs_in(&mut ani).await;
    // With the old app nobody comes in any more.
    let mut thief = before;
    let now = thief.code(world);
    assert_eq!(world.types(&mut thief, PASSWORD, &now).await.status, 422);
    world.clock.pass(minutes(1));
    let told: Vec<_> = log(world).await.into_iter().map(|entry| entry["action"].clone()).collect();
    for action in ["take an invitation up", "sign in", "set up anew"] {
        assert!(told.iter().any(|entry| entry == action), "{action}: {told:?}");
    }
});

story!(o10_a_changed_password_and_new_recovery_codes_are_in_the_log, |world| {
    let mut ani = world.employs(Role::Manager).await;
    let now = ani.code(world);
    let fields = [("current", PASSWORD), ("password", "a tall tree by the sea"), ("code", now.as_str())];
    assert_eq!(world.sends_form(&mut ani, "/console/account/password", &fields).await.status, 303);
    world.clock.pass(minutes(1));
    let now = ani.code(world);
    assert_eq!(world.sends_form(&mut ani, "/console/account/recovery", &[("code", &now)]).await.status, 200);
    let entries = log(world).await;
    let by_her: Vec<_> = entries.iter().filter(|entry| entry["actor"] == ani.id.as_str()).collect();
    let actions: Vec<_> = by_her.iter().map(|entry| entry["action"].as_str().expect("a text")).collect();
    assert_eq!(actions, ["make recovery codes", "change the password", "sign in", "take an invitation up"]);
    let all = serde_json::to_string(&entries).expect("JSON");
    assert!(!all.contains("tall tree") && !all.contains(&ani.recovery[0]), "{all}");
});
