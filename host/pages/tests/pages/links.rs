//! The form of a payment link: every field has its name, hint and fault where browsers and screen readers find them.

use kamurj_domain::format::Language;
use kamurj_pages::{CheckoutState, FORM_KEY_FIELD, Mode, VERSION_FIELD};

use crate::markup::{Markup, Tag};
use crate::samples::{NONCE, named, states, view};
use crate::{pages, render};

fn offers() -> Vec<(&'static str, CheckoutState)> {
    states().into_iter().filter(|(_, state)| matches!(state, CheckoutState::Offer(_))).collect()
}

fn page(name: &str, language: Language) -> Markup {
    Markup::of(&render(named(name).state, language))
}

/// What a customer can fill in or choose.
fn fields(page: &Markup) -> Vec<&Tag> {
    let is_field = |tag: &&Tag| match tag.name.as_str() {
        "input" => tag.attribute("type") != Some("hidden"),
        "select" | "textarea" => true,
        _ => false,
    };
    page.tags.iter().filter(is_field).collect()
}

#[test]
fn every_field_has_a_label_and_every_id_that_is_named_is_there_once() {
    for language in Language::ALL {
        for (name, state) in offers() {
            let page = Markup::of(&render(state, language));
            let ids: Vec<&str> = page.tags.iter().filter_map(|tag| tag.attribute("id")).collect();
            for id in &ids {
                assert_eq!(ids.iter().filter(|other| *other == id).count(), 1, "{name}: {id}");
            }
            let labelled: Vec<&str> = page.all("label").iter().filter_map(|tag| tag.attribute("for")).collect();
            for field in fields(&page) {
                let Some(id) = field.attribute("id") else {
                    assert_eq!(field.attribute("name"), Some("account"), "{name}: only ways to pay need none");
                    continue;
                };
                // A radio button stands inside its label.
                assert!(field.attribute("type") == Some("radio") || labelled.contains(&id), "{name}: {id}");
            }
            for tag in &page.tags {
                for id in tag.attribute("aria-describedby").unwrap_or_default().split_whitespace() {
                    assert!(ids.contains(&id), "{name}: {id}");
                }
                if let Some(id) = tag.attribute("href").and_then(|href| href.strip_prefix('#')) {
                    assert!(ids.contains(&id), "{name}: {id}");
                }
            }
        }
    }
}

#[test]
fn faults_are_summed_up_first_and_said_again_beside_their_fields() {
    for (language, error) in Language::ALL.into_iter().zip(["Սխալ. ", "Ошибка: ", "Error: "]) {
        let html = render(named("offer_faults").state, language);
        let faulty = Markup::of(&html);
        let summary = faulty.tags.iter().find(|tag| tag.attribute("role") == Some("alert")).expect("a summary");
        assert_eq!((summary.attribute("tabindex"), summary.attribute("autofocus")), (Some("-1"), Some("")));
        assert!(html.find("class=\"errors\"").unwrap() < html.find("<h1").unwrap(), "it is the first of the page");
        assert!(html.contains(&format!("<title>{error}")), "{html}");
        let beside: Vec<&str> = html
            .split("class=\"fault\"")
            .skip(1)
            .filter_map(|rest| rest.split_once('>')?.1.split_once("</p>").map(|(words, _)| words))
            .collect();
        let listed =
            faulty.all("a").iter().filter(|tag| tag.attribute("href").is_some_and(|to| to.starts_with('#'))).count();
        let CheckoutState::Offer(form) = named("offer_faults").state else { panic!("a form") };
        assert_eq!((beside.len(), listed), (form.fields.len(), form.fields.len()));
        for words in &beside {
            assert_eq!(
                html.matches(words).count(),
                2 * beside.iter().filter(|other| other == &words).count(),
                "{words}"
            );
        }
        let invalid = faulty.tags.iter().filter(|tag| tag.attribute("aria-invalid") == Some("true"));
        assert!(
            invalid.clone().count() == form.fields.len()
                && invalid.clone().all(|tag| tag.attribute("aria-describedby").is_some())
        );
        let clean = Markup::of(&render(named("offer_order").state, language));
        assert!(
            clean
                .tags
                .iter()
                .all(|tag| tag.attribute("aria-invalid").is_none() && tag.attribute("role") != Some("alert"))
        );
    }
}

#[test]
fn browsers_are_told_what_each_field_is() {
    let page = page("offer_questions", Language::En);
    let told = |name: &str, attribute: &str| {
        let field = fields(&page).into_iter().find(|tag| tag.attribute("name") == Some(name)).expect("a field");
        field.attribute(attribute).map(str::to_owned)
    };
    for (name, attribute, value) in [
        ("answer.name", "autocomplete", Some("name")),
        ("answer.name", "maxlength", Some("60")),
        ("answer.email", "type", Some("email")),
        ("answer.email", "autocomplete", Some("email")),
        ("answer.phone", "type", Some("tel")),
        ("answer.phone", "autocomplete", Some("tel")),
        ("answer.height", "inputmode", Some("decimal")),
        ("answer.day", "type", Some("date")),
        ("answer.colour", "type", Some("radio")),
        ("answer.words", "required", None),
        ("answer.name", "required", Some("")),
        ("answer.wishes", "maxlength", Some("500")),
    ] {
        assert_eq!(told(name, attribute).as_deref(), value, "{name} {attribute}");
    }
    let named_as = |tag: &str| page.all(tag).first().and_then(|tag| tag.attribute("name")).map(str::to_owned);
    assert_eq!(named_as("select").as_deref(), Some("answer.size"), "nine choices are a list");
    assert_eq!(named_as("textarea").as_deref(), Some("answer.wishes"), "a long answer has several lines");
    assert_eq!(
        page.text.matches("Only the seller sees your answer").count(),
        3,
        "personal answers say what they are for"
    );
}

#[test]
fn the_button_names_the_amount_where_it_is_fixed_and_the_page_says_so_where_it_is_not() {
    for (language, go_on) in Language::ALL.into_iter().zip(["Շարունակել", "Продолжить", "Continue"])
    {
        let button = |name: &str| {
            let html = render(named(name).state, language);
            html.split_once("<button").unwrap().1.split_once("</button>").unwrap().0.to_owned()
        };
        assert!(button("offer").contains("12\u{a0}500\u{a0}֏"));
        for counted in ["offer_amount", "offer_order"] {
            assert!(button(counted).ends_with(go_on), "{counted}");
            let html = pages().checkout(&view(named(counted).state, language, Mode::Live), NONCE).unwrap();
            let page = Markup::of(&html);
            assert!(!page.meta("og:title").unwrap().contains('֏'), "no amount is known yet");
            assert!(!page.all("h1").is_empty() && !page.text.contains(" 0\u{a0}֏"), "{}", page.text);
        }
        let form = Markup::of(&render(named("offer_order").state, language));
        let hidden = |name: &str| {
            let inputs = form.all("input");
            let found = inputs.iter().find(|tag| tag.attribute("name") == Some(name)).copied();
            found.and_then(|tag| tag.attribute("value").map(str::to_owned))
        };
        assert_eq!(hidden(VERSION_FIELD).as_deref(), Some("3"));
        assert!(hidden(FORM_KEY_FIELD).is_some_and(|key| key.len() == 22));
        assert!(form.text.contains("+1\u{a0}500\u{a0}֏"), "a way of delivery has its price: {}", form.text);
    }
}

#[test]
fn each_reason_for_a_closed_link_has_a_heading_of_its_own() {
    for language in Language::ALL {
        let mut headings = Vec::new();
        for name in
            ["link_closed_off", "link_closed_not_yet", "link_closed_over", "link_closed_used_up", "link_closed_busy"]
        {
            let html = render(named(name).state, language);
            headings.push(html.split_once("<h1>").unwrap().1.split_once("</h1>").unwrap().0.to_owned());
            assert!(!html.contains("<form"), "{name}");
        }
        headings.sort();
        headings.dedup();
        assert_eq!(headings.len(), 5, "{headings:?}");
        let again = page("link_closed_busy", language);
        let primary =
            again.all("a").into_iter().find(|tag| tag.attribute("class") == Some("primary")).expect("a way on");
        assert!(primary.attribute("href").is_some_and(|href| href.starts_with("/p/")), "a busy link is tried again");
        assert!(page("link_closed_off", language).text.contains("Հաջորդները՝ գարնանը։"));
    }
}

#[test]
fn an_expired_payment_that_may_be_opened_again_has_one_button_for_it() {
    for (language, words) in
        Language::ALL.into_iter().zip(["Խնդրել նոր հղում", "Запросить новую ссылку", "Ask for a new link"])
    {
        let page = page("expired_renewable", language);
        let form = page.all("form")[0];
        assert_eq!(form.attribute("method"), Some("post"));
        assert!(form.attribute("action").is_some_and(|action| action.ends_with("/renew")));
        assert!(page.text.contains(words) && page.all("button").len() == 1);
        assert!(Markup::of(&render(CheckoutState::Expired, language)).all("form").is_empty());
    }
}

#[test]
fn a_receipt_lists_refunds_what_stays_and_a_part_of_the_contact() {
    let page = |name: &str| Markup::of(&render(named(name).state, Language::En)).text;
    let parts = page("refunded_in_parts");
    for words in ["2\u{a0}500\u{a0}֏ given back", "1\u{a0}000\u{a0}֏ given back", "Stays paid", "9\u{a0}000\u{a0}֏"]
    {
        assert!(parts.contains(words), "{words}: {parts}");
    }
    assert!(page("paid_by_wallet").contains("VPOS.am has confirmed the payment."));
    assert!(page("paid_contact").contains("a•••@mail.am") && !page("paid_contact").contains("ani@"));
    let fiscal = page("paid_fiscal");
    assert!(
        fiscal.contains("00012345") && fiscal.contains("receipts.example") && fiscal.contains("itself is not a fiscal")
    );
    let given = Markup::of(&render(named("paid_given").state, Language::En));
    let links: Vec<_> = given.all("a").iter().filter_map(|tag| tag.attribute("href")).map(str::to_owned).collect();
    assert!(links.contains(&"https://meet.example/room-7".to_owned()), "{links:?}");
}
