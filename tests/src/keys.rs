//! Whoever runs the server changes its master key: by commands beside it, and by starting it with another key.

use crate::World;
use crate::canaries::canary;
use kamurj_server::app::App;
use kamurj_server::keys::rotation::{self, Refused, Status};
use kamurj_server::seal::MasterKey;
use kamurj_server::serve::{StartError, assemble};
use std::sync::Arc;

fn key(name: &str) -> MasterKey {
    MasterKey::parse(&canary(name)).expect("32 bytes")
}

/// A step of the rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The command alone.
    Begin,
    /// With `--status`.
    Status,
    /// With `--finish`.
    Finish,
}

impl World {
    /// A command's application beside the server, with the master keys of these names.
    pub async fn beside_with(&self, new: &str, old: Option<&str>) -> Result<Arc<App>, StartError> {
        let mut settings = self.settings.clone();
        settings.master_key = key(new);
        settings.master_key_old = old.map(key);
        Box::pin(assemble(&settings, self.surroundings(900))).await
    }

    /// Takes a step of the rotation, with the master keys of these names in the command's environment.
    pub async fn rotates(&self, step: Step, new: &str, old: Option<&str>) -> Result<Status, Refused> {
        let app = self.beside_with(new, old).await.unwrap_or_else(|error| panic!("{error}"));
        let stands = match step {
            Step::Begin => rotation::begin(&app).await,
            Step::Status => rotation::status(&app).await,
            Step::Finish => rotation::finish(&app).await,
        };
        app.db.close().await;
        stands
    }

    /// From its next start on the server has the master keys of these names.
    pub fn is_given_keys(&mut self, new: &str, old: Option<&str>) {
        self.settings.master_key = key(new);
        self.settings.master_key_old = old.map(key);
    }
}
