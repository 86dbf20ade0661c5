//! The build of a guest, and what is said when there is none.

use std::fs;

use kamurj_plugin_build::{BuildError, build};

#[test]
fn a_guest_becomes_a_component() {
    let path = build("kamurj-guest-looping").unwrap_or_else(|error| panic!("{error}"));
    // The binary format's preamble: layer 1 is a component, layer 0 a core module.
    assert_eq!(fs::read(path).unwrap()[..8], *b"\0asm\x0d\0\x01\0");
}

#[test]
fn a_component_says_nothing_of_the_machine_that_built_it() {
    let path = build("kamurj-guest-probing").unwrap_or_else(|error| panic!("{error}"));
    let bytes = fs::read(path).unwrap();
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("packages/serde_json"), "panics name files by their packages");
    assert!(!holds("/registry/src"));
    assert!(!holds(env!("CARGO_MANIFEST_DIR").trim_end_matches("/plugins/build")));
}

#[test]
fn an_unknown_package_is_named() {
    let error = build("kamurj-no-such-guest").unwrap_err();
    assert!(matches!(&error, BuildError::Compile { package, .. } if package == "kamurj-no-such-guest"));
    assert!(error.to_string().contains("kamurj-no-such-guest"), "{error}");
}
