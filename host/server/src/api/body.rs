//! Reading a JSON body: whole, within its limit, and with the wrong field named.

use crate::problem::{FieldError, Kind, Problem};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_path_to_error::{Path, Segment};
use std::fmt;
use std::marker::PhantomData;

/// The largest body that the API takes, in bytes.
pub const LIMIT: usize = 256 * 1024;

/// Reads the body as `T`. A syntax error is `malformed`; a wrong or missing field is `invalid` and named by its pointer.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let place = pointer(error.path());
        let inner = error.into_inner();
        if inner.is_syntax() || inner.is_eof() {
            return malformed(&inner);
        }
        let detail = sentence(&inner);
        let missing = detail.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
        let pointer = missing.map_or(place.clone(), |field| format!("{place}/{field}"));
        Problem::invalid(vec![FieldError { pointer, detail }])
    });
    let Object(body) = read?;
    reader.end().map_err(|error| malformed(&error))?;
    Ok(body)
}

fn malformed(error: &serde_json::Error) -> Problem {
    Problem::new(Kind::Malformed, format!("The body is not JSON: {}.", sentence(error)))
}

fn sentence(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

/// RFC 6901.
fn pointer(path: &Path) -> String {
    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Seq { index } => format!("{pointer}/{index}"),
        Segment::Map { key } => format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")),
        Segment::Enum { .. } | Segment::Unknown => pointer,
    })
}

/// A struct that is read from an object only: what serde derives would take an array too, field by field in order.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = T;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }
        deserializer.deserialize_map(Fields(PhantomData)).map(Object)
    }
}

/// For fields that hold an object.
pub fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Object::deserialize(deserializer).map(|Object(value)| value)
}

/// For fields that hold an object or null.
pub fn maybe_object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(Option::<Object<T>>::deserialize(deserializer)?.map(|Object(value)| value))
}

/// For fields where `null` says something else than leaving them out does: absent is `None`, `null` is `Some(None)`.
pub fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// The same for fields that hold an object.
pub fn given_object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    maybe_object(deserializer).map(Some)
}

/// For fields that hold a list of objects.
pub fn objects<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Vec::<Object<T>>::deserialize(deserializer)?.into_iter().map(|Object(value)| value).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Inner {
        #[expect(dead_code, reason = "only its type matters")]
        value: String,
    }
    #[derive(Debug, Deserialize)]
    struct Outer {
        #[expect(dead_code, reason = "only its type matters")]
        items: Vec<Inner>,
    }

    #[test]
    fn a_wrong_field_is_named_by_its_pointer() {
        let problem = read::<Outer>(br#"{"items":[{"value":"a"},{"value":5}]}"#).unwrap_err();
        assert_eq!(problem.body().errors[0].pointer, "/items/1/value");
        assert_eq!(problem.status(), 422);
        let problem = read::<Outer>(b"{}").unwrap_err();
        assert_eq!(problem.body().errors[0].detail, "missing field `items`");
        assert_eq!(problem.body().errors[0].pointer, "/items");
        let problem = read::<Outer>(b"[[]]").unwrap_err();
        assert_eq!((problem.status().as_u16(), problem.body().errors[0].pointer.as_str()), (422, ""));
        let problem = read::<Outer>(b"{\"items\":[]} x").unwrap_err();
        assert_eq!(problem.status(), 400);
        let problem = read::<Outer>(b"{\"items\":").unwrap_err();
        assert_eq!(problem.status(), 400);
    }
}
