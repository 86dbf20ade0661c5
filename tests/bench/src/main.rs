//! `kamurj-bench`: measures the rows that it is asked for and writes each as a line of JSON, with its baseline measured in
//! the same run. `cargo xtask bench` builds it, starts it and prints the table. It judges nothing but whether an aim is met.

mod bare;
mod calls;
mod extism;
mod guests;
mod hostile;
mod load;
mod machine;
mod memory;
mod page;
mod payments;
mod ports;
mod process;
mod row;
mod shop;
mod threads;
mod times;
mod upload;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use row::Book;

/// An error as it is told to whoever started the benchmark.
type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Measures what a call, an upload and an idle installation cost, and what hostile plugins cost others.
#[derive(Parser)]
struct Options {
    /// The rows, by name; all of them where none is named.
    #[arg(long, value_delimiter = ',')]
    rows: Vec<String>,
    /// Fewer and shorter rounds.
    #[arg(long)]
    quick: bool,
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
const ROWS: [&str; 7] = ["page", "fresh", "recorded", "threads", "upload", "memory", "payments"];

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
    let wants = |row: &str| options.rows.is_empty() || options.rows.iter().any(|wanted| wanted == row);
    let mut book = Book::open(&options.out)?;
    book.machine(&machine::facts())?;
    if wants("page") {
        let beside = page::Beside { nginx: options.nginx.as_deref(), node: options.node.as_deref() };
        page::measure(&mut book, &options.server, &beside, options.quick)?;
    }
    if !ROWS.into_iter().any(|row| row != "page" && wants(row)) {
        return book.machine(&machine::load());
    }
    row::say("     build the guests …");
    let measured = guests::component("measured")?;
    if ["fresh", "recorded", "threads"].into_iter().any(&wants) {
        let other = options.extism.as_deref().zip(options.extism_plugin.as_deref());
        calls::measure(&mut book, &measured, other, options.quick, &wants)?;
    }
    if wants("upload") {
        upload::measure(&mut book, &measured, &options.server, options.quick)?;
    }
    if wants("memory") {
        memory::measure(&mut book, &measured, &options.server, options.quick)?;
    }
    if wants("payments") {
        payments::measure(&mut book, &options.server, options.quick)?;
    }
    book.machine(&machine::load())
}
