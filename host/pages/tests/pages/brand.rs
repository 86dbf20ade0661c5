//! Pages under a brand: what tokens change, and that no text of a merchant's changes more than text.

use kamurj_domain::brand::{Font, Radius, Scheme};
use kamurj_domain::format::Language;
use kamurj_pages::{
    Accent, BrandView, CheckoutState, CheckoutView, Contact, Logo, MerchantView, Mode, TermsView, WebLink,
};

use crate::markup::Markup;
use crate::samples::{NONCE, states, view};
use crate::{pages, state};

/// The digest is as long as a real one.
const LOGO: &str = "/b/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08.png";
const CARD: &str = "https://pay.shop.example/c/mer_01KAJ8QH8ZT3R5V9X1M2N4P6Q7/0123456789abcdef-hy.png";

/// A brand that has everything, with this text wherever a merchant types text.
fn brand(text: &str) -> BrandView {
    let own = || Some(text.to_owned());
    BrandView {
        accent_dark: Accent::parse("#6fdaa6"),
        radius: Radius::Round,
        font: Font::Noto,
        scheme: Scheme::Auto,
        logo: Some(Logo { path: LOGO.to_owned(), width: 480, height: 112 }),
        icon: Some(LOGO.to_owned()),
        ready: own(),
        paid: own(),
        footer: own(),
        contacts: vec![Contact::Text(text.to_owned()), Contact::parse(text)],
        terms: Some(TermsView {
            link: WebLink::parse("https://shop.example/terms").unwrap(),
            must_agree: true,
            missed: false,
        }),
        card: Some(CARD.to_owned()),
    }
}

fn under(brand: BrandView, state: CheckoutState, language: Language, text: Option<&str>) -> CheckoutView {
    let usual = view(state, language, Mode::Live);
    let name = text.map_or(usual.merchant.name.clone(), str::to_owned);
    let handle = text.map(str::to_owned).or(usual.merchant.handle.clone());
    CheckoutView { merchant: MerchantView { name, handle, brand, ..usual.merchant }, ..usual }
}

fn html(brand: BrandView, state: CheckoutState, language: Language) -> String {
    pages().checkout(&under(brand, state, language, None), NONCE).unwrap()
}

fn in_words(name: &str, change: impl FnOnce(&mut BrandView)) -> (Markup, String) {
    let mut brand = brand("Բարև");
    change(&mut brand);
    let html = html(brand, state(name), Language::Hy);
    (Markup::of(&html), html)
}

#[test]
fn g1_g4_no_text_of_a_brand_changes_the_tags_or_the_rules_of_a_page() {
    let pages = pages();
    let pieces = [
        "<",
        ">",
        "\"",
        "'",
        "&",
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "}",
        "{",
        ";",
        ":",
        "/*",
        "*/",
        "</style>",
        "</script>",
        "<script>",
        "<img src=x onerror=alert(1)>",
        "-->",
        "<!--",
        "url(",
        ")",
        "@import",
        "\\",
        "\n",
        "`",
        "${7*7}",
        "{{7*7}}",
        "expression(",
        "javascript:",
        "data:",
        "&#x22;",
        "&lt;",
        "</bdi>",
        "</title>",
        "</label>",
        "\u{202e}",
        "\u{a0}",
        "ա",
        "я",
        "a",
        " ",
        "#",
        "]]>",
        "=",
        "on",
        "style=",
        "--accent:red",
        "__minijinja_ValueHandle",
    ];
    // Numbers that look random and are the same in every run (a linear congruential generator, Knuth's constants).
    let mut dice = 7_u64;
    let mut throw = |sides: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(dice >> 33).unwrap_or_default() % sides
    };
    for name in ["ready", "paid", "cancelled"] {
        let shape = |text: &str| {
            let view = under(brand(text), state(name), Language::Ru, Some(text));
            Markup::of(&pages.checkout(&view, NONCE).unwrap())
        };
        let plain = shape("plain");
        for _ in 0..400 {
            // A word first, so that the text is not empty once blanks are gone.
            let text: String =
                std::iter::once("x").chain((0..=throw(12)).map(|_| pieces[throw(pieces.len())])).collect();
            let page = shape(&text);
            assert_eq!(page.skeleton(), plain.skeleton(), "{name}: {text:?}");
            assert_eq!(page.css, plain.css, "{name}: {text:?}");
            assert!(page.errors.is_empty() && page.comments.is_empty(), "{name}: {text:?}: {:?}", page.errors);
        }
    }
}

#[test]
fn og_tags_stand_in_the_first_two_kilobytes_and_say_the_same_in_every_state() {
    for language in Language::ALL {
        // A link whose sum its buyer chooses has none to name, open or closed.
        let mut cards = [Vec::new(), Vec::new()];
        for (name, state) in states() {
            let without_sum = match &state {
                CheckoutState::Offer(form) => !form.is_amount_fixed,
                CheckoutState::LinkClosed { is_amount_fixed, .. } => !is_amount_fixed,
                _ => false,
            };
            let html = html(brand("text"), state, language);
            let begin = &html.as_bytes()[..2_048];
            let begin = String::from_utf8_lossy(begin);
            for tag in ["og:title", "og:description", "og:locale", "og:image\"", "og:image:height", "twitter:card"] {
                assert!(begin.contains(tag), "{name}: {tag} is further down");
            }
            let page = Markup::of(&html);
            let card: Vec<String> = page
                .all("meta")
                .iter()
                .filter(|tag| {
                    let key = tag.attribute("property").or(tag.attribute("name")).unwrap_or_default();
                    key.starts_with("og:") || key.starts_with("twitter:") || key == "description"
                })
                .map(|tag| format!("{:?}", tag.attributes))
                .collect();
            assert_eq!(page.meta("og:image"), Some(CARD), "{name}");
            assert_eq!((page.meta("og:image:width"), page.meta("og:image:height")), (Some("1200"), Some("630")));
            assert_eq!(page.meta("og:image:type"), Some("image/png"));
            cards[usize::from(without_sum)].push((name, card));
        }
        for cards in &cards {
            assert!(cards.len() > 1);
            for (name, card) in cards {
                assert_eq!(*card, cards[0].1, "a card tells nobody how a payment stands: {name}, {}", cards[0].0);
            }
        }
    }
}

#[test]
fn a_logo_stands_for_the_name_with_fixed_sizes_and_an_icon_is_named() {
    let (page, html) = in_words("ready", |_| ());
    let [logo] = page.all("img")[..] else { panic!("one picture: {html}") };
    let attribute = |name: &str| logo.attribute(name).unwrap();
    assert_eq!((attribute("src"), attribute("width"), attribute("height")), (LOGO, "200", "46"));
    assert_eq!(attribute("alt"), "Նռնենի խեցեգործություն");
    assert!(!html.contains("class=\"name\"") && !html.contains("monogram\""), "the name is not said twice");
    let [icon] = page.all("link")[..] else { panic!("one link") };
    assert_eq!((icon.attribute("rel"), icon.attribute("href")), (Some("icon"), Some(LOGO)));
    let (page, html) = in_words("ready", |brand| brand.logo = None);
    assert!(page.all("img").is_empty() && html.contains("class=\"name\""));
}

#[test]
fn radius_scheme_and_font_are_typed_values() {
    let (page, html) = in_words("ready", |_| ());
    assert!(page.css.contains("--radius:1.625rem;--card-radius:1.75rem}"), "{}", page.css);
    assert_eq!(page.css.matches("@font-face{").count(), 2);
    assert!(
        page.css.contains("font-display:swap;src:url(/f/noto-hy-400-")
            && page.css.contains("16px") == html.contains("16px")
    );
    assert!(page.css.contains("@media (prefers-color-scheme:dark){"));
    assert_eq!(page.meta("color-scheme"), Some("light dark"));
    let (dark, _) = in_words("ready", |brand| brand.scheme = Scheme::Dark);
    assert!(dark.css.contains("@media all{") && !dark.css.contains("prefers-color-scheme"));
    assert_eq!(dark.meta("color-scheme"), Some("dark"));
    let (light, _) = in_words("ready", |brand| brand.scheme = Scheme::Light);
    assert!(light.css.contains("@media not all{") && light.meta("color-scheme") == Some("light"));
    let (usual, _) = in_words("ready", |brand| {
        brand.radius = Radius::Soft;
        brand.font = Font::System;
    });
    assert!(!usual.css.contains("@font-face") && !usual.css.contains("url(") && !usual.css.contains("--radius:"));
    let (sharp, _) = in_words("ready", |brand| brand.radius = Radius::Sharp);
    assert!(sharp.css.contains("--radius:0px;--card-radius:0px}"));
}

#[test]
fn own_texts_stand_in_their_places_and_nowhere_else() {
    let (page, _) = in_words("ready", |brand| {
        brand.ready = Some("Ուղարկում ենք 2 օրում։".to_owned());
        brand.paid = Some("Սպասեք զանգի։".to_owned());
        brand.footer = Some("ՀՎՀՀ 01234567".to_owned());
    });
    assert!(page.text.contains("Ուղարկում ենք 2 օրում։") && page.text.contains("ՀՎՀՀ 01234567"));
    assert!(!page.text.contains("Սպասեք զանգի։"));
    let (page, _) = in_words("paid", |brand| {
        brand.ready = Some("Ուղարկում ենք 2 օրում։".to_owned());
        brand.paid = Some("Սպասեք զանգի։".to_owned());
    });
    assert!(page.text.contains("Սպասեք զանգի։") && !page.text.contains("Ուղարկում ենք 2 օրում։"));
    // What the order itself says about what comes next goes first.
    let (page, _) = in_words("paid_by_seller", |brand| brand.paid = Some("Սպասեք զանգի։".to_owned()));
    assert!(!page.text.contains("Սպասեք զանգի։") && page.text.contains("ԱՐԱՐԱՏ-2026"));
}

#[test]
fn agreement_to_the_terms_is_asked_once_before_the_first_try() {
    let boxes = |page: &Markup| {
        let inputs = page.all("input").into_iter();
        inputs
            .filter(|input| input.attribute("name") == Some("terms"))
            .map(|input| input.attribute("required").is_some())
            .collect::<Vec<_>>()
    };
    let (page, _) = in_words("ready", |_| ());
    assert_eq!(boxes(&page), [true]);
    assert!(page.all("a").iter().any(|link| link.attribute("href") == Some("https://shop.example/terms")));
    for name in ["unfinished", "failed", "paid", "expired"] {
        assert!(boxes(&in_words(name, |_| ()).0).is_empty(), "{name}");
    }
    let (page, html) = in_words("ready", |brand| brand.terms.as_mut().unwrap().missed = true);
    assert!(boxes(&page).len() == 1 && html.contains("role=\"alert\""), "{html}");
    let (page, html) = in_words("ready", |brand| brand.terms.as_mut().unwrap().must_agree = false);
    assert!(boxes(&page).is_empty() && html.contains("https:&#x2f;&#x2f;shop.example&#x2f;terms"), "{html}");
}

#[test]
fn a_page_under_a_brand_stays_light() {
    for language in Language::ALL {
        for (name, state) in states() {
            let html = html(brand(&"Երկար խոսք։ ".repeat(41)), state, language);
            // What a form asks comes on top, as in `whole.rs`.
            let most = if name.starts_with("offer") { 26_000 } else { 20_000 };
            assert!(html.len() <= most, "{name}: {} bytes", html.len());
        }
        let html = html(brand("Կարճ խոսք։"), state("ready"), language);
        assert!(html.len() <= 14_000, "{} bytes", html.len());
    }
}
