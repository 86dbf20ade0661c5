//! Uploaded bytes on their way to the shelf: taken in a stream with a cap, kept under the upload's id until they are judged.
//! What is in them is judged by a worker.

use crate::app::App;
use crate::problem::{Kind, Problem};
use axum::body::Body;
use futures::StreamExt;
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use tokio::io::AsyncWriteExt;

/// A component that was taken whole and waits under a name of its own. Dropped without being kept, it is removed.
pub struct Taken {
    /// SHA-256, in hex.
    pub digest: String,
    /// How many bytes.
    pub bytes: i64,
    file: Option<PathBuf>,
}

impl Drop for Taken {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            // Whoever uploaded it has gone, or was refused; a file that is left over costs its room and nothing else.
            let _ = std::fs::remove_file(file);
        }
    }
}

impl Taken {
    /// Keeps the bytes as those of this upload.
    pub async fn keep(mut self, app: &App, id: &str) -> Result<(), Problem> {
        let Some(file) = self.file.take() else { return Ok(()) };
        tokio::fs::rename(file, place(app, id)).await.map_err(|error| unwritable(&error))
    }
}

fn place(app: &App, id: &str) -> PathBuf {
    app.uploads.join(format!("{id}.wasm"))
}

/// Takes the body, which is cut off where no class of plugins may be larger.
pub async fn take(app: &App, body: Body) -> Result<Taken, Problem> {
    let most = app.runtime.largest_component();
    tokio::fs::create_dir_all(&app.uploads).await.map_err(|error| unwritable(&error))?;
    let path = app.uploads.join(format!("{}.part", app.ids.new_id("upl")));
    let mut file = tokio::fs::File::create(&path).await.map_err(|error| unwritable(&error))?;
    let mut taken = Taken { digest: String::new(), bytes: 0, file: Some(path) };
    let mut hash = Sha256::new();
    let mut length = 0_usize;
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Problem::new(Kind::Malformed, "The body broke off. Send it again."))?;
        length += chunk.len();
        if length > most {
            return Err(Problem::new(Kind::TooLarge, format!("A component may have at most {most} bytes.")));
        }
        hash.update(&chunk);
        file.write_all(&chunk).await.map_err(|error| unwritable(&error))?;
    }
    if length == 0 {
        return Err(Problem::new(Kind::Malformed, "The body is empty: send the component's bytes as the body."));
    }
    file.sync_all().await.map_err(|error| unwritable(&error))?;
    taken.bytes = i64::try_from(length).unwrap_or(i64::MAX);
    taken.digest = crate::seal::hex(&hash.finalize());
    Ok(taken)
}

/// The bytes of this upload, where they are still kept.
pub async fn read(app: &App, id: &str) -> std::io::Result<Option<Vec<u8>>> {
    match tokio::fs::read(place(app, id)).await {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Removes the bytes of an upload that was judged.
pub async fn discard(app: &App, id: &str) {
    if let Err(error) = tokio::fs::remove_file(place(app, id)).await
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(upload.id = id, %error, "the bytes of a judged upload stay where they are");
    }
}

fn unwritable(error: &std::io::Error) -> Problem {
    tracing::error!(%error, "an upload cannot be written");
    Problem::new(Kind::Unavailable, "The component cannot be kept now. Try again in a few seconds.")
}
