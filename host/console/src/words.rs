//! What templates may call: amounts, moments and words as people read them. All of it takes values of the API's answers and gives text,
//! which the engine escapes. Markup is made in one place alone, where English remains on a page of another language.

use crate::figures;
use crate::sentences::Sentences;
use crate::texts::Texts;
use kamurj_domain::format::{self, Language};
use kamurj_domain::time;
use minijinja::{Environment, HtmlEscape, State, Value};
use std::sync::Arc;

/// Registers everything that templates may call.
pub(crate) fn register(environment: &mut Environment<'static>, texts: &Arc<Texts>, sentences: &Arc<Sentences>) {
    environment.add_filter("default", minijinja::filters::default);
    environment.add_filter("length", minijinja::filters::length);
    environment.add_filter("join", minijinja::filters::join);
    environment.add_filter("items", minijinja::filters::items);
    environment.add_filter("list", minijinja::filters::list);
    environment.add_filter("first", minijinja::filters::first);
    environment.add_filter("replace", minijinja::filters::replace);
    environment.add_filter("urlencode", minijinja::filters::urlencode);
    environment.add_filter("int", minijinja::filters::int);
    environment.add_test("defined", minijinja::tests::is_defined);
    environment.add_test("none", minijinja::tests::is_none);
    environment.add_test("string", minijinja::tests::is_string);
    environment.add_test("mapping", minijinja::tests::is_mapping);
    environment.add_test("sequence", minijinja::tests::is_sequence);
    environment.add_test("startingwith", minijinja::tests::is_startingwith);
    environment.add_function("namespace", minijinja::functions::namespace);
    environment.add_function("range", minijinja::functions::range);
    environment.add_filter("upper", minijinja::filters::upper);
    environment.add_filter("lower", minijinja::filters::lower);
    environment.add_filter("trim", minijinja::filters::trim);
    environment.add_filter("last", minijinja::filters::last);
    environment.add_filter("split", minijinja::filters::split);
    environment.add_filter("reverse", minijinja::filters::reverse);
    environment.add_filter("sort", minijinja::filters::sort);
    environment.add_filter("money", money);
    environment.add_filter("moment", moment);
    environment.add_filter("clock", clock);
    environment.add_filter("ago", ago);
    environment.add_filter("fill", fill);
    environment.add_filter("json", json);
    environment.add_filter("bytes", bytes);
    let own = Arc::clone(texts);
    environment.add_function("word", move |state: &State, group: &str, word: &str| word_of(&own, state, group, word));
    let own = Arc::clone(sentences);
    environment.add_filter("said", move |state: &State, sentence: &Value| said(&own, state, sentence));
    let own = Arc::clone(sentences);
    environment.add_filter("told", move |state: &State, sentence: &Value| told(&own, state, sentence));
}

/// A sentence of the API in the page's language. One that has no translation stays, and the page tells whoever reads it aloud that it is
/// English; one that is in the page's own letters was written in its language to begin with.
fn said(sentences: &Sentences, state: &State, sentence: &Value) -> Value {
    let Some(english) = sentence.as_str().filter(|_| !sentence.is_safe()) else { return sentence.clone() };
    let language = language(state);
    if let Some(told) = sentences.told(language, english) {
        return Value::from(told.into_owned());
    }
    if english.trim().is_empty() || english.chars().any(|one| is_of(language, one)) {
        return sentence.clone();
    }
    let escaped = HtmlEscape(english).to_string();
    Value::from_safe_string(format!("<span lang=\"en\">{escaped}</span>"))
}

/// The same where people may have written the text themselves, in whatever language, or where it becomes part of another text.
fn told(sentences: &Sentences, state: &State, sentence: &Value) -> Value {
    let translated = sentence.as_str().and_then(|english| sentences.told(language(state), english));
    translated.map_or_else(|| sentence.clone(), |told| Value::from(told.into_owned()))
}

/// Whether this is a letter of the language's alphabet.
fn is_of(language: Language, letter: char) -> bool {
    match language {
        Language::Hy => ('\u{531}'..='\u{587}').contains(&letter),
        Language::Ru => ('\u{400}'..='\u{4ff}').contains(&letter),
        Language::En => letter.is_ascii_alphabetic(),
    }
}

fn language(state: &State) -> Language {
    state.lookup("lang").and_then(|tag| Language::parse(tag.as_str()?)).unwrap_or(Language::En)
}

/// An amount of the API, `{"value": "12500", "currency": "AMD"}`, as people write it.
fn money(state: &State, amount: &Value) -> String {
    let part = |name: &str| amount.get_attr(name).ok().and_then(|value| value.as_str().map(str::to_owned));
    let (Some(value), Some(code)) = (part("value"), part("currency")) else { return String::new() };
    match figures::amount(amount) {
        Some(money) => format::money(money.minor, money.currency.code(), language(state)),
        None => format!("{value} {code}"),
    }
}

fn now(state: &State) -> Option<i64> {
    state.lookup("now").and_then(|now| time::parse(now.as_str()?))
}

/// A moment of the API (RFC 3339), or of the journal, in Yerevan, without the year where it is this one.
fn moment(state: &State, at: &Value) -> String {
    // The journal has times as milliseconds.
    let Some(at) = at.as_i64().or_else(|| at.as_str().and_then(time::parse)) else { return String::new() };
    format::date_time(at, now(state), language(state))
}

/// A moment of the API in Yerevan as a field of a day and time holds it.
fn clock(at: &Value) -> String {
    at.as_str().and_then(time::parse).map(time::yerevan_clock).unwrap_or_default()
}

/// How long ago a moment was, in its largest unit: `5m`, `3h`, `2d`, by the texts `ago_minutes`, `ago_hours`, `ago_days`.
fn ago(state: &State, at: &Value) -> String {
    let (Some(at), Some(now)) = (at.as_str().and_then(time::parse), now(state)) else { return String::new() };
    let minutes = (now - at).max(0) / 60_000;
    let (key, count) = match minutes {
        0..60 => ("ago_minutes", minutes),
        60..2880 => ("ago_hours", minutes / 60),
        _ => ("ago_days", minutes / 1440),
    };
    text(state, key).replace("{count}", &count.to_string())
}

fn text(state: &State, key: &str) -> String {
    let found = state.lookup("t").and_then(|texts| texts.get_attr(key).ok());
    found.and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A text with its placeholders filled in: `t.found|fill(count=3)`.
#[expect(clippy::needless_pass_by_value, reason = "the engine hands them over")]
fn fill(text: &str, values: minijinja::value::Kwargs) -> Result<String, minijinja::Error> {
    let mut filled = text.to_owned();
    for name in values.args().map(str::to_owned).collect::<Vec<_>>() {
        let value: Value = values.get(&name)?;
        filled = filled.replace(&format!("{{{name}}}"), &value.to_string());
    }
    Ok(filled)
}

/// Any value as JSON that a person can read and change.
fn json(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// A number of bytes in the largest unit that leaves a whole number of three digits at most.
fn bytes(count: i64) -> String {
    const KIB: i64 = 1024;
    /// From here on it would round to a thousand KiB.
    const MANY: i64 = 1_023_488;
    if count < KIB {
        format!("{count} B")
    } else if count < MANY {
        format!("{} KiB", (count + KIB / 2) / KIB)
    } else {
        format!("{} MiB", (count + KIB * KIB / 2) / (KIB * KIB))
    }
}

/// The word of a closed list in the page's language: the text `status_paid` for `word("status", "paid")`, the word itself where there
/// is no text for it.
fn word_of(texts: &Texts, state: &State, group: &str, word: &str) -> String {
    let key = format!("{group}_{}", word.replace(['.', '-'], "_"));
    texts.of(language(state)).get(&key).cloned().unwrap_or_else(|| word.replace('_', " "))
}
