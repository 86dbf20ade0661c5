//! What a press of a link comes to: every choice against every kind of offer.

use kamurj_domain::format::Language;
use kamurj_domain::link::{
    Bounds, Choice, ContactAsked, DeliveryOption, Fault, Price, Question, QuestionKind, Quote, Texts,
};
use kamurj_domain::money::MAX_MINOR;
use kamurj_domain::order::LineItem;
use kamurj_domain::{Currency, Money, Offer};
use std::collections::BTreeMap;

fn texts(hy: &str, en: &str) -> Texts {
    Texts { hy: Some(hy.to_owned()), ru: None, en: Some(en.to_owned()) }
}

fn offer(price: Price) -> Offer {
    Offer {
        title: texts("Դաս", "Lesson"),
        description: Texts::default(),
        currency: Currency::Amd,
        price,
        quantity: None,
        deliveries: Vec::new(),
        questions: Vec::new(),
        contact: ContactAsked::No,
        payment_life_ms: 1,
        metadata: serde_json::Map::new(),
    }
}

fn delivery(id: &str, price_minor: i64) -> DeliveryOption {
    DeliveryOption { id: id.to_owned(), title: texts("Տուն", "Home"), price_minor }
}

fn question(id: &str, required: bool, personal: bool) -> Question {
    Question { id: id.to_owned(), label: texts("Հարց", "Question"), kind: QuestionKind::Number, required, personal }
}

fn quoted(offer: &Offer, choice: &Choice) -> Quote {
    offer.quote(choice, Language::En).unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn pointers(offer: &Offer, choice: &Choice) -> Vec<String> {
    let faults = offer.quote(choice, Language::En).expect_err("a fault");
    faults.into_iter().map(|Fault { pointer, .. }| pointer).collect()
}

const FIXED: Price = Price::Fixed { minor: 500_000 };
const CHOSEN: Price = Price::Chosen { min_minor: 10_000, max_minor: 90_000, suggested_minor: None };

#[test]
fn a_fixed_price_times_pieces_and_delivery_is_the_amount_and_its_lines_add_up() {
    let mut offer = offer(FIXED);
    assert_eq!(quoted(&offer, &Choice::default()).amount, Money::new(500_000, Currency::Amd));
    offer.quantity = Some(Bounds { min: 2, max: 4 });
    offer.deliveries = vec![delivery("free", 0), delivery("home", 150_000)];
    let choose =
        |quantity, delivery: &str| Choice { quantity, delivery: Some(delivery.to_owned()), ..Choice::default() };
    for (quantity, way, pieces, due) in
        [(None, "free", 2, 1_000_000), (Some(2), "home", 2, 1_150_000), (Some(4), "home", 4, 2_150_000)]
    {
        let quote = quoted(&offer, &choose(quantity, way));
        assert_eq!((quote.quantity, quote.amount.minor), (pieces, due));
        let sum: i64 = quote.items.iter().map(|item| i64::from(item.quantity) * item.unit_minor).sum();
        assert_eq!(sum, due);
        assert_eq!(quote.delivery.as_deref(), Some(way));
    }
    let quote = offer.quote(&choose(Some(3), "home"), Language::Hy).unwrap();
    let line = |name: &str, quantity, unit_minor| LineItem { name: name.to_owned(), quantity, unit_minor };
    assert_eq!(quote.items, [line("Դաս", 3, 500_000), line("Տուն", 1, 150_000)]);
    assert_eq!(quote.delivery_title.as_deref(), Some("Տուն"));
    for quantity in [0, 1, 5, u32::MAX] {
        assert_eq!(pointers(&offer, &choose(Some(quantity), "home")), ["/quantity"]);
    }
    assert_eq!(pointers(&offer, &choose(Some(2), "moon")), ["/delivery"]);
    assert_eq!(pointers(&offer, &Choice::default()), ["/delivery"]);
}

#[test]
fn what_the_offer_does_not_have_cannot_be_chosen() {
    let offer = offer(FIXED);
    let amount = Some(Money::new(500_000, Currency::Amd));
    assert_eq!(pointers(&offer, &Choice { amount, ..Choice::default() }), ["/amount"]);
    for quantity in [0, 2] {
        assert_eq!(pointers(&offer, &Choice { quantity: Some(quantity), ..Choice::default() }), ["/quantity"]);
    }
    assert_eq!(quoted(&offer, &Choice { quantity: Some(1), ..Choice::default() }).quantity, 1);
    assert_eq!(pointers(&offer, &Choice { delivery: Some("x".into()), ..Choice::default() }), ["/delivery"]);
    let answers = BTreeMap::from([("a/b~".to_owned(), "1".to_owned())]);
    assert_eq!(pointers(&offer, &Choice { answers, ..Choice::default() }), ["/answers/a~1b~0"]);
}

#[test]
fn a_chosen_amount_lies_within_the_bounds_and_in_the_currency() {
    let offer = offer(CHOSEN);
    let choose = |minor, currency| Choice { amount: Some(Money::new(minor, currency)), ..Choice::default() };
    for minor in [10_000, 50_000, 90_000] {
        assert_eq!(quoted(&offer, &choose(minor, Currency::Amd)).amount.minor, minor);
    }
    for minor in [9_999, 90_001, 0, -10_000, i64::MAX] {
        assert_eq!(pointers(&offer, &choose(minor, Currency::Amd)), ["/amount/value"]);
    }
    assert_eq!(pointers(&offer, &choose(10_000, Currency::Usd)), ["/amount/currency"]);
    assert_eq!(pointers(&offer, &Choice::default()), ["/amount"]);
}

#[test]
fn answers_are_parted_by_what_they_tell_and_all_faults_are_told_at_once() {
    let mut offer = offer(CHOSEN);
    offer.questions = vec![question("age", true, true), question("seats", false, false)];
    let amount = Some(Money::new(10_000, Currency::Amd));
    let answering = |pairs: &[(&str, &str)]| Choice {
        amount,
        answers: pairs.iter().map(|(id, answer)| ((*id).to_owned(), (*answer).to_owned())).collect(),
        ..Choice::default()
    };
    let quote = quoted(&offer, &answering(&[("age", " 30 "), ("seats", "2")]));
    assert_eq!(quote.personal_answers, BTreeMap::from([("age".to_owned(), "30".to_owned())]));
    assert_eq!(quote.answers, BTreeMap::from([("seats".to_owned(), "2".to_owned())]));
    let quote = quoted(&offer, &answering(&[("age", "30"), ("seats", "  ")]));
    assert!(quote.answers.is_empty(), "a blank is no answer");
    let wrong = Choice { amount: None, quantity: Some(9), ..answering(&[("age", ""), ("seats", "x"), ("more", "1")]) };
    assert_eq!(pointers(&offer, &wrong), ["/amount", "/quantity", "/answers/age", "/answers/seats", "/answers/more"]);
}

#[test]
fn a_press_never_comes_to_more_than_a_payment_may_have() {
    let mut offer = offer(Price::Fixed { minor: MAX_MINOR });
    assert_eq!(quoted(&offer, &Choice::default()).amount.minor, MAX_MINOR);
    offer.quantity = Some(Bounds { min: 1, max: u32::MAX });
    assert_eq!(pointers(&offer, &Choice { quantity: Some(2), ..Choice::default() }), ["/quantity"]);
    assert_eq!(pointers(&offer, &Choice { quantity: Some(u32::MAX), ..Choice::default() }), ["/quantity"]);
    assert_eq!(offer.dearest_minor(), i128::from(MAX_MINOR) * i128::from(u32::MAX));
}

#[test]
fn a_plain_amount_is_what_a_press_without_words_comes_to() {
    let mut fixed = offer(FIXED);
    fixed.quantity = Some(Bounds { min: 3, max: 4 });
    fixed.questions = vec![question("seats", false, false)];
    assert_eq!(fixed.plain_amount(), Some(quoted(&fixed, &Choice::default()).amount));
    let needs_answer = Offer { questions: vec![question("age", true, true)], ..fixed.clone() };
    let needs_way = Offer { deliveries: vec![delivery("home", 0)], ..fixed.clone() };
    for offer in [needs_answer, needs_way, offer(CHOSEN)] {
        assert!(offer.plain_amount().is_none() && offer.quote(&Choice::default(), Language::En).is_err());
    }
}

#[test]
fn a_text_is_said_in_the_language_asked_for_or_the_first_there_is() {
    let both = texts("հայ", "eng");
    let said = |texts: &Texts, language| texts.said_in(language).map(str::to_owned);
    assert_eq!(said(&both, Language::En).as_deref(), Some("eng"));
    assert_eq!(said(&both, Language::Ru).as_deref(), Some("հայ"));
    let russian = Texts { ru: Some("рус".to_owned()), ..Texts::default() };
    assert_eq!(said(&russian, Language::Hy).as_deref(), Some("рус"));
    assert_eq!(said(&Texts { en: Some("e".to_owned()), ..Texts::default() }, Language::Ru).as_deref(), Some("e"));
    assert!(said(&Texts::default(), Language::En).is_none() && Texts::default().is_empty() && !russian.is_empty());
}
