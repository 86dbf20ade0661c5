//! The plugins that ship with the server: builds each that is in the tree and puts it under its own name into one folder.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::cargo::{BuildError, build, workspace};

/// Ids of the first-party plugins. The folder is `plugins/ID`, the package `kamurj-plugin-ID`.
pub const FIRST_PARTY: [&str; 6] = ["telegram", "whatsapp", "messenger", "instagram", "bitrix24", "google-sheets"];

/// One component that was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The plugin's id.
    pub id: &'static str,
    /// Where it lies.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// How long the build took.
    pub took: Duration,
}

/// Builds every first-party plugin whose folder exists into `out_dir/ID.wasm`.
pub fn build_all_first_party(out_dir: &Path) -> Result<Vec<Built>, BuildError> {
    let file = |path: &Path| {
        let path = path.to_path_buf();
        move |source| BuildError::File { path, source }
    };
    fs::create_dir_all(out_dir).map_err(file(out_dir))?;
    let mut all = Vec::new();
    for id in FIRST_PARTY {
        if !workspace().join("plugins").join(id).join("Cargo.toml").is_file() {
            continue;
        }
        let started = now();
        let component = build(&format!("kamurj-plugin-{id}"))?;
        let path = out_dir.join(format!("{id}.wasm"));
        // Under another name first, so that a server which reads the folder never sees half a file.
        let partial = out_dir.join(format!(".{id}.wasm.{}", std::process::id()));
        let bytes = fs::copy(&component, &partial).map_err(file(&partial))?;
        fs::rename(&partial, &path).map_err(file(&path))?;
        all.push(Built { id, path, bytes, took: started.elapsed() });
    }
    Ok(all)
}

#[expect(clippy::disallowed_methods, reason = "a build tool tells how long it took")]
fn now() -> Instant {
    Instant::now()
}
