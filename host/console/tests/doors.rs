//! The pages outside modes render for whoever sees them, and what surrounds a page never leads to where nothing is.

mod outside;
mod sampled;

use kamurj_console::{Console, Frame, areas};
use kamurj_domain::format::Language;

fn rendered(console: &Console, template: &str, frame: &Frame) -> String {
    console.render(template, frame).unwrap_or_else(|error| panic!("{template}: {error:?}")).replace("&#x2f;", "/")
}

#[test]
fn every_page_outside_modes_renders_in_three_languages_by_the_policy_of_the_console() {
    let console = Console::new().unwrap();
    for template in outside::templates() {
        let pages = Language::ALL.map(|language| {
            let refused = outside::frame(template, language, Some("Not this time."));
            assert!(console.render(template, &refused).unwrap().contains("Not this time."), "{template}");
            rendered(&console, template, &outside::frame(template, language, None))
        });
        for html in &pages {
            for forbidden in [" style=", " onclick=", "javascript:", "<style", "http://", "{{", "/console/live/frame"] {
                assert!(!html.contains(forbidden), "{template} holds {forbidden}");
            }
        }
        assert_ne!(pages[0], pages[1], "{template}");
        assert_ne!(pages[1], pages[2], "{template}");
    }
}

#[test]
fn before_signing_in_nothing_tells_who_uses_the_console() {
    let console = Console::new().unwrap();
    for template in ["sign_in.html", "invitation.html"] {
        let html = rendered(&console, template, &outside::frame(template, Language::En, None));
        assert!(!html.contains("Անուշ") && !html.contains("/console/sign-out") && !html.contains("data-news"));
    }
}

#[test]
fn whoever_works_for_nobody_gets_a_page_without_a_navigation() {
    let console = Console::new().unwrap();
    let mut frame = outside::frame("merchants.html", Language::En, None);
    let me = frame.me.as_mut().unwrap();
    me.merchant_name.clear();
    me.memberships.clear();
    me.may.values_mut().for_each(|may| *may = false);
    let html = rendered(&console, "merchants.html", &frame);
    assert!(html.contains("You work for no merchant") && !html.contains("aria-current=\"page\""));
    assert!(!html.contains("/console/live/payments"));
}

#[test]
fn where_a_mode_has_no_such_page_the_other_mode_and_the_navigation_lead_to_pages_that_are_there() {
    let console = Console::new().unwrap();
    let frame = Frame {
        mode: Some("live"),
        here: "/console/live/no-such".to_owned(),
        ..outside::frame("nothing.html", Language::En, None)
    };
    let html = rendered(&console, "nothing.html", &frame);
    let own =
        ["/console/account", "/console/merchants", "/console/sign-out", "/console", "/console/live/no-such?lang=hy"];
    for (name, at) in html.match_indices("href=\"/").map(|(at, _)| (&html[at + 6..], at)) {
        let address = name.split('"').next().unwrap();
        let below = address.strip_prefix("/console/live").or_else(|| address.strip_prefix("/console/test"));
        let is_page = below.is_some_and(|path| {
            path == "/overview" || areas().iter().flat_map(|area| area.pages).any(|page| page.path == path)
        });
        let is_other = own.contains(&address) || address.ends_with("?lang=ru") || address.contains("/assets/");
        assert!(is_page || is_other, "{address} at {at}");
    }
    assert!(!html.contains("data-news"), "a page that is not there follows nothing");
}

#[test]
fn the_other_mode_is_entered_where_one_is_and_test_mode_always_says_so() {
    let console = Console::new().unwrap();
    for area in areas() {
        let Some(page) = area.pages.first() else { continue };
        let html = rendered(&console, page.template, &sampled::frame(page, Language::En));
        assert!(html.contains(&format!("href=\"/console/live/{}\"", area.name)), "{}", area.name);
        assert!(html.contains("no real money moves") && html.contains("class=\"in-test\""), "{}", area.name);
        let live = Frame { mode: Some("live"), ..sampled::frame(page, Language::En) };
        assert!(!rendered(&console, page.template, &live).contains("no real money moves"), "{}", area.name);
    }
}
