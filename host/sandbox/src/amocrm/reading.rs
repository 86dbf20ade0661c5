//! Reads the bodies of calls: arrays of objects, or one object, whose values have to be of the kind that the service wants. It must
//! not know what the objects are.

use serde_json::{Map, Value};

use super::refusal::{Mistake, Refusal};

/// Most items in one call, and on one page of a list.
pub(super) const MOST: usize = 250;

/// An item of a body, and what was found wrong with it.
pub(super) struct Item {
    fields: Map<String, Value>,
    prefix: String,
    mistakes: Vec<Mistake>,
    /// What the caller pairs the answer with: its own `request_id`, or the place in the array.
    pub(super) request_id: String,
}

impl Item {
    fn new(fields: Map<String, Value>, place: usize) -> Self {
        let request_id = match fields.get("request_id") {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => place.to_string(),
        };
        Self { fields, prefix: String::new(), mistakes: Vec::new(), request_id }
    }

    /// An object within this one, whose mistakes are told under `path`; they are given back by [`Self::close`].
    pub(super) fn within(&self, fields: Map<String, Value>, path: &str) -> Self {
        let prefix = format!("{}{path}.", self.prefix);
        Self { fields, prefix, mistakes: Vec::new(), request_id: String::new() }
    }

    /// Takes over the mistakes of an object within this one.
    pub(super) fn close(&mut self, inner: Self) {
        self.mistakes.extend(inner.mistakes);
    }

    /// Notes a mistake, `path` being counted from this object.
    pub(super) fn wrong(&mut self, path: &str, mistake: fn(String) -> Mistake) {
        self.mistakes.push(mistake(format!("{}{path}", self.prefix)));
    }

    fn wrong_kind(&mut self, path: &str, wanted: &str) {
        self.mistakes.push(Mistake::kind(format!("{}{path}", self.prefix), wanted));
    }

    /// Fields that are not among these were not expected.
    pub(super) fn only(&mut self, known: &[&str]) {
        let strange: Vec<String> = self.fields.keys().filter(|name| !known.contains(&name.as_str())).cloned().collect();
        for name in strange {
            self.wrong(&name, Mistake::unexpected);
        }
    }

    /// The value as it was sent; `null` counts as one.
    pub(super) fn raw(&self, name: &str) -> Option<&Value> {
        self.fields.get(name)
    }

    /// Notes that a field which has to be there is not.
    pub(super) fn need(&mut self, name: &str) {
        if !self.fields.contains_key(name) {
            self.wrong(name, Mistake::missing);
        }
    }

    /// An integer; digits in quotation marks are none. `null` is as if it were absent.
    pub(super) fn integer(&mut self, name: &str) -> Option<i64> {
        match self.fields.get(name)? {
            Value::Null => None,
            Value::Number(number) if number.is_i64() => number.as_i64(),
            _ => {
                self.wrong_kind(name, "int");
                None
            }
        }
    }

    /// An integer that is not below zero.
    pub(super) fn unsigned(&mut self, name: &str) -> Option<i64> {
        let number = self.integer(name)?;
        if number < 0 {
            self.wrong_kind(name, "non-negative int");
            return None;
        }
        Some(number)
    }

    /// A text.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        match self.fields.get(name)? {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            _ => {
                self.wrong_kind(name, "string");
                None
            }
        }
    }

    /// A text that says something and has to be there.
    pub(super) fn said(&mut self, name: &str) -> String {
        self.need(name);
        let text = self.text(name);
        if text.as_ref().is_some_and(|text| text.trim().is_empty()) || self.raw(name).is_some_and(Value::is_null) {
            self.wrong(name, Mistake::blank);
        }
        text.unwrap_or_default()
    }

    /// `true` or `false`.
    pub(super) fn yes(&mut self, name: &str) -> Option<bool> {
        match self.fields.get(name)? {
            Value::Null => None,
            Value::Bool(yes) => Some(*yes),
            _ => {
                self.wrong_kind(name, "bool");
                None
            }
        }
    }

    /// An object.
    pub(super) fn object(&mut self, name: &str) -> Option<Map<String, Value>> {
        match self.fields.get(name)? {
            Value::Null => None,
            Value::Object(object) => Some(object.clone()),
            _ => {
                self.wrong_kind(name, "object");
                None
            }
        }
    }

    /// The objects of an array.
    pub(super) fn objects(&mut self, name: &str) -> Option<Vec<Map<String, Value>>> {
        let Value::Array(array) = self.fields.get(name)?.clone() else {
            if self.fields[name].is_null() {
                return Some(Vec::new());
            }
            self.wrong_kind(name, "array");
            return None;
        };
        let mut objects = Vec::new();
        for (place, value) in array.into_iter().enumerate() {
            match value {
                Value::Object(object) => objects.push(object),
                _ => self.wrong_kind(&format!("{name}.{place}"), "object"),
            }
        }
        Some(objects)
    }
}

/// The items of a body that has to be an array of objects.
pub(super) fn items(body: &Value) -> Result<Vec<Item>, Refusal> {
    let Value::Array(array) = body else { return Err(Refusal::mistake(Mistake::kind("", "array"))) };
    if array.is_empty() {
        return Err(Refusal::mistake(Mistake::blank("")));
    }
    if array.len() > MOST {
        return Err(Refusal::mistake(Mistake::too_many("", MOST)));
    }
    let item = |(place, value): (usize, &Value)| match value {
        Value::Object(fields) => Ok(Item::new(fields.clone(), place)),
        _ => Err(Refusal::invalid(vec![(place.to_string(), vec![Mistake::kind("", "object")])])),
    };
    array.iter().enumerate().map(item).collect()
}

/// The one item of a body that has to be an object.
pub(super) fn single(body: &Value) -> Result<Item, Refusal> {
    match body {
        Value::Object(fields) => Ok(Item::new(fields.clone(), 0)),
        _ => Err(Refusal::mistake(Mistake::kind("", "object"))),
    }
}

/// Refuses the whole call if any of its items has a mistake: nothing of it is done then.
pub(super) fn all_right<'i>(items: impl IntoIterator<Item = &'i Item>) -> Result<(), Refusal> {
    let wrong: Vec<(String, Vec<Mistake>)> = items
        .into_iter()
        .filter(|item| !item.mistakes.is_empty())
        .map(|item| (item.request_id.clone(), item.mistakes.clone()))
        .collect();
    if wrong.is_empty() { Ok(()) } else { Err(Refusal::invalid(wrong)) }
}
