//! A Redis server for one story: its own port on loopback, nothing kept, with a password; killed and started again as the
//! story wants, and gone with this value.

use crate::port::HeldPort;
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// Its password, which must be in no log.
pub const PASSWORD: &str = "CANARY-redis-password";
/// How long it may take to start.
const STEPS: u32 = 1_000;
const STEP: Duration = Duration::from_millis(10);

/// A server that forgets everything when it is killed.
pub struct Redis {
    port: HeldPort,
    child: Option<Child>,
    folder: TempDir,
}

impl Redis {
    /// Starts one.
    pub fn start() -> Self {
        let mut redis = Self { port: HeldPort::take(), child: None, folder: TempDir::new().expect("a folder") };
        redis.starts_again();
        redis
    }

    /// Starts it again on its port, empty. It answers when this returns.
    pub fn starts_again(&mut self) {
        let port = self.port.address.port().to_string();
        let options = ["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir"];
        let child = Command::new("redis-server")
            .args(options)
            .arg(self.folder.path())
            .args(["--requirepass", PASSWORD])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!(
                    "this story needs redis-server in PATH ({error}): install it, or run `cargo xtask test`, \
                     which does (`--quick` leaves these stories out)"
                )
            });
        self.child = Some(child);
        for _ in 0..STEPS {
            if TcpStream::connect(self.port.address).is_ok() {
                return;
            }
            let ended = self.child.as_mut().expect("it was just started").try_wait().expect("a state");
            assert!(ended.is_none(), "redis-server ended by itself: {ended:?}");
            std::thread::sleep(STEP);
        }
        panic!("redis-server does not answer on {}", self.port.address);
    }

    /// Kills it; whatever it knew is gone.
    pub fn is_killed(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have died already; either way it is gone afterwards.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Its address, with its password.
    pub fn url(&self) -> String {
        format!("redis://:{PASSWORD}@{}/0", self.port.address)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.is_killed();
    }
}
