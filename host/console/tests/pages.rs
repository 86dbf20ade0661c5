//! Every page of the console renders in every language from its sample, and keeps to the rules of the console's policy.

mod sampled;

use kamurj_console::{Carries, Console, KEY_FIELD, Then, areas};
use kamurj_domain::format::Language;

#[test]
fn every_page_renders_in_three_languages_without_inline_handlers_or_styles() {
    let console = Console::new().unwrap();
    for page in areas().iter().flat_map(|area| area.pages) {
        let mut pages = Vec::new();
        for language in Language::ALL {
            let html = console
                .render(page.template, &sampled::frame(page, language))
                .unwrap_or_else(|error| panic!("{}: {error}: {:?}", page.template, std::error::Error::source(&error)));
            assert!(html.contains(&format!("<html lang=\"{}\"", language.tag())), "{}", page.template);
            for forbidden in
                [" style=", " onclick=", " onchange=", " hx-on", "javascript:", "<style", "http://", "{{", "}}"]
            {
                assert!(!html.contains(forbidden), "{} holds {forbidden}", page.template);
            }
            pages.push(html);
        }
        assert_ne!(pages[0], pages[1], "{} is the same in Armenian and Russian", page.template);
        assert_ne!(pages[1], pages[2], "{} is the same in Russian and English", page.template);
    }
}

#[test]
fn every_form_that_posts_can_be_pressed_twice_without_harm_and_leads_to_a_page_that_is_there() {
    let pages: Vec<_> = areas().iter().flat_map(|area| area.pages).collect();
    let templates: Vec<_> = areas().iter().flat_map(|area| area.templates).collect();
    for act in areas().iter().flat_map(|area| area.acts) {
        assert!(pages.iter().any(|page| page.path == act.page), "{} is shown again on {}", act.path, act.page);
        match act.then {
            Then::Go(path) => {
                let bare = path.split(['?', '#']).next().unwrap_or_default().replace("{id}", "{}");
                let shapes = pages.iter().map(|page| shape(page.path)).collect::<Vec<_>>();
                assert!(shapes.contains(&shape(&bare)), "{} leads to {path}", act.path);
            }
            Then::Show(template) => assert!(templates.iter().any(|(name, _)| *name == template), "{template}"),
        }
        if let Carries::Fields(fields) | Carries::File(_, fields) = act.carries {
            for field in fields {
                assert!(field.to.starts_with(['/', '?']), "{} of {}", field.name, act.path);
            }
        }
    }
    let console = Console::new().unwrap();
    for page in pages {
        let html = console.render(page.template, &sampled::frame(page, Language::En)).unwrap();
        for form in html.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap_or_default();
            let is_own = form.contains("action=\"/console/test/");
            assert!(
                !form.contains("method=\"post\"") || !is_own || form.contains(&format!("name=\"{KEY_FIELD}\"")),
                "a form of {} has no key: {form}",
                page.template
            );
        }
    }
}

fn shape(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect::<Vec<_>>().join("/")
}

/// Whether a path of a page, with what varies filled in, is this one of the table.
fn is_page(table: &str, path: &str) -> bool {
    let (wanted, given) = (table.split('/'), path.split('/'));
    wanted.clone().count() == given.clone().count()
        && wanted.zip(given).all(|(wanted, given)| wanted.starts_with('{') || wanted == given)
}

#[test]
fn a_link_with_a_query_leads_to_a_page_that_reads_it() {
    let console = Console::new().unwrap();
    let pages: Vec<_> = areas().iter().flat_map(|area| area.pages).collect();
    let templates: Vec<_> = areas().iter().flat_map(|area| area.templates).collect();
    let mut looked_at = 0;
    for shown in &pages {
        let html = console.render(shown.template, &sampled::frame(shown, Language::En)).unwrap();
        let hrefs = html.split("href=\"").skip(1).filter_map(|rest| rest.split_once('"')).map(|(href, _)| href);
        for href in hrefs {
            let href = href.replace("&#x2f;", "/").replace("&amp;", "&");
            let Some((path, query)) = href.strip_prefix("/console/test").and_then(|rest| rest.split_once('?')) else {
                continue;
            };
            // A path with no page of its own is answered by the API, which refuses what it does not know.
            let Some(page) = pages.iter().find(|page| is_page(page.path, path)) else { continue };
            let (_, template) = templates.iter().find(|(name, _)| *name == page.template).unwrap();
            for (name, _) in
                query.split('#').next().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='))
            {
                let is_read = page.reads.iter().any(|read| read.passes.contains(&name))
                    || template.contains(&format!("query.{name}"))
                    || ["lang", "done"].contains(&name);
                assert!(is_read, "{} leads to {href}, and {} reads no `{name}`", shown.template, page.template);
                looked_at += 1;
            }
        }
    }
    assert!(looked_at > 20, "only {looked_at} parts of queries were looked at");
}
