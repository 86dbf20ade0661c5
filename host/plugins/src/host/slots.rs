//! Where a request wants secrets: finds the slots that it names, and no others, so that text which only looks like one is sent
//! as it stands. Whether a slot may be filled is decided in `grants`.

use std::{collections::BTreeMap, ops::Range};

use serde_json::value::RawValue;
use url::form_urlencoded;

use super::sending::{Failure, invalid};
use crate::{bindings::imported::http, secrets::Writing};
use kamurj_manifest::is_secret_name;

/// Most slots of a request.
const SLOTS: usize = 16;

/// One slot that was found: which bytes of its text, and what goes there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) range: Range<usize>,
    pub(crate) secret: String,
    /// The placement that must be granted.
    pub(crate) placement: &'static str,
    pub(crate) writing: Writing,
}

/// The slots of a request, by the text in which they stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slots {
    pub(crate) url: Vec<Span>,
    /// By the header's place in the request.
    pub(crate) headers: Vec<(usize, Span)>,
    pub(crate) body: Vec<Span>,
}

impl Slots {
    /// Finds the slots that the request names. One that is named and not there is a mistake of the plugin's.
    pub(crate) fn find(request: &http::Request) -> Result<Self, Failure> {
        if request.slots.len() > SLOTS {
            return Err(invalid(format!("at most {SLOTS} slots are allowed")));
        }
        let mut found = Self::default();
        for slot in &request.slots {
            if !is_secret_name(&slot.secret) {
                return Err(invalid("a slot names no possible secret: 1 to 32 of `a-z 0-9 _`"));
            }
            let before = found.count();
            match slot.place.as_str() {
                "path" => found.url.extend(in_path(&request.url, slot)),
                "query" => found.url.extend(in_query(&request.url, slot)),
                "header" => found.headers.extend(in_headers(&request.headers, slot)),
                "body" => found.body.extend(in_body(request, slot)?),
                _ => return Err(invalid("a slot's place must be `path`, `query`, `header` or `body`")),
            }
            if found.count() == before {
                let (place, field) = (&slot.place, &slot.field);
                return Err(invalid(format!("there is no `{{{{secret:{}}}}}` in the {place} `{field}`", slot.secret)));
            }
        }
        found.url.sort_by_key(|span| span.range.start);
        found.url.dedup();
        found.headers.sort_by_key(|(header, span)| (*header, span.range.start));
        found.headers.dedup();
        found.body.sort_by_key(|span| span.range.start);
        found.body.dedup();
        Ok(found)
    }

    fn count(&self) -> usize {
        self.url.len() + self.headers.len() + self.body.len()
    }
}

/// Puts something into each span of a text.
pub(crate) fn fill<E>(
    text: &[u8],
    spans: impl IntoIterator<Item = Span>,
    mut value: impl FnMut(&Span) -> Result<Vec<u8>, E>,
) -> Result<Vec<u8>, E> {
    let mut filled = Vec::with_capacity(text.len());
    let mut passed = 0;
    for span in spans {
        filled.extend_from_slice(&text[passed..span.range.start]);
        filled.extend(value(&span)?);
        passed = span.range.end;
    }
    filled.extend_from_slice(&text[passed..]);
    Ok(filled)
}

fn in_path(url: &str, slot: &http::Slot) -> Vec<Span> {
    let Some(start) = path_start(url) else { return Vec::new() };
    let end = url.find('?').unwrap_or(url.len());
    if end < start { Vec::new() } else { spans(url.as_bytes(), start..end, slot, "path", Writing::Path) }
}

/// Where the authority ends, so that no secret can decide where a request goes.
fn path_start(url: &str) -> Option<usize> {
    let authority = url.find("://")? + 3;
    url[authority..].find(['/', '?']).map(|length| authority + length)
}

fn in_query(url: &str, slot: &http::Slot) -> Vec<Span> {
    let Some(start) = path_start(url).and_then(|start| url[start..].find('?').map(|length| start + length + 1)) else {
        return Vec::new();
    };
    in_pairs(url.as_bytes(), start, slot, "query")
}

/// The value of each pair `name=value&…` that has the slot's field as its name, from `start` on.
fn in_pairs(text: &[u8], start: usize, slot: &http::Slot, placement: &'static str) -> Vec<Span> {
    let mut found = Vec::new();
    let mut at = start;
    for pair in text[start..].split(|byte| *byte == b'&') {
        let name_end = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let name = form_urlencoded::parse(&pair[..name_end]).next().map(|(name, _)| name.into_owned());
        if name.unwrap_or_default() == slot.field {
            let value = (at + name_end + 1).min(at + pair.len())..at + pair.len();
            found.extend(spans(text, value, slot, placement, Writing::Query));
        }
        at += pair.len() + 1;
    }
    found
}

fn in_headers(headers: &[(String, String)], slot: &http::Slot) -> Vec<(usize, Span)> {
    let named = headers.iter().enumerate().filter(|(_, (name, _))| name.eq_ignore_ascii_case(&slot.field));
    named
        .flat_map(|(index, (_, value))| {
            let spans = spans(value.as_bytes(), 0..value.len(), slot, "header", Writing::Plain);
            spans.into_iter().map(move |span| (index, span))
        })
        .collect()
}

fn in_body(request: &http::Request, slot: &http::Slot) -> Result<Vec<Span>, Failure> {
    let body = request.body.as_deref().unwrap_or_default();
    match writing_for(&request.headers) {
        Writing::Query => Ok(in_pairs(body, 0, slot, "body")),
        Writing::Json => {
            if !slot.field.starts_with('/') {
                return Err(invalid("a slot in a JSON body needs a JSON pointer such as `/auth` as its field"));
            }
            let text = std::str::from_utf8(body).map_err(|_| invalid("the body is not JSON"))?;
            Ok(json_text(text, &slot.field)
                .map(|range| spans(body, range, slot, "body", Writing::Json))
                .unwrap_or_default())
        }
        writing => Ok(spans(body, 0..body.len(), slot, "body", writing)),
    }
}

/// How a value must be escaped inside the body, by the body's declared type.
fn writing_for(headers: &[(String, String)]) -> Writing {
    let declared = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let essence = declared.map(|(_, value)| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    match essence.as_deref() {
        Some("application/x-www-form-urlencoded") => Writing::Query,
        Some(essence) if essence == "application/json" || essence.ends_with("+json") => Writing::Json,
        _ => Writing::Plain,
    }
}

/// Where the text at this pointer (RFC 6901) stands in the JSON, without its quotation marks.
fn json_text(json: &str, pointer: &str) -> Option<Range<usize>> {
    let mut at: &RawValue = serde_json::from_str(json).ok()?;
    for segment in pointer.split('/').skip(1) {
        let segment = segment.replace("~1", "/").replace("~0", "~");
        at = if at.get().starts_with('[') {
            let items: Vec<&RawValue> = serde_json::from_str(at.get()).ok()?;
            items.get(segment.parse::<usize>().ok()?).copied()?
        } else {
            let members: BTreeMap<String, &RawValue> = serde_json::from_str(at.get()).ok()?;
            members.get(&segment).copied()?
        };
    }
    let text = at.get();
    // The value borrows from the JSON, so its address tells where it stands.
    let start = text.as_ptr().addr() - json.as_ptr().addr();
    text.starts_with('"').then(|| start + 1..start + text.len() - 1)
}

/// Every `{{secret:NAME}}` of the slot's secret within a range; inside queries and forms in its escaped spelling, too.
fn spans(text: &[u8], within: Range<usize>, slot: &http::Slot, placement: &'static str, writing: Writing) -> Vec<Span> {
    let plain = format!("{{{{secret:{}}}}}", slot.secret);
    let escaped = (writing == Writing::Query).then(|| format!("%7b%7bsecret%3a{}%7d%7d", slot.secret));
    let mut found = Vec::new();
    let mut at = within.start;
    while at < within.end {
        let rest = &text[at..within.end];
        let is_at =
            |mark: &String| rest.len() >= mark.len() && rest[..mark.len()].eq_ignore_ascii_case(mark.as_bytes());
        let length = if rest.starts_with(plain.as_bytes()) {
            plain.len()
        } else if let Some(mark) = escaped.as_ref().filter(|mark| is_at(mark)) {
            mark.len()
        } else {
            at += 1;
            continue;
        };
        found.push(Span { range: at..at + length, secret: slot.secret.clone(), placement, writing });
        at += length;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The request with each named slot filled by `<PLACEMENT>`, or why not.
    fn filled(
        content_type: &str,
        url: &str,
        header: &str,
        body: &str,
        slots: &[[&str; 3]],
    ) -> Result<[String; 3], String> {
        let slots = slots.iter().map(|[secret, place, field]| http::Slot {
            secret: (*secret).to_owned(),
            place: (*place).to_owned(),
            field: (*field).to_owned(),
        });
        let request = http::Request {
            method: "POST".to_owned(),
            url: url.to_owned(),
            headers: vec![
                ("Content-Type".to_owned(), content_type.to_owned()),
                ("X-Note".to_owned(), "{{secret:a}}".to_owned()),
                ("Authorization".to_owned(), header.to_owned()),
            ],
            body: Some(body.as_bytes().to_vec()),
            slots: slots.collect(),
            step: None,
            timeout_ms: None,
            extra: Vec::new(),
        };
        let found = Slots::find(&request).map_err(Failure::text)?;
        assert!(found.headers.iter().all(|(header, _)| *header == 2), "no other header is touched");
        let text = |text: &str, spans: Vec<Span>| {
            let filled = fill::<()>(text.as_bytes(), spans, |span| Ok(format!("<{}>", span.placement).into_bytes()));
            String::from_utf8(filled.unwrap()).unwrap()
        };
        let of_header = found.headers.into_iter().map(|(_, span)| span).collect();
        Ok([text(url, found.url), text(header, of_header), text(body, found.body)])
    }

    const JSON: &str = "application/json; charset=utf-8";
    const FORM: &str = "application/x-www-form-urlencoded";
    const URL: &str =
        "https://x.example/bot{{secret:a}}/send?q={{secret:a}}&k=1{{secret:a}}%7B%7Bsecret%3Aa%7D%7D&text={{secret:b}}";

    #[test]
    fn only_the_named_places_are_filled() {
        let [url, header, body] =
            filled("text/plain", URL, "Bearer {{secret:a}}", "{{secret:a}}{{secret:b}}", &[["a", "path", ""]]).unwrap();
        assert_eq!(url, URL.replacen("{{secret:a}}", "<path>", 1));
        assert_eq!((header.as_str(), body.as_str()), ("Bearer {{secret:a}}", "{{secret:a}}{{secret:b}}"));

        let [url, header, body] = filled(
            "text/plain",
            URL,
            "Bearer {{secret:a}}",
            "{{secret:a}} {{secret:b}}",
            &[["a", "query", "k"], ["a", "header", "authorization"], ["b", "body", ""], ["a", "query", "k"]],
        )
        .unwrap();
        assert_eq!(url, URL.replacen("1{{secret:a}}%7B%7Bsecret%3Aa%7D%7D", "1<query><query>", 1));
        assert_eq!((header.as_str(), body.as_str()), ("Bearer <header>", "{{secret:a}} <body>"));
    }

    #[test]
    fn of_a_structured_body_one_text_is_filled() {
        let json = r#" {"text": "{{secret:a}}", "n": 12345678901234567890123, "deep": [{"a/b": "x{{secret:a}}"}]}"#;
        let [_, _, body] = filled(JSON, URL, "", json, &[["a", "body", "/deep/0/a~1b"]]).unwrap();
        assert_eq!(body, json.replace("x{{secret:a}}", "x<body>"));
        let form = "text={{secret:a}}&au+th=%7b%7bsecret%3aa%7d%7d&z";
        let [_, _, body] = filled(FORM, URL, "", form, &[["a", "body", "au th"]]).unwrap();
        assert_eq!(body, "text={{secret:a}}&au+th=<body>&z");
    }

    #[test]
    fn what_cannot_be_found_is_the_plugins_mistake() {
        let told = |content_type, body, slot| filled(content_type, URL, "none", body, &[slot]).unwrap_err();
        assert!(told(JSON, "{}", ["a", "header", "authorization"]).contains("no `{{secret:a}}` in the header"));
        assert!(told(JSON, r#"{"x": 1}"#, ["a", "body", "/x"]).contains("no `{{secret:a}}`"));
        assert!(told(JSON, "no json", ["a", "body", "/x"]).contains("no `{{secret:a}}`"));
        assert!(told(JSON, "{}", ["a", "body", "x"]).contains("JSON pointer"));
        assert!(told(JSON, "{}", ["a", "cookie", ""]).contains("place"));
        assert!(told(JSON, "{}", ["A", "path", ""]).contains("no possible secret"));
        assert!(told(JSON, "{}", ["b", "path", ""]).contains("no `{{secret:b}}`"));
        let in_host = filled(JSON, "https://{{secret:a}}.example/x", "", "", &[["a", "path", ""]]);
        assert!(in_host.unwrap_err().contains("no `{{secret:a}}`"));
    }
}
