//! The guests as components, with the manifests that a row needs.

use std::fs;

use kamurj_manifest::Manifest;

use crate::Failed;

/// A guest of `tests/guests`, with the manifest of its folder.
pub(crate) fn component(name: &str) -> Result<Vec<u8>, Failed> {
    let file = kamurj_plugin_build::build(&format!("kamurj-guest-{name}"))?;
    fs::read(&file).map_err(|error| format!("{}: {error}", file.display()).into())
}

/// The guest `name` under another id, so that one merchant can have it once more and its bytes are compiled anew.
pub(crate) fn renamed(name: &str, id: &str) -> Result<Vec<u8>, Failed> {
    let file = kamurj_plugin_build::build(&format!("kamurj-guest-{name}"))?;
    let bare = file.display().to_string().replace(".plugin.wasm", ".wasm");
    let manifest: Manifest = Manifest { id: id.to_owned(), ..kamurj_manifest::read(&fs::read(&file)?)? };
    Ok(kamurj_manifest::embed(fs::read(bare)?, &manifest)?)
}
