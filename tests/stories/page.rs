//! The customer's page and the ways to and from the bank: robots change nothing, a double click opens one session, what a
//! browser says proves nothing.

use kamurj_sandbox::bank::{Lookup, PayAction, Webhooks};
use kamurj_tests::acts::gives_back;
use kamurj_tests::clock::{minutes, seconds};
use kamurj_tests::integrator::{Answer, link, order};
use kamurj_tests::{World, story};
use reqwest::{Method, StatusCode};
use serde_json::json;
use std::collections::BTreeSet;

/// Robots that fetch every link they see, and a tool of people who try things out.
const PREVIEWERS: [&str; 10] = [
    "WhatsApp/2.23.20.0",
    "TelegramBot (like TwitterBot)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mozilla/5.0 (Macintosh) AppleWebKit/601.2.4 (KHTML, like Gecko) facebookexternalhit/1.1 Facebot Twitterbot/1.0",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "Viber/20.0",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36",
    "curl/8.5.0",
];

/// Everything that could have been changed by looking.
async fn everything(world: &World) -> (Vec<String>, String, usize) {
    let bank = world.sandbox.bank.view();
    let bank = format!("{:?} {} {} {}", bank.sessions, bank.webhooks.len(), bank.creates, bank.lookups);
    (world.books().await, bank, world.inbox(&world.account).await.len())
}

async fn status(world: &World) -> &'static str {
    world.payment().await.status.word()
}

story!(b9_preview_robots_may_look_at_a_link_as_often_as_they_like, |world| {
    let fresh = link(&world.orders("A-1", "12500").await);
    let started = link(&world.orders("A-2", "5000").await);
    world.goes_to_the_bank(&started).await;
    let paid = link(&world.orders("A-3", "700").await);
    world.pays(&paid).await;
    world.settles().await;
    let before = everything(world).await;
    for robot in PREVIEWERS {
        for address in [&fresh, &started, &paid] {
            for look in ["", "?utm_source=chat", "?lang=ru"] {
                for method in [Method::GET, Method::HEAD] {
                    let url = format!("{address}{look}");
                    let seen = Answer::to(world.http.request(method.clone(), &url).header("user-agent", robot)).await;
                    assert_eq!(seen.status, 200, "{robot} {method} {url}");
                    let html = seen.body.as_str().unwrap_or_default();
                    assert_eq!(
                        html.contains("property=\"og:title\""),
                        method == Method::GET,
                        "a card is drawn from it"
                    );
                }
            }
        }
    }
    world.settles().await;
    assert_eq!(everything(world).await, before);
});

story!(b9_the_preview_card_tells_nobody_that_something_is_paid, |world| {
    let address = link(&world.orders("A-1", "12500").await);
    let card = |html: &str| html.lines().filter(|line| line.contains("og:")).map(str::to_owned).collect::<Vec<_>>();
    let before = card(&world.opens(&address).await.html);
    assert!(before.len() >= 3, "{before:?}");
    world.pays(&address).await;
    let page = world.opens(&address).await;
    assert_eq!(page.heading(), "Վճարումը կատարված է");
    assert_eq!(card(&page.html), before, "a card is kept and forwarded: it must not look like a receipt");
});

story!(b10_reloading_any_address_of_the_journey_changes_nothing, |world| {
    let address = link(&world.orders("A-1", "12500").await);
    let page = world.opens(&address).await;
    let (action, key) = page.form().expect("a form");
    let before = everything(world).await;
    let reloaded = world.opens(&action).await;
    assert_eq!((reloaded.status, reloaded.location.as_deref()), (StatusCode::SEE_OTHER, action.strip_suffix("/pay")));
    for url in [address.clone(), format!("{address}?status=paid"), format!("{address}?form_key={key}")] {
        assert_eq!(world.opens(&url).await.status, 200);
    }
    assert_eq!(everything(world).await, before);
});

/// Presses the page's button many times at once, with these form keys; answers where the browsers were sent.
async fn presses(world: &World, action: &str, keys: impl IntoIterator<Item = String>) -> BTreeSet<String> {
    let mut posts = tokio::task::JoinSet::new();
    for key in keys {
        let request = world.http.post(format!("{}{action}", world.url)).form(&[("form_key", key.as_str())]);
        posts.spawn(Answer::to(request));
    }
    let answers = posts.join_all().await;
    assert!(answers.iter().all(|answer| answer.status == 303), "{answers:?}");
    answers.iter().map(|answer| answer.header("location").to_owned()).collect()
}

story!(b2_twenty_presses_of_one_button_open_one_session, |world| {
    let address = link(&world.orders("A-1", "12500").await);
    let (action, key) = world.opens(&address).await.form().expect("a form");
    let places = presses(world, &action, std::iter::repeat_n(key, 20)).await;
    let bank = world.sandbox.bank.view();
    assert_eq!(bank.sessions.len(), 1);
    assert_eq!(places, BTreeSet::from([bank.sessions[0].checkout_url.clone()]), "all of them lead to it");
});

story!(b2_twenty_presses_in_twenty_tabs_open_one_session, |world| {
    let address = link(&world.orders("A-1", "12500").await);
    let mut keys = Vec::new();
    let mut action = String::new();
    for _ in 0..20 {
        let form = world.opens(&address).await.form().expect("a form");
        action = form.0;
        keys.push(form.1);
    }
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), 20, "every form has a key of its own");
    let places = presses(world, &action, keys).await;
    let bank = world.sandbox.bank.view();
    assert_eq!((bank.sessions.len(), places), (1, BTreeSet::from([bank.sessions[0].checkout_url.clone()])));
    world.settles().await;
    let journal = world.journal(&world.payment().await.id).await;
    assert_eq!(journal.iter().filter(|kind| *kind == "fact.started").count(), 1, "{journal:?}");
});

story!(a_form_that_is_not_ours_starts_nothing, |world| {
    let address = link(&world.orders("A-1", "12500").await);
    let before = everything(world).await;
    let press = || world.http.post(format!("{address}/pay"));
    let long = "k".repeat(65);
    for request in [
        press(),
        press().form(&[("form_key", "")]),
        press().form(&[("form_key", long.as_str())]),
        press().form(&[("form_key", "a"), ("form_key", "b")]),
        press().form(&[("amount", "1"), ("lang", "xx")]),
        press().json(&json!({ "form_key": "key" })),
        press().header("content-type", "application/x-www-form-urlencoded").body("lang=%FF&%GG&&=&"),
        press().header("content-type", "application/x-www-form-urlencoded").body("x".repeat(400_000)),
    ] {
        let answer = Answer::to(request).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        assert!(answer.header("location").starts_with("/p/"));
    }
    assert_eq!(everything(world).await, before);
});

story!(a7_a_return_without_a_notice_is_looked_up, |world| {
    world.sandbox.bank.change_faults(|faults| {
        faults.webhooks = Webhooks::Drop;
        faults.lookup = Lookup::Pending;
    });
    let address = link(&world.orders("A-1", "12500").await);
    let bank = world.goes_to_the_bank(&address).await;
    let back = world.does_at_the_bank(&bank, "pay").await;
    let page = world.comes_back(&back).await;
    assert_ne!(page.heading(), "Վճարումը կատարված է", "the bank has not said so");
    assert_eq!(status(world).await, "pending");
    world.sandbox.bank.change_faults(|faults| faults.lookup = Lookup::Ok);
    assert_eq!(world.comes_back(&back).await.heading(), "Վճարումը կատարված է", "coming back again asks again");
    assert_eq!(world.inbox(&world.account).await.len(), 0);
});

story!(a5_a_notice_before_the_return_is_enough_even_when_look_ups_fail, |world| {
    world.sandbox.bank.change_faults(|faults| faults.lookup = Lookup::Fail);
    let address = link(&world.orders("A-1", "12500").await);
    let bank = world.goes_to_the_bank(&address).await;
    let back = world.does_at_the_bank(&bank, "pay").await;
    assert_ne!(world.opens(&address).await.heading(), "Վճարումը կատարված է");
    world.settles().await;
    assert_eq!(world.comes_back(&back).await.heading(), "Վճարումը կատարված է");
});

story!(a8_what_the_browser_says_on_its_return_pays_nothing, |world| {
    let address = link(&world.orders("A-1", "12500").await);
    world.goes_to_the_bank(&address).await;
    let session = world.session();
    let back = world.sandbox.bank.act(&session.id, PayAction::Close).expect("the session is there");
    let bare = back.split('?').next().expect("an address").to_owned();
    for query in
        ["status=paid", "status=paid&sessionId=ps_other", "paymentStatus=2&resposneCode=00", "lang=%FF&status=paid"]
    {
        let page = world.comes_back(&format!("{bare}?{query}")).await;
        assert!(page.form().is_some(), "the bank says that its page still waits: {}", page.heading());
    }
    let posted = Answer::to(world.http.post(&bare).form(&[("status", "paid"), ("amount", "12500")])).await;
    assert_eq!(posted.status, 303);
    world.passes(seconds(60)).await;
    assert_eq!(status(world).await, "pending");
    let ending = world.ending().await;
    assert_eq!((ending.announced_paid, ending.captured_and_surplus, ending.bank_took), (0, (0, 0), 0));
    assert!(world.opens(&address).await.form().is_some());
});

story!(an_expired_payment_opens_no_session_by_any_press, |world| {
    let mut body = order("A-1", "12500");
    body["expires_in"] = json!(600);
    let made = world.creates(&body).await;
    let address = link(&made.body);
    let (action, key) = world.opens(&address).await.form().expect("a form");
    // Its time is over and no worker has noticed yet.
    world.clock.pass(minutes(10));
    for settled in [false, true] {
        let page = world.opens(&address).await;
        assert_eq!((page.status, page.heading().as_str()), (StatusCode::OK, "Հղման ժամկետն ավարտվել է"), "{settled}");
        assert!(page.form().is_none());
        let pressed = world.submits(&action, &[("form_key", &key)]).await.expect("an answer");
        assert_eq!(pressed.status, StatusCode::SEE_OTHER);
        let page = world.opens(&pressed.location.expect("a place to go")).await;
        assert_eq!(page.heading(), "Հղման ժամկետն ավարտվել է");
        world.settles().await;
    }
    assert_eq!(status(world).await, "expired");
    let bank = world.sandbox.bank.view();
    assert_eq!((bank.sessions.len(), bank.creates), (0, 0));
});

story!(b3_a_declined_payment_offers_another_try_at_a_new_bank_page, |world| {
    let address = link(&world.orders("A-1", "12500").await);
    let first = world.goes_to_the_bank(&address).await;
    let back = world.does_at_the_bank(&first, "decline").await;
    let page = world.comes_back(&back).await;
    assert_eq!(page.heading(), "Վճարումը չի կատարվել");
    assert!(page.shows("Փորձել նորից՝ 12 500 ֏") && page.shows("Գումար չի գանձվել։"), "{}", page.html);
    let second = world.goes_to_the_bank(&address).await;
    assert_ne!(first, second);
    world.does_at_the_bank(&second, "pay").await;
    world.settles().await;
    assert_eq!(status(world).await, "paid");
    let page = world.opens(&address).await;
    assert!(page.form().is_none(), "what is paid is not paid again");
    let (action, key) = (format!("{address}/pay"), "another-key");
    let pressed = world.submits(&action, &[("form_key", key)]).await.expect("an answer");
    assert!(pressed.location.expect("a place to go").starts_with("/p/"));
    assert_eq!(world.sandbox.bank.view().sessions.len(), 2);
});

story!(the_page_says_what_went_back_and_after_all_of_it_no_longer_that_it_is_paid, |world| {
    let address = link(&world.orders("A-1", "12500").await);
    world.pays(&address).await;
    world.settles().await;
    let payment = world.payment().await.id;
    let page = world.opens(&address).await;
    assert!(page.heading() == "Վճարումը կատարված է" && !page.shows("Վերադարձվել է"), "{}", page.html);
    gives_back(world, &payment, Some("2500")).await;
    world.settles().await;
    let page = world.opens(&address).await;
    assert!(page.heading() == "Վճարումը կատարված է" && page.shows("Վերադարձվել է 2 500 ֏։"), "{}", page.html);
    gives_back(world, &payment, None).await;
    world.settles().await;
    let page = world.opens(&address).await;
    assert!(page.heading() == "Գումարը վերադարձված է" && page.shows("Վերադարձվել է 12 500 ֏։"), "{}", page.html);
    assert!(page.form().is_none(), "what went back is not paid again by this page");
});
