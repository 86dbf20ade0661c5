//! `batch`: up to fifty calls in one. It answers 200 though parts fail, and a part may use what an earlier one found. It must not
//! know what its parts do.

use serde_json::{Map, Value, json};

use super::refusal::{Found, Refusal};
use super::{Asked, State, brackets, methods};

/// How many parts a batch may have.
const LONGEST: usize = 50;

/// What became of the parts, each under its own name.
#[derive(Default)]
struct Parts {
    results: Map<String, Value>,
    errors: Map<String, Value>,
    totals: Map<String, Value>,
    nexts: Map<String, Value>,
    times: Map<String, Value>,
}

impl State {
    pub(super) fn batch(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        let commands = match asked.parameters.get("cmd") {
            None => return Err(Refusal::missing("cmd")),
            Some(Value::Object(commands)) => commands.clone(),
            Some(Value::Array(several)) => {
                several.iter().enumerate().map(|(place, command)| (place.to_string(), command.clone())).collect()
            }
            Some(_) => return Err(Refusal::new(400, "INVALID_REQUEST", "Parameter 'cmd' must be array.")),
        };
        let halts = match asked.parameters.get("halt") {
            Some(Value::Bool(halts)) => *halts,
            Some(halt) => *halt == 1 || halt == "1" || halt == "true",
            None => false,
        };
        let mut parts = Parts::default();
        for (place, (name, command)) in commands.iter().enumerate() {
            let outcome = if place < LONGEST {
                self.part(asked, command.as_str().unwrap_or_default(), &parts.results)
            } else {
                Err(Refusal::new(400, "ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded"))
            };
            match outcome {
                Ok(found) => parts.keep(name, found, asked.now),
                Err(refusal) => {
                    parts.errors.insert(name.clone(), refusal.body());
                    if halts {
                        break;
                    }
                }
            }
        }
        Ok(Found::one(json!({
            "result": php(parts.results), "result_error": php(parts.errors), "result_total": php(parts.totals),
            "result_next": php(parts.nexts), "result_time": php(parts.times),
        })))
    }

    fn part(&mut self, asked: &Asked, command: &str, before: &Map<String, Value>) -> Result<Found, Refusal> {
        let (name, query) = command.split_once('?').unwrap_or((command, ""));
        if name.eq_ignore_ascii_case("batch") {
            return Err(Refusal::new(405, "ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not allowed for batch usage"));
        }
        let (_, scope, call) = methods::known(name).ok_or_else(methods::unknown)?;
        asked.caller.wants(scope)?;
        let mut parameters = brackets::read(query);
        parameters.values_mut().for_each(|value| fill(value, before));
        call(self, &Asked { caller: asked.caller, parameters: &parameters, now: asked.now })
    }
}

impl Parts {
    fn keep(&mut self, name: &str, found: Found, now: i64) {
        if let Some((total, next)) = found.paging {
            self.totals.insert(name.to_owned(), total.into());
            if let Some(next) = next {
                self.nexts.insert(name.to_owned(), next.into());
            }
        }
        self.results.insert(name.to_owned(), found.result);
        self.times.insert(name.to_owned(), super::refusal::time(now));
    }
}

/// PHP writes an empty object as an empty list.
fn php(map: Map<String, Value>) -> Value {
    if map.is_empty() { json!([]) } else { Value::Object(map) }
}

/// Puts what was found before in place of `$result[part][key]…`. What is not there is nothing.
fn fill(value: &mut Value, before: &Map<String, Value>) {
    match value {
        Value::Array(several) => several.iter_mut().for_each(|one| fill(one, before)),
        Value::Object(fields) => fields.values_mut().for_each(|one| fill(one, before)),
        Value::String(text) => {
            if let Some(filled) = filled(text, before) {
                *value = filled;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn filled(text: &str, before: &Map<String, Value>) -> Option<Value> {
    const MARK: &str = "$result[";
    if !text.contains(MARK) {
        return None;
    }
    let mut whole = String::new();
    let mut rest = text;
    while let Some((plain, after)) = rest.split_once(MARK) {
        whole.push_str(plain);
        // The keys stand in brackets one after the other; the first bracket is open already.
        let mut path = Vec::new();
        let mut open = Some(after);
        rest = "";
        while let Some((key, beyond)) = open.and_then(|after| after.split_once(']')) {
            path.push(key);
            rest = beyond;
            open = beyond.strip_prefix('[');
        }
        let found = path.split_first().and_then(|(first, below)| {
            below.iter().try_fold(before.get(*first)?, |value, key| match value {
                Value::Array(several) => several.get(key.parse::<usize>().ok()?),
                other => other.get(*key),
            })
        });
        match found {
            Some(Value::String(text)) => whole.push_str(text),
            Some(value @ (Value::Array(_) | Value::Object(_))) if plain.is_empty() && rest.is_empty() => {
                return Some(value.clone());
            }
            Some(Value::Null) | None => {}
            Some(other) => whole.push_str(&other.to_string()),
        }
    }
    whole.push_str(rest);
    Some(Value::String(whole))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::filled;

    #[test]
    fn references_are_replaced_by_what_was_found() {
        let before = json!({"a": {"item": {"id": 7, "title": "Cake", "ids": [3, 5]}}, "b": [{"ID": "9"}], "c": 4});
        let before = before.as_object().unwrap();
        for (text, whole) in [
            ("$result[a][item][id]", Some(json!("7"))),
            ("D_$result[a][item][id]!", Some(json!("D_7!"))),
            ("$result[a][item][id]/$result[c]", Some(json!("7/4"))),
            ("$result[b][0][ID]", Some(json!("9"))),
            ("$result[a][item][ids]", Some(json!([3, 5]))),
            ("$result[x][y]", Some(json!(""))),
            ("$result[", Some(json!(""))),
            ("plain", None::<Value>),
        ] {
            assert_eq!(filled(text, before), whole, "{text}");
        }
    }
}
