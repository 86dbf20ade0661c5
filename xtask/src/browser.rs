//! `cargo xtask browser`: whole sales in Chromium. What is looked at there, the scripts decide.

use std::path::Path;
use std::process::Command;

use crate::stack::{self, BankMood, Plan, Stack};
use crate::tools::Browser;
use crate::{place, process};

/// What is driven, one after the other: a sale at the back offices, sales by the bot, one in each chat, what browsers do to a sale, and
/// one by each provider, and the days of
/// four operators at the console. The offices come first, because a spreadsheet takes few changes a minute and would be behind later.
const SCRIPTS: [&str; 6] = ["offices.mjs", "sale.mjs", "chats.mjs", "flows.mjs", "providers.mjs", "console.mjs"];

/// Builds, starts, and drives.
pub(crate) fn run(screenshots: Option<&str>, skip_build: bool) -> Result<(), String> {
    let browser = Browser::find()?;
    if !skip_build {
        stack::build()?;
    }
    drive(&browser, screenshots.map(Path::new)).map(|_| ())
}

/// Starts a server with a sandbox and lets the scripts drive the browser; answers how many checks passed.
pub(crate) fn drive(browser: &Browser, screenshots: Option<&Path>) -> Result<usize, String> {
    let stack = Stack::start(&Plan { port: Some(0), mood: BankMood::Talks, plugins: place::plugins() })?;
    let mut passed = 0;
    for name in SCRIPTS {
        // An address that is good for minutes is made when it is wanted.
        let invitation = match name {
            "console.mjs" => stack.invites("owner@example.am", "Անուշ").map_err(|why| stack.with_log(&why))?,
            _ => String::new(),
        };
        let mut script = Command::new(&browser.node);
        script
            .current_dir(place::checkout())
            .arg(format!("tests/browser/{name}"))
            .env("MODULES", &browser.modules)
            .env("CHROMIUM", &browser.chromium)
            .env("PLAY_URL", &stack.play_url)
            .env("SERVER_URL", &stack.server_url)
            .env("BANK_URL", &stack.bank_url)
            .env("LESSON_ACCESS", stack::LESSON_ACCESS)
            .env("INVITATION", invitation)
            .env("API_KEY", &stack.api_key);
        match screenshots {
            Some(folder) => script.env("SCREENSHOTS", folder),
            None => script.env_remove("SCREENSHOTS"),
        };
        process::watch(&mut script, |line| passed += usize::from(line.starts_with("ok ")))
            .map_err(|why| stack.with_log(&format!("FAIL browser: {name}: {why}")))?;
    }
    Ok(passed)
}
