//! The command line: `kamurj serve`, `kamurj sandbox`, `kamurj admin …`, `kamurj journal …`, `kamurj audit …`, `kamurj plugin …`, and a developer's
//! `kamurj trigger` and `kamurj listen`.

mod admin;
mod audit;
mod journal;
mod listen;
mod plugin;
mod plugin_logs;
mod plugin_replay;
mod remote;
mod sandbox;
mod trigger;

use crate::milestones::{Milestones, Unwatched};
use crate::serve::{Surroundings, serve};
use crate::settings::{Settings, file_values};
use clap::{Parser, Subcommand};
use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Parser)]
#[command(name = "kamurj", version, about = "Payment links for merchants in Armenia")]
struct Arguments {
    /// TOML file with settings; the environment (KAMURJ_…) wins over it.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the server until it is interrupted.
    Serve,
    /// Runs the sandbox alone: bank, chat and CRM to play a sale with.
    Sandbox(sandbox::Arguments),
    /// Sets merchants up. Prints one JSON object.
    #[command(subcommand)]
    Admin(admin::Command),
    /// Looks after the journal.
    #[command(subcommand)]
    Journal(journal::Command),
    /// Proves the audit log.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Packs plugins, pushes them to a server, and looks into their runs.
    #[command(subcommand)]
    Plugin(plugin::Command),
    /// Lets an event happen to a new payment in test mode, at the sandbox. Prints the payment as one JSON object.
    Trigger(trigger::Arguments),
    /// Prints each event as one JSON line while it runs, and hands it on to an address on this machine.
    Listen(listen::Arguments),
    /// Says in one sentence why a payment is in its state, what decided it, and what happens next.
    Explain {
        /// The payment's id, pay_….
        payment: String,
    },
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    run(Arc::new(Unwatched))
}

/// Runs the command line with somebody who is told of every milestone.
pub fn run(milestones: Arc<dyn Milestones>) -> ExitCode {
    // Before anything else: a compile worker takes its rights away from itself while it has no threads, and it must read
    // no settings, for it is to have no secrets.
    let mut words = std::env::args().skip(1);
    if words.next().as_deref() == Some(kamurj_plugins::COMPILE_COMMAND) {
        return kamurj_plugins::compile_plugin(words);
    }
    let arguments = Arguments::parse();
    use_ring();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return complain(&format!("the runtime does not start: {error}")),
    };
    match runtime.block_on(dispatch(arguments, milestones)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(line) => complain(&line),
    }
}

/// Lets TLS use the ring library, as every process of ours does before its first connection.
pub fn use_ring() {
    // It can be chosen once a process; a second time changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

async fn dispatch(arguments: Arguments, milestones: Arc<dyn Milestones>) -> Result<(), String> {
    if let Command::Sandbox(sandbox) = arguments.command {
        log_to_stderr("info");
        return sandbox::run(sandbox).await;
    }
    let arguments = match arguments {
        Arguments { command: Command::Plugin(plugin::Command::Alone(command)), .. } => {
            log_to_stderr("warn");
            return print(&plugin::run_alone(command).await?);
        }
        Arguments { command: Command::Trigger(trigger), .. } => return print(&trigger::run(trigger).await?),
        Arguments { command: Command::Listen(listen), .. } => return listen::run(listen).await,
        others => others,
    };
    let settings = settings(arguments.config)?;
    match arguments.command {
        Command::Serve => {
            log_to_stderr(&settings.log);
            serve(settings, Surroundings::real(milestones), interrupted()).await.map_err(|error| error.to_string())
        }
        Command::Admin(command) => {
            log_to_stderr("warn");
            let app = crate::serve::assemble(&settings, Surroundings::real(milestones))
                .await
                .map_err(|error| error.to_string())?;
            let answer = admin::run(&app, command).await;
            app.db.close().await;
            print(&answer?)
        }
        Command::Journal(command) => {
            log_to_stderr("warn");
            let app = crate::serve::assemble(&settings, Surroundings::real(milestones))
                .await
                .map_err(|error| error.to_string())?;
            let answer = journal::run(&app, command).await;
            app.db.close().await;
            say(&answer?)
        }
        Command::Audit(command) => {
            log_to_stderr("warn");
            let app = crate::serve::assemble(&settings, Surroundings::real(milestones))
                .await
                .map_err(|error| error.to_string())?;
            let answer = audit::run(&app, command).await;
            app.db.close().await;
            say(&answer?)
        }
        Command::Plugin(plugin::Command::Here(command)) => {
            log_to_stderr("warn");
            let app = crate::serve::assemble(&settings, Surroundings::real(milestones))
                .await
                .map_err(|error| error.to_string())?;
            let answer = plugin::run_here(&app, command).await;
            app.db.close().await;
            say(&answer?)
        }
        Command::Explain { payment } => {
            log_to_stderr("warn");
            let app = crate::serve::assemble(&settings, Surroundings::real(milestones))
                .await
                .map_err(|error| error.to_string())?;
            let answer = explain(&app, &payment).await;
            app.db.close().await;
            say(&answer?)
        }
        Command::Sandbox(_) | Command::Trigger(_) | Command::Listen(_) | Command::Plugin(plugin::Command::Alone(_)) => {
            Ok(())
        }
    }
}

/// Why a payment is in its state. Whoever has the command line may ask about any merchant's.
async fn explain(app: &crate::app::App, id: &str) -> Result<String, String> {
    let failed = |error: kamurj_store::Error| error.to_string();
    let mut tx = app.db.read().await.map_err(failed)?;
    let payment = kamurj_store::payments::by_id(&mut tx, id).await.map_err(failed)?;
    let payment = payment.ok_or_else(|| {
        format!("PAYMENT: no payment has the id `{id}`; take it from the API or the journal, it begins with pay_")
    })?;
    Ok(crate::explained::explain(app, &mut tx, &payment).await.map_err(failed)?.sentence)
}

fn settings(file: Option<PathBuf>) -> Result<Settings, String> {
    let file = match file {
        None => BTreeMap::new(),
        Some(path) => {
            let text =
                std::fs::read_to_string(&path).map_err(|error| format!("--config {}: {error}", path.display()))?;
            file_values(&text).map_err(|error| error.to_string())?
        }
    };
    let environment = std::env::vars().collect();
    Settings::read(&file, &environment).map_err(|error| error.to_string())
}

/// Resolves when the process is told to stop.
async fn interrupted() {
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}

fn log_to_stderr(filter: &str) {
    let filter =
        tracing_subscriber::EnvFilter::try_new(filter).unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // In-process callers may have set a subscriber already; theirs stays.
    let _ = if std::io::stderr().is_terminal() { lines.try_init() } else { lines.json().try_init() };
}

fn print(value: &serde_json::Value) -> Result<(), String> {
    say(&value.to_string())
}

/// Tells the person at the terminal something; the answer itself is printed.
fn tell(line: &str) {
    // Nobody is left to tell if stderr is gone.
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn say(line: &str) -> Result<(), String> {
    writeln!(std::io::stdout(), "{line}").map_err(|error| format!("the answer cannot be printed: {error}"))
}

fn complain(line: &str) -> ExitCode {
    // Nobody is left to tell if stderr is gone.
    let _ = writeln!(std::io::stderr(), "kamurj: {line}");
    ExitCode::FAILURE
}
