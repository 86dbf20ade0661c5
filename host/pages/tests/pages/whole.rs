//! What holds for every page alike.

use kamurj_domain::format::Language;
use kamurj_pages::{Mode, samples};

use crate::markup::Markup;
use crate::samples::{NONCE, NOW_MS, long_view, states, view};
use crate::{pages, render, state};

/// The states whose pages have the script.
const SCRIPTED: [&str; 9] =
    ["ready", "unfinished", "handing_over", "checking", "paid", "partly_refunded", "refunded", "failed", "in_review"];

/// Every page there is, with a name that says which.
fn every_page() -> Vec<(String, Language, String)> {
    let pages = pages();
    let mut all = Vec::new();
    for language in Language::ALL {
        let tag = language.tag();
        for (name, state) in states() {
            for mode in [Mode::Test, Mode::Live] {
                let html = pages.checkout(&view(state.clone(), language, mode), NONCE).unwrap();
                all.push((format!("{name} {tag} {mode:?}"), language, html));
            }
            let html = pages.checkout(&long_view(state, language), NONCE).unwrap();
            all.push((format!("{name} {tag} long"), language, html));
        }
        for sample in samples(NOW_MS) {
            all.push((
                format!("{} {tag} as it stands", sample.name),
                language,
                sample.render(&pages, language, NONCE).unwrap(),
            ));
        }
    }
    all
}

#[test]
fn every_page_is_whole_light_and_free_of_foreign_script() {
    for (name, language, html) in every_page() {
        let page = Markup::of(&html);
        assert!(page.errors.is_empty(), "{name}: {:?}", page.errors);
        assert!(page.comments.is_empty(), "{name}: {:?}", page.comments);
        // A form may ask a dozen things, each with its fault; it travels compressed, as a third of that.
        let most = if name.starts_with("offer") { 24_000 } else { 16_000 };
        assert!(html.len() <= most, "{name}: {} bytes", html.len());
        for left_over in ["{{", "{%", "{#", "undefined"] {
            assert!(!html.contains(left_over), "{name}: {left_over}");
        }
        assert!(!page.text.contains(['{', '}']), "{name}: a placeholder is left");
        assert_eq!(page.all("html")[0].attribute("lang"), Some(language.tag()), "{name}");
        for (tag, wanted) in [("h1", 1), ("main", 1), ("header", 1), ("footer", 1), ("title", 1), ("style", 1)] {
            assert_eq!(page.all(tag).len(), wanted, "{name}: {tag}");
        }
        // One script at most, named by the nonce of its policy; closed pages have none.
        let scripts = page.all("script");
        let wanted = SCRIPTED.iter().any(|state| name.starts_with(state));
        assert_eq!(scripts.len(), usize::from(wanted), "{name}: script");
        assert!(scripts.iter().all(|script| script.attribute("nonce") == Some(NONCE)), "{name}: script");
        for absent in ["iframe", "object", "link", "img", "base"] {
            assert!(page.all(absent).is_empty(), "{name}: {absent}");
        }
        assert_eq!(page.all("style")[0].attribute("nonce"), Some(NONCE), "{name}");
        assert!(!page.css.contains("url(") && !page.css.contains("@import"), "{name}");
        assert_eq!(page.css.matches('{').count(), page.css.matches('}').count(), "{name}");
        for engine in ["googlebot", "bingbot", "yandex"] {
            assert_eq!(page.meta(engine), Some("noindex"), "{name}");
        }
        assert_eq!(page.meta("robots"), None, "{name}: chat apps obey it too");
        let may_type = name.starts_with("offer");
        for tag in &page.tags {
            for (attribute, value) in &tag.attributes {
                assert!(attribute != "style" && !attribute.starts_with("on"), "{name}: {attribute}");
                assert!(attribute != "target", "{name}: new windows fail inside chat apps");
                assert!(!value.to_ascii_lowercase().contains("javascript:"), "{name}: {value}");
            }
            let typed = |kind| !["hidden", "radio"].contains(&kind);
            let opens = tag.name == "input" && tag.attribute("type").is_none_or(typed);
            // Agreement to a merchant's terms is a box to tick.
            let agrees = tag.attribute("type") == Some("checkbox") && tag.attribute("name") == Some("terms");
            assert!(may_type || agrees || !opens, "{name}: nothing may be typed on these pages");
        }
    }
}

#[test]
fn every_page_is_balanced() {
    for (name, _, html) in every_page() {
        let mut open: Vec<String> = Vec::new();
        for tag in Markup::of(&html).tags {
            let is_void = ["meta", "input", "path", "circle", "rect"].contains(&tag.name.as_str());
            if let Some(closed) = tag.name.strip_prefix('/') {
                assert_eq!(open.pop().as_deref(), Some(closed), "{name}");
            } else if !is_void {
                open.push(tag.name);
            }
        }
        assert!(open.is_empty(), "{name}: {open:?}");
    }
}

#[test]
fn a_page_speaks_one_language_and_offers_the_others() {
    let all = [("hy", "Հայերեն"), ("ru", "Русский"), ("en", "English")];
    for language in Language::ALL {
        let page = Markup::of(&render(state("ready"), language));
        let links: Vec<_> = page.all("a").into_iter().filter(|tag| tag.attribute("hreflang").is_some()).collect();
        assert_eq!(links.len(), 2);
        for link in links {
            let tag = link.attribute("lang").unwrap();
            assert_ne!(tag, language.tag());
            assert_eq!(link.attribute("href"), Some(format!("/p/Jx0sQ2m8TzW4kVbN7rYc1A?lang={tag}").as_str()));
        }
        for (_, name) in all {
            assert!(page.text.contains(name), "{name}");
        }
    }
    let unknown = Markup::of(&pages().unknown_link(Language::Ru, NONCE).unwrap());
    let links: Vec<_> = unknown.all("a").iter().filter_map(|tag| tag.attribute("href")).map(str::to_owned).collect();
    assert_eq!(links, ["?lang=hy", "?lang=en"]);
}

#[test]
fn the_script_is_small_and_can_neither_write_markup_nor_run_text() {
    let script = include_str!("../../../../checkout-templates/assets/live.js");
    assert!(script.len() <= 2_048, "{} bytes", script.len());
    for sink in
        ["innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval", "Function(", "http", "cookie", "Storage"]
    {
        assert!(!script.contains(sink), "{sink}");
    }
}

#[test]
fn a_page_that_may_change_says_where_to_ask_and_what_it_shows() {
    for (name, state) in states() {
        let may_change = state.may_change();
        let word = state.word();
        let html = pages().checkout(&view(state.clone(), Language::En, Mode::Live), NONCE).unwrap();
        let page = Markup::of(&html);
        let told: Vec<_> = page.tags.iter().filter_map(|tag| tag.attribute("data-status")).collect();
        let wanted = if may_change { vec!["/p/Jx0sQ2m8TzW4kVbN7rYc1A/status"] } else { Vec::new() };
        assert_eq!(told, wanted, "{name}");
        let regions = page.tags.iter().filter(|tag| tag.attribute("role") == Some("status")).count();
        assert!(regions <= 1, "{name}: one live region speaks, not {regions}");
        if may_change {
            assert!(html.contains(&format!("data-state=\"{word}\" data-version=\"7\"")), "{name}");
        }
        let alone = kamurj_pages::CheckoutView { version: None, ..view(state, Language::En, Mode::Live) };
        assert!(!pages().checkout(&alone, NONCE).unwrap().contains("data-status"), "{name}: nothing to follow");
    }
}
