//! A draft is seen by nobody, what is published by everybody, and every earlier version can be had back.

use kamurj_tests::branding::{BRANDING, drafts, goes_back, has_brand, looks, pomegranate, previews, publishes};
use kamurj_tests::integrator::{Answer, link};
use kamurj_tests::links::{posts, reads, with};
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};

async fn versions(world: &World) -> Vec<(i64, Option<i64>)> {
    let body = reads(world, &format!("{BRANDING}/versions")).await.body;
    let all = body["versions"].as_array().expect("a list").iter();
    all.map(|one| (one["version"].as_i64().expect("a number"), one["repeats"].as_i64())).collect()
}

story!(a_draft_is_seen_when_it_is_published_and_an_earlier_version_comes_back, |world| {
    assert_eq!(looks(world).await, json!({ "draft": null, "published": null }));
    posts(world, &format!("{BRANDING}/publish"), &json!({})).await.is_problem(409, "not-now");
    let address = link(&world.orders("A-1", "12500").await);
    let before = world.opens(&address).await;
    assert!(before.shows("Անուշ հրուշակեղեն") && before.shows("@anush_sweets") && before.html.contains("#0b5d4e"));

    let drafted = drafts(world, &pomegranate()).await;
    assert_eq!(drafted.status, 200, "{}", drafted.body);
    let draft = &drafted.body["draft"];
    assert_eq!((&draft["version"], &draft["brand"]["name"]), (&json!(1), &json!("Նուռ արվեստանոց")));
    assert!(draft["edited_by"].as_str().expect("a name").contains("operator"), "{draft}");
    let unpublished = world.opens(&address).await;
    assert!(unpublished.shows("Անուշ հրուշակեղեն") && !unpublished.shows("Նուռ"), "nobody sees a draft");

    let shown = publishes(world).await;
    assert_eq!((&shown["published"]["version"], &shown["published"]["repeats"]), (&json!(1), &Value::Null));
    assert_eq!(shown["published"]["brand"], shown["draft"]["brand"]);
    assert_eq!(publishes(world).await, shown, "what did not change is not published again");
    let page = world.opens(&address).await;
    assert!(
        page.shows("Նուռ արվեստանոց") && page.shows("@nur") && page.html.contains("--accent:#9c2f1b"),
        "{}",
        page.html
    );
    assert!(!page.shows("Անուշ"), "{}", page.html);

    has_brand(world, &json!({ "name": "Նուռ" })).await;
    let page = world.opens(&address).await;
    assert!(page.shows("Նուռ") && !page.shows("արվեստանոց"));
    assert!(page.shows("@anush_sweets") && page.html.contains("#0b5d4e"), "what is left out is the merchant's");

    let back = goes_back(world, 1).await;
    assert_eq!(back.status, 200, "{}", back.body);
    assert_eq!((&back.body["published"]["version"], &back.body["published"]["repeats"]), (&json!(3), &json!(1)));
    assert_eq!(back.body["draft"]["brand"]["name"], "Նուռ", "the draft stays");
    assert!(world.opens(&address).await.shows("Նուռ արվեստանոց"));
    assert_eq!(versions(world).await, [(3, Some(1)), (2, None), (1, None)]);
    let nothing = goes_back(world, 9).await;
    assert_eq!((nothing.is_problem(422, "invalid").pointers(), nothing.status), (vec!["/version"], 422));
    let page = reads(world, &format!("{BRANDING}/versions?limit=2")).await.body;
    let next = page["next_cursor"].as_str().expect("there is more");
    let rest = reads(world, &format!("{BRANDING}/versions?limit=2&cursor={next}")).await.body;
    assert_eq!((page["versions"].as_array().map(Vec::len), &rest["versions"][0]["version"]), (Some(2), &json!(1)));
    assert!(rest["versions"][0]["published_by"].as_str().is_some_and(|by| by.contains("operator")));
});

story!(what_is_wrong_with_a_brand_is_named_by_its_field_and_changes_nothing, |world| {
    has_brand(world, &pomegranate()).await;
    let before = looks(world).await;
    for (body, pointer) in [
        (json!({ "colour": "blue" }), "/colour"),
        (json!({ "radius": "7px" }), "/radius"),
        (json!({ "css": "*{display:none}" }), "/css"),
        (json!({ "texts": { "ready": { "de": "Hallo" } } }), "/texts/ready/de"),
        (json!({ "texts": { "ready": { "hy": "ա".repeat(501) } } }), "/texts/ready/hy"),
        (json!({ "contacts": { "web": "http://nur.example/" } }), "/contacts/web"),
        (json!({ "terms": { "url": "javascript:alert(1)" } }), "/terms/url"),
        (json!({ "logo": "9f86d081884c7d65" }), "/logo"),
    ] {
        let answer = drafts(world, &body).await;
        answer.is_problem(422, "invalid");
        let pointers = answer.pointers();
        assert!(pointers.len() == 1 && pointer.starts_with(pointers[0]), "{pointer}: {}", answer.body);
    }
    drafts(world, &json!([])).await.is_problem(422, "invalid");
    assert_eq!(looks(world).await, before);
});

story!(a_colour_that_cannot_be_read_is_refused_with_one_that_can, |world| {
    for (field, colour) in [("colour", "#ffd400"), ("colour_dark", "#0b1f3a")] {
        let before = looks(world).await;
        let refused = drafts(world, &with(pomegranate(), field, json!(colour))).await;
        refused.is_problem(422, "invalid");
        let pointer = format!("/{field}");
        assert_eq!(refused.pointers(), [pointer.as_str()]);
        let proposal = refused.body["proposals"][&pointer].as_str().expect("a colour").to_owned();
        let detail = refused.body["errors"][0]["detail"].as_str().expect("a detail");
        assert!(detail.contains(&proposal) && detail.contains("3:1"), "{detail}");
        assert_eq!(looks(world).await, before, "nothing is kept");
        let taken = drafts(world, &with(pomegranate(), field, json!(proposal))).await;
        assert_eq!((taken.status, &taken.body["draft"]["brand"][field]), (200, &json!(proposal)));
    }
});

story!(a_second_request_with_the_same_key_writes_nothing, |world| {
    let asks = |path: &str, method: Method, body: Value| {
        world.asks(&world.api_key, method, path).header("idempotency-key", path.to_owned()).json(&body)
    };
    for _ in 0..2 {
        let answer = Answer::to(asks(BRANDING, Method::PUT, pomegranate())).await;
        assert_eq!((answer.status, &answer.body["draft"]["version"]), (200, &json!(1)));
    }
    let other = Answer::to(asks(BRANDING, Method::PUT, json!({}))).await;
    other.is_problem(422, "idempotency-key-reused");
    let publish = format!("{BRANDING}/publish");
    let first = Answer::to(asks(&publish, Method::POST, json!({}))).await;
    drafts(world, &json!({ "name": "Other" })).await;
    let second = Answer::to(asks(&publish, Method::POST, json!({}))).await;
    assert_eq!((first.status, &first.body), (200, &second.body));
    assert_eq!(versions(world).await.len(), 1);
});

story!(a_preview_shows_every_state_in_the_look_that_is_asked_for, |world| {
    let refused = previews(world, "state=nonsense&lang=de&scheme=grey&which=both").await;
    refused.is_problem(422, "invalid");
    assert_eq!(refused.pointers(), ["/state", "/lang", "/scheme", "/which"]);
    let all = refused.body["errors"][0]["detail"].as_str().expect("a detail").trim_start_matches("must be one of ");
    let states: Vec<&str> = all.split(", ").collect();
    assert!(states.len() >= 10 && states.contains(&"paid"), "{states:?}");

    let usual = previews(world, "").await;
    assert_eq!((usual.status, usual.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(usual.body.as_str().is_some_and(|html| html.contains("Անուշ հրուշակեղեն")), "without a brand as ever");
    has_brand(world, &pomegranate()).await;
    drafts(world, &json!({ "name": "Նոր անուն", "scheme": "light" })).await;
    for state in states {
        for lang in ["hy", "ru", "en"] {
            for (which, name) in [("draft", "Նոր անուն"), ("published", "Նուռ արվեստանոց")] {
                let page = previews(world, &format!("state={state}&lang={lang}&which={which}")).await;
                let html = page.body.as_str().expect("a page");
                assert!(page.status == 200 && html.contains(name), "{state} {lang} {which}");
                assert!(html.contains(&format!("<html lang=\"{lang}\">")));
                assert!(page.header("content-security-policy").contains("script-src 'none'"), "{state}");
            }
        }
    }
    let dark = previews(world, "scheme=dark").await;
    assert!(dark.body.as_str().is_some_and(|html| html.contains("@media all{")));
});

story!(h1_another_merchants_brand_is_neither_seen_nor_changed, |world| {
    let neighbour = world.flower_shop().await;
    has_brand(world, &pomegranate()).await;
    let ours = looks(world).await;
    let asks = |method: Method, path: &str, body: &Value| {
        Answer::to(world.asks(&neighbour.api_key, method, &format!("{BRANDING}{path}")).json(body))
    };
    let empty = json!({ "draft": null, "published": null });
    assert_eq!(asks(Method::GET, "", &json!({})).await.body, empty);
    assert_eq!(asks(Method::GET, "/versions", &json!({})).await.body["versions"], json!([]));
    asks(Method::POST, "/rollback", &json!({ "version": 1 })).await.is_problem(422, "invalid");
    let theirs = asks(Method::PUT, "", &json!({ "name": "Ծաղիկներ" })).await;
    assert_eq!(theirs.status, 200, "{}", theirs.body);
    assert_eq!(asks(Method::POST, "/publish", &json!({})).await.body["published"]["version"], 1);
    assert_eq!(looks(world).await, ours);
    let preview = asks(Method::GET, "/preview", &json!({})).await;
    assert!(preview.body.as_str().is_some_and(|html| html.contains("Ծաղիկներ") && !html.contains("Նուռ")));
    let page = world.opens(&link(&world.orders("A-1", "100").await)).await;
    assert!(page.shows("Նուռ արվեստանոց") && !page.shows("Ծաղիկներ"));
});
