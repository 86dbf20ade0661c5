//! Databases of a benchmark on a PostgreSQL server that is there.

use std::process::Command;

use crate::Failed;
use crate::row::say;

/// A PostgreSQL database that is dropped with this value.
pub(crate) struct Database {
    server: String,
    name: String,
}

impl Database {
    /// A new one on this server.
    pub(crate) fn make(server: String) -> Result<Self, Failed> {
        let name = format!("bench_{}", std::process::id());
        psql(&server, &format!("CREATE DATABASE {name}"))?;
        Ok(Self { server, name })
    }

    /// Its address.
    pub(crate) fn url(&self) -> Result<String, Failed> {
        let (base, _) = self.server.rsplit_once('/').ok_or("KAMURJ_TEST_POSTGRES must end in a database's name")?;
        Ok(format!("{base}/{}", self.name))
    }
}

impl Database {
    /// Has it counted and tidied, as PostgreSQL does by itself after a while.
    pub(crate) fn settles(&self) -> Result<(), Failed> {
        psql(&self.url()?, "VACUUM (ANALYZE)")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Err(error) = psql(&self.server, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)) {
            say(&format!("     the database {} is left behind: {error}", self.name));
        }
    }
}

fn psql(server: &str, statement: &str) -> Result<(), Failed> {
    let mut command = Command::new("psql");
    command.args(["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--command", statement, server]);
    let output = command.output().map_err(|error| format!("psql: {error}"))?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into()) }
}
