//! Connections as the API shows them: how they stand and what to do about it, never a token.

use crate::app::App;
use crate::connections::endpoints::redirect_uri;
use crate::connections::{Standing, declared};
use crate::lifecycle::versions;
use kamurj_domain::time;
use kamurj_manifest::ConnectionRequest;
use kamurj_store::connections::{self, Connection};
use kamurj_store::installations::versions::Version;
use kamurj_store::{Error, Tx};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A flow that was started.
#[derive(Debug, Serialize, ToSchema)]
pub struct StartedBody {
    /// Open this in a browser and consent there. It is for one use and for whoever started it.
    pub authorize_url: String,
    /// Until when it counts: RFC 3339, UTC.
    pub expires_at: String,
    /// Where the service sends the browser back to: register this address there.
    pub redirect_uri: String,
}

/// A connection that the plugin asks for, or one that it asked for before.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConnectionBody {
    /// The plugin's name for it.
    pub name: String,
    /// The service's name.
    pub label: String,
    /// Whether the plugin cannot work without it.
    pub required: bool,
    /// Whether it is granted, so that it may be connected.
    pub granted: bool,
    /// `not_connected`, `connected`, `other_settings` (connected for an address or client that the settings name no more) or
    /// `broken`.
    pub state: String,
    /// What is wrong and what to do; absent where nothing is.
    pub problem: Option<String>,
    /// Where the service sends browsers back to: register this address there.
    pub redirect_uri: String,
    /// Who connected it.
    pub connected_by: Option<String>,
    /// RFC 3339, UTC.
    pub connected_at: Option<String>,
    /// When its tokens were refreshed last: RFC 3339, UTC.
    pub refreshed_at: Option<String>,
    /// When the access token ends; it is refreshed before: RFC 3339, UTC.
    pub expires_at: Option<String>,
}

/// An installation's connections.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConnectionsBody {
    /// By name.
    pub connections: Vec<ConnectionBody>,
}

impl ConnectionBody {
    /// All connections of an installation: those that this version asks for, and those that were made and are still kept.
    pub async fn all(app: &App, tx: &mut Tx, version: &Version) -> Result<Vec<Self>, Error> {
        let manifest = versions::manifest(version)?;
        let in_force = versions::manifest_in_force(version)?;
        let settings = versions::settings(version)?;
        let rows = connections::of(tx, &version.installation_id).await?;
        let mut shown = Vec::new();
        for asked in &manifest.connections {
            let row = rows.iter().find(|row| row.name == asked.name);
            let is_granted = declared(&in_force, &asked.name).is_some();
            shown.push(Self::show(app, asked, is_granted, row, &settings));
        }
        let unasked = rows.iter().filter(|row| declared(&manifest, &row.name).is_none());
        shown.extend(unasked.map(|row| Self::left(app, row)));
        shown.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(shown)
    }

    fn show(
        app: &App,
        asked: &ConnectionRequest,
        granted: bool,
        row: Option<&Connection>,
        settings: &Map<String, Value>,
    ) -> Self {
        let again = "Start the connection again.";
        let (state, problem) = match (Standing::of(row, asked, settings, app.now()), row) {
            (Standing::Absent, _) if !granted => {
                ("not_connected", Some(format!("Grant `connection:{}` first, then start the connection.", asked.name)))
            }
            (Standing::Absent, _) => ("not_connected", Some("Start the connection.".to_owned())),
            (Standing::Elsewhere, _) => {
                ("other_settings", Some(format!("It was connected for other settings. {again}")))
            }
            (Standing::Broken, row) => {
                let failure = row.map_or("", |row| row.failure.as_str());
                ("broken", Some(format!("It ended: {failure}. {again}")))
            }
            (Standing::Due | Standing::Usable, Some(row)) if !row.failure.is_empty() => {
                ("connected", Some(format!("Its access was not renewed: {}. This is tried again.", row.failure)))
            }
            (Standing::Due | Standing::Usable, _) => ("connected", None),
        };
        Self {
            label: asked.label.clone(),
            required: asked.required,
            granted,
            state: state.to_owned(),
            problem,
            ..Self::of_row(app, &asked.name, row)
        }
    }

    fn left(app: &App, row: &Connection) -> Self {
        let problem = "The plugin does not ask for it any more: delete it.".to_owned();
        Self { problem: Some(problem), state: row.state.clone(), ..Self::of_row(app, &row.name, Some(row)) }
    }

    fn of_row(app: &App, name: &str, row: Option<&Connection>) -> Self {
        let alive = row.filter(|row| row.is_connected());
        Self {
            name: name.to_owned(),
            label: name.to_owned(),
            required: false,
            granted: false,
            state: String::new(),
            problem: None,
            redirect_uri: redirect_uri(app.operators_url()),
            connected_by: row.map(|row| row.connected_by.clone()),
            connected_at: row.map(|row| time::rfc3339(row.connected_at)),
            refreshed_at: row.and_then(|row| row.refreshed_at).map(time::rfc3339),
            expires_at: alive.and_then(|row| row.expires_at).map(time::rfc3339),
        }
    }
}
