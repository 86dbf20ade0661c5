//! Reads JSON as Google's servers read it: every field has a name and a type, a name that is not known is an error with its path, and
//! `null` is the same as absent. It must not know what the fields mean.

use serde_json::{Map, Value};

use super::refusal::Refusal;

/// An object of a body, and where in the body it stands.
pub(super) struct Node<'v> {
    fields: &'v Map<String, Value>,
    path: String,
}

impl<'v> Node<'v> {
    /// The whole body.
    pub(super) fn body(value: &'v Value) -> Result<Self, Refusal> {
        Ok(Self { fields: value.as_object().ok_or_else(Refusal::unreadable)?, path: String::new() })
    }

    /// An element of a list.
    pub(super) fn item((value, path): (&'v Value, String), kind: &str) -> Result<Self, Refusal> {
        let fields = value.as_object().ok_or_else(|| Refusal::mistyped(&path, kind, value))?;
        Ok(Self { fields, path })
    }

    /// Refuses every name but these.
    pub(super) fn only(&self, names: &[&str]) -> Result<(), Refusal> {
        match self.fields.keys().find(|name| !names.contains(&name.as_str())) {
            Some(name) => Err(Refusal::unknown_name(name, &self.path)),
            None => Ok(()),
        }
    }

    /// The path of a field, in the letters that Google's errors have.
    pub(super) fn at(&self, name: &str) -> String {
        let mut path = self.path.clone();
        if !path.is_empty() {
            path.push('.');
        }
        for letter in name.chars() {
            if letter.is_ascii_uppercase() {
                path.push('_');
            }
            path.push(letter.to_ascii_lowercase());
        }
        path
    }

    /// The names that have a value.
    pub(super) fn names(&self) -> Vec<&'v str> {
        self.fields.iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| name.as_str()).collect()
    }

    pub(super) fn value(&self, name: &str) -> Option<&'v Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&'v str>, Refusal> {
        self.typed(name, "TYPE_STRING", Value::as_str)
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        self.typed(name, "TYPE_BOOL", Value::as_bool)
    }

    /// A whole number of 32 bits, which may be written in quotation marks.
    pub(super) fn int32(&self, name: &str) -> Result<Option<i64>, Refusal> {
        self.typed(name, "TYPE_INT32", |value| {
            let number = value.as_i64().or_else(|| value.as_str().and_then(|digits| digits.parse().ok()));
            number.filter(|number| i32::try_from(*number).is_ok())
        })
    }

    /// A place in a grid: `INT32`, and not below zero.
    pub(super) fn index(&self, name: &str) -> Result<Option<usize>, Refusal> {
        let Some(number) = self.int32(name)? else { return Ok(None) };
        usize::try_from(number).map(Some).map_err(|_| Refusal::invalid(format!("{name}[{number}] cannot be negative.")))
    }

    /// One of the words that a field knows.
    pub(super) fn word(&self, name: &str, kind: &str, words: &[&'static str]) -> Result<Option<&'static str>, Refusal> {
        let kind = format!("type.googleapis.com/google.apps.sheets.v4.{kind}");
        self.typed(name, &kind, |value| {
            let text = value.as_str()?;
            words.iter().copied().find(|word| *word == text)
        })
    }

    pub(super) fn object(&self, name: &str) -> Result<Option<Self>, Refusal> {
        let fields = self.typed(name, "Object", Value::as_object)?;
        Ok(fields.map(|fields| Self { fields, path: self.at(name) }))
    }

    /// The elements of a list with their paths; an absent list is empty.
    pub(super) fn list(&self, name: &str) -> Result<Vec<(&'v Value, String)>, Refusal> {
        let list = self.typed(name, "Array", Value::as_array)?;
        let path = self.at(name);
        let items = list.into_iter().flatten().enumerate();
        Ok(items.map(|(index, value)| (value, format!("{path}[{index}]"))).collect())
    }

    fn typed<T>(
        &self,
        name: &str,
        kind: &str,
        read: impl FnOnce(&'v Value) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        let Some(value) = self.value(name) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| Refusal::mistyped(&self.at(name), kind, value))
    }
}
