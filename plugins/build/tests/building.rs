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
fn an_unknown_package_is_named() {
    let error = build("kamurj-no-such-guest").unwrap_err();
    assert!(matches!(&error, BuildError::Compile { package, .. } if package == "kamurj-no-such-guest"));
    assert!(error.to_string().contains("kamurj-no-such-guest"), "{error}");
}
