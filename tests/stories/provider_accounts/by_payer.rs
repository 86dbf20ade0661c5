//! The payer chooses among the accounts that are offered, on a page without script.

use kamurj_sandbox::bank::Webhooks;
use kamurj_tests::accounts::{account, adds, altered, another, tries_out, ways, went_through};
use kamurj_tests::acts::{last_attempt, status};
use kamurj_tests::integrator::link;
use kamurj_tests::links::{id, lesson, makes, with};
use kamurj_tests::{World, story};
use serde_json::json;

/// A second account that payers know by these words.
async fn second(world: &World) -> String {
    // The bank knows one address for its notices, the first account's.
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Drop);
    let titles = json!({ "hy": "Արքա քարտ", "ru": "Карта Арка", "en": "ArCa card" });
    adds(world, &with(another(world, "shop"), "titles", titles)).await
}

/// Presses the button of a page with this account chosen; answers where the browser is sent.
async fn chooses(world: &mut World, page: &str, account: &str) -> String {
    let shown = world.opens(page).await;
    let (action, key) = shown.form().expect("a form");
    let sent = world.submits(&action, &[("form_key", &key), ("account", account)]).await.expect("an answer");
    assert_eq!(sent.status, 303, "{}", sent.html);
    sent.location.expect("a press leads on")
}

story!(the_payer_chooses_among_the_accounts_that_are_offered, |world| {
    let (first, second) = (world.account.clone(), second(world).await);
    let payment = world.orders("A-1", "12500").await;
    let page = world.opens(&link(&payment)).await;
    assert_eq!(ways(&page.html), [(first.clone(), true), (second.clone(), false)]);
    assert!(page.shows("Բանկային քարտ") && page.shows("Արքա քարտ") && page.shows("Վճարման եղանակը"), "{}", page.html);
    assert_eq!(page.html.matches("<script").count(), 1, "none but the page's own");
    let page = world.opens(&format!("{}?lang=ru", link(&payment))).await;
    assert!(page.shows("Банковская карта") && page.shows("Карта Арка"), "{}", page.html);

    // What is not offered starts nothing and leads back to the page.
    let address = link(&payment);
    let back = chooses(world, &address, "acc_unknown").await;
    assert!(address.ends_with(&back), "{back}");
    assert!(went_through(world, id(&payment)).await.is_empty());

    let bank = chooses(world, &address, &second).await;
    assert_eq!(went_through(world, id(&payment)).await, [second.as_str()]);
    let back = world.does_at_the_bank(&bank, "pay").await;
    world.comes_back(&back).await;
    world.settles().await;
    assert_eq!(status(world, id(&payment)).await, "paid");

    let other = world.orders("A-2", "12500").await;
    world.goes_to_the_bank(&link(&other)).await;
    assert_eq!(went_through(world, id(&other)).await, [first], "who chooses nothing gets the default");
    world.settles().await;
});

story!(one_account_that_is_offered_is_no_choice, |world| {
    let (first, second) = (world.account.clone(), second(world).await);
    altered(world, &second, &json!({ "offered": false })).await;
    let payment = world.orders("A-1", "12500").await;
    assert!(ways(&world.opens(&link(&payment)).await.html).is_empty());
    let back = chooses(world, &link(&payment), &second).await;
    assert!(link(&payment).ends_with(&back), "and what is kept back cannot be chosen: {back}");
    // Where none is offered, the default is taken.
    altered(world, &first, &json!({ "offered": false })).await;
    assert!(ways(&world.opens(&link(&payment)).await.html).is_empty());
    world.goes_to_the_bank(&link(&payment)).await;
    assert_eq!(went_through(world, id(&payment)).await, [first.as_str()]);
    let third = adds(world, &with(another(world, "third"), "default", json!(true))).await;
    altered(world, &first, &json!({ "offered": true })).await;
    let other = world.orders("A-2", "12500").await;
    let offered = ways(&world.opens(&link(&other)).await.html);
    assert_eq!(offered, [(third, true), (first, false)], "the default comes first");
    world.settles().await;
});

story!(g2_the_page_may_lead_where_every_account_that_is_offered_leads_and_nowhere_else, |world| {
    let mut body = another(world, "shop");
    body["settings"]["checkout_origins"] = json!([world.silent_url]);
    let second = adds(world, &body).await;
    let payment = world.orders("A-1", "12500").await;
    let lesson = makes(world, &lesson()).await;
    for page in [link(&payment), lesson["url"].as_str().expect("an address").to_owned()] {
        let both = format!("form-action 'self' {} {};", world.sandbox.bank_url, world.silent_url);
        let policy = world.opens(&page).await.policy;
        assert!(policy.contains(&both), "{policy}");
    }
    world.goes_to_the_bank(&link(&payment)).await;
    altered(world, &second, &json!({ "switched_off": true })).await;
    let policy = world.opens(&link(&payment)).await.policy;
    assert!(policy.contains(&format!("form-action 'self' {};", world.sandbox.bank_url)), "{policy}");
    // What is under way goes on where it began, also when its account starts nothing any more.
    altered(world, &second, &json!({ "switched_off": false })).await;
    altered(world, &world.account.clone(), &json!({ "switched_off": true })).await;
    let policy = world.opens(&link(&payment)).await.policy;
    assert!(policy.contains(&format!("{} {};", world.silent_url, world.sandbox.bank_url)), "{policy}");
    world.settles().await;
});

story!(b4_who_starts_again_may_choose_another_account, |world| {
    let (first, second) = (world.account.clone(), second(world).await);
    let payment = world.orders("A-1", "12500").await;
    let bank = chooses(world, &link(&payment), &first).await;
    let page = world.opens(&link(&payment)).await;
    let forms: Vec<&str> = page.html.split("<form").skip(1).collect();
    assert_eq!(forms.len(), 2, "{}", page.html);
    assert!(ways(forms[0]).is_empty(), "what is under way goes on where it is");
    assert_eq!(ways(forms[1]), [(first.clone(), true), (second.clone(), false)]);
    let (action, key) = page.form().expect("a form");
    // Whatever is chosen, going on joins the attempt under way.
    let on = world.submits(&action, &[("form_key", &key), ("account", &second)]).await.expect("an answer");
    assert_eq!(on.location.as_deref(), Some(bank.as_str()));
    let attempt = last_attempt(world, id(&payment)).await;
    let fields = [("form_key", "again"), ("again", attempt.as_str()), ("account", second.as_str())];
    let again = world.submits(&action, &fields).await.expect("an answer");
    assert_ne!(again.location.as_deref(), Some(bank.as_str()));
    assert_eq!(went_through(world, id(&payment)).await, [first, second]);
    world.settles().await;
    let statuses: Vec<&str> = world.sandbox.bank.view().sessions.iter().map(|session| session.status).collect();
    assert_eq!(statuses, ["cancelled", "created"], "the one that was left is closed through its own account");
    let back = world.does_at_the_bank(&again.location.expect("the bank's page"), "pay").await;
    world.comes_back(&back).await;
    world.settles().await;
    assert_eq!(status(world, id(&payment)).await, "paid");
});

story!(the_page_of_a_link_offers_the_choice_too, |world| {
    let (first, second) = (world.account.clone(), second(world).await);
    let made = makes(world, &lesson()).await;
    let url = made["url"].as_str().expect("an address").to_owned();
    assert_eq!(ways(&world.opens(&url).await.html), [(first, true), (second.clone(), false)]);
    let bank = chooses(world, &url, &second).await;
    let payment = world.payment().await;
    assert_eq!(went_through(world, &payment.id).await, [second]);
    let back = world.does_at_the_bank(&bank, "pay").await;
    world.comes_back(&back).await;
    world.settles().await;
    assert_eq!(status(world, &payment.id).await, "paid");
});

story!(a_wallet_is_offered_by_its_own_name_and_says_what_cannot_be_tried_out, |world| {
    let entered = json!({
        "provider": "idram",
        "settings": { "account": "100000777" },
        "secrets": { "secret_key": "a key that a story made up" },
    });
    let wallet = adds(world, &entered).await;
    let shown = account(world, &wallet).await;
    assert_eq!((&shown["label"], &shown["secrets"][0]["set"]), (&json!("idram"), &json!(true)));
    assert_eq!(shown["webhook_url"], json!(format!("{}/webhooks/providers/idram/{wallet}", world.url)));
    assert_eq!(shown["return_url"], json!(format!("{}/r/idram/{wallet}", world.url)));
    let can = |name: &str| shown["capabilities"][name].clone();
    assert_eq!(
        [can("form"), can("asks_first"), can("lookup"), can("refund")].map(|can| can == true),
        [true, true, false, false]
    );
    let (result, detail) = tries_out(world, &wallet).await;
    assert!(result == "unsupported" && detail.contains("/secrets/secret_key"), "{result}: {detail}");

    let payment = world.orders("A-1", "12500").await;
    let page = world.opens(&link(&payment)).await;
    assert_eq!(ways(&page.html), [(world.account.clone(), true), (wallet.clone(), false)]);
    assert!(page.shows("Բանկային քարտ") && page.shows("Idram"), "{}", page.html);
    assert!(page.policy.contains(&format!("{} https://banking.idram.am;", world.sandbox.bank_url)), "{}", page.policy);
    let (action, key) = page.form().expect("a form");
    let sent = world.submits(&action, &[("form_key", &key), ("account", &wallet)]).await.expect("an answer");
    assert!(sent.status == 200 && sent.html.contains("banking.idram.am"), "{}", sent.html);
    assert_eq!(went_through(world, id(&payment)).await, [wallet.as_str()]);
    // On the way back the page may still lead to the wallet, whose form is made again.
    let page = world.opens(&link(&payment)).await;
    let (action, key) = page.form().expect("a form");
    let on = world.submits(&action, &[("form_key", &key)]).await.expect("an answer");
    assert!(on.status == 200 && on.html.contains("banking.idram.am"), "{}", on.html);
    let named = world.creates(&with(kamurj_tests::integrator::order("A-2", "100"), "provider", json!("idram"))).await;
    assert_eq!((named.status, &named.body["provider"]), (201, &json!(wallet)), "{}", named.body);
});
