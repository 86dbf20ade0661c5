//! What a page says and offers in each state.

use kamurj_domain::format::Language;
use kamurj_pages::{ACCOUNT_FIELD, CheckoutState, CheckoutView, FORM_KEY_FIELD, Item, LANGUAGE_FIELD, Mode, PayForm};

use crate::markup::Markup;
use crate::samples::{NONCE, form, long_view, states, view, ways};
use crate::{pages, render, state};

#[test]
fn the_page_that_hands_over_posts_what_the_provider_wants_and_works_without_its_script() {
    for language in Language::ALL {
        let page = Markup::of(&render(state("handing_over"), language));
        let form = page.all("form")[0];
        assert_eq!(form.attribute("method"), Some("post"));
        assert_eq!(form.attribute("action"), Some("https://wallet.example/Payment/GetPayment"));
        let fields: Vec<_> =
            page.all("input").iter().map(|tag| (tag.attribute("name"), tag.attribute("value"))).collect();
        let wanted = [(Some("EDP_AMOUNT"), Some("12500.00")), (Some("EDP_BILL_NO"), Some("k_1"))];
        assert_eq!(fields, wanted, "nothing of ours besides");
        assert_eq!(page.all("button").len(), 1);
        assert!(page.text.contains("wallet.example"), "the host is named");
    }
    let to = |action: &str| {
        let state = CheckoutState::HandingOver { action: action.to_owned(), fields: Vec::new() };
        pages().checkout(&view(state, Language::En, Mode::Live), NONCE).is_ok()
    };
    assert!(to("http://127.0.0.1:8090/idram/Payment/GetPayment"), "a simulator on this machine");
    for wrong in
        ["http://wallet.example/", "javascript:alert(1)", "/p/x/pay", "https://me@wallet.example/", "data:text/html,x"]
    {
        assert!(!to(wrong), "{wrong}");
    }
}

#[test]
fn only_states_that_can_be_paid_have_the_one_form_and_its_button_names_the_amount() {
    for language in Language::ALL {
        for (name, state) in states().into_iter().filter(|(name, _)| *name != "handing_over") {
            // Forms of links, and the one that opens a payment again, are others.
            if name.starts_with("offer") || name == "expired_renewable" {
                continue;
            }
            let html = render(state, language);
            let page = Markup::of(&html);
            let payable = ["ready", "unfinished", "failed"].iter().any(|state| name.starts_with(state));
            // An unfinished try can be left for another one, by a form that says so.
            let may_leave = usize::from(["unfinished", "unfinished_one_way"].contains(&name));
            assert_eq!(page.all("form").len(), usize::from(payable) + may_leave, "{name}");
            let prints = usize::from(["paid", "partly", "refunded"].iter().any(|receipt| name.starts_with(receipt)));
            assert_eq!(page.all("button").len(), usize::from(payable) + may_leave + prints, "{name}");
            let leaving = page.all("input").iter().filter(|tag| tag.attribute("name") == Some("again")).count();
            assert_eq!(leaving, may_leave, "{name}");
            let primary = page.tags.iter().filter(|tag| tag.attribute("class") == Some("primary")).count();
            assert!(primary <= 1, "{name}: {primary} primary actions");
            if !payable {
                continue;
            }
            let posted = page.all("form")[0];
            assert_eq!(posted.attribute("method"), Some("post"));
            assert_eq!(posted.attribute("action"), Some(form().action.as_str()));
            let field = |wanted: &str| {
                let inputs = page.all("input");
                let found = inputs.iter().find(|tag| tag.attribute("name") == Some(wanted)).copied();
                found.and_then(|tag| tag.attribute("value").map(str::to_owned))
            };
            assert_eq!(field(FORM_KEY_FIELD), Some(form().key));
            assert_eq!(field(LANGUAGE_FIELD).as_deref(), Some(language.tag()));
            let button = html.split_once("<button").unwrap().1.split_once("</button>").unwrap().0;
            assert!(button.contains("12\u{a0}500\u{a0}֏"), "{name}: {button}");
            assert!(page.text.contains("VPOS.am"), "{name}: the bank is named");
        }
    }
}

#[test]
fn ways_to_pay_are_radio_buttons_of_the_form_with_one_of_them_chosen() {
    for (language, card) in
        [(Language::Hy, "Բանկային քարտ"), (Language::Ru, "Банковская карта"), (Language::En, "Bank card")]
    {
        for (name, form) in [("ready_choosing", 0), ("unfinished", 1)] {
            let html = render(state(name), language);
            let forms: Vec<&str> =
                html.split("<form").skip(1).filter_map(|form| form.split("</form>").next()).collect();
            for (place, text) in forms.iter().enumerate() {
                let ways = text.matches(&format!("type=\"radio\" name=\"{ACCOUNT_FIELD}\"")).count();
                assert_eq!(ways, if place == form { 3 } else { 0 }, "{name}: {text}");
            }
            let page = Markup::of(&html);
            let chosen: Vec<_> =
                page.all("input").into_iter().filter(|tag| tag.attribute("checked").is_some()).collect();
            assert_eq!(chosen.len(), 1, "{name}");
            assert_eq!(chosen[0].attribute("value"), Some("acc_2"));
            assert!(page.text.contains(card) && page.text.contains("Visa <Gold> & Arca"), "{}", page.text);
        }
    }
    let one = PayForm { ways: ways()[..1].to_vec(), ..form() };
    let html = render(CheckoutState::Ready { form: one }, Language::En);
    assert!(!html.contains("radio") && !html.contains("fieldset"), "one way is no choice");
}

#[test]
fn only_pages_that_lead_to_a_bank_speak_of_card_details() {
    for (language, details) in Language::ALL.into_iter().zip(["Քարտի տվյալները", "Данные карты", "your card details"])
    {
        let shown = |by_card| {
            let view = CheckoutView { by_card, ..view(state("ready"), language, Mode::Live) };
            Markup::of(&pages().checkout(&view, NONCE).expect("a page")).text
        };
        assert!(shown(true).contains(details));
        let wallet = shown(false);
        assert!(!wallet.contains(details) && wallet.contains("(VPOS.am)"), "{wallet}");
    }
}

#[test]
fn waiting_pages_ask_not_to_pay_again_and_lead_back_to_themselves() {
    let words = [
        (Language::Hy, "Խնդրում ենք կրկին չվճարել։"),
        (Language::Ru, "Пожалуйста, не платите ещё раз."),
        (Language::En, "Please do not pay again."),
    ];
    for (language, sentence) in words {
        for name in ["checking", "in_review"] {
            let page = Markup::of(&render(state(name), language));
            assert!(page.text.contains(sentence), "{name} {language:?}");
            let again = format!("/p/Jx0sQ2m8TzW4kVbN7rYc1A?lang={}", language.tag());
            assert!(page.all("a").iter().any(|tag| tag.attribute("href") == Some(&again)), "{name}");
            assert!(page.text.contains("KMJ-000042-2"), "{name}");
        }
        let checking = Markup::of(&render(state("checking"), language));
        assert!(
            checking.tags.iter().any(|tag| tag.attribute("role") == Some("status")),
            "news is told to those who hear"
        );
    }
}

#[test]
fn the_test_banner_is_there_exactly_when_no_money_moves() {
    for (language, sentence) in
        [(Language::Hy, "Փորձնական ռեժիմ"), (Language::Ru, "Тестовый режим"), (Language::En, "Test mode")]
    {
        for (name, state) in states() {
            let has_banner = |mode| {
                let html = pages().checkout(&view(state.clone(), language, mode), NONCE).unwrap();
                html.contains(sentence)
            };
            assert!(has_banner(Mode::Test) && !has_banner(Mode::Live), "{name}");
        }
    }
}

#[test]
fn no_money_taken_is_said_only_when_it_is_proved() {
    let says_so = |name: &str| render(state(name), Language::En).contains("No money was taken.");
    for name in ["failed", "failed_3ds", "failed_cancelled", "failed_timed_out", "failed_bank"] {
        assert!(says_so(name), "{name}");
        assert!(!says_so(&format!("{name}_charge_unknown")), "{name}");
    }
}

#[test]
fn a_manual_decision_is_not_shown_as_the_banks() {
    let by_bank = render(state("paid"), Language::En);
    let by_seller = render(state("paid_by_seller"), Language::En);
    assert!(by_bank.contains("The bank has confirmed") && !by_bank.contains("The seller has confirmed"));
    assert!(by_seller.contains("The seller has confirmed") && !by_seller.contains("The bank has confirmed"));
}

#[test]
fn a_receipt_says_what_went_back_and_is_headed_paid_only_while_something_stays() {
    let words = [
        (Language::Hy, "Վճարումը կատարված է", "Գումարը վերադարձված է", "Վերադարձվել է "),
        (Language::Ru, "Оплачено", "Деньги возвращены", "Возвращено "),
        (Language::En, "Payment received", "The money was given back", "was given back"),
    ];
    for (language, paid, refunded, went_back) in words {
        let text = |name: &str| Markup::of(&render(state(name), language)).text;
        let (whole, part, all) = (text("paid"), text("refunded_in_part"), text("refunded"));
        assert!(whole.contains(paid) && !whole.contains(went_back), "{whole}");
        assert!(part.contains(paid) && part.contains(went_back) && part.contains("2\u{a0}500"), "{part}");
        assert!(all.contains(refunded) && all.contains(went_back) && !all.contains(paid), "{all}");
    }
}

#[test]
fn a_receipt_has_what_is_asked_for_later() {
    let page = Markup::of(&render(state("paid"), Language::Hy));
    for part in [
        "Նռնենի խեցեգործություն",
        "TG-1042",
        "12\u{a0}500\u{a0}֏",
        "21 նոյեմբերի 2026 թ., 14:02",
        "5f3c1a77-0b9e-4d52-9a61-6e0d6f3b8c21",
        "VPOS.am",
        "Սա ՀԴՄ (ֆիսկալ) կտրոն չէ։",
    ] {
        assert!(page.text.contains(part), "{part}");
    }
    assert_eq!(page.all("time")[0].attribute("datetime"), Some("2026-11-21T10:02:00Z"));
    let with_code = Markup::of(&render(state("paid_by_seller"), Language::En));
    assert!(with_code.text.contains("ԱՐԱՐԱՏ-2026\nՑույց"), "line breaks of the seller's text stay");
    let way_back = with_code.all("a").into_iter().find(|tag| tag.attribute("class") == Some("primary"));
    assert_eq!(way_back.unwrap().attribute("href"), Some("https://shop.example/thanks?order=1"));
    assert!(with_code.text.contains("Return to shop.example"));
}

#[test]
fn the_preview_card_tells_who_and_how_much_but_never_a_status() {
    // Links whose sum is counted from what is chosen have none on their card.
    let has_sum = |state: &CheckoutState| match state {
        CheckoutState::Offer(form) => form.is_amount_fixed,
        CheckoutState::LinkClosed { is_amount_fixed, .. } => *is_amount_fixed,
        _ => true,
    };
    let cards: Vec<_> = states()
        .into_iter()
        .filter(|(_, state)| has_sum(state))
        .map(|(_, state)| {
            let html = render(state, Language::En);
            let page = Markup::of(&html);
            let early = html.find("og:locale").unwrap();
            assert!(early < 2_048, "crawlers read the beginning only: {early}");
            [page.meta("og:title").unwrap().to_owned(), page.meta("og:description").unwrap().to_owned()]
        })
        .collect();
    assert!(cards.iter().all(|card| *card == cards[0]), "{cards:?}");
    assert_eq!(cards[0][0], "Նռնենի խեցեգործություն – 12\u{a0}500\u{a0}֏");
    assert_eq!(cards[0][1], "Կավե թեյնիկ և երկու գավաթ");

    let long = Markup::of(&pages().checkout(&long_view(state("ready"), Language::Ru), NONCE).unwrap());
    let title = long.meta("og:title").unwrap();
    assert!(title.chars().count() <= 60 && title.ends_with("… – 1\u{a0}234\u{a0}567\u{a0}890,50\u{a0}֏"), "{title}");
    assert!(long.meta("og:description").unwrap().chars().count() <= 120);

    let bare = CheckoutView { description: None, ..view(state("paid"), Language::Ru, Mode::Live) };
    let page = Markup::of(&pages().checkout(&bare, NONCE).unwrap());
    assert_eq!(page.meta("og:description"), Some("Заказ TG-1042"));
    assert_eq!(Markup::of(&pages().unknown_link(Language::Hy, NONCE).unwrap()).meta("og:title"), None);
}

#[test]
fn a_long_order_is_folded_so_that_the_button_stays_in_sight() {
    let with_items = |count: usize, name: &str| {
        let item = Item { name: "x".to_owned(), quantity: 1, unit_price_minor: 100 };
        let many = CheckoutView { items: vec![item; count], ..view(state(name), Language::En, Mode::Live) };
        Markup::of(&pages().checkout(&many, NONCE).unwrap()).all("details").len()
    };
    assert_eq!(with_items(3, "ready"), 0);
    assert_eq!(with_items(4, "ready"), 1);
    assert_eq!(with_items(4, "paid"), 0);
}
