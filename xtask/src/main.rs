//! `cargo xtask`: builds, shows and tests the whole project from a fresh checkout. It drives the other packages as a
//! person would, through cargo, their command line and HTTP, and uses none of their code but the plugin builder's.

mod bench;
mod browser;
mod conformance;
mod counts;
mod demo;
mod gallery;
mod http;
mod markup;
mod options;
mod place;
mod plugins;
mod postgres;
mod process;
mod redis;
mod sale;
mod say;
mod signals;
mod simulate;
mod stack;
mod test;
mod tools;
mod wait;

use std::env;
use std::process::ExitCode;

use crate::options::Options;

const HELP: &str = "\
cargo xtask COMMAND

  demo      starts the server with a sandbox (chats, bank, back offices) and prints the addresses; Ctrl-C ends it
              --once            acts out one whole sale by itself and checks every step of it
              --skip-build      uses what was built before
              --bank silent     the bank sends no webhook and answers no look-up
              --port N          the server's port; 8080 if that is free
              --patience SECS   how long one step may take to show its effect; 20
  test      runs everything that has to pass, and starts the servers that it needs
              --quick           leaves out what needs PostgreSQL, Redis or a browser
  browser   drives whole sales in Chromium, in each chat, at the back offices and by each provider
              --screenshots DIR keeps pictures of the pages
              --skip-build      uses what was built before
  gallery DIR  writes every page that customers may see into a folder: as HTML, and as pictures in three languages, light and
            dark, on three widths, with an index.html to look at
  simulate  runs the whole host under a seeded scheduler with faults, and audits its books
              --orders N        orders in all; 1000
              --seed S          the seed; 1
              --world K         replays this world alone, every step printed
              --per-world N     orders in each world; 250
              --bakery N        one buyer in so many buys in the shop that has plugins; 20
              --defect NAME     seeds a defect into the host, which must be seen
              --calm            nothing goes wrong
              --threads N       worlds at once; as many as there are cores
              --skip-build      uses the plugins that were built before
  bench     the performance table: each figure beside its baseline measured in the same run, and the ratio
              --rows NAME,…     only these: page, fresh, recorded, threads, upload, memory, burst, payments, signature, reader, search,
                                flood, cold, soak; without it all of them but soak
              --minutes N       how long soak sells; 3
              --json FILE       writes it
              --quick           fewer and shorter rounds
              --skip-extism     leaves that baseline out, and its build
              --skip-page       leaves nginx and Lighthouse out, and finding them
              --skip-build      uses what was built before
  conformance  every provider through the same stories, as a table: provider × story
              --quick           on SQLite alone
              --skip-build      uses the plugins that were built before
  plugins   builds every first-party plugin into target/plugins

What cargo builds goes to CARGO_TARGET_DIR, else to kamurj/target in the user's cache folder.";

fn main() -> ExitCode {
    let mut words = env::args().skip(1);
    let command = words.next().unwrap_or_default();
    let words: Vec<String> = words.collect();
    if matches!(command.as_str(), "" | "help" | "-h" | "--help")
        || words.iter().any(|word| word == "-h" || word == "--help")
    {
        say::line(HELP);
        return ExitCode::SUCCESS;
    }
    match place::move_into_cache().and_then(|()| run(&command, words)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            say::line(&why);
            ExitCode::FAILURE
        }
    }
}

fn run(command: &str, words: Vec<String>) -> Result<(), String> {
    signals::listen()?;
    let mut options = Options::new(words);
    match command {
        "demo" => demo::run(&demo::Demo::read(&mut options)?),
        "test" => {
            let quick = options.flag("--quick");
            options.end()?;
            test::run(quick)
        }
        "browser" => {
            let screenshots = options.value("--screenshots")?;
            let skip_build = options.flag("--skip-build");
            options.end()?;
            browser::run(screenshots.as_deref(), skip_build)
        }
        "gallery" => {
            let folder = options.word("the folder to write to")?;
            options.end()?;
            gallery::run(&folder)
        }
        "simulate" => simulate::run(&simulate::Simulate::read(&mut options)?),
        "conformance" => conformance::run(&conformance::Conformance::read(&mut options)?),
        "bench" => bench::run(&bench::Bench::read(&mut options)?),
        "plugins" => {
            options.end()?;
            plugins::run()
        }
        unknown => Err(format!("There is no command `{unknown}`.\n\n{HELP}")),
    }
}
