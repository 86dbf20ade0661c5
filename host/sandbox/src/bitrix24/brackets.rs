//! Nested values in the form that PHP reads and writes: `data[FIELDS][ID]=7`. It must not know what they mean.

use serde_json::{Map, Value};

/// Reads a query or a form. Keys that count from nought make a list.
pub(super) fn read(text: &str) -> Map<String, Value> {
    let mut root = Map::new();
    for (key, value) in url::form_urlencoded::parse(text.as_bytes()) {
        let (name, rest) = key.split_once('[').unwrap_or((&key, ""));
        let mut path = vec![name];
        path.extend(rest.strip_suffix(']').unwrap_or(rest).split("][").filter(|_| key.contains('[')));
        put(&mut root, &path, value.into_owned());
    }
    root.into_iter().map(|(name, value)| (name, listed(value))).collect()
}

fn put(map: &mut Map<String, Value>, path: &[&str], value: String) {
    let Some((first, rest)) = path.split_first() else { return };
    // `a[]` takes the next number.
    let name = if first.is_empty() { map.len().to_string() } else { (*first).to_owned() };
    if rest.is_empty() {
        map.insert(name, Value::String(value));
        return;
    }
    let below = map.entry(name).or_insert_with(|| Value::Object(Map::new()));
    if !below.is_object() {
        *below = Value::Object(Map::new());
    }
    if let Some(below) = below.as_object_mut() {
        put(below, rest, value);
    }
}

fn listed(value: Value) -> Value {
    let Value::Object(map) = value else { return value };
    let map: Map<String, Value> = map.into_iter().map(|(name, value)| (name, listed(value))).collect();
    let counts = !map.is_empty() && (0..map.len()).all(|place| map.contains_key(&place.to_string()));
    if counts {
        return (0..map.len()).filter_map(|place| map.get(&place.to_string()).cloned()).collect();
    }
    Value::Object(map)
}

/// Writes a form. The names are whole keys already, with their brackets.
pub(super) fn write(pairs: &[(String, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{read, write};

    #[test]
    fn brackets_make_objects_and_lists() {
        for (form, object) in [
            ("entityTypeId=2&id=10", json!({"entityTypeId": "2", "id": "10"})),
            ("fields[stageId]=C1%3AWON&fields[a][b]=1", json!({"fields": {"stageId": "C1:WON", "a": {"b": "1"}}})),
            ("filter%5B%40id%5D%5B%5D=3&filter[@id][]=5", json!({"filter": {"@id": ["3", "5"]}})),
            ("select[0]=id&select[1]=title", json!({"select": ["id", "title"]})),
            ("a=1&a[b]=2", json!({"a": {"b": "2"}})),
            ("", json!({})),
        ] {
            assert_eq!(Value::Object(read(form)), object, "{form}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let pairs = [("auth[domain]".to_owned(), "a&b=շ".to_owned()), ("ts".to_owned(), "1".to_owned())];
        let written = write(&pairs);
        assert!(written.starts_with("auth%5Bdomain%5D="), "{written}");
        assert_eq!(Value::Object(read(&written)), json!({"auth": {"domain": "a&b=շ"}, "ts": "1"}));
    }
}
