//! Who looked at a link: fetching a page writes nothing, robots and people are told apart, counts come in batches and the
//! first of each is journalled once.

use kamurj_domain::journal::GENESIS;
use kamurj_server::work::{self, opens::EVERY_MS};
use kamurj_store::opens::{self, Looks};
use kamurj_store::payments::Payment;
use kamurj_tests::integrator::{Answer, link};
use kamurj_tests::{World, story};
use reqwest::Method;

const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
    Version/17.5 Mobile/15E148 Safari/604.1";

/// Everything that draws previews, crawls or tries things out; the last says nothing about itself.
const ROBOTS: [&str; 18] = [
    "WhatsApp/2.23.20.0",
    "TelegramBot (like TwitterBot)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Facebot",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Twitterbot/1.0",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
    "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/13.1.1 Safari/605.1.15 (Applebot/0.1)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Viber/20.0",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
    "Mozilla/5.0 (Macintosh) AppleWebKit/601.2.4 (KHTML, like Gecko) facebookexternalhit/1.1 Facebot Twitterbot/1.0",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36",
    "curl/8.5.0",
    "python-requests/2.32.3",
    "",
];

async fn looks(world: &World, payment: &str) -> Looks {
    let app = world.app();
    let mut tx = app.db.read().await.expect("the database reads");
    opens::of_payment(&mut tx, payment).await.expect("the looks")
}

async fn fetches(world: &World, method: Method, address: &str, fields: &[(&str, &str)]) {
    let request =
        fields.iter().fold(world.http.request(method, address), |request, (name, value)| request.header(*name, *value));
    let answer = Answer::to(request).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// The payment as a person sees it in the chat app's own browser.
async fn person_opens(world: &World, address: &str) {
    fetches(world, Method::GET, address, &[("user-agent", PHONE)]).await;
}

async fn told(world: &World, payment: &str) -> Vec<String> {
    world.journal(payment).await.into_iter().filter(|kind| kind.starts_with("link.")).collect()
}

/// The books without what looking may change: the journal's `link.…` entries and the head that they move.
async fn books(world: &World) -> Vec<String> {
    let mut lines: Vec<String> = world
        .books()
        .await
        .into_iter()
        .filter(|line| !line.starts_with("Payment {") && !line.starts_with("Entry {"))
        .collect();
    for payment in world.payments().await {
        lines.extend(world.journal(&payment.id).await.into_iter().filter(|kind| !kind.starts_with("link.")));
        lines.push(format!("{:?}", Payment { journal_length: 0, journal_head: GENESIS.to_owned(), ..payment }));
    }
    lines
}

fn id(payment: &serde_json::Value) -> String {
    payment["id"].as_str().expect("an id").to_owned()
}

story!(b9_robots_of_every_kind_are_counted_as_previews_and_move_nothing_else, |world| {
    let fresh = world.orders("A-1", "12500").await;
    let paid = world.orders("A-2", "700").await;
    world.pays(&link(&paid)).await;
    work::finish(&world.app()).await;
    world.settles().await;
    let seen = [looks(world, &id(&fresh)).await.previews, looks(world, &id(&paid)).await.previews];
    let (before, bank) = (books(world).await, world.sandbox.bank.view().creates);
    let everything = world.books().await;
    for robot in ROBOTS {
        for address in [link(&fresh), link(&paid)] {
            for method in [Method::GET, Method::HEAD] {
                fetches(world, method, &address, &[("user-agent", robot)]).await;
            }
        }
    }
    fetches(world, Method::GET, &link(&fresh), &[]).await;
    fetches(world, Method::HEAD, &link(&fresh), &[("user-agent", PHONE)]).await;
    for ahead in [("purpose", "prefetch"), ("sec-purpose", "prefetch;prerender"), ("x-moz", "prefetch")] {
        fetches(world, Method::GET, &link(&fresh), &[("user-agent", PHONE), ahead]).await;
    }
    assert_eq!(world.books().await, everything, "fetching a page writes nothing itself");
    world.passes(EVERY_MS).await;

    let robots = i64::try_from(2 * ROBOTS.len()).expect("a count");
    let (first, second) = (looks(world, &id(&fresh)).await, looks(world, &id(&paid)).await);
    assert_eq!((first.opens, first.previews - seen[0]), (0, robots + 5));
    assert_eq!((second.opens, second.previews - seen[1]), (0, robots));
    assert_eq!(told(world, &id(&fresh)).await, ["link.previewed"], "told once, however many came");
    assert_eq!(books(world).await, before);
    assert_eq!(world.sandbox.bank.view().creates, bank, "no session is opened by looking");
});

story!(b9_the_first_open_by_a_person_is_journalled_once, |world| {
    let payment = world.orders("A-1", "12500").await;
    let (id, address) = (id(&payment), link(&payment));
    let first_at = kamurj_domain::Clock::now(&world.clock);
    person_opens(world, &address).await;
    person_opens(world, &format!("{address}?lang=ru")).await;
    assert_eq!(looks(world, &id).await, Looks::default(), "nothing is written yet");
    world.passes(EVERY_MS).await;
    for _ in 0..3 {
        person_opens(world, &address).await;
        fetches(world, Method::GET, &address, &[("user-agent", "WhatsApp/2.23.20.0")]).await;
        world.passes(EVERY_MS).await;
    }
    let seen = looks(world, &id).await;
    assert_eq!((seen.opens, seen.previews, seen.first_open_at), (5, 3, Some(first_at)));
    assert_eq!(told(world, &id).await, ["link.opened", "link.previewed"]);
    let app = world.app();
    let mut tx = app.db.read().await.expect("the database reads");
    let entries = kamurj_store::journal::page(&mut tx, &id, 0, 100).await.expect("the journal");
    let opened = entries.iter().find(|entry| entry.kind == "link.opened").expect("it is told");
    assert_eq!((opened.actor.as_str(), &opened.body), ("checkout", &format!("{{\"first_at\":{first_at}}}")));
});

story!(b9_looks_at_links_that_nobody_made_are_not_counted, |world| {
    let payment = world.orders("A-1", "12500").await;
    let unknown = world.http.get(format!("{}/p/nobody", world.url)).header("user-agent", PHONE);
    assert_eq!(Answer::to(unknown).await.status, 404);
    world.passes(EVERY_MS).await;
    assert_eq!(looks(world, &id(&payment)).await, Looks::default());
    assert_eq!(looks(world, "").await, Looks::default());
});

story!(b9_many_looks_at_once_are_all_counted, |world| {
    let payment = world.orders("A-1", "12500").await;
    let mut people = tokio::task::JoinSet::new();
    for number in 0..60 {
        let agent = if number % 3 == 0 { "WhatsApp/2.23.20.0" } else { PHONE };
        let request = world.http.get(link(&payment)).header("user-agent", agent);
        people.spawn(async move { Answer::to(request).await.status });
        if number % 20 == 0 {
            work::opens::flush(&world.app()).await;
        }
    }
    assert_eq!(people.join_all().await, [200; 60]);
    work::finish(&world.app()).await;
    let seen = looks(world, &id(&payment)).await;
    assert_eq!((seen.opens, seen.previews), (40, 20));
    let mut told = told(world, &id(&payment)).await;
    told.sort();
    assert_eq!(told, ["link.opened", "link.previewed"]);
});

story!(e1_a_crash_loses_the_looks_in_memory_and_counts_none_twice, |world| {
    let payment = world.orders("A-1", "12500").await;
    let (id, address) = (id(&payment), link(&payment));
    person_opens(world, &address).await;
    world.passes(EVERY_MS).await;
    person_opens(world, &address).await;
    world.restarts().await;
    person_opens(world, &address).await;
    world.passes(EVERY_MS).await;
    assert_eq!(looks(world, &id).await.opens, 2);
    assert_eq!(told(world, &id).await, ["link.opened"]);
});

story!(e1_looks_that_cannot_be_written_now_are_held_on, |world| {
    let payment = world.orders("A-1", "12500").await;
    let (id, address) = (id(&payment), link(&payment));
    person_opens(world, &address).await;
    world.tampers(["ALTER TABLE link_opens RENAME TO link_opens_away"]).await;
    assert_eq!(work::opens::flush(&world.app()).await, 0);
    person_opens(world, &address).await;
    world.tampers(["ALTER TABLE link_opens_away RENAME TO link_opens"]).await;
    assert_eq!(work::opens::flush(&world.app()).await, 1);
    assert_eq!(looks(world, &id).await.opens, 2);
    assert_eq!(told(world, &id).await, ["link.opened"], "what was undone is not told");
});
