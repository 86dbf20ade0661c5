//! No page leads anywhere that its merchant did not name, and where it leads is to be read on it.

use kamurj_tests::integrator::{link as page_of, order};
use kamurj_tests::links::with;
use kamurj_tests::story;
use serde_json::json;

story!(g6_a_return_address_is_https_on_a_named_host_and_its_host_is_shown, |world| {
    for wrong in [
        "//evil.example",
        "/\\evil.example",
        "http://shop.example/",
        "https://shop@evil.example/",
        "https://shop:pass@evil.example/",
        "https://10.0.0.1/",
        "https://0x7f000001/",
        "https://[::1]/",
        "javascript:alert(1)",
        "data:text/html,x",
        "https:",
        "shop.example",
        "%68ttps://evil.example",
    ] {
        let answer = world.creates(&with(order("A-1", "100"), "return_url", json!(wrong))).await;
        answer.is_problem(422, "invalid");
        assert_eq!(answer.pointers(), ["/return_url"], "{wrong}");
    }
    assert!(world.payments().await.is_empty());
    // Another alphabet's letters are shown as what they are.
    for (order_id, given, host) in [
        ("A-1", "https://shop.example/thanks", "shop.example"),
        ("A-2", "https://shоp.example/", "xn--shp-ted.example"),
    ] {
        let payment = world.creates(&with(order(order_id, "100"), "return_url", json!(given))).await.body;
        world.pays(&page_of(&payment)).await;
        let receipt = world.opens(&format!("{}?lang=en", page_of(&payment))).await;
        assert!(receipt.shows(&format!("Return to {host}")), "{}", receipt.html);
        world.settles().await;
    }
});

story!(g6_nothing_that_a_browser_brings_sends_it_elsewhere, |world| {
    let payment = world.orders("A-1", "100").await;
    let address = page_of(&payment);
    for query in
        ["return_url=https://evil.example", "next=//evil.example", "lang=//evil.example", "lang=ru%0d%0aLocation:x"]
    {
        let page = world.opens(&format!("{address}?{query}")).await;
        assert_eq!((page.status.as_u16(), page.location), (200, None), "{query}");
        assert!(!page.html.contains("evil.example"), "{query}: {}", page.html);
    }
    for place in ["pay", "renew"] {
        for field in ["lang", "return_url", "next"] {
            let sent =
                world.submits(&format!("{address}/{place}"), &[(field, "//evil.example")]).await.expect("an answer");
            let led = sent.location.expect("it leads to its page");
            assert!(address.ends_with(&led), "{place} {field}: {led}");
        }
    }
});
