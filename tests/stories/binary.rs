//! The face of the binary: what it says when it is told nonsense. One clear line on stderr, exit code 1, nothing made.

use std::process::{Command, Output};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_kamurj-under-test");
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn run(data: &TempDir, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    Command::new(PROGRAM)
        .args(arguments)
        .env_clear()
        .env("KAMURJ_DATA_DIR", data.path().join("data"))
        .envs(environment.iter().copied())
        .output()
        .expect("the program runs")
}

fn refuses(arguments: &[&str], environment: &[(&str, &str)], expected: &str) {
    let data = TempDir::new().expect("a folder");
    let output = run(&data, arguments, environment);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.starts_with(&format!("kamurj: {expected}")), "{said}");
    assert_eq!(said.lines().count(), 1, "one line: {said}");
    assert!(output.stdout.is_empty());
}

#[test]
fn a_wrong_setting_stops_the_start_with_one_line() {
    let key = ("KAMURJ_MASTER_KEY", KEY);
    refuses(&["serve"], &[], "KAMURJ_MASTER_KEY: is missing");
    refuses(&["serve"], &[key, ("KAMURJ_LISTEN", "everywhere")], "KAMURJ_LISTEN: write");
    refuses(&["serve"], &[key, ("KAMURJ_DATABASE_URL", "mysql://x")], "KAMURJ_DATABASE_URL: write");
    refuses(&["serve"], &[key, ("KAMURJ_LISTNE", "x")], "KAMURJ_LISTNE: is no setting");
    refuses(&["serve", "--config", "/nowhere.toml"], &[key], "--config /nowhere.toml:");
    let unreachable = ("KAMURJ_DATABASE_URL", "postgres://kamurj:CANARYPASSWORD@127.0.0.1:1/kamurj");
    refuses(&["serve"], &[key, unreachable], "KAMURJ_DATABASE_URL: the database does not answer");
}

#[test]
fn a_database_password_is_in_no_error() {
    let data = TempDir::new().expect("a folder");
    let url = "postgres://kamurj:CANARYPASSWORD@127.0.0.1:1/kamurj";
    let output = run(&data, &["serve"], &[("KAMURJ_MASTER_KEY", KEY), ("KAMURJ_DATABASE_URL", url)]);
    assert!(!String::from_utf8_lossy(&output.stderr).contains("CANARYPASSWORD"));
}

#[test]
fn wrong_words_to_admin_name_the_field_and_make_nothing() {
    let key = ("KAMURJ_MASTER_KEY", KEY);
    refuses(&["admin", "create-merchant", "--name", " "], &[key], "--name: must have 1 to 80 characters");
    refuses(&["admin", "create-merchant", "--name", "x", "--locale", "fr"], &[key], "--locale: must be");
    refuses(&["admin", "create-merchant", "--name", "x", "--colour", "red"], &[key], "--colour: must look like");
    refuses(&["admin", "create-api-key", "--merchant", "mer_x", "--mode", "live"], &[key], "--merchant: no merchant");
    refuses(
        &["admin", "create-api-key", "--merchant", "mer_x", "--mode", "prod"],
        &[key],
        "--mode: must be test or live",
    );
}

#[test]
fn a_file_with_wrong_settings_or_secrets_is_refused_and_no_secret_is_repeated() {
    let data = TempDir::new().expect("a folder");
    let key = ("KAMURJ_MASTER_KEY", KEY);
    let merchant = run(&data, &["admin", "create-merchant", "--name", "x"], &[key]);
    let merchant: serde_json::Value = serde_json::from_slice(&merchant.stdout).expect("JSON");
    let merchant = merchant["id"].as_str().expect("an id");
    let file = data.path().join("account.json");
    let of =
        ["admin", "set-provider-account", "--provider", "vpos", "--merchant", merchant, "--mode", "test", "--file"];
    for (text, expected) in [
        ("{", "--file "),
        (
            r#"{"secrets":{"api_token":"CANARY","webhook_secret":"CANARY"},"settings":{"base_url":"https://api.vpos.am"}}"#,
            "/secrets/webhook_secret: must be `whsec_`",
        ),
        (r#"{"secrets":{"token":"CANARY"},"settings":{}}"#, "/secrets/token: is not known"),
        (r#"{"secrets":{},"settings":{"base_url":"https://api.vpos.am"}}"#, "/secrets/webhook_secret: is missing"),
        (r#"{"secrets":{},"settings":{"base_url":"http://10.0.0.1"}}"#, "/settings/base_url:"),
        (r#"{"secrets":{},"settings":{}}"#, "/settings: missing field `base_url`"),
    ] {
        std::fs::write(&file, text).expect("a file");
        let path = file.display().to_string();
        let output = run(&data, &[&of[..], &[&path]].concat(), &[key]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.starts_with(&format!("kamurj: {expected}")), "{text}: {said}");
        assert!(!said.contains("CANARY"), "{said}");
    }
}
