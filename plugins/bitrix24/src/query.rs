//! Parameters of a call as a query with bracketed names, which is how a batch takes them: `filter[ID][0]=7`. It must not know any call.

use serde_json::Value;

/// The query of these parameters, every name and value encoded. What is null is left out.
pub(crate) fn of(body: &Value) -> String {
    let mut pairs = Vec::new();
    for (name, value) in body.as_object().into_iter().flatten() {
        flatten(&encoded(name), value, &mut pairs);
    }
    pairs.join("&")
}

fn flatten(name: &str, value: &Value, pairs: &mut Vec<String>) {
    match value {
        Value::Null => {}
        Value::Bool(is_so) => pairs.push(format!("{name}={}", u8::from(*is_so))),
        Value::Number(number) => pairs.push(format!("{name}={number}")),
        Value::String(text) => pairs.push(format!("{name}={}", encoded(text))),
        Value::Array(several) => {
            for (place, value) in several.iter().enumerate() {
                flatten(&format!("{name}[{place}]"), value, pairs);
            }
        }
        Value::Object(fields) => {
            for (field, value) in fields {
                flatten(&format!("{name}[{}]", encoded(field)), value, pairs);
            }
        }
    }
}

/// Percent-encoded (RFC 3986, unreserved characters stay). A reference to an earlier answer, `$result[a][item][id]`, stays too: the
/// portal looks for it in the query as it stands.
fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let is_reference = text.starts_with("$result[");
    let mut query = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => query.push(char::from(byte)),
            b'$' | b'[' | b']' if is_reference => query.push(char::from(byte)),
            _ => {
                let _infallible = write!(query, "%{byte:02X}");
            }
        }
    }
    query
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::of;

    #[test]
    fn parameters_become_a_query_as_php_reads_it() {
        for (body, query) in [
            (json!({ "entityTypeId": 2, "id": 10 }), "entityTypeId=2&id=10"),
            (
                json!({ "filter": { ">=updatedTime": "2026-11-21T12:00:00+04:00" } }),
                "filter[%3E%3DupdatedTime]=2026-11-21T12%3A00%3A00%2B04%3A00",
            ),
            (
                json!({ "filter": { "@id": [7, 8] }, "select": ["id"] }),
                "filter[%40id][0]=7&filter[%40id][1]=8&select[0]=id",
            ),
            (json!({ "id": "$result[a][item][contactId]" }), "id=$result[a][item][contactId]"),
            (json!({ "a": null, "b": true, "c": "Հ &=" }), "b=1&c=%D5%80%20%26%3D"),
            (json!({ "x": "1&id=$result[a]" }), "x=1%26id%3D%24result%5Ba%5D"),
        ] {
            assert_eq!(of(&body), query);
        }
    }
}
