//! A form as it came, and the request's body that its fields make.

use super::{FILE_LIMIT, FORM_LIMIT};
use crate::problem::{Kind, Problem};
use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header;
use kamurj_console::{CODE_FIELD, Field, FieldKind, KEY_FIELD, Refusal};
use kamurj_domain::time;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Yerevan's distance from UTC; it has been the same all year round since 2012.
const OFFSET: &str = "+04:00";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What was typed and chosen.
#[derive(Debug, Default)]
pub(super) struct Form {
    pairs: Vec<(String, String)>,
    files: BTreeMap<String, (Bytes, &'static str)>,
}

impl Form {
    /// Reads a form of either encoding.
    pub(super) async fn read(request: Request) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if kind.starts_with("multipart/form-data") {
            return Self::parts(request).await;
        }
        let bytes = to_bytes(request.into_body(), FORM_LIMIT)
            .await
            .map_err(|_| Problem::new(Kind::TooLarge, format!("A form may have at most {FORM_LIMIT} bytes.")))?;
        let pairs = url::form_urlencoded::parse(&bytes).map(|(name, value)| (name.into_owned(), value.into_owned()));
        Ok(Self { pairs: pairs.collect(), files: BTreeMap::new() })
    }

    async fn parts(request: Request) -> Result<Self, Problem> {
        let broken = || Problem::new(Kind::Malformed, "The form broke off. Send it again.");
        let mut parts = Multipart::from_request(request, &()).await.map_err(|_| broken())?;
        let mut form = Self::default();
        let mut room = FILE_LIMIT;
        while let Some(part) = parts.next_field().await.map_err(|_| broken())? {
            let name = part.name().unwrap_or_default().to_owned();
            let file = part.file_name().map(str::to_owned);
            let kind = media_type(part.content_type().unwrap_or_default());
            let bytes = part.bytes().await.map_err(|_| {
                Problem::new(Kind::TooLarge, format!("A file may have at most {} MB.", FILE_LIMIT / 1024 / 1024))
            })?;
            room = room.checked_sub(bytes.len()).ok_or_else(broken)?;
            match file {
                Some(file) => {
                    form.pairs.push((format!("{name}_name"), file));
                    form.files.insert(name, (bytes, kind));
                }
                None => form.pairs.push((name, String::from_utf8_lossy(&bytes).into_owned())),
            }
        }
        Ok(form)
    }

    /// The first value of a name.
    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The bytes of a file, and their type as the browser names it.
    pub(super) fn file(&self, name: &str) -> (Bytes, &'static str) {
        self.files.get(name).cloned().unwrap_or((Bytes::new(), "application/octet-stream"))
    }

    /// What is shown in the form again: neither secrets nor codes.
    pub(super) fn shown_again(&self, is_secret: impl Fn(&str) -> bool) -> BTreeMap<String, String> {
        let kept = |name: &str| {
            let kind = self.first(&format!("kind:{name}"));
            name != KEY_FIELD
                && name != CODE_FIELD
                && !is_secret(name)
                && kind != Some("secret")
                && !name.contains("password")
        };
        let mut shown = BTreeMap::new();
        for (name, value) in self.pairs.iter().filter(|(name, _)| kept(name)) {
            shown
                .entry(name.clone())
                .and_modify(|all: &mut String| {
                    all.push('\n');
                    all.push_str(value);
                })
                .or_insert_with(|| value.clone());
        }
        shown
    }

    /// The JSON object and the query that these fields make.
    pub(super) fn body(&self, fields: &[Field]) -> Result<(Value, String), Refusal> {
        let mut body = Value::Object(Map::new());
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let mut refusal = Refusal::default();
        for field in fields {
            if field.kind == FieldKind::Tree {
                self.tree(field, &mut body, &mut refusal);
                continue;
            }
            match self.value(field.name, field.kind) {
                Ok(Some(value)) => match field.to.strip_prefix('?') {
                    Some(name) => {
                        query.append_pair(
                            name,
                            value.as_str().map_or_else(|| value.to_string(), str::to_owned).as_str(),
                        );
                    }
                    None => put(&mut body, field.to, value),
                },
                Ok(None) => {}
                Err(why) => {
                    refusal.faults.insert(field.name.to_owned(), why.to_owned());
                }
            }
        }
        if refusal.faults.is_empty() {
            return Ok((body, query.finish()));
        }
        refusal.detail = refusal.faults.values().next().cloned().unwrap_or_default();
        Err(refusal)
    }

    /// What was typed into a field, as its kind reads it; `None`: it is left out.
    fn value(&self, name: &str, kind: FieldKind) -> Result<Option<Value>, &'static str> {
        let text = self.first(name).map(|text| text.replace("\r\n", "\n"));
        let typed = text.as_deref().filter(|text| !text.trim().is_empty());
        Ok(match kind {
            FieldKind::Text | FieldKind::Secret => typed.map(Value::from),
            FieldKind::Needed => Some(Value::from(typed.unwrap_or_default())),
            FieldKind::Clearable => text.as_ref().map(|_| typed.map_or(Value::Null, Value::from)),
            FieldKind::Whole => match typed {
                Some(typed) => Some(typed.trim().parse::<i64>().map_err(|_| "must be a whole number")?.into()),
                None => None,
            },
            FieldKind::Flag => Some(Value::from(text.is_some())),
            FieldKind::Words => {
                let all = self.pairs.iter().filter(|(known, value)| known == name && !value.is_empty());
                Some(all.map(|(_, value)| Value::from(value.as_str())).collect())
            }
            FieldKind::Lines => {
                let lines = text.as_deref().unwrap_or_default().lines().map(str::trim).filter(|line| !line.is_empty());
                Some(lines.map(Value::from).collect())
            }
            FieldKind::Time => match typed {
                Some(typed) => {
                    Some(moment(typed.trim()).ok_or("must be a day and time such as 2026-11-24 12:00")?.into())
                }
                None => None,
            },
            FieldKind::Json => match typed {
                Some(typed) => Some(serde_json::from_str(typed).map_err(|_| "must be JSON")?),
                None => None,
            },
            FieldKind::Tree => None,
        })
    }

    /// Fields whose names are JSON pointers, each with its kind in a hidden field beside it.
    fn tree(&self, field: &Field, body: &mut Value, refusal: &mut Refusal) {
        let prefix = format!("{}/", field.name);
        put(body, field.to, Value::Object(Map::new()));
        let kinds = self.pairs.iter().filter_map(|(name, kind)| Some((name.strip_prefix("kind:")?, kind.as_str())));
        for (name, kind) in kinds.filter(|(name, _)| name.starts_with(&prefix)) {
            let kind = match kind {
                "whole" => FieldKind::Whole,
                "flag" => FieldKind::Flag,
                "json" | "number" => FieldKind::Json,
                "words" => FieldKind::Words,
                "lines" => FieldKind::Lines,
                "secret" => FieldKind::Secret,
                _ => FieldKind::Text,
            };
            match self.value(name, kind) {
                Ok(Some(value)) => put(body, &format!("{}/{}", field.to, &name[prefix.len()..]), value),
                Ok(None) => {}
                Err(why) => {
                    refusal.faults.insert(name.to_owned(), why.to_owned());
                }
            }
        }
    }
}

/// What a picture or a component is called by browsers; anything else is bytes.
fn media_type(told: &str) -> &'static str {
    const KNOWN: [&str; 5] = ["image/png", "image/jpeg", "image/webp", "image/svg+xml", "application/wasm"];
    KNOWN.into_iter().find(|known| *known == told).unwrap_or("application/octet-stream")
}

/// Puts a value where a pointer leads, making the objects on the way.
fn put(body: &mut Value, pointer: &str, value: Value) {
    let mut place = body;
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place = match place {
            Value::Object(members) => members.entry(part).or_insert(Value::Null),
            _ => return,
        };
    }
    *place = value;
}

/// The name of the field that a fault's pointer is about: the one that leads there, or nearest above or below it.
pub(super) fn field_of(fields: &[Field], pointer: &str) -> Option<String> {
    let leads =
        |field: &&Field| field.to.trim_start_matches('?').trim_start_matches('/') == pointer.trim_start_matches('/');
    // Where two lead there, the later is what people see: what is typed wins over what it stands in for.
    if let Some(field) = fields.iter().rfind(leads) {
        return Some(field.name.to_owned());
    }
    let inside =
        |field: &&Field| pointer.starts_with(&format!("{}/", field.to)) || field.to.starts_with(&format!("{pointer}/"));
    let field = fields.iter().filter(inside).max_by_key(|field| field.to.len())?;
    if field.kind == FieldKind::Tree {
        return Some(format!("{}{}", field.name, &pointer[field.to.len()..]));
    }
    Some(field.name.to_owned())
}

/// A path with its parts in braces filled in; `None` where one is not there or cannot be part of a path.
pub(super) fn filled_path(path: &str, names: &BTreeMap<String, String>) -> Option<String> {
    let mut filled = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        let value = names.get(name)?;
        let is_sound = !value.is_empty()
            && value.len() <= 200
            && value != "."
            && value != ".."
            && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~:".contains(&byte));
        if !is_sound {
            return None;
        }
        filled.push_str(before);
        filled.push_str(value);
        rest = after;
    }
    filled.push_str(rest);
    Some(filled)
}

/// The part of a path before its first part in braces.
pub(super) fn root_of(path: &str) -> String {
    path.split("/{").next().unwrap_or_default().to_owned()
}

/// A day or a local minute in Yerevan as RFC 3339 in UTC.
pub(super) fn moment(text: &str) -> Option<String> {
    let text = text.replace(' ', "T");
    let whole = match text.len() {
        10 => format!("{text}T00:00:00{OFFSET}"),
        16 => format!("{text}:00{OFFSET}"),
        19 => format!("{text}{OFFSET}"),
        _ => text,
    };
    time::parse(&whole).map(time::rfc3339)
}

/// A day in a query that asks for a time: its beginning, or its end where the name says `to`.
pub(super) fn day_as_time(name: &str, value: &str) -> Option<String> {
    let is_time = ["from", "to"].iter().any(|word| name == *word || name.ends_with(&format!("_{word}")));
    if !is_time || value.trim().len() != 10 {
        return None;
    }
    let at = time::parse(&moment(value.trim())?)?;
    Some(time::rfc3339(if name.ends_with("to") { at + DAY_MS } else { at }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn form(pairs: &[(&str, &str)]) -> Form {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Form { pairs, files: BTreeMap::new() }
    }

    #[test]
    fn fields_make_a_body_and_a_query() {
        let fields = [
            Field { name: "amount", to: "/amount/value", kind: FieldKind::Text },
            Field { name: "note", to: "/note", kind: FieldKind::Text },
            Field { name: "times", to: "/times", kind: FieldKind::Whole },
            Field { name: "on", to: "/on", kind: FieldKind::Flag },
            Field { name: "grant", to: "/grants", kind: FieldKind::Words },
            Field { name: "until", to: "/until", kind: FieldKind::Time },
            Field { name: "which", to: "?which", kind: FieldKind::Text },
            Field { name: "s", to: "/settings", kind: FieldKind::Tree },
        ];
        let typed = form(&[
            ("amount", "12500"),
            ("note", " "),
            ("times", "3"),
            ("grant", "a"),
            ("grant", "b"),
            ("until", "2026-11-24T12:00"),
            ("which", "a&b"),
            ("s/url", "https://x"),
            ("kind:s/url", "text"),
            ("kind:s/limits/on", "flag"),
            ("s/limits/most", "5"),
            ("kind:s/limits/most", "whole"),
        ]);
        let (body, query) = typed.body(&fields).unwrap();
        let expected = json!({
            "amount": {"value": "12500"}, "times": 3, "on": false, "grants": ["a", "b"], "until": "2026-11-24T08:00:00Z",
            "settings": {"url": "https://x", "limits": {"on": false, "most": 5}},
        });
        assert_eq!((body, query.as_str()), (expected, "which=a%26b"));
        let refusal = form(&[("times", "many")]).body(&fields).unwrap_err();
        assert_eq!(refusal.faults.keys().collect::<Vec<_>>(), ["times"]);
    }

    #[test]
    fn a_fault_finds_the_field_that_it_is_about() {
        let fields = [
            Field { name: "amount", to: "/amount/value", kind: FieldKind::Text },
            Field { name: "from", to: "?from", kind: FieldKind::Time },
            Field { name: "s", to: "/settings", kind: FieldKind::Tree },
        ];
        assert_eq!(field_of(&fields, "/amount/value").as_deref(), Some("amount"));
        assert_eq!(field_of(&fields, "/amount").as_deref(), Some("amount"));
        assert_eq!(field_of(&fields, "/from").as_deref(), Some("from"));
        assert_eq!(field_of(&fields, "/settings/limits/most").as_deref(), Some("s/limits/most"));
        assert_eq!(field_of(&fields, "/order_id"), None);
    }

    #[test]
    fn a_path_takes_ids_and_nothing_that_leads_elsewhere() {
        let names = |value: &str| BTreeMap::from([("id".to_owned(), value.to_owned())]);
        assert_eq!(filled_path("/v1/x/{id}/y?a=1", &names("pay_01")).as_deref(), Some("/v1/x/pay_01/y?a=1"));
        for wrong in ["", "..", "a/b", "a?b", "a b", "%2e", "ա"] {
            assert_eq!(filled_path("/v1/x/{id}", &names(wrong)), None, "{wrong}");
        }
        assert_eq!(filled_path("/v1/{other}", &names("a")), None);
    }

    #[test]
    fn days_are_days_in_yerevan() {
        assert_eq!(day_as_time("created_from", "2026-11-24").as_deref(), Some("2026-11-23T20:00:00Z"));
        assert_eq!(day_as_time("to", "2026-11-24").as_deref(), Some("2026-11-24T20:00:00Z"));
        assert_eq!(day_as_time("q", "2026-11-24"), None);
        assert_eq!(moment("2026-11-24 12:30").as_deref(), Some("2026-11-24T08:30:00Z"));
        assert_eq!(moment("soon"), None);
    }

    #[test]
    fn secrets_and_codes_are_not_shown_again() {
        let typed = form(&[
            ("_key", "k"),
            ("_code", "123456"),
            ("s/t", "x"),
            ("kind:s/t", "secret"),
            ("token", "y"),
            ("a", "1"),
        ]);
        let shown = typed.shown_again(|name| name == "token");
        assert_eq!(shown.get("a").map(String::as_str), Some("1"));
        assert!(["_key", "_code", "s/t", "token"].iter().all(|name| !shown.contains_key(*name)), "{shown:?}");
    }
}
