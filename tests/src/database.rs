//! A database for each story: a fresh SQLite file, or a database of its own on the PostgreSQL server that
//! `KAMURJ_TEST_POSTGRES` names.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// Which engine a story runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

/// A PostgreSQL database that is dropped with this value.
pub struct Postgres {
    server: String,
    name: String,
}

static COUNT: AtomicU32 = AtomicU32::new(0);

impl Postgres {
    /// Makes an empty database.
    pub fn make() -> Self {
        let server = std::env::var("KAMURJ_TEST_POSTGRES").unwrap_or_else(|_| {
            panic!(
                "this story needs PostgreSQL: set KAMURJ_TEST_POSTGRES=postgres://user@host:port/postgres, \
                 or run `cargo xtask test`, which starts one (`--quick` leaves these stories out)"
            )
        });
        let count = COUNT.fetch_add(1, Ordering::SeqCst);
        let name = format!("story_{}_{count}", std::process::id());
        psql(&server, &format!("CREATE DATABASE {name}"));
        Self { server, name }
    }

    /// Another database with all that is in this one; whoever is connected is thrown out.
    pub fn copied(&self) -> Self {
        let count = COUNT.fetch_add(1, Ordering::SeqCst);
        let copy = Self { server: self.server.clone(), name: format!("story_{}_{count}", std::process::id()) };
        self.open_to_all(false);
        psql(&self.server, &format!("CREATE DATABASE {} TEMPLATE {}", copy.name, self.name));
        self.open_to_all(true);
        copy
    }

    /// Becomes what that one is.
    pub fn becomes(&self, copy: &Self) {
        psql(&self.server, &format!("DROP DATABASE {} WITH (FORCE)", self.name));
        psql(&self.server, &format!("CREATE DATABASE {} TEMPLATE {}", self.name, copy.name));
    }

    /// Its address.
    pub fn url(&self) -> String {
        match self.server.rsplit_once('/') {
            Some((base, _)) => format!("{base}/{}", self.name),
            None => panic!("KAMURJ_TEST_POSTGRES must end in a database's name"),
        }
    }

    /// Everything in it, as SQL text.
    pub fn dump(&self) -> Vec<u8> {
        let output = Command::new("pg_dump").arg(self.url()).output().expect("pg_dump is part of PostgreSQL");
        assert!(output.status.success(), "pg_dump: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// Lets nobody in any more and throws everybody out; or lets them in again.
    pub fn open_to_all(&self, open: bool) {
        psql(&self.server, &format!("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {open}", self.name));
        if !open {
            let out = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname =";
            psql(&self.server, &format!("{out} '{}'", self.name));
        }
    }

    /// Runs a statement past the store: for stories about somebody with access to the database.
    pub fn tamper(&self, statement: &str) {
        psql(&self.url(), statement);
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        psql(&self.server, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

fn psql(url: &str, statement: &str) {
    let output = Command::new("psql")
        .args(["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--command", statement, url])
        .output()
        .expect("psql is part of PostgreSQL's client");
    assert!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
}
