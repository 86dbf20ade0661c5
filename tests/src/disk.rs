//! What is on disk: all its bytes, and copies of the database, as an operator makes and restores them.

use crate::World;
use crate::database::Postgres;
use crate::world::LEASE;
use std::path::PathBuf;
use tempfile::TempDir;

/// The files of a SQLite database.
const FILES: [&str; 3] = ["kamurj.db", "kamurj.db-wal", "kamurj.db-shm"];

/// A copy of the database.
pub struct Copy {
    folder: TempDir,
    database: Option<Postgres>,
}

impl World {
    /// The operator stops the server, copies the database and nothing else, and starts it again.
    pub async fn is_copied(&mut self) -> Copy {
        self.dies();
        let folder = TempDir::new().expect("a folder for the copy");
        let database = self.database.as_ref().map(Postgres::copied);
        if database.is_none() {
            for file in FILES.map(PathBuf::from).iter().filter(|file| self.data().join(file).exists()) {
                std::fs::copy(self.data().join(file), folder.path().join(file)).expect("the file is copied");
            }
        }
        self.is_born_again(LEASE + 1).await;
        Copy { folder, database }
    }

    /// The operator stops the server, puts the copy in the database's place, and starts it again after so many milliseconds.
    pub async fn is_restored(&mut self, copy: Copy, gone: i64) {
        self.dies();
        match (&self.database, &copy.database) {
            (Some(database), Some(copy)) => database.becomes(copy),
            _ => {
                for file in FILES {
                    // Whoever has the old file open keeps it, and writes into nothing that counts.
                    let _ = std::fs::remove_file(self.data().join(file));
                    if copy.folder.path().join(file).exists() && file != "kamurj.db-shm" {
                        std::fs::copy(copy.folder.path().join(file), self.data().join(file)).expect("it is restored");
                    }
                }
            }
        }
        self.is_born_again(gone).await;
    }

    /// Every byte that the server has on disk, by file name, with PostgreSQL as its dump.
    pub fn bytes_at_rest(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = Vec::new();
        let mut folders = vec![self.data().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("the data directory") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.push((path.display().to_string(), std::fs::read(&path).expect("a file")));
                }
            }
        }
        files.extend(self.database.as_ref().map(|database| ("pg_dump".to_owned(), database.dump())));
        files
    }

    /// Changes a byte of a component's file behind the server's back.
    pub fn alters_component(&self, digest: &str) {
        let file = self.data().join("plugins").join(format!("{digest}.wasm"));
        let mut bytes = std::fs::read(&file).expect("the component's file");
        let last = bytes.last_mut().expect("it is not empty");
        *last = last.wrapping_add(1);
        std::fs::write(&file, bytes).expect("the file is written");
    }
}
