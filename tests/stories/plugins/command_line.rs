//! `kamurj plugin …`: a component packed with its manifest and pushed through the API, with words for what goes wrong.

use kamurj_tests::uploads::{TOKEN, bare, probing};
use kamurj_tests::{World, story};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Output;

const PROGRAM: &str = env!("CARGO_BIN_EXE_kamurj-under-test");

fn answer(output: &Output) -> Value {
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

#[track_caller]
fn complains(output: &Output, expected: &str) {
    let line = String::from_utf8(output.stderr.clone()).expect("UTF-8");
    assert_eq!((output.status.code(), line.lines().count()), (Some(1), 1), "{line}");
    assert!(line.starts_with("kamurj: ") && line.contains(expected) && output.stdout.is_empty(), "{line}");
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// Runs the program while workers work.
async fn pushes(world: &mut World, arguments: Vec<String>) -> Output {
    let mut command = tokio::process::Command::new(PROGRAM);
    let running = tokio::spawn(command.args(["plugin", "push"]).args(arguments).env_clear().output());
    while !running.is_finished() {
        world.settles().await;
        tokio::task::yield_now().await;
    }
    running.await.expect("it ends").expect("the program runs")
}

const MANIFEST: &str = "manifest = 1\nid = 'packed'\nname = 'Packed'\nversion = '1.0.0'\ndescription = 'Packed by hand.'\n\
    settings_schema = 'settings.json'\n";

story!(a_component_is_packed_with_its_manifest, |world| {
    let folder = tempfile::TempDir::new().expect("a folder");
    let (component, manifest) = (folder.path().join("guest.wasm"), folder.path().join("plugin.toml"));
    std::fs::write(&component, bare("probing")).expect("a file");
    std::fs::write(&manifest, MANIFEST).expect("a file");
    let of = ["plugin", "pack", text(&component), "--manifest", text(&manifest)];
    complains(&world.runs(PROGRAM, &of), "settings.json` cannot be read");
    std::fs::write(folder.path().join("settings.json"), "{\"type\": \"object\"}").expect("a file");
    let packed = answer(&world.runs(PROGRAM, &of));
    let file = folder.path().join("guest.plugin.wasm");
    assert_eq!((&packed["plugin"], packed["file"].as_str()), (&json!("packed"), file.to_str()));
    let judged = world.has_judged(std::fs::read(&file).expect("a file")).await;
    assert_eq!((&judged["stage"], &judged["digest"]), (&json!("ready"), &packed["digest"]), "{judged}");

    let twice = ["plugin", "pack", text(&file), "--manifest", text(&manifest)];
    complains(&world.runs(PROGRAM, &twice), "more than one manifest");
    complains(&world.runs(PROGRAM, &["plugin", "pack", "nowhere.wasm"]), "COMPONENT nowhere.wasm");
    std::fs::write(&manifest, MANIFEST.replace("'packed'", "'Packed'")).expect("a file");
    complains(&world.runs(PROGRAM, &of), "`id`");
});

story!(a_component_is_pushed_installed_and_pushed_again_as_a_version, |world| {
    let folder = tempfile::TempDir::new().expect("a folder");
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("a file");
        text(&path).to_owned()
    };
    let of = |world: &World, component: &str, key: &str| {
        [component, "--url", &world.url, "--key", key].map(str::to_owned).to_vec()
    };
    let key = world.api_key.clone();
    let first = file("first.wasm", &probing(|_| ()));
    let report = answer(&pushes(world, of(world, &first, &key)).await);
    assert_eq!((&report["stage"], &report["plugin"]), (&json!("ready"), &json!("probing")), "{report}");

    let settings = json!({ "settings": world.script(&json!([])), "secrets": { "token": TOKEN }, "grants": "all" });
    let settings = file("settings.json", settings.to_string().as_bytes());
    let with = |mut of: Vec<String>, settings: &str| {
        of.extend(["--install".to_owned(), settings.to_owned()]);
        of
    };
    let made = answer(&pushes(world, with(of(world, &first, &key), &settings)).await);
    assert_eq!(made["installation"]["draft"]["number"], 1, "{made}");
    let path = format!("/v1/installations/{}", made["installation"]["id"].as_str().expect("an id"));
    world.activates(&path, &json!({})).await;
    let second = file("second.wasm", &probing(|manifest| manifest["version"] = json!("1.1.0")));
    let made = answer(&pushes(world, with(of(world, &second, &key), &settings)).await);
    let (active, draft) = (&made["installation"]["active"], &made["installation"]["draft"]);
    assert_eq!(
        (&active["number"], &draft["number"], &draft["plugin_version"]),
        (&json!(1), &json!(2), &json!("1.1.0"))
    );

    let none = file("none.wasm", &bare("probing"));
    complains(&pushes(world, of(world, &none, &key)).await, "the component is refused: the component has no manifest");
    complains(&pushes(world, of(world, &first, "kmj_test_wrong")).await, "with a key that is in force");
    let wrong = file("wrong.json", json!({ "settings": { "api_base": 7 } }).to_string().as_bytes());
    complains(&pushes(world, with(of(world, &first, &key), &wrong)).await, "/settings/api_base: ");
    let broken = file("broken.json", b"{\"secrets\": canary");
    let said = pushes(world, with(of(world, &first, &key), &broken)).await;
    complains(&said, "is no JSON object at line 1");
    assert!(!String::from_utf8_lossy(&said.stderr).contains("canary"));
    let nowhere = ["--url", "pay.example.am", "--key", "k"].map(str::to_owned);
    complains(&pushes(world, [vec![first.clone()], nowhere.to_vec()].concat()).await, "--url: write");
});
