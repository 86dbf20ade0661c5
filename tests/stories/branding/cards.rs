//! The card that chat apps draw of a link: one a look and language, the same whatever became of the payment, and about nobody.

use kamurj_tests::branding::{
    card_of, drafts, fetches, goes_back, has_brand, png, pomegranate, publishes, sends_picture,
};
use kamurj_tests::integrator::{Answer, link, order};
use kamurj_tests::links::with;
use kamurj_tests::{World, story};
use serde_json::json;

/// Width and height in the header of a PNG.
fn size(png: &[u8]) -> (u32, u32) {
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
    (number(16), number(20))
}

async fn card(world: &World, url: &str) -> Vec<u8> {
    let (status, headers, bytes) = fetches(world, url).await;
    assert_eq!((status, &headers["content-type"]), (reqwest::StatusCode::OK, &"image/png".parse().expect("a value")));
    assert_eq!(headers["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(headers["cross-origin-resource-policy"], "cross-origin");
    assert!(size(&bytes) == (1200, 630) && bytes.len() <= 250_000, "{:?}, {} bytes", size(&bytes), bytes.len());
    bytes
}

story!(every_link_has_a_card_and_a_brand_has_its_own_in_each_language, |world| {
    let address = link(&world.orders("A-1", "12500").await);
    let plain = card_of(&world.opens(&address).await.html);
    assert!(plain.starts_with(&format!("{}/c/", world.url)) && plain.ends_with("-hy.png"), "{plain}");
    let before = world.books().await;
    let drawn = card(world, &plain).await;
    assert_eq!(card(world, &plain).await, drawn);
    assert_eq!(world.books().await, before, "fetching changes nothing");

    sends_picture(world, "logo", "image/png", png(300, 100, [156, 47, 27])).await;
    has_brand(world, &pomegranate()).await;
    let mut cards = vec![drawn];
    for lang in ["hy", "ru", "en"] {
        let page = world.opens(&format!("{address}?lang={lang}")).await;
        let url = card_of(&page.html);
        assert!(url.ends_with(&format!("-{lang}.png")) && url != plain, "{url}");
        assert!(page.html.contains("property=\"og:image:width\" content=\"1200\""));
        let drawn = card(world, &url).await;
        assert!(!cards.contains(&drawn), "{lang}: a card of its own");
        cards.push(drawn);
    }
    let first = card_of(&world.opens(&address).await.html);

    has_brand(world, &with(pomegranate(), "name", json!("Նուռ"))).await;
    let second = card_of(&world.opens(&address).await.html);
    assert_ne!(first, second);
    card(world, &first).await;
    world.restarts().await;
    card(world, &first).await;
    Answer::to(world.http.get(&plain)).await.is_problem(404, "not-found");
    assert_eq!(goes_back(world, 1).await.status, 200);
    assert_eq!(card_of(&world.opens(&address).await.html), first, "the same look has the same card");
    drafts(world, &with(pomegranate(), "scheme", json!("dark"))).await;
    publishes(world).await;
    assert_eq!(card_of(&world.opens(&address).await.html), first, "what is not on it does not change it");
    for wrong in ["/c/mer_nobody/0123456789abcdef-hy.png", "/c/x/y.png", "/c/x/y-de.png", "/f/noto-hy-400.woff2"] {
        Answer::to(world.http.get(format!("{}{wrong}", world.url))).await.is_problem(404, "not-found");
    }
});

story!(b9_a_card_says_nothing_of_the_payment_or_the_person, |world| {
    has_brand(world, &pomegranate()).await;
    let body = with(order("A-1", "12500"), "customer", json!({ "name": "Գայանե Պետրոսյան", "phone": "+37499887766" }));
    let made = world.creates(&body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let address = link(&made.body);
    let other = link(&world.orders("A-2", "700").await);
    let tags = |html: &str| {
        let head = html.split_once("</head>").expect("a head").0.to_owned();
        let tags = head.lines().filter(|line| line.contains("og:") || line.contains("twitter:")).map(str::to_owned);
        tags.collect::<Vec<_>>()
    };
    let before = world.opens(&address).await.html;
    world.pays(&address).await;
    world.settles().await;
    let after = world.opens(&address).await.html;
    assert_eq!(tags(&after), tags(&before), "a paid link has the card of one that waits");
    assert_eq!(card_of(&after), card_of(&world.opens(&other).await.html), "and of every other");
    for word in ["Գայանե", "99887766"] {
        assert!(!tags(&after).concat().contains(word), "{word}");
    }
});
