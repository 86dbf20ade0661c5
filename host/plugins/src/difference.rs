//! What two runs did differently, in words for the merchant. It compares records; it decides nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::record::Step;

/// Changed values of one request that are told; the others are counted.
const TOLD: usize = 3;
/// Longest part of a text that is shown, in characters.
const SHOWN: usize = 80;
/// Characters shown before the place where two long texts part.
const BEFORE: usize = 16;

/// What the run with the steps `now` does otherwise than the one with the steps `then`.
pub fn differences(then: &[Step], now: &[Step]) -> Vec<String> {
    let mut found = Vec::new();
    effects(then, now, &mut found);
    reads(then, now, &mut found);
    in_order("payments.create", "asks for a payment", "ask for a payment", then, now, &mut found);
    in_order("payments.propose", "makes a proposal", "make a proposal", then, now, &mut found);
    remembered(then, now, &mut found);
    let order = |steps: &[Step]| steps.iter().filter_map(|step| step.name.clone()).collect::<Vec<_>>();
    let (before, after) = (order(then), order(now));
    if found.is_empty() && before != after {
        found.push(format!("sends in another order: {} → {}", before.join(", "), after.join(", ")));
    }
    found
}

/// Effects are the same if they have the same name; those of one name are paired in order.
fn effects(then: &[Step], now: &[Step], found: &mut Vec<String>) {
    let mut names: Vec<&str> = Vec::new();
    for name in then.iter().chain(now).filter_map(|step| step.name.as_deref()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    for name in names {
        let [before, after] = [then, now].map(|steps| named(steps, name));
        for (one, other) in before.iter().zip(&after) {
            let changed = changed(&one.request, &other.request);
            if !changed.is_empty() {
                found.push(format!("sends `{name}` otherwise: {}", changed.join("; ")));
            }
        }
        match (before.len(), after.len()) {
            (0, _) => found.extend(after.iter().map(|step| format!("would send `{name}` ({})", line(step)))),
            (_, 0) => found.push(format!("no longer sends `{name}`")),
            (more, fewer) if more > fewer => found.push(format!("sends `{name}` {fewer} times instead of {more}")),
            (fewer, more) if more > fewer => found.push(format!("would send `{name}` {more} times instead of {fewer}")),
            _ => {}
        }
    }
}

fn named<'s>(steps: &'s [Step], name: &str) -> Vec<&'s Step> {
    steps.iter().filter(|step| step.name.as_deref() == Some(name)).collect()
}

/// Reads are the same if they ask the same; of those left over, two of one address are one that changed.
fn reads(then: &[Step], now: &[Step], found: &mut Vec<String>) {
    let of = |steps: &[Step]| -> Vec<Step> {
        let mut reads: Vec<Step> = Vec::new();
        for step in steps.iter().filter(|step| step.call == "http.send" && step.name.is_none()) {
            // Asking the same twice is no news to anybody.
            if reads.iter().all(|known| known.request != step.request) {
                reads.push(step.clone());
            }
        }
        reads
    };
    let (mut gone, mut new) = (of(then), of(now));
    gone.retain(|step| {
        let same = new.iter().position(|other| other.request == step.request);
        same.map(|index| new.remove(index)).is_none()
    });
    for step in &gone {
        match new.iter().position(|other| line(other) == line(step)) {
            Some(index) => {
                let changed = changed(&step.request, &new.remove(index).request);
                found.push(format!("calls {} otherwise: {}", line(step), changed.join("; ")));
            }
            None => found.push(format!("no longer calls {}", line(step))),
        }
    }
    found.extend(new.iter().map(|step| format!("would call {} in addition", line(step))));
}

/// Method and address, slots unfilled.
fn line(step: &Step) -> String {
    let text = |name: &str| step.request[name].as_str().unwrap_or_default();
    format!("{} {}", text("method"), cut(text("url"), 2 * SHOWN))
}

fn in_order(call: &str, does: &str, would: &str, then: &[Step], now: &[Step], found: &mut Vec<String>) {
    let of = |steps: &[Step]| steps.iter().filter(|step| step.call == call).cloned().collect::<Vec<_>>();
    let (before, after) = (of(then), of(now));
    for (one, other) in before.iter().zip(&after) {
        let changed = changed(&one.request, &other.request);
        if !changed.is_empty() {
            found.push(format!("{does} otherwise: {}", changed.join("; ")));
        }
    }
    for _ in after.len()..before.len() {
        found.push(format!("does not {would} any more"));
    }
    for _ in before.len()..after.len() {
        found.push(format!("would {would} in addition"));
    }
}

/// What each run leaves under each key.
fn remembered(then: &[Step], now: &[Step], found: &mut Vec<String>) {
    let of = |steps: &[Step]| -> BTreeMap<String, Option<(Value, Value)>> {
        let writes = steps.iter().filter_map(|step| {
            let key = step.request["key"].as_str()?.to_owned();
            match step.call.as_str() {
                "state.set" | "state.compare-and-set" => {
                    Some((key, Some((step.request["value"].clone(), step.request["ttl_ms"].clone()))))
                }
                "state.delete" => Some((key, None)),
                _ => None,
            }
        });
        writes.collect()
    };
    let (before, after) = (of(then), of(now));
    for key in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
        match (before.get(key), after.get(key)) {
            (Some(one), Some(other)) if one != other => {
                found.push(format!("remembers something else under `{}`", cut(key, SHOWN)));
            }
            (Some(_), None) => found.push(format!("remembers nothing new under `{}`", cut(key, SHOWN))),
            (None, Some(_)) => found.push(format!("would remember something under `{}`", cut(key, SHOWN))),
            _ => {}
        }
    }
}

/// The values in which two requests differ, each with what it was and what it is.
pub(crate) fn changed(then: &Value, now: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", &opened(then), &opened(now), &mut found);
    let more = found.len().saturating_sub(TOLD);
    found.truncate(TOLD);
    if more > 0 {
        found.push(format!("and {more} more values"));
    }
    found
}

/// A request with its body read as JSON where it is that.
fn opened(request: &Value) -> Value {
    let mut opened = request.clone();
    if let Some(text) = request["body"]["text"].as_str() {
        opened["body"] = serde_json::from_str(text)
            .ok()
            .filter(|body: &Value| body.is_object() || body.is_array())
            .unwrap_or_else(|| Value::String(text.to_owned()));
    }
    opened
}

fn compare(place: &str, then: &Value, now: &Value, found: &mut Vec<String>) {
    if then == now {
        return;
    }
    let below = |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place}/{name}") };
    match (then, now) {
        (Value::Object(one), Value::Object(other)) => {
            for name in one.keys().chain(other.keys()).collect::<BTreeSet<_>>() {
                let [one, other] = [one, other].map(|fields| fields.get(name).unwrap_or(&Value::Null));
                compare(&below(name), one, other, found);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                compare(&below(&index.to_string()), one, other, found);
            }
        }
        (Value::String(one), Value::String(other)) => {
            let (one, other) = parted(one, other);
            found.push(format!("`{}`: \"{one}\" → \"{other}\"", named_place(place)));
        }
        _ => found.push(format!("`{}`: {} → {}", named_place(place), plain(then), plain(now))),
    }
}

/// The field as its author knows it: what is in the body has no other name than its own.
fn named_place(place: &str) -> String {
    cut(place.strip_prefix("body/").unwrap_or(place), SHOWN)
}

fn plain(value: &Value) -> String {
    if value.is_null() { "nothing".to_owned() } else { cut(&value.to_string(), SHOWN) }
}

/// Two texts from shortly before the place where they part.
fn parted(one: &str, other: &str) -> (String, String) {
    let same = one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    let skipped = if one.chars().count().max(other.chars().count()) > SHOWN { same.saturating_sub(BEFORE) } else { 0 };
    let show = |text: &str| {
        let rest: String = text.chars().skip(skipped).collect();
        format!("{}{}", if skipped > 0 { "…" } else { "" }, cut(&rest, SHOWN))
    };
    (show(one), show(other))
}

fn cut(text: &str, characters: usize) -> String {
    let mut shown: String = text.chars().take(characters).collect();
    if text.chars().nth(characters).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::record::StepState;

    fn step(call: &str, name: Option<&str>, request: Value) -> Step {
        let name = name.map(str::to_owned);
        Step { index: 0, call: call.to_owned(), name, request, state: StepState::Answered, response: None }
    }

    fn post(name: &str, body: &Value) -> Step {
        let request = json!({ "method": "POST", "url": "https://x.am/send", "body": { "text": body.to_string() } });
        step("http.send", Some(name), request)
    }

    fn get(url: &str) -> Step {
        step("http.send", None, json!({ "method": "GET", "url": url, "body": null }))
    }

    fn set(key: &str, value: &str) -> Step {
        step("state.set", None, json!({ "key": key, "value": value, "expected": null, "ttl_ms": null }))
    }

    #[track_caller]
    fn check(then: &[Step], now: &[Step], expected: &[&str]) {
        assert_eq!(differences(then, now), expected);
    }

    #[test]
    fn the_same_is_no_difference() {
        let run = [post("a", &json!({ "text": "x" })), get("https://x.am/1"), set("k", "v")];
        check(&run, &run, &[]);
        check(&run, &[run[0].clone(), run[1].clone(), run[1].clone(), run[2].clone()], &[]);
    }

    #[test]
    fn an_effect_is_known_by_its_name() {
        let [before, after] = ["Paid: 100", "Paid, thank you: 100"].map(|text| json!({ "chat": 7, "text": text }));
        check(
            &[post("edit-link", &before)],
            &[post("edit-link", &after)],
            &["sends `edit-link` otherwise: `text`: \"Paid: 100\" → \"Paid, thank you: 100\""],
        );
        check(&[post("a", &before), post("b", &before)], &[post("a", &before)], &["no longer sends `b`"]);
        check(&[], &[post("a", &before)], &["would send `a` (POST https://x.am/send)"]);
        check(
            &[post("a", &before)],
            &[post("a", &before), post("a", &before)],
            &["would send `a` 2 times instead of 1"],
        );
        check(
            &[post("a", &before), post("b", &before)],
            &[post("b", &before), post("a", &before)],
            &["sends in another order: a, b → b, a"],
        );
    }

    #[test]
    fn a_question_is_known_by_its_words() {
        check(&[get("https://x.am/1")], &[], &["no longer calls GET https://x.am/1"]);
        check(&[], &[get("https://x.am/2")], &["would call GET https://x.am/2 in addition"]);
        let asked = |id: u32| {
            let text = json!({ "id": id }).to_string();
            step("http.send", None, json!({ "method": "POST", "url": "https://x.am/get", "body": { "text": text } }))
        };
        check(&[asked(1)], &[asked(2)], &["calls POST https://x.am/get otherwise: `id`: 1 → 2"]);
    }

    #[test]
    fn payments_and_memory_are_told() {
        let ask = |minor: i64| step("payments.create", None, json!({ "key": "1", "amount": { "minor": minor } }));
        check(&[ask(1)], &[ask(2)], &["asks for a payment otherwise: `amount/minor`: 1 → 2"]);
        check(&[], &[ask(2)], &["would ask for a payment in addition"]);
        check(&[ask(1)], &[], &["does not ask for a payment any more"]);
        check(
            &[set("k", "v")],
            &[set("k", "w"), set("l", "v")],
            &["remembers something else under `k`", "would remember something under `l`"],
        );
        check(&[set("k", "v")], &[], &["remembers nothing new under `k`"]);
    }

    #[test]
    fn long_texts_are_shown_where_they_part_and_many_values_are_counted() {
        let long = "ա".repeat(200);
        let told = changed(&json!({ "t": format!("{long}1") }), &json!({ "t": format!("{long}2") }));
        let same = "ա".repeat(BEFORE);
        assert_eq!(told, [format!("`t`: \"…{same}1\" → \"…{same}2\"")]);
        let [one, other] = [1, 2].map(|value| json!({ "a": value, "b": value, "c": value, "d": value, "e": value }));
        assert_eq!(changed(&one, &other), ["`a`: 1 → 2", "`b`: 1 → 2", "`c`: 1 → 2", "and 2 more values"]);
        assert_eq!(changed(&json!({ "a": null }), &json!({ "a": [1] })), ["`a`: nothing → [1]"]);
    }
}
