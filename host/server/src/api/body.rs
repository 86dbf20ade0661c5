//! Reading a JSON body: whole, within its limit, and with the wrong field named.

use crate::problem::{FieldError, Kind, Problem};
use serde::de::DeserializeOwned;

/// The largest body that the API takes, in bytes.
pub const LIMIT: usize = 256 * 1024;

/// Reads the body as `T`. A syntax error is `malformed`; a wrong or missing field is `invalid` and named by its pointer.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        if inner.is_syntax() || inner.is_eof() {
            return Problem::new(Kind::Malformed, format!("The body is not JSON: {}.", sentence(&inner)));
        }
        Problem::invalid(vec![FieldError { pointer: pointer(&path), detail: sentence(&inner) }])
    })
}

fn sentence(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

fn pointer(path: &str) -> String {
    if path == "." {
        return String::new();
    }
    path.split(['.', '[']).fold(String::new(), |pointer, part| pointer + "/" + part.trim_end_matches(']'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

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
        let problem = read::<Outer>(b"{\"items\":").unwrap_err();
        assert_eq!(problem.status(), 400);
    }
}
