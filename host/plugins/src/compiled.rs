//! The folder of compiled artefacts: one file a component, below the fingerprint of the engine that can run it. A file is
//! machine code that the server will run, so none is believed that the server has not written itself: each begins with a
//! keyed tag over fingerprint, digest and code.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::UNIX_EPOCH,
};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use wasmtime::{Engine, component::Component};
use zeroize::Zeroizing;

/// Bytes of a tag.
const TAG: usize = 32;

/// The file in which an engine's folder says when it was used last, in Unix milliseconds.
const USED: &str = "used";

/// How long the artefacts of another engine are kept: servers on one folder are upgraded one after the other, and an upgrade
/// may be taken back.
const UNUSED_MS: i64 = 7 * 24 * 3_600 * 1_000;

/// Artefacts for one engine.
pub(crate) struct Compiled {
    folder: PathBuf,
    fingerprint: String,
    key: Zeroizing<[u8; 32]>,
}

/// Machine code that this server's own worker made, just now or as its tag proves. Only such code is handed to wasmtime.
pub(crate) struct Verified(Vec<u8>);

impl Verified {
    /// What a compile worker answered.
    pub(crate) fn from_worker(artefact: Vec<u8>) -> Self {
        Self(artefact)
    }

    /// What is tried in a worker before it is kept.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Makes it ready to run, from these very bytes: a file that is read twice could be another the second time.
    pub(crate) fn ready(&self, engine: &Engine) -> wasmtime::Result<Component> {
        #[expect(unsafe_code, reason = "the one way to run machine code; what may reach it is bounded by `Verified`")]
        // SAFETY: the bytes are the unchanged answer of `Engine::precompile_component` in our own compile worker: they come
        // from its pipe, or from a file whose tag under the server's key was checked over these bytes in memory. wasmtime
        // itself refuses those of another version or configuration.
        unsafe {
            Component::deserialize(engine, &self.0)
        }
    }
}

impl Compiled {
    pub(crate) fn new(folder: PathBuf, fingerprint: String, key: Zeroizing<[u8; 32]>) -> Self {
        Self { folder, fingerprint, key }
    }

    /// The artefact of a component, if one lies there and is genuine.
    pub(crate) fn find(&self, digest: &str) -> Option<Verified> {
        let file = self.file(digest);
        let mut bytes = match fs::read(&file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(file = %file.display(), %error, "a compiled plugin cannot be read; it is compiled anew");
                return None;
            }
        };
        let genuine = bytes
            .split_first_chunk::<TAG>()
            .is_some_and(|(tag, artefact)| self.tag(digest, artefact).verify_slice(tag).is_ok());
        if !genuine {
            tracing::warn!(file = %file.display(), "a compiled plugin is not what this server wrote; it is compiled anew");
            return None;
        }
        bytes.drain(..TAG);
        Some(Verified(bytes))
    }

    /// Keeps an artefact. Written aside and then moved, so that nobody reads half a file, and nobody writes into another's.
    pub(crate) fn keep(&self, digest: &str, artefact: &Verified) -> io::Result<()> {
        static ASIDE: AtomicU64 = AtomicU64::new(0);
        let file = self.file(digest);
        let number = ASIDE.fetch_add(1, Ordering::Relaxed);
        let aside = file.with_extension(format!("{}-{number}.new", std::process::id()));
        fs::create_dir_all(self.folder.join(&self.fingerprint))?;
        let mut bytes = self.tag(digest, &artefact.0).finalize().into_bytes().to_vec();
        bytes.extend_from_slice(&artefact.0);
        let written = fs::write(&aside, bytes).and_then(|()| fs::rename(&aside, &file));
        if written.is_err() {
            // It may not be there; the first error is the one to tell.
            let _ = fs::remove_file(&aside);
        }
        written
    }

    /// Notes that this engine is in use, and removes what was compiled for engines that nobody has used for [`UNUSED_MS`].
    pub(crate) fn sweep(&self, now: i64) {
        let (folder, at) = (self.folder.join(&self.fingerprint), now.to_string());
        if let Err(error) = fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join(USED), at)) {
            tracing::warn!(%error, "the folder of compiled plugins cannot be written");
        }
        for other in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let path = other.path();
            if path == folder || !path.is_dir() {
                continue;
            }
            let told: Option<i64> = fs::read_to_string(path.join(USED)).ok().and_then(|at| at.parse().ok());
            // One that never said when it was used counts as used when something was put there last.
            if told.or_else(|| written(&path)).is_none_or(|used| now - used > UNUSED_MS) {
                match fs::remove_dir_all(&path) {
                    Ok(()) => {
                        tracing::info!(folder = %path.display(), "plugins compiled for another engine are removed");
                    }
                    Err(error) => {
                        tracing::warn!(folder = %path.display(), %error, "compiled plugins cannot be removed");
                    }
                }
            }
        }
    }

    /// Removes a component's artefact, if there is one.
    pub(crate) fn forget(&self, digest: &str) {
        // One that stays costs room and no more: it is found again, or swept away with its engine's folder.
        let _ = fs::remove_file(self.file(digest));
    }

    fn file(&self, digest: &str) -> PathBuf {
        self.folder.join(&self.fingerprint).join(format!("{digest}.cwasm"))
    }

    /// Fingerprint and digest are hex and have fixed lengths, so that no two triples run together.
    fn tag(&self, digest: &str, artefact: &[u8]) -> Hmac<Sha256> {
        let tag = Hmac::<Sha256>::new_from_slice(self.key.as_slice()).expect("HMAC takes keys of any length");
        tag.chain_update(&self.fingerprint).chain_update(digest).chain_update(artefact)
    }
}

/// When something was put into this folder last, Unix milliseconds.
fn written(folder: &Path) -> Option<i64> {
    let at = fs::metadata(folder).and_then(|about| about.modified()).ok()?;
    i64::try_from(at.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "00000000000000000000000000000000000000000000000000000000000000aa";
    const OTHER: &str = "00000000000000000000000000000000000000000000000000000000000000bb";

    fn shelf(folder: &std::path::Path, fingerprint: &str, key: u8) -> Compiled {
        Compiled::new(folder.to_owned(), fingerprint.to_owned(), Zeroizing::new([key; 32]))
    }

    #[test]
    fn i11_only_what_this_server_wrote_for_this_component_and_engine_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let ours = shelf(folder.path(), "engine1", 1);
        assert!(ours.find(DIGEST).is_none());
        ours.keep(DIGEST, &Verified::from_worker(b"code".to_vec())).unwrap();
        assert_eq!(ours.find(DIGEST).unwrap().0, b"code");
        assert!(shelf(folder.path(), "engine1", 2).find(DIGEST).is_none(), "another key");
        let file = ours.file(DIGEST);
        let moved = [ours.file(OTHER), shelf(folder.path(), "engine2", 1).file(DIGEST)];
        fs::create_dir_all(folder.path().join("engine2")).unwrap();
        for place in moved {
            fs::copy(&file, &place).unwrap();
        }
        assert!(ours.find(OTHER).is_none(), "another component's");
        assert!(shelf(folder.path(), "engine2", 1).find(DIGEST).is_none(), "another engine's");
        let whole = fs::read(&file).unwrap();
        for index in 0..whole.len() {
            let mut changed = whole.clone();
            changed[index] ^= 1;
            fs::write(&file, changed).unwrap();
            assert!(ours.find(DIGEST).is_none(), "byte {index} was changed");
            fs::write(&file, &whole[..index]).unwrap();
            assert!(ours.find(DIGEST).is_none(), "cut off at {index}");
        }
    }

    #[test]
    fn what_no_engine_has_used_for_a_week_is_swept_away() {
        let day = 24 * 3_600 * 1_000;
        // Long after the folders are made.
        let start = 4_000_000_000_000;
        let folder = tempfile::tempdir().unwrap();
        let (older, newer) = (shelf(folder.path(), "engine1", 1), shelf(folder.path(), "engine2", 1));
        fs::create_dir_all(folder.path().join("nobodys")).unwrap();
        for engine in [&older, &newer] {
            engine.keep(DIGEST, &Verified::from_worker(b"code".to_vec())).unwrap();
        }
        older.sweep(written(&folder.path().join("engine2")).unwrap() + 6 * day);
        assert!(newer.find(DIGEST).is_some(), "it never said that it is in use, and may be");
        older.sweep(start);
        assert!(newer.find(DIGEST).is_none());
        newer.keep(DIGEST, &Verified::from_worker(b"code".to_vec())).unwrap();
        newer.sweep(start + 6 * day);
        assert!(older.find(DIGEST).is_some(), "another server may still run that version");
        newer.sweep(start + 8 * day);
        assert!(older.find(DIGEST).is_none());
        assert!(newer.find(DIGEST).is_some());
        assert!(!folder.path().join("nobodys").exists());
    }

    #[test]
    fn a_new_artefact_takes_the_place_of_a_damaged_one_and_leaves_nothing_aside() {
        let folder = tempfile::tempdir().unwrap();
        let ours = shelf(folder.path(), "engine", 1);
        fs::create_dir_all(folder.path().join("engine")).unwrap();
        fs::write(ours.file(DIGEST), b"damaged").unwrap();
        ours.keep(DIGEST, &Verified::from_worker(b"code".to_vec())).unwrap();
        assert_eq!(ours.find(DIGEST).unwrap().0, b"code");
        assert_eq!(fs::read_dir(folder.path().join("engine")).unwrap().count(), 1);
        ours.forget(DIGEST);
        assert!(ours.find(DIGEST).is_none());
    }
}
