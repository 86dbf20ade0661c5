//! What every answer says in its headers, route by route: the table in `docs/http-headers.md` is held against what is sent,
//! and `KAMURJ_BLESS=1` writes it anew. And forms that other sites send.

use kamurj_server::front::reports::LIMIT;
use kamurj_tests::acts::{cancels, gives_back};
use kamurj_tests::branding::{card_of, has_brand, png, pomegranate, sends_picture};
use kamurj_tests::front::{HOME, PHONE};
use kamurj_tests::integrator::{Answer, link, order};
use kamurj_tests::links::{changes, id, lesson, makes};
use kamurj_tests::stand::IDRAM;
use kamurj_tests::{World, story};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

/// The routes that are no API, as the router has them, and the ones that another file names.
fn routes() -> BTreeSet<String> {
    let source = include_str!("../../host/server/src/router.rs");
    let named = source.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned);
    let constant = [("CALLBACK_PATH", "/oauth/callback"), ("REPORTS_PATH", "/csp-reports")];
    let elsewhere = constant.iter().filter(|(name, _)| source.contains(&format!(".route({name}")));
    named.chain(elsewhere.map(|(_, path)| (*path).to_owned())).collect()
}

/// Answers with what they answer, in the order in which they were asked for.
#[derive(Default)]
struct Table {
    rows: Vec<(String, String, u16, Vec<String>)>,
}

impl Table {
    async fn add(&mut self, route: &str, what: &str, request: RequestBuilder) -> Answer {
        let answer = if what.contains("stream") {
            let response = request.send().await.expect("the server answers");
            Answer { status: response.status().as_u16(), headers: response.headers().clone(), body: Value::Null }
        } else {
            Answer::to(request).await
        };
        self.rows.push((route.to_owned(), what.to_owned(), answer.status, shown(&answer)));
        answer
    }

    /// The table, and below it each set of headers once.
    fn text(&self) -> String {
        let mut sets: Vec<&Vec<String>> = Vec::new();
        let mut text = INTRODUCTION.to_owned();
        for (route, what, status, headers) in &self.rows {
            let place = sets.iter().position(|known| *known == headers).unwrap_or_else(|| {
                sets.push(headers);
                sets.len() - 1
            });
            writeln!(text, "| `{route}` | {what} | {status} | [{0}](#set-{0}) |", place + 1).expect("a text grows");
        }
        for (place, headers) in sets.into_iter().enumerate() {
            writeln!(text, "\n## Set {}\n", place + 1).expect("a text grows");
            for header in headers {
                writeln!(text, "- `{header}`").expect("a text grows");
            }
        }
        text
    }
}

const INTRODUCTION: &str = "# Headers, route by route

Written from the answers of a server whose public address is `https://…`, by
`KAMURJ_BLESS=1 cargo test --workspace --test stories -- headers_of_every_route`; a test holds it against them. `{nonce}` is new in
every answer, `{bank}` is the exact origin of the account's page, numbers of seconds and lengths are left out. No answer sets a
cookie or allows another origin to read it.

| route | answer | status | headers |
|---|---|---|---|
";

/// The headers without what changes from answer to answer.
fn shown(answer: &Answer) -> Vec<String> {
    let mut lines: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["date", "content-length", "location", "transfer-encoding"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {}", neutral(name.as_str(), value.to_str().expect("ASCII"))))
        .collect();
    if answer.headers.contains_key("location") {
        lines.push("location: …".to_owned());
    }
    lines.sort();
    lines
}

fn neutral(name: &str, value: &str) -> String {
    if name == "retry-after" {
        return "{seconds}".to_owned();
    }
    let mut value = value.to_owned();
    if let Some(nonce) = value.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).map(str::to_owned) {
        value = value.replace(&nonce, "{nonce}");
    }
    let words = value.split(' ').map(|word| match word.trim_end_matches(';') {
        bank if bank.starts_with("http://127.0.0.1:") => word.replace(bank, "{bank}"),
        _ => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Every page in every state that stories can bring one into.
async fn pages(world: &mut World, table: &mut Table) {
    let page = "/p/{token}";
    let sold = makes(world, &lesson()).await;
    let url = world.here(sold["url"].as_str().expect("an address"));
    table.add(page, "a link", world.http.get(&url)).await;
    changes(world, &sold, &json!({ "active": false, "off_reason": { "en": "Sold out" } })).await;
    table.add(page, "a link that is off", world.http.get(&url)).await;
    let ready = world.here(&link(&world.orders("A-1", "100").await));
    table.add(page, "ready", world.http.get(&ready)).await;
    table.add(page, "ready, by `HEAD`", world.http.head(&ready)).await;
    let bank = world.goes_to_the_bank(&ready).await;
    table.add(page, "unfinished", world.http.get(&ready)).await;
    world.sandbox.bank.change_faults(|faults| faults.lookup = kamurj_sandbox::bank::Lookup::Fail);
    let back = world.does_at_the_bank(&bank, "decline").await;
    table.add("/r/{attempt_token}", "the way back", world.http.get(world.here(&back))).await;
    table.add("/r/{attempt_token}", "the way back, by `POST`", world.http.post(world.here(&back))).await;
    table.add(page, "checking", world.http.get(&ready)).await;
    world.sandbox.bank.change_faults(|faults| faults.lookup = kamurj_sandbox::bank::Lookup::Ok);
    world.settles().await;
    table.add(page, "failed", world.http.get(&ready)).await;
    let declined = world.here(&link(&world.orders("A-2", "100").await));
    for _ in 0..6 {
        let bank = world.goes_to_the_bank(&declined).await;
        world.does_at_the_bank(&bank, "decline").await;
        world.settles().await;
    }
    table.add(page, "too many attempts", world.http.get(&declined)).await;
    let pressed = world.http.post(format!("{declined}/pay")).form(&[("form_key", "k")]);
    table.add("/p/{token}/pay", "too many attempts", pressed).await;
    let made = world.orders("A-3", "100").await;
    let paid = world.here(&link(&made));
    let bank = world.goes_to_the_bank(&paid).await;
    world.does_at_the_bank(&bank, "pay").await;
    world.settles().await;
    table.add(page, "paid", world.http.get(&paid)).await;
    gives_back(world, id(&made), None).await;
    world.settles().await;
    table.add(page, "refunded", world.http.get(&paid)).await;
    let withdrawn = world.orders("A-4", "100").await;
    cancels(world, id(&withdrawn)).await;
    table.add(page, "cancelled", world.http.get(world.here(&link(&withdrawn)))).await;
    let mut short = order("A-5", "100");
    short["expires_in"] = json!(600);
    let expired = world.here(&link(&world.creates(&short).await.body));
    world.passes(600_000).await;
    table.add(page, "expired", world.http.get(&expired)).await;
    let renew = "/p/{token}/renew";
    table.add(renew, "the button's address, fetched", world.http.get(format!("{expired}/renew"))).await;
    let foreign = world.http.post(format!("{expired}/renew")).header("sec-fetch-site", "cross-site");
    table.add(renew, "sent by another site", foreign.form(&[("lang", "en")])).await;
    let asked = world.http.post(format!("{expired}/renew")).form(&[("lang", "en")]);
    table.add(renew, "opened again", asked).await;
    table.add(page, "unknown", world.http.get(format!("{}/p/AAAAAAAAAAAAAAAAAAAAAA", world.url))).await;
    for _ in 0..20 {
        Answer::to(world.at(HOME, Method::GET, "/p/AAAAAAAAAAAAAAAAAAAAAA")).await;
    }
    table.add(page, "too many unknown links", world.at(HOME, Method::GET, "/p/AAAAAAAAAAAAAAAAAAAAAA")).await;
    table.add(page, "by another method", world.http.delete(&ready)).await;

    let fresh = world.here(&link(&world.orders("A-6", "100").await));
    let status = |accept: &str| world.http.get(format!("{fresh}/status")).header("accept", accept);
    table.add("/p/{token}/status", "once", status("application/json")).await;
    table.add("/p/{token}/status", "as a stream", status("text/event-stream")).await;
    let none = world.http.get(format!("{}/p/AAAAAAAAAAAAAAAAAAAAAA/status", world.url));
    table.add("/p/{token}/status", "unknown", none).await;
    let pay = "/p/{token}/pay";
    table.add(pay, "the form's address, fetched", world.http.get(format!("{fresh}/pay"))).await;
    let pressed = world.http.post(format!("{fresh}/pay")).form(&[("form_key", "k")]);
    table.add(pay, "to the bank", pressed).await;
    let foreign = world.http.post(format!("{fresh}/pay")).header("sec-fetch-site", "cross-site");
    table.add(pay, "sent by another site", foreign.form(&[("form_key", "k2")])).await;
    world.takes_up(&IDRAM).await;
    let mut idram = order("A-7", "100");
    idram["provider"] = json!("idram");
    let by_form = world.here(&link(&world.creates(&idram).await.body));
    let pressed = world.http.post(format!("{by_form}/pay")).form(&[("form_key", "k")]);
    let handed = table.add(pay, "handing over", pressed).await;
    assert!(handed.body.as_str().is_some_and(|html| html.contains("handover")), "{}", handed.body);
}

/// What pages under a brand load, and what the chats' previews do.
async fn pictures(world: &mut World, table: &mut Table) {
    sends_picture(world, "logo", "image/png", png(480, 120, [156, 47, 27])).await;
    has_brand(world, &pomegranate()).await;
    let address = world.here(&link(&world.orders("A-10", "100").await));
    let page = table.add("/p/{token}", "ready, under a brand with logo and font", world.http.get(&address)).await;
    let html = page.body.as_str().expect("a page").replace("&#x2f;", "/");
    let loads = |begin: &str, end: char| {
        let rest = html.split_once(begin).expect("it is loaded").1;
        world.here(rest.split(end).next().expect("an address"))
    };
    let logo = loads("class=\"logo\" src=\"", '"');
    table.add("/b/{file}", "a logo", world.http.get(&logo)).await;
    let unknown = world.http.get(format!("{}/b/{}.png", world.url, "0".repeat(64)));
    table.add("/b/{file}", "unknown", unknown).await;
    table.add("/f/{file}", "a font", world.http.get(loads("src:url(", ')'))).await;
    table.add("/f/{file}", "unknown", world.http.get(format!("{}/f/comic.woff2", world.url))).await;
    let card = "/c/{merchant}/{file}";
    table.add(card, "the card of a merchant's links", world.http.get(world.here(&card_of(&html)))).await;
    table.add(card, "unknown", world.http.get(format!("{}/c/mer_nobody/0-hy.png", world.url))).await;
}

async fn others(world: &mut World, account: &str, table: &mut Table) {
    let at = |path: &str| format!("{}{path}", world.url);
    table.add("/r/{attempt_token}", "unknown", world.http.get(at("/r/AAAAAAAAAAAAAAAAAAAAAA"))).await;
    table.add("/r/{attempt_token}", "by another method", world.http.put(at("/r/AAAAAAAAAAAAAAAAAAAAAA"))).await;
    table.add("/r/{provider}/{account}", "unknown", world.http.get(at("/r/idram/acc_nobody"))).await;
    table.add("/oauth/callback", "unknown", world.http.get(at("/oauth/callback"))).await;
    let foreign = world.http.post(at("/oauth/callback")).header("sec-fetch-site", "cross-site");
    table.add("/oauth/callback", "sent by another site", foreign.form(&[("state", "x")])).await;
    let report = world.http.post(at("/csp-reports")).body(r#"{"csp-report":{}}"#);
    table.add("/csp-reports", "a report", report).await;
    let webhook = at(&format!("/webhooks/providers/vpos/{account}"));
    let route = "/webhooks/providers/{provider}/{account}";
    table.add(route, "unproven", world.http.post(webhook).body("{}")).await;
    table.add(route, "unknown", world.http.post(at("/webhooks/providers/vpos/acc_nobody")).body("{}")).await;
    let hook = world.http.post(at(&format!("/hooks/{}/update", world.telegram)));
    table.add("/hooks/{installation}/{*path}", "unproven", hook.body("{}")).await;
    let hook = world.http.post(at("/hooks/ins_nobody/update"));
    table.add("/hooks/{installation}/{*path}", "unknown", hook.body("{}")).await;
    table.add("/favicon.ico", "none: a brand's icon is named by its pages", world.http.get(at("/favicon.ico"))).await;
    table.add("/livez", "", world.http.get(at("/livez"))).await;
    table.add("/readyz", "", world.http.get(at("/readyz"))).await;
    table.add("/openapi.json", "", world.http.get(at("/openapi.json"))).await;
    let api = |method, path: &str| world.asks(&world.api_key, method, path);
    table.add("/v1/…", "read", api(Method::GET, "/v1/payments")).await;
    table.add("/v1/…", "made", api(Method::POST, "/v1/payments").json(&order("A-9", "100"))).await;
    table.add("/v1/…", "wrong fields", api(Method::POST, "/v1/payments").json(&json!({}))).await;
    table.add("/v1/…", "not there", api(Method::GET, "/v1/payments/pay_nobody")).await;
    table.add("/v1/…", "by another method", api(Method::PUT, "/v1/payments")).await;
    table.add("/v1/…", "without a key", world.http.get(at("/v1/payments"))).await;
    let from_elsewhere = world.http.request(Method::OPTIONS, at("/v1/payments"));
    let from_elsewhere =
        from_elsewhere.header("origin", "https://elsewhere.example").header("access-control-request-method", "POST");
    table.add("/v1/…", "asked by another origin's script", from_elsewhere).await;
    table.add("any other", "not there", world.http.get(at("/"))).await;
}

story!(headers_of_every_route_are_those_of_the_table, |world| {
    world.has_in_front(|front| front.proxies = vec!["127.0.0.1".parse().expect("a block")]).await;
    world.is_known_as("https://pay.kamurj.example").await;
    let mut table = Table::default();
    let account = world.account.clone();
    pages(world, &mut table).await;
    pictures(world, &mut table).await;
    others(world, &account, &mut table).await;

    let covered: BTreeSet<String> = table.rows.iter().map(|(route, ..)| route.clone()).collect();
    let missing: Vec<String> = routes().into_iter().filter(|route| !covered.contains(route)).collect();
    assert!(missing.is_empty(), "routes that this story does not walk yet: {missing:?}");
    for (route, what, _, headers) in &table.rows {
        let has = |name: &str| headers.iter().any(|line| line.starts_with(&format!("{name}: ")));
        for name in [
            "cache-control",
            "content-security-policy",
            "cross-origin-opener-policy",
            "cross-origin-resource-policy",
            "permissions-policy",
            "referrer-policy",
            "strict-transport-security",
            "x-content-type-options",
            "x-frame-options",
        ] {
            assert!(has(name), "{route}, {what}: no {name}");
        }
        for name in
            ["set-cookie", "access-control-allow-origin", "access-control-allow-credentials", "server", "x-powered-by"]
        {
            assert!(!has(name), "{route}, {what}: {name}");
        }
        let policy = headers.iter().find(|line| line.starts_with("content-security-policy: ")).expect("a policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{route}: {policy}"
        );
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{route}: {policy}");
    }
    let file = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/http-headers.md"));
    let text = table.text();
    if std::env::var_os("KAMURJ_BLESS").is_some() {
        std::fs::write(&file, &text).expect("the table is written");
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    let differs: BTreeMap<usize, (&str, &str)> =
        kept.lines().zip(text.lines()).enumerate().filter(|(_, (kept, sent))| kept != sent).collect();
    assert!(kept == text, "docs/http-headers.md is not what is sent; look at it, then KAMURJ_BLESS=1: {differs:#?}");
});

story!(g8_a_form_that_another_site_sends_starts_nothing_and_one_of_ours_does, |world| {
    let address = link(&world.orders("A-1", "12500").await);
    let host = world.url.trim_start_matches("http://").to_owned();
    let press = |key: &str, headers: &[(&str, &str)]| {
        let request = world.http.post(format!("{address}/pay")).header("user-agent", PHONE).form(&[("form_key", key)]);
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
    };
    for foreign in [
        &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")][..],
        &[("sec-fetch-site", "same-site")],
        // A frame without an origin of its own, which a newer browser tells.
        &[("sec-fetch-site", "cross-site"), ("origin", "null")],
        &[("origin", "https://evil.example")],
        &[("origin", "http://127.0.0.1:1")],
        &[("origin", "nonsense")],
    ] {
        let answer = Answer::to(press("k-foreign", foreign)).await;
        assert_eq!(answer.status, 403, "{foreign:?}");
        assert!(answer.body.as_str().is_some_and(|html| html.contains("name=\"form_key\"")), "our page has our button");
    }
    assert!(world.sandbox.bank.view().sessions.is_empty());
    let nobodys = world.http.post(format!("{}/p/AAAAAAAAAAAAAAAAAAAAAA/pay", world.url));
    assert_eq!(Answer::to(nobodys.header("sec-fetch-site", "cross-site")).await.status, 404);
    for (key, ours) in [
        ("k-1", vec![("sec-fetch-site", "same-origin"), ("origin", "null")]),
        ("k-2", vec![("origin", "null")]),
        ("k-3", vec![("origin", world.url.as_str()), ("host", host.as_str())]),
        ("k-4", vec![("sec-fetch-site", "none")]),
        ("k-5", vec![]),
    ] {
        let answer = Answer::to(press(key, &ours)).await;
        assert!(answer.status == 303 && answer.header("location").starts_with("http"), "{ours:?}: {}", answer.body);
    }
    // Banks send browsers back from their own sites.
    let back = world.sandbox.bank.act(&world.session().id, kamurj_sandbox::bank::PayAction::Pay).expect("a way back");
    let returned =
        world.http.post(&back).header("sec-fetch-site", "cross-site").header("origin", "https://bank.example");
    assert_eq!(Answer::to(returned).await.status, 303);
    world.settles().await;
    assert_eq!(world.opens(&address).await.heading(), "Վճարումը կատարված է");
});

story!(l4_what_a_route_does_not_declare_is_refused_and_changes_nothing, |world| {
    let payment = world.orders("A-1", "12500").await;
    world.goes_to_the_bank(&link(&payment)).await;
    let before = world.content().await;
    let address = link(&payment);
    for (method, url) in [
        (Method::PUT, address.clone()),
        (Method::DELETE, address.clone()),
        (Method::POST, address.clone()),
        (Method::POST, format!("{address}/status")),
        (Method::PUT, format!("{address}/pay")),
        (Method::DELETE, format!("{}/r/AAAAAAAAAAAAAAAAAAAAAA", world.url)),
        (Method::GET, format!("{}/csp-reports", world.url)),
        (Method::DELETE, format!("{}/v1/payments", world.url)),
    ] {
        let answer = Answer::to(world.http.request(method.clone(), &url).bearer_auth(&world.api_key)).await;
        answer.is_problem(405, "method-not-allowed");
        assert!(!answer.header("allow").is_empty(), "{method} {url} says what is allowed");
    }
    assert_eq!(world.content().await, before);
});

story!(h8_reports_are_small_few_and_tell_no_address, |world| {
    let url = format!("{}/csp-reports", world.url);
    let address = link(&world.orders("A-1", "12500").await);
    let report = json!({ "csp-report": { "document-uri": address, "violated-directive": "script-src", "blocked-uri": "inline" } });
    let sends =
        |body: String| Answer::to(world.http.post(&url).header("content-type", "application/csp-report").body(body));
    let before = world.content().await;
    assert_eq!(sends(report.to_string()).await.status, 204);
    assert_eq!(sends("x".repeat(LIMIT + 1)).await.status, 413);
    assert_eq!(sends("{".to_owned()).await.status, 400);
    let mut last = 0;
    for _ in 0..20 {
        last = sends(report.to_string()).await.status;
    }
    assert_eq!(last, 429);
    world.clock.pass(60_000);
    assert_eq!(sends(report.to_string()).await.status, 204);
    assert_eq!(world.content().await, before, "nothing of it is kept");
    let page = world.opens(&address).await;
    assert!(page.policy.ends_with("report-uri /csp-reports"), "{}", page.policy);
});
