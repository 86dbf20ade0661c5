use super::*;

fn of(json: &str) -> Result<Sentences, ConsoleError> {
    Sentences::of(&[("trial", json)])
}

fn catalogue() -> Sentences {
    of(r#"{
        "must be answered": {"hy": "պետք է պատասխանել", "ru": "нужно ответить"},
        "must be {0}": {"hy": "պետք է լինի {0}", "ru": "должно быть {0}"},
        "must be {0} to {1}": {"hy": "պետք է լինի {0}-ից {1}", "ru": "должно быть от {0} до {1}"},
        "line {0} tells of {1}": {"hy": "{1}՝ տող {0}", "ru": "{1}: строка {0}"},
        "given up after {0} runs: {1}": {"hy": "դադարեցվեց {0} փորձից հետո. {1}", "ru": "прекращено после {0} попыток: {1}"},
        "send `{\"grants\": \"all\"}`": {"hy": "ուղարկեք `{\"grants\": \"all\"}`", "ru": "отправьте `{\"grants\": \"all\"}`"}
    }"#)
    .unwrap()
}

fn told(english: &str) -> Option<String> {
    catalogue().told(Language::Ru, english).map(Cow::into_owned)
}

#[test]
fn an_exact_sentence_comes_before_a_pattern_and_the_special_pattern_before_the_general() {
    assert_eq!(told("must be answered").as_deref(), Some("нужно ответить"));
    assert_eq!(told("must be 1 to 5").as_deref(), Some("должно быть от 1 до 5"));
    assert_eq!(told("must be AMD").as_deref(), Some("должно быть AMD"));
}

#[test]
fn holes_carry_over_in_any_order_and_what_is_in_them_is_told_too() {
    assert_eq!(told("line 7 tells of 500 AMD").as_deref(), Some("500 AMD: строка 7"));
    let nested = told("given up after 3 runs: must be 1 to 5");
    assert_eq!(nested.as_deref(), Some("прекращено после 3 попыток: должно быть от 1 до 5"));
    assert_eq!(told("given up after 3 runs: Chat?").as_deref(), Some("прекращено после 3 попыток: Chat?"));
}

#[test]
fn the_name_before_a_sentence_stays() {
    assert_eq!(told("/amount/value: must be answered").as_deref(), Some("/amount/value: нужно ответить"));
    assert_eq!(told("what somebody says here at no small length indeed: must be answered"), None);
}

#[test]
fn each_sentence_of_a_list_in_a_hole_is_told() {
    let told = told("line 7 tells of must be answered; must be 1 to 5");
    assert_eq!(told.as_deref(), Some("нужно ответить; должно быть от 1 до 5: строка 7"));
}

#[test]
fn a_name_before_another_sentence_is_not_part_of_it() {
    let sentences = of(r#"{
        "{0} runs in a row broke: {1}": {"hy": "{0} անգամ՝ {1}", "ru": "{0} раз: {1}"},
        "{0} is out: {1}": {"hy": "{0}-ն անջատված է՝ {1}", "ru": "{0} отключён: {1}"}
    }"#)
    .unwrap();
    let told = sentences.told(Language::Ru, "chat is out: 5 runs in a row broke: memory");
    assert_eq!(told.as_deref(), Some("chat отключён: 5 раз: memory"));
}

#[test]
fn braces_that_are_no_holes_are_themselves_and_no_hole_is_empty() {
    assert_eq!(told("send `{\"grants\": \"all\"}`").as_deref(), Some("отправьте `{\"grants\": \"all\"}`"));
    assert_eq!(told("must be "), None);
    assert_eq!(told("line 7 tells of "), None);
}

#[test]
fn english_stays_and_what_is_not_there_is_not_told() {
    assert_eq!(catalogue().told(Language::En, "anything").as_deref(), Some("anything"));
    assert_eq!(told("Nothing of ours."), None);
}

/// Going back over such texts would take years: that this ends at all is what is tested.
#[test]
fn a_long_hostile_text_is_gone_through_once() {
    let key = Key::read("a{0}a{1}a{2}a{3}a{4}a{5}a{6}a{7}a{8}a{9}b").unwrap();
    let many = "a".repeat(1_000_000);
    assert!(key.takes(&format!("{many}c")).is_none());
    assert_eq!(key.takes(&format!("{many}b")).map(|holes| holes.len()), Some(10));
    let whole = Sentences::read().unwrap();
    for hostile in
        ["a: ", "must be ", "{0}", "line 1 of the bank's report \"", "is broken: ", "a; ", "must be 1; ", "՝ "]
    {
        let long = hostile.repeat(LONGEST / hostile.len());
        whole.told(Language::Ru, &long);
        whole.told(Language::Ru, &format!("given up after 3 runs: {}", hostile.repeat(1_000)));
        assert_eq!(whole.told(Language::Ru, &hostile.repeat(LONGEST)), None);
    }
}

#[test]
fn a_wrong_catalogue_stops_the_start() {
    for wrong in [
        r#"{"a b": {"hy": "x", "ru": "y"}, "a b": {"hy": "x", "ru": "y"}}"#,
        r#"{"a b": {"hy": " ", "ru": "y"}}"#,
        r#"{"a {0}": {"hy": "x", "ru": "y {0}"}}"#,
        r#"{"a {0}": {"hy": "x {1}", "ru": "y {0}"}}"#,
        r#"{"a {1}": {"hy": "x {1}", "ru": "y {1}"}}"#,
        r#"{"{0}": {"hy": "{0}", "ru": "{0}"}}"#,
        r#"{"a {0}{1}": {"hy": "{0}{1}", "ru": "{0}{1}"}}"#,
        r#"{"a b": {"hy": "x"}}"#,
    ] {
        assert!(of(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn no_sentence_of_the_catalogue_is_taken_for_another_one() {
    let whole = Sentences::read().unwrap();
    for (file, english) in Sentences::english().unwrap() {
        let holes: Vec<Cow<'_, str>> = (0..9).map(|hole| Cow::Owned(format!("X{hole}"))).collect();
        let text = Template::read(&english).filled(&holes);
        let own = whole.exact.get(&english).or_else(|| {
            let key = Key::read(&english).ok()?;
            whole.patterns.iter().find(|(other, _)| *other == key).map(|(_, sentence)| sentence)
        });
        let expected = own.map(|sentence| sentence.of(Language::Ru).filled(&holes));
        assert_eq!(whole.told(Language::Ru, &text).map(Cow::into_owned), expected, "{file}.json: {english}");
    }
}
