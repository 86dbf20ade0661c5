//! `cargo xtask demo`: the whole thing to click through, or acted out by itself.

use std::thread;
use std::time::Duration;

use crate::options::Options;
use crate::stack::{self, BankMood, Plan, Stack};
use crate::wait::Patience;
use crate::{place, sale, say, signals};

/// How long one step may take to show its effect, in seconds.
const PATIENCE: u64 = 20;

/// What was asked for.
pub(crate) struct Demo {
    pub(crate) once: bool,
    pub(crate) skip_build: bool,
    pub(crate) plan: Plan,
    /// In seconds.
    pub(crate) patience: u64,
}

impl Demo {
    pub(crate) fn read(options: &mut Options) -> Result<Self, String> {
        let demo = Self {
            once: options.flag("--once"),
            skip_build: options.flag("--skip-build"),
            plan: Plan { port: options.number("--port")?, mood: mood(options)?, plugins: place::plugins() },
            patience: options.number("--patience")?.unwrap_or(PATIENCE),
        };
        options.end()?;
        Ok(demo)
    }
}

fn mood(options: &mut Options) -> Result<BankMood, String> {
    match options.value("--bank")?.as_deref() {
        None => Ok(BankMood::Talks),
        Some("silent") => Ok(BankMood::Silent),
        Some(other) => Err(format!("`--bank`: `{other}` is not known; write `silent` or leave it out.")),
    }
}

/// Builds, starts, and shows.
pub(crate) fn run(demo: &Demo) -> Result<(), String> {
    let started = say::now();
    if !demo.skip_build {
        stack::build()?;
    }
    let mut stack = Stack::start(&demo.plan)?;
    if demo.once {
        sale::act(&stack, Patience::of_seconds(demo.patience)).map_err(|why| stack.with_log(&why))?;
        say::line(&format!("The whole sale happened, in {}.", say::took(started.elapsed())));
        return Ok(());
    }
    invite(&stack, &stack.invites("owner@example.am", "Անուշ")?);
    while !signals::interrupted() {
        stack.alive().map_err(|why| format!("FAIL keep running: {why}"))?;
        thread::sleep(Duration::from_millis(200));
    }
    say::line("Stopping.");
    Ok(())
}

fn invite(stack: &Stack, console: &str) {
    let Stack { play_url, server_url, api_key, .. } = stack;
    say::line(&format!(
        "
Open a chat and write «մենյու»: be the customer, and pay at the bank that the link leads to
    {play_url}/            Telegram and WhatsApp, with the bank
    {play_url}/messenger   Messenger
    {play_url}/instagram   Instagram

Watch what the back offices show of it. A deal that you move to «Invoiced», a lead that you move to «Awaiting payment», and an
order that you enter at the ERP get a payment link
    {play_url}/bitrix24    Bitrix24
    {play_url}/amocrm      amoCRM
    {play_url}/sheets      Google Sheets
    {play_url}/erp         an ERP

Open the console as its owner: set a password and a code app up within fifteen minutes. «Փորձնական» is the mode of this demo
    {console}

The server, with its API described at /openapi.json
    {server_url}

Make a payment through the API, and open the `checkout_url` of the answer
    curl {server_url}/v1/payments -H 'Authorization: Bearer {api_key}' \\
      -H 'Content-Type: application/json' -H 'Idempotency-Key: try-1' \\
      -d '{{\"order_id\":\"A-1042\",\"amount\":{{\"value\":\"12500\",\"currency\":\"AMD\"}},\"description\":\"Մեղրով տորթ\"}}'

The same at another gateway: add `\"provider\":\"idram\"`, under another Idempotency-Key. There are {}.

Ctrl-C ends it and removes its data.",
        stack::GATEWAYS.join(", ")
    ));
}
