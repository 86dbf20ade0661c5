//! Limits against guessing and card testing: each at its number and not before, open again at its time, and never in the way
//! of what is under way, of banks, or of others.

use kamurj_tests::acts::{exceptions, one_of, takes};
use kamurj_tests::clock::minutes;
use kamurj_tests::front::{ELSEWHERE, HOME, form};
use kamurj_tests::integrator::{Answer, link};
use kamurj_tests::links::{at_once, lesson, makes, presses, sends_form};
use kamurj_tests::world::holds;
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};

const TOO_MANY: &str = "Չափազանց շատ փորձեր";
/// Addresses that lead nowhere, from one network in a minute.
const PROBES: usize = 20;
/// Attempts from one network in an hour.
const ATTEMPTS: usize = 20;

async fn asks(world: &World, from: &str, path: &str) -> Answer {
    Answer::to(world.at(from, Method::GET, path)).await
}

fn unknown(number: usize) -> String {
    format!("/p/AAAAAAAAAAAAAAAAAAAA{number:02}")
}

/// The page without what is new in every answer.
fn text(answer: &Answer) -> String {
    let html = answer.body.as_str().unwrap_or_default();
    let nonce = html.split("nonce=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    html.replace(nonce, "")
}

async fn uses_up_probes(world: &World, from: &str) {
    for number in 0..PROBES {
        assert_eq!(asks(world, from, &unknown(number)).await.status, 404, "{number}");
    }
}

story!(l9_the_twenty_first_unknown_link_in_a_minute_is_refused_to_its_network_alone, |world| {
    world.stands_behind_a_proxy().await;
    let known = link(&world.orders("A-1", "12500").await);
    uses_up_probes(world, HOME).await;
    let refused = asks(world, HOME, &unknown(20)).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "60"));
    assert!(refused.body.as_str().is_some_and(|html| html.contains(TOO_MANY)));
    for path in [unknown(21), "/p/short".to_owned(), format!("{}/status", unknown(22))] {
        let again = asks(world, HOME, &path).await;
        assert_eq!((again.status, text(&again)), (429, text(&refused)), "{path}");
    }
    let pressed = Answer::to(world.at(HOME, Method::POST, &format!("{}/pay", unknown(1))).form(&[("form_key", "k")]));
    assert_eq!(pressed.await.status, 429);
    assert_eq!(asks(world, ELSEWHERE, &unknown(1)).await.status, 404, "others may still mistype");
    assert_eq!(asks(world, HOME, &known).await.status, 200, "a link that exists can be paid from everywhere");
    world.clock.pass(minutes(1));
    assert_eq!(asks(world, HOME, &unknown(1)).await.status, 404);
});

story!(l9_a_56_of_ipv6_is_one_network, |world| {
    world.stands_behind_a_proxy().await;
    for number in 0..PROBES {
        let from = format!("2001:db8:7:{number:x}::{number:x}");
        assert_eq!(asks(world, &from, &unknown(number)).await.status, 404, "{from}");
    }
    assert_eq!(asks(world, "2001:db8:7:ff::1", &unknown(1)).await.status, 429);
    assert_eq!(asks(world, "2001:db8:7:100::1", &unknown(1)).await.status, 404, "the next household");
});

story!(l12_what_a_stranger_says_of_their_address_counts_for_nothing, |world| {
    // Nobody is named as a proxy, and this machine's own address tells nobody apart.
    for number in 0..=PROBES {
        assert_eq!(asks(world, HOME, &unknown(number)).await.status, 404);
    }
    world.stands_behind_a_proxy().await;
    for number in 0..PROBES {
        let from = format!("10.0.0.{number}, {HOME}");
        assert_eq!(asks(world, &from, &unknown(number)).await.status, 404, "{from}");
    }
    assert_eq!(asks(world, &format!("{ELSEWHERE}, {HOME}"), &unknown(1)).await.status, 429, "the last hop counts");
});

story!(l10_after_the_sixth_decline_in_a_quarter_of_an_hour_a_payment_rests, |world| {
    let address = link(&world.orders("A-1", "12500").await);
    world.is_declined(&address, 1).await;
    let first = kamurj_domain::Clock::now(&world.clock);
    world.clock.pass(minutes(1));
    world.is_declined(&address, 4).await;
    let open = world.opens(&address).await;
    let (action, key) = open.form().expect("five declines are an honest customer's");
    world.is_declined(&address, 1).await;

    let page = world.opens(&address).await;
    assert_eq!((page.status.as_u16(), page.heading().as_str()), (200, TOO_MANY));
    assert!(page.form().is_none() && page.shows("@anush_sweets"), "{}", page.html);
    let opens_at = first + minutes(15);
    assert!(page.moments().contains(&opens_at), "it says when: {:?}", page.moments());
    let pressed = Answer::to(world.http.post(format!("{}{action}", world.url)).form(&[("form_key", &key)])).await;
    assert_eq!(pressed.status, 429);
    assert_eq!(pressed.header("retry-after"), (14 * 60 + 1).to_string());
    let shown = Answer::to(world.http.get(format!("{address}/status"))).await;
    assert_eq!((&shown.body["state"], &shown.body["next_poll_ms"]), (&json!("too_many_attempts"), &Value::Null));
    assert_eq!(world.sandbox.bank.view().sessions.len(), 6, "the bank was not asked again");

    world.clock.pass(opens_at - kamurj_domain::Clock::now(&world.clock) - 1);
    assert_eq!(world.opens(&address).await.heading(), TOO_MANY);
    world.clock.pass(1);
    assert!(world.opens(&address).await.form().is_some());
    world.pays(&address).await;
    assert_eq!(world.opens(&address).await.heading(), "Վճարումը կատարված է");
});

story!(l10_a_link_rests_whichever_of_its_payments_were_declined, |world| {
    let sold = makes(world, &lesson()).await;
    let url = sold["url"].as_str().expect("an address").to_owned();
    let mut waiting = None;
    for number in 0..7 {
        let pressed = presses(world, &sold, &format!("buyer-{number}"), &json!({})).await;
        let address = link(&pressed.body);
        if number == 0 {
            waiting = Some((address.clone(), world.goes_to_the_bank(&address).await));
        } else {
            world.is_declined(&address, 1).await;
        }
    }
    assert_eq!(world.opens(&url).await.heading(), TOO_MANY);
    let refused = sends_form(world, &sold, &[("form_key", "new")]).await;
    assert_eq!(refused.status, 429, "{}", refused.body);
    let fresh = presses(world, &sold, "buyer-9", &json!({})).await;
    assert_eq!(world.opens(&link(&fresh.body)).await.heading(), TOO_MANY, "nor are its other payments tried");

    // Who stands before the bank's page is not disturbed.
    let (address, bank) = waiting.expect("the first buyer");
    let page = world.opens(&address).await;
    assert_eq!(page.heading(), "Ունեք անավարտ վճարում");
    assert_eq!(world.goes_to_the_bank(&address).await, bank, "and may go on there");
    let back = world.does_at_the_bank(&bank, "pay").await;
    world.settles().await;
    assert_eq!(world.opens(&address).await.heading(), "Վճարումը կատարված է", "the bank's notice is heard");
    assert_eq!(world.comes_back(&back).await.heading(), "Վճարումը կատարված է", "and the way back leads here");
    world.clock.pass(minutes(15));
    assert_ne!(world.opens(&url).await.heading(), TOO_MANY);
});

story!(l10_after_the_eleventh_decline_in_an_hour_the_merchant_must_unlock_it, |world| {
    let made = world.orders("A-1", "12500").await;
    let address = link(&made);
    for _ in 0..2 {
        world.is_declined(&address, 5).await;
        world.passes(minutes(15)).await;
    }
    assert!(exceptions(world, "kind=too_many_declines").await.is_empty());
    world.is_declined(&address, 1).await;
    let locked = one_of("too_many_declines", &exceptions(world, "").await);
    assert_eq!((&locked["payment"], &locked["subject"]), (&made["id"], &made["id"]));
    assert_eq!(locked["proposed_actions"], json!(["unlock"]));

    world.passes(minutes(120)).await;
    let page = world.opens(&address).await;
    assert_eq!(page.heading(), TOO_MANY, "time alone does not open it");
    assert!(page.form().is_none() && page.moments().is_empty(), "and none is promised: {:?}", page.moments());
    let pressed = Answer::to(world.http.post(format!("{address}/pay")).form(&[("form_key", "another")])).await;
    assert_eq!((pressed.status, pressed.header("retry-after")), (429, ""));
    takes(world, &locked, "dismiss").await.is_problem(422, "invalid");
    assert_eq!(takes(world, &locked, "unlock").await.status, 200);
    assert!(world.opens(&address).await.form().is_some());

    // What was declined before is forgiven, and counting begins anew.
    world.clock.pass(1);
    world.is_declined(&address, 5).await;
    world.passes(minutes(15)).await;
    world.is_declined(&address, 5).await;
    assert!(exceptions(world, "kind=too_many_declines").await.is_empty());
    world.passes(minutes(15)).await;
    world.is_declined(&address, 1).await;
    one_of("too_many_declines", &exceptions(world, "").await);
});

story!(l10_the_twenty_first_attempt_in_an_hour_from_one_network_is_refused, |world| {
    world.stands_behind_a_proxy().await;
    let mut links = Vec::new();
    for number in 0..=ATTEMPTS {
        links.push(link(&world.orders(&format!("A-{number}"), "100").await));
    }
    for address in &links[..ATTEMPTS] {
        assert_eq!(world.presses_at(HOME, address).await.status, 303);
    }
    let refused = world.presses_at(HOME, &links[ATTEMPTS]).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "3601"), "{}", refused.body);
    assert!(refused.body.as_str().is_some_and(|html| html.contains(TOO_MANY)));
    assert_eq!(world.presses_at(HOME, &links[0]).await.status, 303, "what is under way goes on");
    assert_eq!(world.presses_at(ELSEWHERE, &links[ATTEMPTS]).await.status, 303, "others may pay it");

    let sold = makes(world, &lesson()).await;
    let url = format!("{}/pay", sold["url"].as_str().expect("an address"));
    let press = |from: &str| world.at(from, Method::POST, &url).form(&[("form_key", "lesson")]);
    assert_eq!(Answer::to(press(HOME)).await.status, 429);
    assert_eq!(world.payments().await.len(), ATTEMPTS + 1, "no payment is made that nobody may try");
    world.clock.pass(minutes(60));
    assert_eq!(Answer::to(press(HOME)).await.status, 303);
    for (place, bytes) in world.bytes_at_rest() {
        assert!(!holds(&bytes, HOME), "an address lies in {place}");
    }
});

story!(l10_of_many_attempts_at_once_from_one_network_twenty_are_started, |world| {
    world.stands_behind_a_proxy().await;
    let mut requests = Vec::new();
    for number in 0..30 {
        let address = link(&world.orders(&format!("A-{number}"), "100").await);
        let shown = Answer::to(world.at(HOME, Method::GET, &address)).await;
        let (action, key) = form(&shown).expect("a form");
        requests.push(world.at(HOME, Method::POST, &action).form(&[("form_key", key)]));
    }
    let answers = at_once(requests).await;
    let started = answers.iter().filter(|answer| answer.status == 303).count();
    let refused = answers.iter().filter(|answer| answer.status == 429).count();
    assert_eq!((started, refused), (ATTEMPTS, 30 - ATTEMPTS));
    assert_eq!(world.sandbox.bank.view().sessions.len(), ATTEMPTS);
});

story!(l10_where_most_attempts_of_a_merchant_are_declined_links_with_a_chosen_amount_pause, |world| {
    let tip = json!({ "title": { "en": "Tip" }, "amount": { "min": "100", "max": "5000", "currency": "AMD" } });
    let (tip, fixed) = (makes(world, &tip).await, makes(world, &lesson()).await);
    let amount = json!({ "amount": { "value": "300", "currency": "AMD" } });
    // Thirteen of nineteen, then thirteen of twenty: too few attempts, then too few declines.
    for number in 0..20 {
        world.sells(&format!("A-{number}"), if number < 13 { "decline" } else { "pay" }).await;
    }
    assert!(exceptions(world, "kind=possible_card_testing").await.is_empty());
    assert_eq!(presses(world, &tip, "buyer-1", &amount).await.status, 201);
    // Fifteen of twenty-two are less than seven in ten; seventeen of twenty-four are more.
    for number in 0..4 {
        assert!(exceptions(world, "kind=possible_card_testing").await.is_empty(), "{number}");
        world.sells(&format!("B-{number}"), "decline").await;
    }
    let suspected = one_of("possible_card_testing", &exceptions(world, "").await);
    assert!(suspected["detail"].as_str().is_some_and(|detail| detail.starts_with("17 of the last 24")), "{suspected}");

    presses(world, &tip, "buyer-2", &amount).await.is_problem(409, "link-closed");
    assert_eq!(presses(world, &tip, "buyer-1", &amount).await.status, 200, "what was pressed before stays");
    let form = sends_form(world, &tip, &[("form_key", "k"), ("amount", "300")]).await;
    assert_eq!(form.status, 429);
    assert_eq!(presses(world, &fixed, "buyer-3", &json!({})).await.status, 201, "a fixed price is no use to a tester");
    world.passes(minutes(11)).await;
    presses(world, &tip, "buyer-4", &amount).await.is_problem(409, "link-closed");
    assert_eq!(takes(world, &suspected, "unlock").await.status, 200);
    assert_eq!(presses(world, &tip, "buyer-5", &amount).await.status, 201);
});
