//! The folder of compiled artefacts: one file a component, below the fingerprint of the engine that can run it. A file is
//! machine code that the server will run, so none is believed that the server has not written itself: each begins with a
//! keyed tag over fingerprint, digest and code.

use std::{
    fs, io,
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use wasmtime::{Engine, component::Component};
use zeroize::Zeroizing;

/// Bytes of a tag.
const TAG: usize = 32;

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
