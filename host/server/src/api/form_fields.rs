//! A settings form from a plugin's JSON Schema (2020-12): each property as a field that a page can draw, with what stands there now. It
//! knows no plugin, and judges nothing: what is entered is checked against the schema itself.

use kamurj_domain::format::Language;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// How deep a form goes; what lies deeper is entered as JSON.
const DEEPEST: usize = 6;
/// References that lead to references, at most.
const MOST_REFERENCES: usize = 8;

/// One field of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldBody {
    /// Where its value stands in the settings (RFC 6901). In the field of a list's items a `*` stands for the place in the list, and in
    /// that of free names for the name.
    pub pointer: String,
    /// `text`, `long_text`, `number`, `integer`, `switch`, `choice` (one of `options`, or of the list `choices_from`), `list` (of `items`),
    /// `group` (of `fields`), `names` (any names, each with a value like `items`), `json` (whatever else, as JSON).
    pub kind: String,
    /// What stands before it.
    pub label: String,
    /// What stands below it; may be empty.
    pub help: String,
    /// Whether something must be entered.
    pub required: bool,
    /// What stands there now; absent where nothing does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub value: Option<Value>,
    /// What counts where nothing is entered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub default: Option<Value>,
    /// What can be chosen, where the schema itself says so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<OptionBody>,
    /// The name of the list that can be chosen from, which the service has: ask for it with `POST …/choices`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choices_from: Option<String>,
    /// The pattern that a text must match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// The least and the most: a number, or the length of a text or list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub least: Option<String>,
    /// See `least`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most: Option<String>,
    /// The fields of a group.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    pub fields: Vec<FieldBody>,
    /// What one item of a list, or one name's value, looks like.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    pub items: Option<Box<FieldBody>>,
}

/// One thing that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OptionBody {
    /// What the setting then holds.
    #[schema(value_type = Object)]
    pub value: Value,
    /// As people know it.
    pub title: String,
}

/// The fields of a plugin's settings, in the order of the schema.
pub fn fields(schema: &Map<String, Value>, settings: &Map<String, Value>, language: Language) -> Vec<FieldBody> {
    let drawing = Drawing { root: schema, language };
    drawing.properties(schema, Some(settings), "", 0)
}

/// The names of all lists that the form's fields choose from.
pub fn lists(fields: &[FieldBody]) -> Vec<String> {
    let mut names = Vec::new();
    collect(fields, &mut names);
    names.sort();
    names.dedup();
    names
}

fn collect(fields: &[FieldBody], names: &mut Vec<String>) {
    for field in fields {
        names.extend(field.choices_from.clone());
        collect(&field.fields, names);
        if let Some(items) = &field.items {
            collect(std::slice::from_ref(items), names);
        }
    }
}

struct Drawing<'a> {
    root: &'a Map<String, Value>,
    language: Language,
}

impl Drawing<'_> {
    fn properties(
        &self,
        schema: &Map<String, Value>,
        values: Option<&Map<String, Value>>,
        pointer: &str,
        depth: usize,
    ) -> Vec<FieldBody> {
        let required: Vec<&str> =
            schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let known = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        known
            .map(|(name, of)| {
                let pointer = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
                let value = values.and_then(|values| values.get(name));
                let mut field = self.field(of, value, &pointer, depth);
                field.required = required.contains(&name.as_str());
                if field.label.is_empty() {
                    field.label.clone_from(name);
                }
                field
            })
            .collect()
    }

    fn field(&self, of: &Value, value: Option<&Value>, pointer: &str, depth: usize) -> FieldBody {
        let own = of.as_object().cloned().unwrap_or_default();
        let schema = self.resolved(&own);
        let text = |name: &str| schema.get(name).and_then(Value::as_str).map(str::to_owned);
        let options = options(&schema);
        let choices_from = text("x-choices");
        let kind = kind(&schema, &options, choices_from.as_deref(), depth);
        let mut field = FieldBody {
            pointer: pointer.to_owned(),
            kind: kind.to_owned(),
            label: self.said(&schema, "title"),
            help: self.said(&schema, "description"),
            required: false,
            value: value.cloned(),
            default: schema.get("default").cloned(),
            options,
            choices_from,
            pattern: text("pattern"),
            least: bound(&schema, ["minimum", "minLength", "minItems"]),
            most: bound(&schema, ["maximum", "maxLength", "maxItems"]),
            fields: Vec::new(),
            items: None,
        };
        let inside = depth + 1;
        match kind {
            "group" => field.fields = self.properties(&schema, value.and_then(Value::as_object), pointer, inside),
            "list" | "names" => {
                let of = schema.get(if kind == "list" { "items" } else { "additionalProperties" });
                field.items = of.map(|of| Box::new(self.field(of, None, &format!("{pointer}/*"), inside)));
            }
            _ => {}
        }
        field
    }

    /// The schema with what it refers to; its own words count first. Only what lies in the schema itself is followed.
    fn resolved(&self, own: &Map<String, Value>) -> Map<String, Value> {
        let mut whole = own.clone();
        for _ in 0..MOST_REFERENCES {
            let Some(reference) = whole.remove("$ref") else { break };
            let target = reference.as_str().and_then(|text| text.strip_prefix('#'));
            let found = target.and_then(|pointer| {
                let mut at: Option<&Value> = None;
                for part in pointer.split('/').skip(1) {
                    let part = part.replace("~1", "/").replace("~0", "~");
                    at = match at {
                        None => self.root.get(&part),
                        Some(value) => value.get(&part),
                    };
                    at?;
                }
                at?.as_object()
            });
            for (name, value) in found.into_iter().flatten() {
                whole.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        whole
    }

    /// A text of the schema in the reader's language, where its author wrote it: `x-title` and `x-description`.
    fn said(&self, schema: &Map<String, Value>, name: &str) -> String {
        let translated = schema.get(&format!("x-{name}")).and_then(|texts| texts.get(self.language.tag()));
        translated.or_else(|| schema.get(name)).and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

fn options(schema: &Map<String, Value>) -> Vec<OptionBody> {
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let titled = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    let titled: Vec<OptionBody> = titled
        .filter_map(|one| {
            let value = one.get("const")?.clone();
            let title = one.get("title").and_then(Value::as_str).map_or_else(|| plain(&value), str::to_owned);
            Some(OptionBody { value, title })
        })
        .collect();
    if !titled.is_empty() {
        return titled;
    }
    let listed = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
    listed.map(|value| OptionBody { value: value.clone(), title: plain(value) }).collect()
}

fn kind(schema: &Map<String, Value>, options: &[OptionBody], from: Option<&str>, depth: usize) -> &'static str {
    let word = match schema.get("type") {
        Some(Value::String(word)) => word.as_str(),
        // Several types: the first that is no `null`.
        Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).find(|word| *word != "null").unwrap_or(""),
        _ if schema.contains_key("properties") => "object",
        _ => "",
    };
    let is_deep = depth >= DEEPEST;
    match word {
        "array" if !is_deep && schema.get("items").is_some_and(Value::is_object) => "list",
        "object" if !is_deep && schema.get("properties").is_some_and(Value::is_object) => "group",
        "object" if !is_deep && schema.get("additionalProperties").is_some_and(Value::is_object) => "names",
        _ if !options.is_empty() || from.is_some() => "choice",
        "string" if schema.get("maxLength").and_then(Value::as_u64).is_some_and(|most| most > 500) => "long_text",
        "string" => "text",
        "number" => "number",
        "integer" => "integer",
        "boolean" => "switch",
        _ => "json",
    }
}

fn bound(schema: &Map<String, Value>, names: [&str; 3]) -> Option<String> {
    names.into_iter().find_map(|name| schema.get(name)).filter(|value| value.is_number()).map(ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn drawn(schema: &Value, settings: &Value, language: Language) -> Value {
        let object = |value: &Value| value.as_object().cloned().expect("an object");
        json!(fields(&object(schema), &object(settings), language))
    }

    #[test]
    fn every_kind_of_property_becomes_its_field_with_what_stands_there() {
        let schema = json!({
            "type": "object", "required": ["portal"],
            "properties": {
                "portal": { "title": "Portal", "description": "Its origin.", "type": "string", "pattern": "^https" },
                "create": { "type": "boolean", "default": false },
                "hours": { "type": "integer", "minimum": 1, "maximum": 72 },
                "language": { "enum": ["hy", "ru"] },
                "pipeline": { "type": "string", "x-choices": "pipelines" },
                "stages": {
                    "type": "object",
                    "properties": { "paid": { "$ref": "#/$defs/stage", "title": "Paid", "x-title": { "hy": "Վճարված" } } },
                },
                "managers": { "type": "array", "items": { "type": "string" }, "maxItems": 9 },
                "names": { "type": "object", "additionalProperties": { "type": "string" } },
                "anything": {},
            },
            "$defs": { "stage": { "type": "string", "title": "Stage", "x-choices": "stages" } },
        });
        let settings = json!({ "portal": "https://shop.example.am", "stages": { "paid": "WON" } });
        let drawn = drawn(&schema, &settings, Language::Hy);
        let of = |name: &str| {
            drawn.as_array().unwrap().iter().find(|field| field["pointer"] == format!("/{name}")).unwrap().clone()
        };
        let kinds = ["portal", "create", "hours", "language", "pipeline", "stages", "managers", "names", "anything"]
            .map(|name| of(name)["kind"].as_str().unwrap().to_owned());
        let expected = ["text", "switch", "integer", "choice", "choice", "group", "list", "names", "json"];
        assert_eq!(kinds, expected);
        let portal = of("portal");
        assert_eq!(
            (&portal["label"], &portal["help"], &portal["required"], &portal["value"], &portal["pattern"]),
            (
                &json!("Portal"),
                &json!("Its origin."),
                &json!(true),
                &json!("https://shop.example.am"),
                &json!("^https")
            )
        );
        assert_eq!((&of("create")["label"], &of("create")["default"]), (&json!("create"), &json!(false)));
        assert_eq!((&of("hours")["least"], &of("hours")["most"]), (&json!("1"), &json!("72")));
        assert_eq!(
            of("language")["options"],
            json!([{ "value": "hy", "title": "hy" }, { "value": "ru", "title": "ru" }])
        );
        let paid = &of("stages")["fields"][0];
        assert_eq!(
            (&paid["pointer"], &paid["label"], &paid["value"], &paid["choices_from"]),
            (&json!("/stages/paid"), &json!("Վճարված"), &json!("WON"), &json!("stages"))
        );
        assert_eq!(of("managers")["items"]["pointer"], "/managers/*");
    }

    #[test]
    fn the_lists_to_ask_for_are_found_wherever_they_stand() {
        let schema = json!({ "properties": {
            "a": { "type": "array", "items": { "type": "string", "x-choices": "users" } },
            "b": { "properties": { "c": { "type": "string", "x-choices": "stages" } } },
            "d": { "type": "string", "x-choices": "stages" },
        } });
        assert_eq!(lists(&fields(schema.as_object().unwrap(), &Map::new(), Language::En)), ["stages", "users"]);
    }

    #[test]
    fn a_schema_that_refers_to_itself_ends_as_json() {
        let schema = json!({
            "properties": { "a": { "$ref": "#/$defs/a" } },
            "$defs": { "a": { "type": "object", "properties": { "a": { "$ref": "#/$defs/a" }, "b": { "$ref": "#/$defs/b" } } },
                       "b": { "$ref": "#/$defs/b" } },
        });
        let mut field = &drawn(&schema, &json!({}), Language::En)[0];
        for _ in 0..DEEPEST {
            field = &field["fields"][0];
        }
        assert_eq!(field["kind"], "json");
    }
}
