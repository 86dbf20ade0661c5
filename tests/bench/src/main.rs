//! `kamurj-bench`: measures the rows that it is asked for and writes each as a line of JSON, with its baseline measured in
//! the same run. `cargo xtask bench` builds it, starts it and prints the table. It judges nothing but whether an aim is met.

mod bank;
mod bare;
mod burst;
mod calls;
mod cold;
mod copies;
mod extism;
mod filled;
mod flood;
mod guests;
mod hostile;
mod load;
mod machine;
mod memory;
mod page;
mod payments;
mod plugins;
mod ports;
mod postgres;
mod process;
mod reader;
mod row;
mod search;
mod services;
mod shop;
mod signature;
mod soak;
mod strangers;
mod threads;
mod times;
mod upload;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use row::Book;

/// An error as it is told to whoever started the benchmark.
type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Measures what a call, each first-party plugin, an upload and an idle installation cost, what hostile plugins and strangers cost others, and what load,
/// size and time do to the server.
#[derive(Parser)]
struct Options {
    /// The rows, by name; all of them but `soak` where none is named.
    #[arg(long, value_delimiter = ',')]
    rows: Vec<String>,
    /// Fewer and shorter rounds.
    #[arg(long)]
    quick: bool,
    /// How long the row `soak` sells; 3, or 1 with `--quick`.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1440))]
    minutes: Option<u64>,
    /// The server's program.
    #[arg(long)]
    server: PathBuf,
    /// The program that calls the Extism plugin; without it that baseline is left out.
    #[arg(long, requires = "extism_plugin")]
    extism: Option<PathBuf>,
    /// The Extism plugin.
    #[arg(long)]
    extism_plugin: Option<PathBuf>,
    /// nginx; without it its baseline is left out.
    #[arg(long)]
    nginx: Option<PathBuf>,
    /// Node, with Lighthouse in the folder `MODULES` and the browser `CHROMIUM`; without it its rows are left out.
    #[arg(long)]
    node: Option<PathBuf>,
    /// The file that takes the rows.
    #[arg(long)]
    out: PathBuf,
}

/// The names of the rows, in the order in which they are measured.
const ROWS: [&str; 15] = [
    "page",
    "fresh",
    "recorded",
    "threads",
    "plugins",
    "upload",
    "memory",
    "burst",
    "payments",
    "signature",
    "reader",
    "flood",
    "cold",
    "search",
    SOAK,
];
/// Takes minutes, so that it is measured only where it is named.
const SOAK: &str = "soak";
/// What calls the guest of the benchmark.
const OF_THE_GUEST: [&str; 7] = ["fresh", "recorded", "threads", "plugins", "upload", "memory", "burst"];

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    // The runtimes of this process start it as their compile worker.
    if words.next().as_deref() == Some(kamurj_plugins::COMPILE_COMMAND) {
        return kamurj_plugins::compile_plugin(words);
    }
    kamurj_server::cli::use_ring();
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            row::say(&format!("the benchmark stopped: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Failed> {
    if let Some(unknown) = options.rows.iter().find(|row| !ROWS.contains(&row.as_str())) {
        return Err(format!("`{unknown}` is none of the rows {}", ROWS.join(", ")).into());
    }
    let wants = |row: &str| match options.rows.as_slice() {
        [] => row != SOAK,
        named => named.iter().any(|wanted| wanted == row),
    };
    let mut book = Book::open(&options.out)?;
    book.machine(&machine::facts())?;
    if wants("page") {
        let beside = page::Beside { nginx: options.nginx.as_deref(), node: options.node.as_deref() };
        page::measure(&mut book, &options.server, &beside, options.quick)?;
    }
    if OF_THE_GUEST.into_iter().any(&wants) {
        row::say("     build the guests …");
        of_the_guest(&mut book, options, wants)?;
    }
    if wants("payments") {
        payments::measure(&mut book, &options.server, options.quick)?;
    }
    if wants("signature") {
        signature::measure(&mut book, options.quick)?;
    }
    if wants("reader") {
        reader::measure(&mut book, &options.server, options.quick)?;
    }
    if wants("flood") {
        flood::measure(&mut book, &options.server, options.quick)?;
    }
    if wants("cold") {
        cold::measure(&mut book, &options.server, options.quick)?;
    }
    if wants("search") {
        search::measure(&mut book, options.quick)?;
    }
    if wants(SOAK) {
        let minutes = options.minutes.unwrap_or(if options.quick { 1 } else { 3 });
        soak::measure(&mut book, &options.server, minutes)?;
    }
    book.machine(&machine::load())
}

fn of_the_guest(book: &mut Book, options: &Options, wants: impl Fn(&str) -> bool) -> Result<(), Failed> {
    let measured = guests::component("measured")?;
    if ["fresh", "recorded", "threads"].into_iter().any(&wants) {
        let other = options.extism.as_deref().zip(options.extism_plugin.as_deref());
        calls::measure(book, &measured, other, options.quick, &wants)?;
    }
    if wants("plugins") {
        plugins::measure(book, &measured, options.quick)?;
    }
    if wants("upload") {
        upload::measure(book, &measured, &options.server, options.quick)?;
    }
    if wants("memory") {
        memory::measure(book, &measured, &options.server, options.quick)?;
    }
    if wants("burst") {
        burst::measure(book, &measured, &options.server, options.quick)?;
    }
    Ok(())
}
