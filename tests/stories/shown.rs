//! What the customer's pages carry: their headers, their languages, other people's texts as text, and nothing about links
//! that do not exist.

use kamurj_sandbox::bank::PayAction;
use kamurj_sandbox::gateways::DeclinedBy;
use kamurj_server::install::NewMerchant;
use kamurj_tests::acts::shown as payment_now;
use kamurj_tests::integrator::{Answer, link, order};
use kamurj_tests::stand::RBS;
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};

fn nonce(html: &str) -> &str {
    html.split_once("<style nonce=\"").and_then(|(_, rest)| rest.split_once('"')).expect("a nonce").0
}

async fn fetched(world: &World, url: &str) -> Answer {
    Answer::to(world.http.get(url)).await
}

fn html(answer: &Answer) -> &str {
    answer.body.as_str().expect("a page")
}

/// What every answer to a browser carries.
fn keeps_to_itself(answer: &Answer) {
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.headers.get("set-cookie").is_none(), "no cookie, ever");
    assert!(answer.headers.get("server").is_none() && answer.headers.get("x-powered-by").is_none());
}

fn is_guarded(answer: &Answer) {
    keeps_to_itself(answer);
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("x-frame-options"), "DENY");
    assert_eq!(answer.header("referrer-policy"), "strict-origin");
}

story!(g9_every_answer_of_the_journey_is_kept_by_nobody_and_tells_nobody, |world| {
    let address = link(&world.orders("A-1", "12500").await);
    let page = fetched(world, &address).await;
    is_guarded(&page);
    is_guarded(&fetched(world, &format!("{}/p/AAAAAAAAAAAAAAAAAAAAAA", world.url)).await);
    let key = html(&page).split_once("name=\"form_key\" value=\"").expect("a form").1.split('"').next().expect("a key");
    let pressed = Answer::to(world.http.post(format!("{address}/pay")).form(&[("form_key", key)])).await;
    assert_eq!((pressed.status, pressed.header("referrer-policy")), (303, "no-referrer"));
    keeps_to_itself(&pressed);
    let back = world.sandbox.bank.act(&world.session().id, PayAction::Pay).expect("the session is there");
    let returned = fetched(world, &back).await;
    assert_eq!(
        (returned.status, returned.header("referrer-policy")),
        (303, "no-referrer"),
        "the address holds a token"
    );
    keeps_to_itself(&returned);
    let receipt = fetched(world, &address).await;
    assert!(html(&receipt).contains("Վճարումը կատարված է"));
    is_guarded(&receipt);
});

story!(g7_the_policy_lets_the_form_lead_to_the_bank_and_nothing_else_in, |world| {
    let address = link(&world.orders("A-1", "12500").await);
    let (first, second) = (fetched(world, &address).await, fetched(world, &address).await);
    for page in [&first, &second] {
        let expected = format!(
            "default-src 'none'; script-src 'nonce-{0}'; style-src 'nonce-{0}'; img-src 'self'; connect-src 'self'; \
             form-action 'self' {1}; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
             report-uri /csp-reports",
            nonce(html(page)),
            world.sandbox.bank_url,
        );
        assert_eq!(page.header("content-security-policy"), expected);
    }
    assert_ne!(nonce(html(&first)), nonce(html(&second)), "a nonce is used once");
    let nowhere = fetched(world, &format!("{}/p/AAAAAAAAAAAAAAAAAAAAAA", world.url)).await;
    assert!(nowhere.header("content-security-policy").contains("form-action 'self';"), "no form, no bank");
});

story!(h1_links_that_do_not_exist_all_look_the_same, |world| {
    let address = link(&world.orders("A-1", "12500").await);
    world.goes_to_the_bank(&address).await;
    let token = address.rsplit('/').next().expect("a token");
    let back = world.sandbox.bank.act(&world.session().id, PayAction::Close).expect("the session is there");
    let return_token = back.rsplit('/').next().and_then(|rest| rest.split('?').next()).expect("a token").to_owned();
    let before = world.books().await;
    let mut other = token.to_owned();
    other.replace_range(21.., if token.ends_with('A') { "B" } else { "A" });
    let places = [
        format!("/p/{}", "A".repeat(22)),
        format!("/p/{other}"),
        format!("/p/{}", &token[..21]),
        format!("/p/{token}A"),
        format!("/p/{}", token.to_uppercase()),
        format!("/p/{return_token}"),
        "/p/1".to_owned(),
        "/p/%FF%FE".to_owned(),
        "/p/..%2f..%2fetc%2fpasswd".to_owned(),
        "/p/'%20OR%201=1--".to_owned(),
        format!("/p/{}", "x".repeat(4_000)),
        format!("/r/{}", "A".repeat(22)),
        format!("/r/{token}"),
        "/r/%FF?status=paid".to_owned(),
    ];
    let bare = |answer: &Answer| html(answer).replace(nonce(html(answer)), "");
    let expected = fetched(world, &format!("{}/p/BBBBBBBBBBBBBBBBBBBBBB", world.url)).await;
    assert!(html(&expected).contains("Հղումը չի գտնվել"));
    for place in places {
        let answer = fetched(world, &format!("{}{place}", world.url)).await;
        assert_eq!(answer.status, 404, "{place}");
        assert_eq!(bare(&answer), bare(&expected), "{place}");
        is_guarded(&answer);
    }
    let pressed = world.http.post(format!("{}/p/{}/pay", world.url, "A".repeat(22))).form(&[("form_key", "key")]);
    let pressed = Answer::to(pressed).await;
    assert_eq!((pressed.status, bare(&pressed)), (404, bare(&expected)));
    assert_eq!(world.books().await, before);
});

story!(the_page_speaks_the_language_that_is_asked_for_all_the_way, |world| {
    let mut body = order("A-1", "12500");
    body["locale"] = json!("ru");
    let address = link(&world.creates(&body).await.body);
    for (query, language, word) in [
        ("", "ru", "Оплатить"),
        ("?lang=hy", "hy", "Վճարել"),
        ("?lang=en", "en", "Pay"),
        ("?lang=ru", "ru", "Оплатить"),
        ("?lang=de", "ru", "Оплатить"),
        ("?lang=", "ru", "Оплатить"),
        ("?lang=%FF", "ru", "Оплатить"),
        ("?lang=en&lang=hy", "ru", "Оплатить"),
        ("?fbclid=IwAR0&utm_source=ig&lang=en&_=%zz", "en", "Pay"),
        ("?fbclid=IwAR0", "ru", "Оплатить"),
        ("?&&=&%", "ru", "Оплатить"),
    ] {
        let page = fetched(world, &format!("{address}{query}")).await;
        assert_eq!(page.status, 200, "{query}: {}", page.body);
        assert!(html(&page).contains(&format!("<html lang=\"{language}\">")) && html(&page).contains(word), "{query}");
    }
    let page = world.opens(&format!("{address}?lang=en")).await;
    let (action, key) = page.form().expect("a form");
    let pressed = world.submits(&action, &[("form_key", &key), ("lang", "en")]).await.expect("an answer");
    let back = world.does_at_the_bank(&pressed.location.expect("the bank"), "pay").await;
    assert_eq!(world.comes_back(&back).await.heading(), "Payment received", "the choice survives the bank");

    let nowhere = world.http.get(format!("{}/p/1", world.url)).header("accept-language", "de,ru;q=0.7,en;q=0.3");
    assert!(html(&Answer::to(nowhere).await).contains("<html lang=\"ru\">"));
});

const HOSTILE: [&str; 8] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "</title></style><svg/onload=alert(1)>",
    "' autofocus onfocus=alert(1) x='",
    "{{1234*1001}}",
    "{% include 'ready.html' %}",
    "${1234*1001} #{1234*1001} <%= 1234*1001 %>",
    "{amount} {host}",
];

/// The names of all attributes on a page: what stands in its tags outside of double quotes, before a `=` or alone.
fn attributes(html: &str) -> impl Iterator<Item = &str> {
    let tags = html.split('<').filter_map(|tag| tag.split_once('>')).map(|(tag, _)| tag);
    tags.flat_map(|tag| tag.split('"').step_by(2)).flat_map(str::split_whitespace)
}

/// Every field that somebody may fill, filled with this.
fn filled_with(text: &str, number: usize) -> Value {
    let mut body = order(&format!("{number} {text}"), "200");
    body["description"] = json!(text);
    body["delivery"] = json!(text);
    body["items"] = json!([{ "name": text, "quantity": 2, "unit_price": "100" }]);
    body["customer"] = json!({ "name": text, "phone": text, "email": text, "id": text });
    body["metadata"] = json!({ text: text });
    body
}

story!(g1_g4_markup_and_template_code_in_any_text_is_text, |world| {
    for (number, text) in HOSTILE.into_iter().enumerate() {
        let new = NewMerchant {
            name: text.to_owned(),
            handle: Some(text.to_owned()),
            contact: Some(format!("javascript:alert(1)//{text}")),
            locale: "en".to_owned(),
            colour: None,
        };
        let neighbour = world.neighbour(new).await;
        let asked = world.asks(&neighbour.api_key, Method::POST, "/v1/payments").json(&filled_with(text, number));
        let made = Answer::to(asked).await;
        assert_eq!(made.status, 201, "{}", made.body);
        assert_eq!(made.body["description"], text, "it is handed back as it came");
        let address = link(&made.body);
        let bank = world.goes_to_the_bank(&address).await;
        let unfinished = world.opens(&address).await;
        let back = world.does_at_the_bank(&bank, "pay").await;
        let receipt = world.comes_back(&back).await;
        assert_eq!(receipt.heading(), "Payment received");
        for page in [unfinished, receipt] {
            assert!(page.shows(text), "{text} is not shown as it is: {}", page.html);
            // Our own script is the one that the policy names.
            let html = page.html.replacen("<script nonce=", "", 1);
            for harm in ["<script", "<img", "<svg/", "href=\"javascript", "1235234"] {
                assert!(!html.contains(harm), "{text} became {harm}");
            }
            assert!(!attributes(&page.html).any(|name| name.starts_with("on")), "{text} became a handler");
        }
    }
});

story!(a_failed_attempt_is_told_with_what_its_payer_can_do_about_it, |world| {
    world.takes_up(&RBS).await;
    for (number, (by, words)) in [
        (DeclinedBy::Bank, "The bank declined the payment"),
        (DeclinedBy::Authentication, "the 3-D Secure code"),
        (DeclinedBy::Payer, "You cancelled the payment on the bank’s page."),
        (DeclinedBy::Nobody, "The bank is not answering at the moment."),
    ]
    .into_iter()
    .enumerate()
    {
        world.disturbs(&RBS, |faults| faults.declined_by = by);
        let (payment, order) = world.order_with(&RBS, &format!("A-{number}"), "100").await;
        let back = world.does_there(&RBS, &order, "decline").await;
        world.comes_back(&back).await;
        world.settles().await;
        let page = world.opens(&format!("{}?lang=en", link(&payment_now(world, &payment).await))).await;
        assert!(page.shows(words), "{by:?}: {}", page.html);
        assert!(page.form().is_some(), "{by:?}: another try is one press away");
    }
});
