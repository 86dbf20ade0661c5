//! Coming in: an invitation that works once, a password and a code together, one answer for whatever is wrong.

use kamurj_access::Role;
use kamurj_server::operators::inviting;
use kamurj_tests::clock::{hours, minutes, seconds};
use kamurj_tests::colleagues::{Colleague, PASSWORD};
use kamurj_tests::story;
use kamurj_tests::world::holds;
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_kamurj-under-test");

fn said(output: &std::process::Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn path(invited: &Value) -> String {
    let url = invited["invitation_url"].as_str().expect("an address");
    let (_, rest) = url.split_once("/console/").expect("an address of the console");
    format!("/console/{rest}")
}

story!(the_first_owner_comes_in_by_an_address_that_the_command_line_prints_once, |world| {
    let merchant = world.merchant.clone();
    let arguments = ["admin", "create-operator", "--merchant", &merchant, "--email", "Ani@Example.am", "--name", "Անի"];
    let invited = said(&world.runs(PROGRAM, &arguments));
    let address = path(&invited);
    let mut ani = world.hires(Role::Manager).await;
    "ani@example.am".clone_into(&mut ani.email);
    world.accepts(&mut ani, &address).await;
    // It is used up.
    assert_eq!(world.opens_console(&ani, &address).await.status, 404);
    world.signs_in(&mut ani).await;
    let page = world.opens_console(&ani, "/console/live/payments").await;
    assert_eq!(page.status, 200, "{}", page.html);
    assert!(page.html.contains("Անուշ"), "the merchant's name: {}", page.html);
    // Whoever holds the command line may do it for anybody, and is told what is wrong in one line.
    for (wrong, field) in [
        (["--merchant", "mer_none", "--email", "b@example.am", "--name", "B"], "--merchant: no merchant"),
        (["--merchant", &merchant, "--email", "nobody", "--name", "B"], "--email: must be an e-mail address"),
        (["--merchant", &merchant, "--email", "ani@example.am", "--name", "B"], "--email: works for you already"),
    ] {
        let output = world.runs(PROGRAM, &[&["admin", "create-operator"], &wrong[..]].concat());
        let line = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(!output.status.success() && line.starts_with(&format!("kamurj: {field}")), "{line}");
    }
});

story!(an_invitation_ends_after_its_time_and_a_newer_one_voids_it, |world| {
    let merchant = world.merchant.clone();
    let arguments = ["admin", "create-operator", "--merchant", &merchant, "--email", "ani@example.am", "--name", "Ani"];
    let first = path(&said(&world.runs(PROGRAM, &arguments)));
    let second = path(&said(&world.runs(PROGRAM, &["admin", "invite-operator", "--email", "ani@example.am"])));
    // The command reads the machine's clock, so the one that ends is made within the story.
    let third = inviting::again_by_command(&world.app(), "ani@example.am").await.expect("an invitation");
    let third = path(&serde_json::json!({ "invitation_url": third.url }));
    let nobody = world.hires(Role::Auditor).await;
    assert_eq!(world.opens_console(&nobody, &first).await.status, 404);
    assert_eq!(world.opens_console(&nobody, &second).await.status, 404);
    assert_eq!(world.opens_console(&nobody, &third).await.status, 200);
    world.clock.pass(minutes(15));
    assert_eq!(world.opens_console(&nobody, &third).await.status, 404);
});

story!(a_weak_password_and_a_wrong_code_are_told_at_their_fields_and_the_invitation_stays, |world| {
    let merchant = world.merchant.clone();
    let arguments = ["admin", "create-operator", "--merchant", &merchant, "--email", "ani@example.am", "--name", "Ani"];
    let address = path(&said(&world.runs(PROGRAM, &arguments)));
    let mut ani = world.hires(Role::Auditor).await;
    for (password, typed) in [("short", "123456"), ("ani@example.am", "000000"), (PASSWORD, "12345")] {
        let refused = world.sends_form(&mut ani, &address, &[("password", password), ("code", typed)]).await;
        assert_eq!(refused.status, 422, "{password}");
        assert!(refused.html.contains("aria-invalid"), "{}", refused.html);
        assert!(!refused.html.contains(password) || password == "ani@example.am", "what was typed is not shown again");
    }
    "ani@example.am".clone_into(&mut ani.email);
    world.accepts(&mut ani, &address).await;
    world.signs_in(&mut ani).await;
});

story!(whatever_is_wrong_has_one_answer_and_failures_cost_time, |world| {
    let mut ani = world.hires(Role::Manager).await;
    let right = ani.code(world);
    let wrong_password = world.types(&mut ani, "another tall tree", &right).await;
    let wrong_code = world.types(&mut ani, PASSWORD, "000000").await;
    let email = std::mem::replace(&mut ani.email, "nobody@example.am".to_owned());
    let nobody = world.types(&mut ani, PASSWORD, &right).await;
    ani.email = email;
    let shown = |html: &str| html.replace("nobody@example.am", "").replace(&ani.email, "");
    for other in [&wrong_code, &nobody] {
        assert_eq!((other.status, &other.location), (wrong_password.status, &None));
        // The forms' keys differ; all else is the same.
        let lines = |html: &str| {
            shown(html).lines().filter(|line| !line.contains("_key")).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(lines(&other.html), lines(&wrong_password.html));
    }
    assert!(ani.cookie.is_none());
    for _ in 0..3 {
        assert_eq!(world.types(&mut ani, "wrong again and again", &right).await.status, 422);
    }
    // Five were free; now even what is right waits.
    let now = ani.code(world);
    let held = world.types(&mut ani, PASSWORD, &now).await;
    assert_eq!(held.status, 429, "{}", held.html);
    world.clock.pass(minutes(30));
    world.signs_in(&mut ani).await;
});

story!(a_code_works_once_even_for_two_at_once, |world| {
    let ani = world.hires(Role::Manager).await;
    let code = ani.code(world);
    let (mut one, mut other) = (ani.clone(), ani.clone());
    let (first, second) =
        tokio::join!(world.types(&mut one, PASSWORD, &code), world.types(&mut other, PASSWORD, &code));
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 422]);
    assert_eq!(world.types(&mut ani.clone(), PASSWORD, &code).await.status, 422, "nor later");
});

story!(a_recovery_code_stands_for_the_app_once, |world| {
    let mut ani = world.hires(Role::Owner).await;
    let recovery = ani.recovery[3].clone();
    let spelt = recovery.to_uppercase().replace('-', " ");
    assert_eq!(world.types(&mut ani, PASSWORD, &spelt).await.status, 303);
    assert_eq!(world.types(&mut ani.clone(), PASSWORD, &recovery).await.status, 422, "it is used up");
    let other = ani.recovery[4].clone();
    // New ones void those that are left.
    let now = ani.code(world);
    let made = world.sends_form(&mut ani, "/console/account/recovery", &[("code", &now)]).await;
    assert_eq!(made.status, 200, "{}", made.html);
    assert_eq!(world.types(&mut ani.clone(), PASSWORD, &other).await.status, 422);
});

story!(o1_the_session_is_the_hosts_own_cookie_and_no_secret_of_signing_in_lies_in_the_database, |world| {
    let mut ani = world.hires(Role::Owner).await;
    let code = ani.code(world);
    let entered = world.types(&mut ani, PASSWORD, &code).await;
    let cookie = entered.cookies.iter().find(|cookie| cookie.starts_with("__Host-kamurj=")).expect("a cookie");
    for part in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let token = ani.cookie.clone().expect("a session");
    assert!(token.len() >= 22, "128 bits and more");
    for (place, bytes) in world.bytes_at_rest() {
        for secret in [&token, PASSWORD, &ani.recovery[0], &ani.recovery[0].replace('-', "")] {
            assert!(!holds(&bytes, secret), "{secret} is readable in {place}");
        }
    }
});

story!(changing_the_password_ends_every_other_session, |world| {
    let mut phone = world.employs(Role::Operator).await;
    let mut desk = Colleague { cookie: None, ..phone.clone() };
    world.signs_in(&mut desk).await;
    let now = phone.code(world);
    let fields = [("current", PASSWORD), ("password", "a tall tree by the sea"), ("code", now.as_str())];
    let changed = world.sends_form(&mut phone, "/console/account/password", &fields).await;
    assert_eq!(changed.status, 303, "{}", changed.html);
    assert_eq!(world.opens_console(&phone, "/console/account").await.status, 200);
    let away = world.opens_console(&desk, "/console/account").await;
    assert_eq!((away.status.as_u16(), away.location.as_deref()), (303, Some("/console/sign-in")));
    world.clock.pass(seconds(30));
    let now = phone.code(world);
    assert_eq!(world.types(&mut phone.clone(), PASSWORD, &now).await.status, 422, "the old one is no more");
    world.clock.pass(hours(13));
    let now = phone.code(world);
    assert_eq!(world.types(&mut phone, "a tall tree by the sea", &now).await.status, 303);
});

story!(a_code_is_not_guessed_within_a_session_either, |world| {
    let mut ani = world.employs(Role::Owner).await;
    let path = "/console/account/confirm";
    for guess in ["000000", "000001", "000002", "000003", "000004"] {
        assert_eq!(world.sends_form(&mut ani, path, &[("code", guess)]).await.status, 422, "{guess}");
    }
    // Five were free; now even what is right waits, by every form that asks for a code.
    let now = ani.code(world);
    assert_eq!(world.sends_form(&mut ani, path, &[("code", &now)]).await.status, 422);
    let fields = [("_key", "k-1"), ("label", "x"), ("_code", now.as_str())];
    assert_eq!(world.sends_form(&mut ani, "/console/test/keys", &fields).await.status, 422);
    world.clock.pass(minutes(2));
    let now = ani.code(world);
    assert_eq!(world.sends_form(&mut ani, path, &[("code", &now)]).await.status, 303);
});

story!(of_many_tries_at_once_no_more_are_judged_than_one_after_the_other, |world| {
    let ani = world.hires(Role::Manager).await;
    let tries = (0..12).map(|_| async {
        let mut one = ani.clone();
        world.types(&mut one, "wrong again and again", "000000").await.status.as_u16()
    });
    let statuses = futures::future::join_all(tries).await;
    let judged = statuses.iter().filter(|status| **status == 422).count();
    assert_eq!((judged, statuses.len()), (5, 12), "{statuses:?}");
});
