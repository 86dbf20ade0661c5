//! `cargo xtask test`: everything that has to pass, in order, the quick before the slow; stops at the first failure.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::counts::Counts;
use crate::demo::{self, Demo};
use crate::place::Folder;
use crate::postgres::{self, Postgres};
use crate::process::{self, cargo};
use crate::say::{self, long};
use crate::stack::{self, BankMood, Plan};
use crate::tools::{self, Browser};
use crate::{browser, gallery, place, plugins, redis};

/// What needs servers, found before anything is built: a missing tool should not be news after half an hour.
struct Servers {
    postgres: PathBuf,
    browser: Browser,
}

/// Runs it all.
pub(crate) fn run(quick: bool) -> Result<(), String> {
    let started = say::now();
    tools::rust_components()?;
    let (servers, deny) = if quick {
        (None, tools::cargo_deny())
    } else {
        let servers = Servers { postgres: postgres::find()?, browser: Browser::find()? };
        redis::find()?;
        tools::python()?;
        (Some(servers), Some(tools::install_cargo_deny()?))
    };
    check("formatting", &mut cargo(&["fmt", "--all", "--check"]))?;
    check("lints", &mut cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))?;
    plugins::run()?;
    check("lints of the plugins", &mut lint_plugins())?;
    if servers.is_some() {
        plugins::build_scripts()?;
    }
    let counts = tests(servers.as_ref().map(|servers| servers.postgres.as_path()))?;
    let mut documentation = cargo(&["doc", "--workspace", "--no-deps", "--locked"]);
    check("documentation", documentation.env("RUSTDOCFLAGS", "-D warnings"))?;
    match deny {
        Some(deny) => {
            let words = [
                "--log-level",
                "error",
                "--workspace",
                "check",
                "--hide-inclusion-graph",
                "bans",
                "licenses",
                "sources",
            ];
            check("dependencies", Command::new(deny).current_dir(place::checkout()).args(words))?;
        }
        None => say::line("skip dependencies: cargo-deny is not installed; `cargo xtask test` installs it"),
    }
    stack::build()?;
    let mut passed = counts.passed + act_out()?;
    if let Some(servers) = &servers {
        passed += long("every page in the browser", || {
            let checks = gallery::examine(&servers.browser)?;
            Ok((checks, format!("{checks} checks")))
        })?;
        passed += long("a sale in the browser", || {
            let checks = browser::drive(&servers.browser, None)?;
            Ok((checks, format!("{checks} checks")))
        })?;
    }
    say::line(&format!("stories: {} on SQLite, {} on PostgreSQL", counts.on_sqlite, counts.on_postgres));
    say::line(&format!("All of it took {}.", say::took(started.elapsed())));
    say::line(&format!("{passed} passed, 0 failed"));
    Ok(())
}

fn check(name: &str, command: &mut Command) -> Result<(), String> {
    long(name, || process::show(command).map(|()| ((), "clean".to_owned())))
}

fn lint_plugins() -> Command {
    let mut clippy = cargo(&["clippy", "--locked", "--target", kamurj_plugin_build::TARGET]);
    for id in kamurj_plugin_build::FIRST_PARTY {
        clippy.arg("--package").arg(format!("kamurj-plugin-{id}"));
    }
    clippy.args(["--", "-D", "warnings"]);
    clippy
}

/// All tests of the workspace, on both databases where there is a PostgreSQL.
fn tests(postgres: Option<&Path>) -> Result<Counts, String> {
    let server = postgres.map(Postgres::start).transpose()?;
    let mut run = test_command(server.is_none());
    run.env("KAMURJ_TEST_PLUGINS", place::plugins());
    match (&server, postgres) {
        (Some(server), Some(bin)) => run
            .env("KAMURJ_TEST_DATABASES", "sqlite,postgres")
            .env("KAMURJ_TEST_POSTGRES", server.url())
            // Its own clients before others: a dump must be of the server's version.
            .env("PATH", process::path_with(bin)),
        _ => run.env("KAMURJ_TEST_DATABASES", "sqlite").env_remove("KAMURJ_TEST_POSTGRES"),
    };
    long("tests", || {
        let mut counts = Counts::default();
        process::watch(&mut run, |line| counts.take(line))?;
        let demanded = [("SQLite", counts.on_sqlite, true), ("PostgreSQL", counts.on_postgres, server.is_some())];
        for (database, stories, demanded) in demanded {
            if demanded && stories == 0 {
                return Err(format!("no story ran on {database}"));
            }
        }
        let detail = format!("{} passed", counts.passed);
        Ok((counts, detail))
    })
}

/// nextest where it is installed, else cargo's own runner. The quick run leaves out what needs PostgreSQL, Node or Python.
fn test_command(quick: bool) -> Command {
    if tools::find(&["cargo-nextest"]).is_some() {
        let words =
            ["nextest", "run", "--workspace", "--locked", "--status-level=pass", "--color=never", "--no-fail-fast"];
        let mut run = cargo(&words);
        if quick {
            run.args(["--filterset", "not test(/::(postgres|redis)$/) and not binary(scripts)"]);
        }
        return run;
    }
    let mut run = cargo(&["test", "--workspace", "--locked", "--no-fail-fast", "--lib", "--bins", "--tests"]);
    if quick {
        run.args(["--", "--skip", "::postgres", "--skip", "::redis", "--skip", "scripts::"]);
    }
    run
}

/// The demo by itself, and two that must fail and say where; answers how many of the three did as they should.
fn act_out() -> Result<usize, String> {
    let demo = |mood, plugins, patience| Demo {
        once: true,
        skip_build: true,
        plan: Plan { port: Some(0), mood, plugins },
        patience,
    };
    demo::run(&demo(BankMood::Talks, place::plugins(), 20))?;
    let silent = demo(BankMood::Silent, place::plugins(), 3);
    must_fail("with a silent bank, the sale stops", "the page says paid", &silent)?;
    let folder = Folder::make("plugins")?;
    for plugin in kamurj_plugin_build::FIRST_PARTY.into_iter().filter(|plugin| *plugin != "bitrix24") {
        let file = format!("{plugin}.wasm");
        fs::copy(place::plugins().join(&file), folder.path().join(&file))
            .map_err(|error| format!("FAIL copy {file}: {error}"))?;
    }
    let without = demo(BankMood::Talks, folder.path().to_owned(), 20);
    must_fail("without a plugin's file, the start stops", "install plugin bitrix24", &without)?;
    Ok(3)
}

/// Runs a demo that has to fail at this step.
fn must_fail(name: &str, at: &str, demo: &Demo) -> Result<(), String> {
    long(name, || match demo::run(demo) {
        Err(why) if why.starts_with(&format!("FAIL {at}: ")) => Ok(((), format!("at «{at}», as it should"))),
        Err(why) => Err(format!("expected it to stop at «{at}», saw {why}")),
        Ok(()) => Err(format!("expected it to stop at «{at}», and the sale went through")),
    })
}
