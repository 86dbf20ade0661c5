//! Host names: a merchant's own, on which its pages answer and nothing else; the operators' own; and every other name.

use kamurj_server::front::hosts::EVERY_MS;
use kamurj_server::install;
use kamurj_tests::integrator::{Answer, link, order};
use kamurj_tests::links::{lesson, makes};
use kamurj_tests::{World, story};
use reqwest::Method;

const SHOP: &str = "pay.anush.example";

async fn status(world: &World, url: &str) -> u16 {
    Answer::to(world.under(Method::GET, url)).await.status
}

/// The same address under another host.
fn under(url: &str, host: &str) -> String {
    let (scheme, rest) = url.split_once("://").expect("a whole address");
    let (_, path) = rest.split_once('/').expect("a path");
    format!("{scheme}://{host}/{path}")
}

async fn named(world: &World, host: Option<&str>) -> Result<String, String> {
    install::host(&world.app(), &world.merchant, host).await.map_err(|error| error.to_string())
}

story!(h10_a_merchants_pages_answer_on_its_own_host_name_and_nobody_elses_do, |world| {
    world.is_known_as("https://pay.kamurj.example").await;
    let before = link(&world.orders("A-1", "12500").await);
    let site = named(world, Some(" Pay.Anush.Example ")).await.expect("a name");
    assert_eq!(site, format!("https://{SHOP}"));

    let payment = world.orders("A-2", "12500").await;
    let address = link(&payment);
    assert!(address.starts_with(&format!("{site}/p/")), "links name it: {address}");
    let sold = makes(world, &lesson()).await;
    let url = sold["url"].as_str().expect("an address").to_owned();
    assert!(url.starts_with(&format!("{site}/p/")), "{url}");
    for url in [&address, &under(&before, SHOP), &url, &format!("{address}/status")] {
        assert_eq!(status(world, url).await, 200, "{url}");
    }
    let page = Answer::to(world.under(Method::GET, &address)).await;
    let html = page.body.as_str().expect("a page");
    assert!(html.contains(SHOP), "the page names its host");

    // The way to the bank and back stays on it.
    let here = world.here(&address);
    let bank = world.goes_to_the_bank(&here).await;
    let back = world.does_at_the_bank(&bank, "pay").await;
    assert!(back.starts_with(&format!("{site}/r/")), "{back}");
    let returned = Answer::to(world.under(Method::GET, &back)).await;
    assert_eq!(returned.status, 303);
    assert!(returned.header("location").starts_with("/p/"));
    world.settles().await;
    assert_eq!(world.opens(&here).await.heading(), "Վճարումը կատարված է", "the public name serves it as well");

    for path in ["/", "/livez", "/openapi.json", "/v1/payments", "/oauth/callback", "/hooks/ins_1/update"] {
        let url = format!("{site}{path}");
        Answer::to(world.under(Method::GET, &url)).await.is_problem(404, "not-found");
    }
    for host in ["unknown.example", "127.0.0.1"] {
        assert_eq!(status(world, &under(&address, host)).await, 200, "{host} is as good as the public name");
        assert_eq!(status(world, &under(&format!("{site}/livez"), host)).await, 200);
    }
});

story!(h10_on_a_merchants_host_another_merchants_links_are_as_unknown_as_those_that_never_were, |world| {
    let site = named(world, Some(SHOP)).await.expect("a name");
    let bank = world.sandbox.bank_url.clone();
    let other = world.shop_at(&bank, "Ծաղկի խանութ").await;
    let request = world.asks(&other.api_key, Method::POST, "/v1/payments").json(&order("B-1", "100"));
    let foreign = link(&Answer::to(request).await.body);
    let token = foreign.rsplit('/').next().expect("a token");
    let text = |answer: &Answer| {
        let html = answer.body.as_str().expect("a page");
        let nonce = html.split("nonce=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a nonce");
        html.replace(nonce, "")
    };
    let never = Answer::to(world.under(Method::GET, &format!("{site}/p/AAAAAAAAAAAAAAAAAAAAAA"))).await;
    let theirs = Answer::to(world.under(Method::GET, &format!("{site}/p/{token}"))).await;
    assert_eq!((theirs.status, text(&theirs)), (404, text(&never)));
    for path in
        [format!("/p/{token}/status"), "/r/AAAAAAAAAAAAAAAAAAAAAA".to_owned(), format!("/r/vpos/{}", other.account)]
    {
        assert_eq!(status(world, &format!("{site}{path}")).await, 404, "{path}");
    }
    let pressed = world.under(Method::POST, &format!("{site}/p/{token}/pay")).form(&[("form_key", "k")]);
    assert_eq!(Answer::to(pressed).await.status, 404);
    assert_eq!(Answer::to(world.http.get(&foreign)).await.status, 200, "it is there all the same");
    assert!(world.sandbox.bank.view().sessions.is_empty());
});

story!(h10_a_host_name_is_checked_belongs_to_one_merchant_and_can_be_taken_away, |world| {
    for wrong in ["https://pay.shop.am", "shop", "pay.shop.am:8443", "127.0.0.1", ""] {
        let error = named(world, Some(wrong)).await.expect_err(wrong);
        assert!(error.starts_with("--host: must be a host name"), "{error}");
    }
    world.is_known_as("https://pay.kamurj.example").await;
    let error = named(world, Some("pay.kamurj.example")).await.expect_err("the server's own");
    assert!(error.contains("server's own"), "{error}");
    let nobody = install::host(&world.app(), "mer_nobody", Some(SHOP)).await.expect_err("no merchant");
    assert!(nobody.to_string().starts_with("--merchant:"), "{nobody}");

    assert_eq!(named(world, Some(SHOP)).await.as_deref(), Ok("https://pay.anush.example"));
    assert_eq!(named(world, Some(SHOP)).await.as_deref(), Ok("https://pay.anush.example"), "once more is no fault");
    let bank = world.sandbox.bank_url.clone();
    let other = world.shop_at(&bank, "Ծաղկի խանութ").await;
    let error = install::host(&world.app(), &other.merchant, Some(SHOP)).await.expect_err("taken");
    assert!(error.to_string().contains("another merchant"), "{error}");
    assert_eq!(named(world, None).await.as_deref(), Ok("https://pay.kamurj.example"));
    let freed = install::host(&world.app(), &other.merchant, Some(SHOP)).await.map_err(|error| error.to_string());
    assert_eq!(freed.as_deref(), Ok("https://pay.anush.example"));
});

story!(h10_a_host_name_that_a_command_set_is_known_to_the_server_in_seconds, |world| {
    let address = link(&world.orders("A-1", "12500").await);
    assert_eq!(status(world, &under(&address, SHOP)).await, 200);
    // As another process would: past the server's memory.
    let bank = world.sandbox.bank_url.clone();
    let other = world.shop_at(&bank, "Ծաղկի խանութ").await;
    world.tampers([format!("UPDATE merchants SET host = '{SHOP}' WHERE id = '{}'", other.merchant)]).await;
    world.passes(EVERY_MS).await;
    assert_eq!(status(world, &under(&address, SHOP)).await, 404, "the name is somebody else's now");
});

story!(h10_the_console_has_a_host_of_its_own_where_checkout_pages_do_not_answer, |world| {
    let address = link(&world.orders("A-1", "12500").await);
    world.has_in_front(|front| front.console_url = Some("http://console.example".to_owned())).await;
    let callback = format!("{}/oauth/callback", world.url);
    assert_eq!(status(world, &under(&callback, "console.example")).await, 404);
    let console = Answer::to(world.under(Method::GET, &under(&callback, "console.example"))).await;
    assert!(console.header("content-type").starts_with("text/html"), "the page answers, whatever it says");
    Answer::to(world.http.get(&callback)).await.is_problem(404, "not-found");
    for url in [address.clone(), format!("{address}/status"), format!("{}/r/AAAAAAAAAAAAAAAAAAAAAA", world.url)] {
        Answer::to(world.under(Method::GET, &under(&url, "console.example"))).await.is_problem(404, "not-found");
    }
    assert_eq!(status(world, &address).await, 200);
    let app = world.app();
    assert_eq!(app.operators_url(), "http://console.example", "services send operators back there");
});
