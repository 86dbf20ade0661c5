//! The shelf of components: one file a digest below the data directory, checked against its digest each time it is read,
//! kept loaded by the runtime.

use kamurj_plugins::{LoadError, Plugin, Runtime, Stage};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why a component cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// The file is not there, or cannot be read.
    #[error("the plugin's file {file} cannot be read: {source}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not what was installed.
    #[error("the plugin's file {file} was changed since it was uploaded; upload the plugin again")]
    Changed {
        /// The file.
        file: String,
    },
    /// It is no plugin that this host runs.
    #[error("the plugin does not load: {0}")]
    Load(#[from] LoadError),
}

/// The files of a folder that were written before this time, Unix milliseconds; none of a folder that is not there. It reads
/// the folder at once, which is short enough for what is done once a day.
pub(crate) fn files_older_than(folder: &Path, at: i64) -> std::io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        let about = match entry.metadata() {
            // Another node sweeps the same folder.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            about => about?,
        };
        let written = about.modified()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_millis();
        if about.is_file() && i64::try_from(written).unwrap_or(i64::MAX) < at {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// Removes a file, which another node may have removed already; answers whether it was there.
pub(crate) fn remove_if_there(file: &Path) -> std::io::Result<bool> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        removed => removed.map(|()| true),
    }
}

/// The components of this installation of Kamurj.
pub struct Shelf {
    directory: PathBuf,
}

impl Shelf {
    /// The shelf in this directory.
    pub fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// Puts a component on the shelf and answers it loaded; `told` hears how far that is. Nothing is kept of one that does not
    /// load.
    pub async fn put(
        &self,
        runtime: &Runtime,
        bytes: Vec<u8>,
        told: impl Fn(Stage) + Send + Sync + 'static,
    ) -> Result<Arc<Plugin>, ShelfError> {
        let plugin = runtime.load_telling(bytes.clone(), told).await?;
        let file = self.file(&plugin.digest);
        let unreadable = |source| ShelfError::Unreadable { file: file.display().to_string(), source };
        tokio::fs::create_dir_all(&self.directory).await.map_err(unreadable)?;
        // Written aside and then moved, so that a crash leaves no half file under the digest's name.
        let aside = file.with_extension("new");
        tokio::fs::write(&aside, bytes).await.map_err(unreadable)?;
        tokio::fs::rename(&aside, &file).await.map_err(unreadable)?;
        Ok(plugin)
    }

    /// The component with this digest, loaded.
    pub async fn get(&self, runtime: &Runtime, digest: &str) -> Result<Arc<Plugin>, ShelfError> {
        if let Some(plugin) = runtime.loaded(digest) {
            return Ok(plugin);
        }
        Ok(runtime.load(self.read(digest).await?).await?)
    }

    /// The bytes with this digest, as they were put there.
    pub async fn read(&self, digest: &str) -> Result<Vec<u8>, ShelfError> {
        let file = self.file(digest);
        let shown = file.display().to_string();
        let bytes =
            tokio::fs::read(&file).await.map_err(|source| ShelfError::Unreadable { file: shown.clone(), source })?;
        if crate::seal::hex(&Sha256::digest(&bytes)) != digest {
            return Err(ShelfError::Changed { file: shown });
        }
        Ok(bytes)
    }

    /// The digests of what lies here since before this time, Unix milliseconds.
    pub fn older_than(&self, at: i64) -> std::io::Result<Vec<String>> {
        let mut found = Vec::new();
        for file in files_older_than(&self.directory, at)? {
            let digest = file.file_stem().and_then(|stem| stem.to_str()).filter(|stem| stem.len() == 64);
            found.extend(digest.filter(|_| file.extension().is_some_and(|end| end == "wasm")).map(str::to_owned));
        }
        Ok(found)
    }

    /// Removes a component that nobody has any more, with what was compiled of it.
    pub fn remove(&self, runtime: &Runtime, digest: &str) -> std::io::Result<()> {
        runtime.forget(digest);
        remove_if_there(&self.file(digest)).map(drop)
    }

    fn file(&self, digest: &str) -> PathBuf {
        Path::new(&self.directory).join(format!("{digest}.wasm"))
    }
}
