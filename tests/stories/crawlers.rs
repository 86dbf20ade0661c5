//! Whoever fetches every link they see, by GET or HEAD, in whatever state its payment is, changes nothing but the counters of
//! looks: held against the content of the whole database.

use kamurj_server::work::opens::EVERY_MS;
use kamurj_tests::acts::{cancels, gives_back};
use kamurj_tests::content::changed;
use kamurj_tests::front::PHONE;
use kamurj_tests::integrator::{Answer, link, order};
use kamurj_tests::links::{changes, id, lesson, makes};
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::json;

/// Every crawler that is known to fetch what people send each other, and tools that people try links with.
const CRAWLERS: [&str; 31] = [
    "WhatsApp/2.23.20.0",
    "WhatsApp/2.24.11.85 A",
    "TelegramBot (like TwitterBot)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "facebookcatalog/1.0",
    "meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)",
    "meta-externalfetcher/1.1",
    "Facebot",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Slack-ImgProxy (+https://api.slack.com/robots)",
    "Twitterbot/1.0",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
    "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/13.1.1 Safari/605.1.15 (Applebot/0.1)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; GoogleOther)",
    "Mozilla/5.0 (compatible; Google-InspectionTool/1.0;)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/534+ (KHTML, like Gecko) BingPreview/1.0b",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
    "redditbot/1.0",
    "Mozilla/5.0 (compatible; Pinterestbot/1.0; +http://www.pinterest.com/bot.html)",
    "Mozilla/5.0 (compatible; vkShare; +http://vk.com/dev/Share)",
    "Mozilla/5.0 (compatible; OdklBot/1.0; +klass@odnoklassniki.ru)",
    "Mozilla/5.0 (compatible; Linux x86_64; Mail.RU_Bot/2.0; +http://go.mail.ru/help/robots)",
    "Viber/20.0",
    "Mozilla/5.0 (Macintosh) AppleWebKit/601.2.4 (KHTML, like Gecko) facebookexternalhit/1.1 Facebot Twitterbot/1.0",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36",
    "curl/8.5.0",
    "",
];

/// What looks at links may change, in batches and later: their counters, and what the journal tells of the first of them.
const COUNTERS: [&str; 5] = ["journal", "journal_checkpoints", "journal_seals", "link_opens", "payments"];

/// What the look-ups of an unfinished attempt change as time goes on, whoever looks at its page.
const BY_TIME: [&str; 3] = ["attempts", "jobs", "provider_calls"];

/// A page in every state that stories can bring one into.
async fn every_state(world: &mut World) -> Vec<(&'static str, String)> {
    let mut pages = vec![("ready", link(&world.orders("A-1", "100").await))];
    let unfinished = link(&world.orders("A-2", "100").await);
    world.goes_to_the_bank(&unfinished).await;
    pages.push(("unfinished", unfinished));
    pages.push(("failed", link(&world.sells("A-3", "decline").await)));
    pages.push(("paid", link(&world.sells("A-4", "pay").await)));
    for (state, order, part) in [("partly_refunded", "A-5", Some("20")), ("refunded", "A-6", None)] {
        let payment = world.sells(order, "pay").await;
        gives_back(world, id(&payment), part).await;
        world.settles().await;
        pages.push((state, link(&payment)));
    }
    let withdrawn = world.orders("A-7", "100").await;
    cancels(world, id(&withdrawn)).await;
    pages.push(("cancelled", link(&withdrawn)));
    let limited = link(&world.orders("A-8", "100").await);
    world.is_declined(&limited, 6).await;
    pages.push(("too_many_attempts", limited));
    let sold = makes(world, &lesson()).await;
    pages.push(("ready", sold["url"].as_str().expect("an address").to_owned()));
    let off = makes(world, &lesson()).await;
    changes(world, &off, &json!({ "active": false, "off_reason": { "en": "Sold out" } })).await;
    pages.push(("closed", off["url"].as_str().expect("an address").to_owned()));
    let mut short = order("A-9", "100");
    short["expires_in"] = json!(600);
    let expired = link(&world.creates(&short).await.body);
    world.passes(600_000).await;
    pages.push(("expired", expired));
    for (state, page) in &pages {
        let shown = Answer::to(world.http.get(format!("{page}/status"))).await;
        assert_eq!(shown.body["state"], *state, "{page}");
    }
    pages
}

story!(l3_crawlers_on_every_page_in_every_state_change_nothing_but_the_counters_of_looks, |world| {
    let pages = every_state(world).await;
    world.passes(EVERY_MS).await;
    let before = world.content().await;
    let sessions = world.sandbox.bank.view().sessions.len();
    for agent in CRAWLERS.into_iter().chain([PHONE]) {
        for (state, page) in &pages {
            for url in [page.clone(), format!("{page}?fbclid=IwAR0abc&utm_source=x"), format!("{page}/status")] {
                for method in [Method::GET, Method::HEAD] {
                    let answer = Answer::to(world.http.request(method, &url).header("user-agent", agent)).await;
                    let is_told_off = *state == "closed" && answer.status == 409;
                    assert!(answer.status == 200 || is_told_off, "{agent} {url}: {}", answer.status);
                }
            }
        }
    }
    assert_eq!(changed(&before, &world.content().await), Vec::<String>::new(), "fetching writes nothing");
    world.passes(EVERY_MS).await;
    let after = world.content().await;
    let mut unexpected = changed(&before, &after);
    unexpected.retain(|table| !COUNTERS.contains(&table.as_str()) && !BY_TIME.contains(&table.as_str()));
    assert!(unexpected.is_empty(), "{unexpected:?}");
    assert_eq!(before["attempts"].len(), after["attempts"].len(), "no attempt begins");
    assert_eq!(world.sandbox.bank.view().sessions.len(), sessions);
    assert_eq!(before["journal"].difference(&after["journal"]).count(), 0, "nothing is taken from the journal");
    let told: Vec<_> = after["journal"].difference(&before["journal"]).collect();
    assert!(told.iter().all(|entry| entry.contains("link.opened") || entry.contains("link.previewed")), "{told:?}");
    assert!(!told.is_empty() && before["link_opens"] != after["link_opens"], "looks are counted");
});
