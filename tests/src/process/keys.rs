//! Master keys of server processes: other ones from the next start on, one server after the other.

use super::Process;
use crate::world::canary;
use serde_json::Value;
use std::process::{Child, Command};

impl Process {
    /// From the next start and the next command on they have the master keys of these names.
    pub fn is_given_keys(&mut self, new: &str, old: Option<&str>) {
        self.environment.retain(|(name, _)| !name.starts_with("KAMURJ_MASTER_KEY"));
        self.environment.push(("KAMURJ_MASTER_KEY".to_owned(), canary(new)));
        self.environment.extend(old.map(|old| ("KAMURJ_MASTER_KEY_OLD".to_owned(), canary(old))));
    }

    /// Runs one of the operator's commands; answers what it printed, or its complaint.
    pub fn tries(&self, arguments: &[&str]) -> Result<Value, String> {
        let output =
            self.command().arg("admin").args(arguments).env_remove("DIE_AT").output().expect("the program runs");
        if output.status.success() {
            Ok(serde_json::from_slice(&output.stdout).expect("one JSON object"))
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    /// Stops the server as an operator does, and starts it again.
    pub async fn restarts(&mut self) {
        ends(self.child.take().expect("a process"));
        self.serves();
        self.answers(self.url.clone()).await;
    }

    /// The same with the second server.
    pub async fn restarts_the_other(&mut self) {
        ends(self.other.take().expect("a second process"));
        let address = self.other_url.trim_start_matches("http://").to_owned();
        let own = [("KAMURJ_LISTEN", address), ("KAMURJ_PUBLIC_URL", self.url.clone())];
        self.other = Some(Self::spawned(self.command().envs(own), &self.log_file("other.log")));
        self.answers(self.other_url.clone()).await;
    }

    /// Waits until the server at this address answers.
    pub async fn answers(&mut self, url: String) {
        let ready = format!("{url}/readyz");
        self.eventually("the server answers", async |process| {
            process.http.get(&ready).send().await.ok().filter(|answer| answer.status() == 200)
        })
        .await;
    }
}

fn ends(mut child: Child) {
    let told = Command::new("kill").arg(child.id().to_string()).status();
    assert!(told.is_ok_and(|status| status.success()), "a process of ours may be told to stop");
    let status = child.wait().expect("an end");
    assert!(status.success(), "it ends by itself: {status}");
}
