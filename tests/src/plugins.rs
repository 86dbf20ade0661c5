//! The first-party plugins as files: from `KAMURJ_TEST_PLUGINS` where the test command has built them, else built here.

use std::path::PathBuf;
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
