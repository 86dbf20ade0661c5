//! The first-party plugins as files: from `KAMURJ_TEST_PLUGINS` where the test command has built them, else built here.

use crate::world::canary;
use kamurj_plugins::CompileSettings;
use kamurj_server::seal::MasterKey;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

static FOLDER: LazyLock<Option<PathBuf>> = LazyLock::new(|| std::env::var_os("KAMURJ_TEST_PLUGINS").map(PathBuf::from));

/// The component of a first-party plugin: `telegram`, `bitrix24`.
pub fn component(id: &str) -> Vec<u8> {
    let file = match &*FOLDER {
        Some(folder) => folder.join(format!("{id}.wasm")),
        None => kamurj_plugin_build::build(&format!("kamurj-plugin-{id}")).unwrap_or_else(|error| panic!("{error}")),
    };
    std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The component of a guest that misbehaves: `looping`, `grabbing`.
pub fn hostile(id: &str) -> Vec<u8> {
    let file = kamurj_plugin_build::build(&format!("kamurj-guest-{id}")).unwrap_or_else(|error| panic!("{error}"));
    std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// How plugins are compiled in tests: by this program of the workspace, which lies beside the test, and into one folder for
/// all test processes. A component is so compiled once, and not once a process.
pub fn compiled_by(program: &str) -> CompileSettings {
    let test = std::env::current_exe().expect("a test knows its program");
    let mut folder = test.parent().expect("a program lies in a folder");
    if folder.file_name().is_some_and(|name| name == "deps") {
        folder = folder.parent().expect("`deps` lies beside the programs");
    }
    let key = MasterKey::parse(&canary("master key")).expect("a key").of_compiled_plugins();
    CompileSettings { program: Path::new(folder).join(program), ..CompileSettings::new(folder.join("compiled"), key) }
}

/// Another version of a component: one of its texts is replaced by another of the same length. It is as valid as before.
pub fn altered(mut component: Vec<u8>, text: &str, other: &str) -> Vec<u8> {
    assert_eq!(text.len(), other.len(), "lengths are part of the code");
    let mut replaced = 0;
    for at in 0..component.len().saturating_sub(text.len()) {
        if component[at..].starts_with(text.as_bytes()) {
            component[at..at + text.len()].copy_from_slice(other.as_bytes());
            replaced += 1;
        }
    }
    assert!(replaced > 0, "`{text}` is no text of the component");
    component
}
