//! Accounts by the command line: as ever for the only one at a provider, and by name for several.

use kamurj_tests::accounts::{account, another, defaults};
use kamurj_tests::{World, story};
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_kamurj-under-test");

/// What a command prints, or what it complains of.
fn says(world: &World, words: &[&str]) -> Result<Value, String> {
    let output = world.runs(PROGRAM, words);
    if output.status.success() {
        Ok(serde_json::from_slice(&output.stdout).expect("one JSON object"))
    } else {
        Err(String::from_utf8(output.stderr).expect("UTF-8"))
    }
}

story!(the_command_line_changes_the_only_account_and_asks_which_of_several, |world| {
    let mut file = another(world, "");
    let entered = json!({ "settings": file["settings"].take(), "secrets": file["secrets"].take() });
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("vpos.json");
    std::fs::write(&path, entered.to_string()).expect("a file");
    let path = path.display().to_string();
    let merchant = world.merchant.clone();
    let of = ["admin", "set-provider-account", "--provider", "vpos", "--mode", "test", "--merchant", &merchant];
    let set = |world: &World, more: &[&str]| says(world, &[&of[..], &["--file", &path], more].concat());

    let ours = world.account.clone();
    let changed = set(world, &[]).expect("it is changed");
    assert_eq!(changed["id"], json!(ours));
    assert_eq!(account(world, &ours).await["version"], 2);
    let second = set(world, &["--new", "--label", "second"]).expect("it is added")["id"].clone();
    assert_ne!(second, json!(ours));
    assert_eq!(defaults(world).await, ["vpos"]);
    let which = set(world, &[]).expect_err("which one is not said");
    assert!(which.starts_with("kamurj: --account: is needed: the merchant has 2 accounts at vpos"), "{which}");
    let second = second.as_str().expect("an id");
    assert_eq!(set(world, &["--account", second, "--label", "shop"]).expect("it is changed")["id"], json!(second));
    assert_eq!(account(world, second).await["label"], "shop");
    let nobodys = set(world, &["--account", "acc_unknown"]).expect_err("it is unknown");
    assert!(nobodys.starts_with("kamurj: --account: "), "{nobodys}");
    let taken = set(world, &["--new", "--label", "shop"]).expect_err("the label is taken");
    assert!(taken.starts_with("kamurj: /label: "), "{taken}");

    let checked = says(world, &["admin", "check-provider", "--account", second]).expect("an answer");
    assert_eq!((&checked["account"], &checked["result"]), (&json!(second), &json!("works")), "{checked}");
    let unknown = says(world, &["admin", "check-provider", "--account", "acc_unknown"]).expect_err("it is unknown");
    assert!(unknown.starts_with("kamurj: --account: no provider account has the id"), "{unknown}");
});
