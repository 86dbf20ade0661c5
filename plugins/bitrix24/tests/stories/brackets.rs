//! Queries with bracketed names and references to earlier answers, as a portal reads the parts of a batch. It must not know any method.

use serde_json::{Map, Value};

/// The parameters of a query; every value is a text.
pub(crate) fn read(query: &str, before: &Map<String, Value>) -> Value {
    let mut parameters = Value::Object(Map::new());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').expect("a value");
        let name = decoded(name);
        let value = decoded(value);
        let path: Vec<String> = name.split('[').map(|part| part.trim_end_matches(']').to_owned()).collect();
        put(&mut parameters, &path, filled(&value, before));
    }
    listed(parameters)
}

fn put(place: &mut Value, path: &[String], value: Value) {
    match path {
        [] => *place = value,
        [name, rest @ ..] => {
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            put(&mut place[name.as_str()], rest, value);
        }
    }
}

/// Objects whose names are numbers are lists.
fn listed(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let is_list = !fields.is_empty() && fields.keys().all(|name| name.parse::<usize>().is_ok());
            let count = fields.len();
            let mut fields: Map<String, Value> =
                fields.into_iter().map(|(name, value)| (name, listed(value))).collect();
            if is_list {
                return (0..count).map(|place| fields.remove(&place.to_string()).expect("no gaps")).collect();
            }
            Value::Object(fields)
        }
        other => other,
    }
}

fn filled(text: &str, before: &Map<String, Value>) -> Value {
    let Some(path) = text.strip_prefix("$result[") else { return Value::String(text.to_owned()) };
    let mut keys = path.trim_end_matches(']').split("][");
    let mut found = keys.next().and_then(|name| before.get(name)).cloned().unwrap_or_default();
    for key in keys {
        found = found[key].take();
    }
    Value::String(match found {
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    })
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let pair = [rest.next().expect("two digits"), rest.next().expect("two digits")];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&pair).expect("digits"), 16).expect("hex"));
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}
