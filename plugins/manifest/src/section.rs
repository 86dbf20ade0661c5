//! The manifest inside a component: a custom section at its end, read without validating or running anything else.

use wasm_encoder::{ComponentSection, CustomSection};
use wasmparser::{Parser, Payload};

use crate::{Manifest, judge};

/// The custom section's name.
pub const SECTION: &str = "kamurj:manifest";

/// Longest manifest in bytes, settings schema and all.
const MANIFEST_BYTES: usize = 128 * 1024;

/// Why a component's manifest cannot be had. The texts are for its author.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SectionError {
    /// There is none.
    #[error("the component has no manifest: build it with `cargo xtask plugins`, or add one with `kamurj plugin pack`")]
    Missing,
    /// There are several, so nobody could say which one counts.
    #[error("the component has more than one manifest")]
    Several,
    /// It is too long.
    #[error("the manifest must not pass {MANIFEST_BYTES} bytes")]
    TooLong,
    /// Its form is wrong: what, and where.
    #[error("the manifest is wrong at `{at}`: {detail}")]
    Form {
        /// The place, such as `hosts[0].origin`.
        at: String,
        /// What is wrong.
        detail: String,
    },
    /// It asks for something impossible.
    #[error("the manifest is wrong: {0}")]
    Rule(String),
    /// The bytes are no component.
    #[error("the component is not valid: {0}")]
    NotComponent(String),
}

/// Reads and judges the manifest of a component. Only sections of the outermost component count.
pub fn read(component: &[u8]) -> Result<Manifest, SectionError> {
    let mut depth = 0_u32;
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(|error| SectionError::NotComponent(error.to_string()))? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::CustomSection(section) if depth == 0 && section.name() == SECTION => found.push(section.data()),
            _ => {}
        }
    }
    match found[..] {
        [] => Err(SectionError::Missing),
        [json] => parse(json),
        _ => Err(SectionError::Several),
    }
}

/// Puts a manifest into a component that has none.
pub fn embed(mut component: Vec<u8>, manifest: &Manifest) -> Result<Vec<u8>, SectionError> {
    match read(&component) {
        Err(SectionError::Missing) => {}
        Ok(_) => return Err(SectionError::Several),
        Err(error) => return Err(error),
    }
    judge(manifest).map_err(SectionError::Rule)?;
    let json = serde_json::to_vec(manifest).expect("a manifest is made of JSON values");
    if json.len() > MANIFEST_BYTES {
        return Err(SectionError::TooLong);
    }
    let section = CustomSection { name: SECTION.into(), data: json.into() };
    section.append_to_component(&mut component);
    Ok(component)
}

fn parse(json: &[u8]) -> Result<Manifest, SectionError> {
    if json.len() > MANIFEST_BYTES {
        return Err(SectionError::TooLong);
    }
    let mut reader = serde_json::Deserializer::from_slice(json);
    let manifest: Manifest = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| SectionError::Form { at: error.path().to_string(), detail: error.into_inner().to_string() })?;
    reader.end().map_err(|error| SectionError::Form { at: String::new(), detail: error.to_string() })?;
    judge(&manifest).map_err(SectionError::Rule)?;
    Ok(manifest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::Component;

    fn sound() -> Manifest {
        crate::judge::tests::sound()
    }

    #[test]
    fn what_was_put_in_is_read_back() {
        let component = embed(Component::new().finish(), &sound()).unwrap();
        assert_eq!(read(&component), Ok(sound()));
        assert_eq!(embed(component, &sound()), Err(SectionError::Several));
    }

    #[test]
    fn a_component_without_a_manifest_or_with_two_is_refused() {
        let mut component = Component::new().finish();
        assert_eq!(read(&component), Err(SectionError::Missing));
        for _ in 0..2 {
            CustomSection { name: SECTION.into(), data: b"{}".into() }.append_to_component(&mut component);
        }
        assert_eq!(read(&component), Err(SectionError::Several));
        assert!(matches!(read(b"\0asm\x0d\0\x01\0\xff"), Err(SectionError::NotComponent(_))));
    }

    #[test]
    fn a_field_that_nobody_knows_is_named() {
        let mut json = serde_json::to_value(sound()).unwrap();
        json["hosts"][0]["port"] = 443.into();
        let error = parse(json.to_string().as_bytes()).unwrap_err();
        let SectionError::Form { at, detail } = error else { panic!("{error}") };
        assert_eq!(at, "hosts[0].port");
        assert!(detail.contains("unknown field `port`"), "{detail}");
    }

    #[test]
    fn a_manifest_inside_a_nested_component_does_not_count() {
        let inner = embed(Component::new().finish(), &sound()).unwrap();
        let mut outer = Component::new();
        outer.section(&wasm_encoder::RawSection { id: 4, data: &inner });
        assert_eq!(read(&outer.finish()), Err(SectionError::Missing));
    }
}
