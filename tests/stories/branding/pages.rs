//! Customers' pages under a brand: what is on them, what they load, and what nobody can type into them.

use kamurj_tests::branding::{drafts, fetches, has_brand, png, pomegranate, previews, sends_picture};
use kamurj_tests::integrator::link;
use kamurj_tests::links::{lesson, makes, with};
use kamurj_tests::story;
use serde_json::json;

/// What a page loads from this server.
fn loads(html: &str) -> Vec<String> {
    let plain = html.replace("&#x2f;", "/");
    let after = |begin: &'static str, end: char| {
        let parts: Vec<String> =
            plain.split(begin).skip(1).filter_map(|rest| rest.split(end).next()).map(str::to_owned).collect();
        parts
    };
    [after(" src=\"", '"'), after("rel=\"icon\" type=\"image/png\" sizes=\"180x180\" href=\"", '"'), after("url(", ')')]
        .concat()
}

story!(pages_wear_the_brand_and_load_nothing_from_elsewhere, |world| {
    let address = link(&world.orders("A-1", "12500").await);
    let plain = world.opens(&address).await;
    assert!(loads(&plain.html).is_empty() && !plain.policy.contains("font-src"), "{}", plain.policy);

    sends_picture(world, "logo", "image/png", png(480, 120, [156, 47, 27])).await;
    sends_picture(world, "icon", "image/png", png(180, 180, [156, 47, 27])).await;
    has_brand(world, &pomegranate()).await;
    let page = world.opens(&address).await;
    assert!(page.policy.contains("img-src 'self'; font-src 'self'; "), "{}", page.policy);
    let loaded = loads(&page.html);
    assert_eq!(loaded.len(), 4, "a logo, an icon and two weights: {loaded:?}");
    for path in loaded {
        let (status, headers, bytes) = fetches(world, &format!("{}{path}", world.url)).await;
        assert!(path.starts_with('/') && status == 200 && !bytes.is_empty(), "{path}");
        assert_eq!(headers["cache-control"], "public, max-age=31536000, immutable", "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
    }
    assert!(page.shows("Ուղարկում ենք երկու օրում։") && page.shows("ՀՎՀՀ 01234567"), "{}", page.html);
    for contact in ["+374 10 654321", "nur@example.am", "nur.example", "Աբովյան 1"] {
        assert!(page.shows(contact), "{contact}: {}", page.html);
    }
    assert!(!page.shows("10 123456"), "the merchant's own contact gives way");
    let english = world.opens(&format!("{address}?lang=en")).await;
    assert!(
        english.shows("We send within two days.") && english.shows("ՀՎՀՀ 01234567"),
        "its own, or the first there is"
    );
    world.pays(&address).await;
    world.settles().await;
    let receipt = world.opens(&address).await;
    assert!(receipt.shows("Առաքիչը կզանգահարի ձեզ։") && !receipt.shows("Ուղարկում ենք երկու օրում։"));

    let of_link = makes(world, &lesson()).await;
    let page = world.opens(of_link["url"].as_str().expect("an address")).await;
    assert!(page.policy.contains("font-src") && page.html.contains("class=\"logo\""), "{}", page.html);
    has_brand(world, &with(pomegranate(), "font", json!("system"))).await;
    let page = world.opens(&address).await;
    assert!(!page.policy.contains("font-src") && !page.html.contains("@font-face"));
});

story!(g1_g4_what_a_merchant_may_save_stays_text, |world| {
    let shape = |html: &str| {
        let css = html.split("<style").nth(1).and_then(|rest| rest.split("</style>").next()).unwrap_or_default();
        let count = |what: char| html.chars().filter(|letter| *letter == what).count();
        let tags = html.split('<').skip(1).filter_map(|rest| rest.split([' ', '>']).next()).map(str::to_owned);
        (count('<'), count('>'), css.matches('{').count(), css.matches(';').count(), tags.collect::<Vec<_>>())
    };
    let body = |text: &str| {
        let texts = json!({ "hy": text });
        json!({
            "name": text, "handle": text, "contacts": { "address": text },
            "texts": { "ready": texts, "paid": texts, "footer": texts }
        })
    };
    let mut shapes = Vec::new();
    for text in [
        "plain",
        "<script>alert(1)</script>",
        "</style><style>*{display:none}",
        "\"><img src=x onerror=alert(1)>",
        "' onfocus=alert(1) autofocus x='",
        "{{7*7}} {% include 'ready.html' %} {# x #} ${7*7}",
        "}*{background:url(//evil.example)}",
        "--accent:red;}",
        "&lt;script&gt;",
        "</bdi></main><form action=//evil.example>",
        "<!-- -->",
    ] {
        let saved = drafts(world, &body(text)).await;
        assert_eq!(saved.status, 200, "{text}: {}", saved.body);
        for state in ["ready", "paid"] {
            let page = previews(world, &format!("state={state}&lang=hy")).await;
            let html = page.body.as_str().expect("a page").to_owned();
            shapes.push((state, text, shape(&html)));
        }
    }
    for (state, text, shape) in &shapes {
        let plain = shapes.iter().find(|(of, text, _)| of == state && *text == "plain").expect("it was first");
        assert_eq!(shape, &plain.2, "{state}: {text}");
    }
});
