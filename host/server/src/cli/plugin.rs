//! `kamurj plugin …`: packs a component with its manifest and pushes it to a server through the API, which needs no database and
//! no settings; and looks into the runs of this machine's server, which needs no key: whoever has the command line may ask
//! about any merchant's.

mod push;

use super::remote::Server;
use super::{plugin_logs, plugin_replay};
use crate::app::App;
use clap::Subcommand;
use kamurj_manifest::{SourceError, embed, from_toml};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Subcommand)]
pub(super) enum Command {
    #[command(flatten)]
    Alone(Alone),
    #[command(flatten)]
    Here(Here),
}

/// What reads the database of the settings, beside a server or without one.
#[derive(Subcommand)]
pub(super) enum Here {
    /// Prints what an installation's plugin logged, the oldest line first.
    Logs(plugin_logs::Arguments),
    /// Runs a past delivery again from its record, without sending anything. Exit code 1 if the plugin does something else.
    Replay(plugin_replay::Arguments),
}

pub(super) async fn run_here(app: &Arc<App>, command: Here) -> Result<String, String> {
    match command {
        Here::Logs(arguments) => plugin_logs::run(app, arguments).await,
        Here::Replay(arguments) => plugin_replay::run(app, arguments).await,
    }
}

/// What needs neither settings nor a database.
#[derive(Subcommand)]
pub(super) enum Alone {
    /// Puts a manifest into a component that has none. Prints one JSON object.
    Pack {
        /// The component: a .wasm file.
        component: PathBuf,
        /// The manifest; files that it names lie beside it.
        #[arg(long, default_value = "plugin.toml")]
        manifest: PathBuf,
        /// Where to write it; COMPONENT.plugin.wasm where it is left out.
        #[arg(short, long)]
        out: Option<PathBuf>,
    },
    /// Uploads a component, waits until the server has judged it, and prints what it found, as one JSON object.
    Push {
        /// The component with its manifest: a .wasm file.
        component: PathBuf,
        /// The server's address: https://pay.example.am.
        #[arg(long)]
        url: String,
        /// An API key with the scope `plugins`; - reads it from standard input.
        #[arg(long)]
        key: String,
        /// JSON file {"settings": {…}, "secrets": {…}, "grants": "all"}: also installs it, or makes it a version of the
        /// installation that there is.
        #[arg(long)]
        install: Option<PathBuf>,
    },
    /// Starts connecting an account that a plugin needs. Prints where to consent, as one JSON object.
    Connect {
        /// The installation: ins_….
        installation: String,
        /// The plugin's name for the connection.
        name: String,
        /// The server's address: https://pay.example.am.
        #[arg(long)]
        url: String,
        /// An API key with the scope `plugins`; - reads it from standard input.
        #[arg(long)]
        key: String,
    },
    /// Has a plugin make its service call this server, and prints how each thing stands, as one JSON object. Exit code 1 where
    /// something is left to be done.
    Setup {
        /// The installation: ins_….
        installation: String,
        /// Only look, and change nothing at the service.
        #[arg(long)]
        only_look: bool,
        /// The server's address: https://pay.example.am.
        #[arg(long)]
        url: String,
        /// An API key with the scope `plugins`; - reads it from standard input.
        #[arg(long)]
        key: String,
    },
}

pub(super) async fn run_alone(command: Alone) -> Result<Value, String> {
    match command {
        Alone::Pack { component, manifest, out } => pack(&component, &manifest, out),
        Alone::Push { component, url, key, install } => {
            let bytes = read(&component)?;
            let install = install.map(|file| push::entered(&file)).transpose()?;
            push::push(Server::new(&url, &push::key(&key)?)?, bytes, install).await
        }
        Alone::Connect { installation, name, url, key } => {
            push::connect(&Server::new(&url, &push::key(&key)?)?, &installation, &name).await
        }
        Alone::Setup { installation, only_look, url, key } => {
            push::setup(&Server::new(&url, &push::key(&key)?)?, &installation, only_look).await
        }
    }
}

fn pack(component: &Path, manifest: &Path, out: Option<PathBuf>) -> Result<Value, String> {
    let bytes = read(component)?;
    let text =
        std::fs::read_to_string(manifest).map_err(|error| format!("--manifest {}: {error}", manifest.display()))?;
    let folder = manifest.parent().unwrap_or(Path::new(""));
    let beside = |name: &str| {
        let path = folder.join(name);
        std::fs::read_to_string(&path).map_err(|source| SourceError::File { path, source })
    };
    let manifest = from_toml(&text, beside).map_err(|error| format!("--manifest: {error}"))?;
    let packed = embed(bytes, &manifest).map_err(|error| format!("{}: {error}", component.display()))?;
    let out = out.unwrap_or_else(|| component.with_extension("plugin.wasm"));
    std::fs::write(&out, &packed).map_err(|error| format!("--out {}: {error}", out.display()))?;
    Ok(json!({
        "plugin": manifest.id,
        "version": manifest.version,
        "file": out.display().to_string(),
        "bytes": packed.len(),
        "digest": crate::seal::hex(&Sha256::digest(&packed)),
    }))
}

fn read(component: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(component).map_err(|error| format!("COMPONENT {}: {error}", component.display()))
}
