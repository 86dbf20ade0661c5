//! The two ways into a portal, and what is said where there is none.

use kamurj_sdk::Crm;
use serde_json::json;

use crate::merchant::{Merchant, payment_of, settings, settings_with};
use crate::portal::Oddity;

#[test]
fn a_connected_app_is_let_in_by_its_token_in_the_body() {
    // The double refuses every other place.
    let merchant = Merchant::with_secrets(&settings_with("user_id", json!(null)), &["portal_app"]);
    merchant.deal(10, "NEW");
    assert_eq!(merchant.tell(&payment_of(10, "paid", 3)).kind, "done");
    assert_eq!(merchant.stage(10), "EXECUTING");
    let both = Merchant::with_secrets(&settings(), &["portal_app", "webhook_secret"]);
    both.deal(10, "NEW");
    assert_eq!(both.tell(&payment_of(10, "paid", 3)).kind, "done");
}

#[test]
fn without_a_way_in_the_operator_is_asked_for_one() {
    let nothing = Merchant::with_secrets(&settings(), &[]);
    let outcome = nothing.tell(&payment_of(10, "paid", 3));
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("auth-needed", "no-access"));
    let nobody = Merchant::with_settings(&settings_with("user_id", json!(null)));
    let outcome = nobody.tell(&payment_of(10, "paid", 3));
    assert_eq!((outcome.code.as_str(), outcome.scope.as_str()), ("user_id", "connection"));
    assert_eq!((nothing.hits(), nobody.hits()), (0, 0));
}

#[test]
fn f4_a_token_that_expires_on_the_way_ends_the_run_and_the_next_one_goes_on() {
    let merchant = Merchant::with_secrets(&settings(), &["portal_app"]);
    merchant.deal(10, "NEW");
    merchant.portal.borrow_mut().oddities.insert(Oddity::IsExpired);
    let delivery = crate::merchant::owed(&payment_of(10, "paid", 3));
    let outcome = merchant.sync(&delivery);
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("auth-needed", "expired_token"));
    // The host refreshes the token once and makes the run again.
    merchant.portal.borrow_mut().oddities.clear();
    assert_eq!(merchant.sync(&kamurj_sdk::Delivery { run: 2, ..delivery }).kind, "done");
    assert_eq!((merchant.stage(10).as_str(), merchant.comments().len()), ("EXECUTING", 1));
}

#[test]
fn the_self_test_says_who_we_are_and_what_is_wrong() {
    let check = |merchant: &Merchant| kamurj_plugin_bitrix24::Bitrix24::check(&merchant.host);
    let merchant = Merchant::new();
    let outcome = check(&merchant);
    assert_eq!(
        (outcome.kind.as_str(), outcome.message.as_str()),
        ("done", "Connected as Ani Petrosyan; the 10 stages of the settings are there")
    );
    merchant.portal.borrow_mut().fields.get_mut(&2).unwrap().truncate(10);
    let outcome = check(&merchant);
    assert!(
        outcome.kind == "done" && outcome.message.ends_with("2 payment fields are missing: let the set-up make them"),
        "{}",
        outcome.message
    );

    for (name, value, said) in [
        ("stages", json!({ "paid": "GONE" }), "`stages/paid` names the stage `GONE`"),
        ("stages", json!({ "paid": "C9:GONE" }), "`stages/paid` names the stage `C9:GONE`"),
        ("stages", json!({ "paid": "DT31_5:P" }), "`stages/paid` names the stage `DT31_5:P`"),
        ("invoice_stages", json!({ "paid": "WON" }), "`invoice_stages/paid` names the stage `WON`"),
        ("requests", json!({ "stages": ["C9:ASK"] }), "`requests/stages` names the stage `C9:ASK`"),
        ("category_id", json!(11), "`category_id` names the funnel 11"),
    ] {
        let outcome = check(&Merchant::with_settings(&settings_with(name, value)));
        assert_eq!(outcome.kind, "bad-request", "{name}");
        assert!(outcome.message.contains(said), "{}", outcome.message);
    }
    let short = Merchant::with_settings(&settings_with("stages", json!({ "paid": "C9:WON", "expired": "LOSE" })));
    assert_eq!(check(&short).kind, "done");
    short.portal.borrow_mut().oddities.insert(Oddity::IsExpired);
    assert_eq!(check(&short).kind, "auth-needed");
}
