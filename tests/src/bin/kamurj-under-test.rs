//! The `kamurj` binary with one difference: it kills itself, as `kill -9` does, when it passes a named point. For the
//! stories that pull the plug.
//!
//! `DIE_AT`: a milestone's name. `DIE_AT_NTH`: at its n-th passing, 1 where it is left out.

use async_trait::async_trait;
use kamurj_server::milestones::{Milestone, Milestones};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

struct Plug {
    point: Option<String>,
    left: AtomicU32,
}

#[async_trait]
impl Milestones for Plug {
    async fn reached(&self, point: Milestone) {
        if self.point.as_deref() != Some(point.name()) {
            return;
        }
        if self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            let killed = Command::new("kill").args(["-9", &std::process::id().to_string()]).status();
            assert!(killed.is_ok_and(|status| status.success()), "a process may kill itself");
            std::future::pending::<()>().await;
        }
    }
}

fn main() -> ExitCode {
    let nth = std::env::var("DIE_AT_NTH").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let plug = Plug { point: std::env::var("DIE_AT").ok(), left: AtomicU32::new(nth) };
    kamurj_server::cli::run(Arc::new(plug))
}
