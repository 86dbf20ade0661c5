//! A PostgreSQL server for one test run: its own data folder, one loopback port, no durability, gone afterwards.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::place::Folder;
use crate::stack::ports;
use crate::{process, say, tools};

/// Who runs it where this program is root, which PostgreSQL refuses to be.
const OWNER: &str = "postgres";

/// The folder of the server's programs, the newest version first; installed where there is none.
pub(crate) fn find() -> Result<PathBuf, String> {
    tools::find_or_install("PostgreSQL", &["postgresql", "postgresql-client"], programs, |bin| {
        bin.display().to_string()
    })
}

fn programs() -> Option<PathBuf> {
    let version = |path: &PathBuf| path.file_name().and_then(|name| name.to_string_lossy().parse::<u32>().ok());
    let mut versions: Vec<PathBuf> =
        fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    versions.sort_by_key(version);
    let packaged = versions.into_iter().rev().map(|version| version.join("bin"));
    let in_path = tools::find(&["pg_ctl"]).and_then(|program| program.parent().map(Path::to_owned));
    packaged
        .chain(in_path)
        .find(|bin| ["initdb", "pg_ctl", "psql", "pg_dump"].iter().all(|name| bin.join(name).is_file()))
}

/// A running server. Stops with this value.
pub(crate) struct Postgres {
    bin: PathBuf,
    folder: Folder,
    port: u16,
}

impl Postgres {
    /// Makes and starts one.
    pub(crate) fn start(bin: &Path) -> Result<Self, String> {
        say::step("start PostgreSQL", || {
            let server = Self { bin: bin.to_owned(), folder: Folder::make("postgres")?, port: ports::any()? };
            if tools::is_root() {
                process::read(Command::new("chown").arg(OWNER).arg(server.folder.path()))?;
                // Its owner must be able to come in; nobody else.
                fs::set_permissions(server.folder.path(), fs::Permissions::from_mode(0o700))
                    .map_err(|error| error.to_string())?;
            }
            let data = server.data();
            process::read(server.program("initdb").args(["--no-sync", "--auth=trust", "--username=postgres"]).args([
                "--encoding=UTF8",
                "--locale=C",
                "--pgdata",
                &data,
            ]))?;
            // Every story has a pool of connections of its own, and several stories run at once.
            let settings = format!(
                "-c listen_addresses=127.0.0.1 -p {} -c unix_socket_directories={} -c fsync=off -c full_page_writes=off \
                 -c synchronous_commit=off -c max_connections=400",
                server.port,
                server.folder.path().display()
            );
            let log = server.folder.path().join("log");
            let mut start = server.program("pg_ctl");
            start.args(["start", "--silent", "--wait", "--pgdata", &data, "--options", &settings, "--log"]).arg(&log);
            // Not `read`: the server would keep a pipe open for as long as it runs.
            process::show(&mut start).map_err(|why| {
                let said = process::read(Command::new("tail").arg("-n5").arg(&log)).unwrap_or_default();
                format!("{why}: {said}")
            })?;
            let detail = format!("port {}", server.port);
            Ok((server, detail))
        })
    }

    /// The address of its first database.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    fn program(&self, name: &str) -> Command {
        let program = self.bin.join(name);
        let mut command = if tools::is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", OWNER, "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(self.folder.path());
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data = self.data();
        if !Path::new(&data).join("postmaster.pid").exists() {
            return;
        }
        let stopped =
            process::read(self.program("pg_ctl").args(["stop", "--silent", "--mode=immediate", "--pgdata", &data]));
        if let Err(why) = stopped {
            say::line(&format!("PostgreSQL was not stopped: {why}"));
        }
    }
}
