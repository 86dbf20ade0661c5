//! Plugins that mean ill, of merchants of their own, kept busy through their inbound routes: some compute without end, some
//! take all memory that they get, some flood the host with calls.

use std::sync::Arc;
use std::time::Duration;

use kamurj_server::app::App;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::shop::{self, Shop};
use crate::{Failed, guests};

/// What they do, and how many merchants have one that does it.
const DEEDS: [(&str, &str, usize); 4] =
    [("looping", "", 4), ("grabbing", "", 2), ("hostile", "state calls", 2), ("hostile", "log calls", 2)];
/// Each gets a message this often. One call may compute for 250 ms: with ten of them there is always one that waits.
const EVERY: Duration = Duration::from_millis(500);

/// All of them, switched off until they are let loose.
pub(crate) struct Hostile {
    shop: Arc<Shop>,
    /// Installation and its merchant's key.
    all: Vec<(String, String)>,
}

impl Hostile {
    /// Installs them.
    pub(crate) async fn installed(app: &App) -> Result<Vec<(String, String)>, Failed> {
        let mut all = Vec::new();
        for (guest, script, count) in DEEDS {
            let component = guests::component(guest)?;
            for number in 0..count {
                let (merchant, key) = shop::merchant(app, &format!("{guest} {number}")).await?;
                let settings = if script.is_empty() { json!({}) } else { json!({ "script": script }) };
                let made = shop::installed(app, &merchant, component.clone(), settings).await?;
                all.push((made.id, key));
            }
        }
        Ok(all)
    }

    pub(crate) fn of(shop: Arc<Shop>, all: Vec<(String, String)>) -> Self {
        Self { shop, all }
    }

    /// Switches them on, also those that were suspended for what they did, and keeps them busy until the task is stopped.
    pub(crate) async fn loose(&self, round: usize) -> Result<JoinHandle<()>, Failed> {
        for (id, key) in &self.all {
            let path = format!("/v1/installations/{id}/activate");
            self.shop.asks(key, Method::POST, &path, &json!({ "skip_check": true })).await?;
        }
        let (shop, all) = (Arc::clone(&self.shop), self.all.clone());
        Ok(tokio::spawn(async move {
            for turn in 0_u64.. {
                for (id, _) in &all {
                    // One that was suspended meanwhile has a door still; one that was switched off has none.
                    let _ = shop.knocks(id, "update", json!({ "round": round, "turn": turn })).await;
                }
                tokio::time::sleep(EVERY).await;
            }
        }))
    }

    /// Switches them off and waits until nothing of them is left.
    pub(crate) async fn away(&self, loose: JoinHandle<()>) -> Result<(), Failed> {
        loose.abort();
        for (id, key) in &self.all {
            let path = format!("/v1/installations/{id}");
            let _: Value = self.shop.asks(key, Method::PATCH, &path, &json!({ "active": false })).await?;
        }
        self.shop.rests().await
    }
}
