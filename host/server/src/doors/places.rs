//! What stands where in an inbound body: the keys that its route names, and what is taken out before it is kept. It knows neither
//! secrets nor the inbox.

use kamurj_plugins::contract::{InboundRoute, Key, Place, Scheme};
use serde_json::{Value, json};
use std::borrow::Cow;

/// A body without what its route strips.
pub(super) struct Kept<'b> {
    /// The bytes that are kept and handed on.
    pub(super) bytes: Cow<'b, [u8]>,
    content: Content,
}

enum Content {
    Json(Value),
    Form(Vec<(String, String)>),
    /// Nobody asked what is in it, or it is not what was asked for.
    Plain,
}

impl<'b> Kept<'b> {
    /// Reads a body as its route takes it.
    pub(super) fn of(route: &InboundRoute, body: &'b [u8]) -> Self {
        if route.takes_forms() {
            let bytes = stripped_form(route, body);
            let content = Content::Form(url::form_urlencoded::parse(&bytes).into_owned().collect());
            return Self { bytes, content };
        }
        let parsed = route.needs_json().then(|| serde_json::from_slice::<Value>(body).ok()).flatten();
        let content = |parsed: Option<Value>| parsed.map_or(Content::Plain, Content::Json);
        if route.strip.is_empty() {
            return Self { bytes: body.into(), content: content(parsed) };
        }
        // Always written anew: a name that stands there twice would bring along what was taken out under its other value. What
        // cannot be read cannot be stripped, so none of it is kept.
        let parsed = parsed.map(|mut value| {
            route.strip.iter().for_each(|place| remove(&mut value, &segments(place)));
            value
        });
        Self {
            bytes: parsed.as_ref().map_or_else(Vec::new, |value| value.to_string().into_bytes()).into(),
            content: content(parsed),
        }
    }

    /// Whether it is no JSON although only JSON can be read as the route asks.
    pub(super) fn is_unreadable(&self, route: &InboundRoute) -> bool {
        route.needs_json() && matches!(self.content, Content::Plain)
    }

    /// The first of these keys that is there.
    pub(super) fn first(&self, keys: &[Key]) -> Option<String> {
        keys.iter().find_map(|key| match key {
            Key::One(place) => {
                let mut values = self.values(place);
                if values.len() > 1 { Some(json!(values).to_string()) } else { values.pop() }
            }
            Key::Joined(places) => {
                let each = places.iter().map(|place| (place, self.values(place)));
                let whole: Option<Vec<Value>> =
                    each.map(|(place, values)| (!values.is_empty()).then(|| json!([place, values]))).collect();
                whole.map(|whole| Value::Array(whole).to_string())
            }
        })
    }

    /// Every text and number at this place, in the body's order.
    fn values(&self, place: &Place) -> Vec<String> {
        match &self.content {
            Content::Json(value) => {
                let mut found = Vec::new();
                collect(value, &segments(place), &mut found);
                found
            }
            Content::Form(fields) => {
                let name = place.form_field().unwrap_or_default();
                fields.iter().filter(|(known, _)| fits(name, known)).map(|(_, value)| value.clone()).collect()
            }
            Content::Plain => Vec::new(),
        }
    }
}

/// The segments of a JSON pointer (RFC 6901).
fn segments(place: &Place) -> Vec<String> {
    place.0.split('/').skip(1).map(|segment| segment.replace("~1", "/").replace("~0", "~")).collect()
}

fn collect(value: &Value, way: &[String], found: &mut Vec<String>) {
    let Some((next, rest)) = way.split_first() else {
        match value {
            Value::String(text) => found.push(text.clone()),
            Value::Number(number) => found.push(number.to_string()),
            _ => {}
        }
        return;
    };
    match value {
        Value::Array(elements) if next == "*" => elements.iter().for_each(|element| collect(element, rest, found)),
        Value::Array(elements) => {
            if let Some(element) = next.parse().ok().and_then(|index: usize| elements.get(index)) {
                collect(element, rest, found);
            }
        }
        Value::Object(members) => {
            if let Some(member) = members.get(next) {
                collect(member, rest, found);
            }
        }
        _ => {}
    }
}

/// Removes a member; an element of an array becomes `null`, so that the others stay where they are.
fn remove(value: &mut Value, way: &[String]) {
    let Some((next, rest)) = way.split_first() else { return };
    match value {
        Value::Array(elements) => {
            let meant = |index: &usize| next == "*" || next.parse() == Ok(*index);
            for (_, element) in elements.iter_mut().enumerate().filter(|(index, _)| meant(index)) {
                if rest.is_empty() {
                    *element = Value::Null;
                } else {
                    remove(element, rest);
                }
            }
        }
        Value::Object(members) if rest.is_empty() => {
            members.shift_remove(next);
        }
        Value::Object(members) => {
            if let Some(member) = members.get_mut(next) {
                remove(member, rest);
            }
        }
        _ => {}
    }
}

/// Whether a field has this name, in which `[*]` is any one pair of brackets.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((head, tail)) = pattern.split_once("[*]") else { return pattern == name };
    let inside = name.strip_prefix(head).and_then(|rest| rest.strip_prefix('[')).and_then(|rest| rest.split_once(']'));
    inside.is_some_and(|(_, rest)| fits(tail, rest))
}

/// The form without the fields that are taken out; the others' bytes are as they came.
fn stripped_form<'b>(route: &InboundRoute, body: &'b [u8]) -> Cow<'b, [u8]> {
    let secret = (route.scheme == Scheme::FormFieldEqualsSecret).then_some(route.field.as_str());
    let out: Vec<&str> = route.strip.iter().filter_map(Place::form_field).collect();
    let is_kept = |part: &&[u8]| {
        let name = url::form_urlencoded::parse(part).next().map(|(name, _)| name.into_owned()).unwrap_or_default();
        secret != Some(&name) && !out.iter().any(|pattern| fits(pattern, &name))
    };
    let parts: Vec<&[u8]> = body.split(|byte| *byte == b'&').collect();
    let kept: Vec<&[u8]> = parts.iter().copied().filter(is_kept).collect();
    if kept.len() == parts.len() { body.into() } else { kept.join(&b'&').into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(more: &Value) -> InboundRoute {
        let mut route = json!({ "path": "in", "scheme": "path-equals-secret", "secret": "s" });
        for (name, value) in more.as_object().expect("fields") {
            route[name] = value.clone();
        }
        serde_json::from_value(route).expect("a route")
    }

    fn key(dedup: &Value, body: &str) -> Option<String> {
        let route = route(&json!({ "dedup": dedup }));
        Kept::of(&route, body.as_bytes()).first(&route.dedup)
    }

    fn kept(strip: &Value, body: &str) -> String {
        let route = route(&json!({ "strip": strip }));
        String::from_utf8(Kept::of(&route, body.as_bytes()).bytes.into_owned()).expect("text")
    }

    #[test]
    fn the_first_key_that_is_there_counts() {
        let keys = json!(["/a/id", "/b/0"]);
        assert_eq!(key(&keys, r#"{"a":{"id":7},"b":["x"]}"#).as_deref(), Some("7"));
        assert_eq!(key(&keys, r#"{"a":{"id":null},"b":["x"]}"#).as_deref(), Some("x"));
        assert_eq!(key(&keys, r#"{"b":[]}"#), None);
        assert_eq!(key(&json!(["/a~1b/~0c"]), r#"{"a/b":{"~c":"x"}}"#).as_deref(), Some("x"));
        assert_eq!(key(&keys, "no JSON"), None);
    }

    #[test]
    fn f8_a_bundle_is_known_by_all_that_it_carries() {
        let ids = json!(["/entry/*/messages/*/id"]);
        let bundle = |text: &str| key(&ids, text);
        let one = r#"{"entry":[{"messages":[{"id":"a"}]}]}"#;
        let two = r#"{"entry":[{"messages":[{"id":"a"},{"id":"b"}]}]}"#;
        let apart = r#"{"entry":[{"messages":[{"id":"a"}]},{"messages":[{"id":"b"}]}]}"#;
        assert_eq!(bundle(one).as_deref(), Some("a"));
        assert_eq!(bundle(two).as_deref(), Some(r#"["a","b"]"#));
        assert_eq!(bundle(two), bundle(apart));
    }

    #[test]
    fn f8_a_joined_key_needs_all_of_its_places_and_counts_with_their_names() {
        let keys = json!([["/id", "/status"], "/id"]);
        let sent = key(&keys, r#"{"id":"m","status":"sent"}"#);
        assert_ne!(sent, key(&keys, r#"{"id":"m","status":"read"}"#));
        assert_eq!(key(&keys, r#"{"id":"m"}"#).as_deref(), Some("m"));

        let keys = json!([
            ["form:leads[status][*][id]", "form:leads[status][*][last_modified]"],
            ["form:leads[update][*][id]", "form:leads[update][*][last_modified]"],
        ]);
        let status = key(&keys, "leads[status][0][id]=12&leads[status][0][last_modified]=99&account[id]=1");
        let update = key(&keys, "leads[update][0][id]=12&leads[update][0][last_modified]=99&account[id]=1");
        let encoded = "leads%5Bstatus%5D%5B0%5D%5Bid%5D=12&leads%5Bstatus%5D%5B0%5D%5Blast_modified%5D=99";
        assert!(status.is_some() && update.is_some() && status != update);
        assert_eq!(key(&keys, encoded), status);
        assert_eq!(key(&keys, "leads[status][0][id]=12"), None);
        assert_ne!(
            key(&json!([["/a", "/b"]]), r#"{"a":"1,2","b":"3"}"#),
            key(&json!([["/a", "/b"]]), r#"{"a":"1","b":"2,3"}"#)
        );
    }

    #[test]
    fn brackets_stand_for_one_pair_of_brackets() {
        assert!(fits("a[*][id]", "a[0][id]") && fits("a[*][id]", "a[x y][id]") && fits("a[*]", "a[]"));
        for other in ["a[0][1][id]", "a[id]", "b[0][id]", "a[0][id][x]", "a0[id]", "a[0]"] {
            assert!(!fits("a[*][id]", other), "{other}");
        }
    }

    #[test]
    fn h5_what_is_stripped_is_gone_however_it_is_written() {
        let out = json!(["form:auth[access_token]", "form:auth[refresh_token]"]);
        let form =
            "event=X&auth[access_token]=T1&auth%5Brefresh_token%5D=T2&auth%5Bmember_id%5D=m&auth[access_token]=T3&x";
        assert_eq!(kept(&out, form), "event=X&auth%5Bmember_id%5D=m&x");
        assert_eq!(kept(&out, "event=X&&y=%zz"), "event=X&&y=%zz", "the bytes of the rest are as they came");

        let out = json!(["/auth/access_token", "/list/*/token", "/pair/1"]);
        let text = r#"{"z":1,"auth":{"access_token":"T","a":2},"list":[{"token":"T"},{"b":3}],"pair":["x","T"]}"#;
        assert_eq!(kept(&out, text), r#"{"z":1,"auth":{"a":2},"list":[{},{"b":3}],"pair":["x",null]}"#);
        let twice = r#"{"auth":{"access_token":"T"},"auth":{"a":2}}"#;
        assert_eq!(kept(&out, twice), r#"{"auth":{"a":2}}"#);
        assert_eq!(kept(&out, "access_token=T"), "", "what cannot be read cannot be stripped");
    }

    #[test]
    fn the_field_of_the_secret_is_always_stripped() {
        let by_field = json!({ "scheme": "form-field-equals-secret", "field": "auth[application_token]" });
        let route = route(&by_field);
        let kept = Kept::of(&route, b"auth[application_token]=s&ts=1");
        assert_eq!(&*kept.bytes, b"ts=1");
        assert!(!kept.is_unreadable(&route));
    }
}
