//! Keeping house: components that nobody needs are removed, by their merchant or by the day's sweep, and no others.

use kamurj_server::lifecycle::keeping;
use kamurj_tests::clock::hours;
use kamurj_tests::integrator::Answer;
use kamurj_tests::uploads::probing;
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

/// Where components lie.
fn shelf(world: &World) -> PathBuf {
    world.app().uploads.parent().expect("the data directory").join("plugins")
}

/// Lets a file be as old as if it had been written so many hours ago by the story's clock.
fn ages(world: &World, file: &Path, hours_ago: i64) {
    let at = u64::try_from(world.app().now() - hours(hours_ago)).expect("after 1970");
    let file = File::options().append(true).open(file).expect("the file is there");
    file.set_modified(UNIX_EPOCH + Duration::from_millis(at)).expect("its time is set");
}

async fn removes(world: &World, digest: &str) -> Answer {
    world.does(Method::DELETE, &format!("/v1/plugins/{digest}"), &json!({})).await
}

fn digests(listed: &Value) -> Vec<String> {
    let all = listed["plugins"].as_array().expect("a list");
    all.iter().map(|one| one["digest"].as_str().expect("a digest").to_owned()).collect()
}

story!(a_component_is_removed_once_nothing_is_installed_from_it, |world| {
    let path = world.runs_probing(&json!([])).await;
    let versions = world.sees(&format!("{path}/versions")).await;
    let used = versions["versions"][0]["digest"].as_str().expect("a digest").to_owned();
    let refused = removes(world, &used).await;
    refused.is_problem(409, "not-now");
    let id = path.trim_start_matches("/v1/installations/");
    assert!(
        refused.body["detail"].as_str().expect("words").contains(id),
        "it says by whom it is used: {}",
        refused.body
    );
    assert!(digests(&world.sees("/v1/plugins").await).contains(&used));

    let spare = world.has_uploaded(probing(|manifest| manifest["version"] = json!("1.1.0"))).await;
    let removed = removes(world, &spare).await;
    assert_eq!((removed.status, &removed.body["digest"]), (200, &json!(spare)), "{}", removed.body);
    assert!(!digests(&world.sees("/v1/plugins").await).contains(&spare));
    removes(world, &spare).await.is_problem(404, "not-found");
    let body = json!({ "plugin": spare, "settings": world.script(&json!([])) });
    world.does(Method::POST, "/v1/installations", &body).await.is_problem(422, "invalid");

    world.does(Method::DELETE, &path, &json!({})).await;
    assert_eq!(removes(world, &used).await.status, 200, "a removed installation needs it no more");
});

story!(only_its_merchant_with_the_right_key_removes_a_component, |world| {
    let spare = world.has_uploaded(probing(|_| ())).await;
    let path = format!("/v1/plugins/{spare}");
    let by = |key: &str| world.asks(key, Method::DELETE, &path);
    let neighbour = world.flower_shop().await;
    Answer::to(by(&neighbour.api_key)).await.is_problem(404, "not-found");
    assert!(digests(&world.sees("/v1/plugins").await).contains(&spare));
});

story!(a_component_that_is_being_judged_is_not_removed, |world| {
    let taken = Answer::to(world.upload(&world.api_key, probing(|_| ()))).await;
    let digest = taken.body["digest"].as_str().expect("a digest").to_owned();
    removes(world, &digest).await.is_problem(409, "not-now");
    world.settles().await;
    assert_eq!(removes(world, &digest).await.status, 200);
});

story!(what_works_is_compiled_at_the_start_and_not_when_it_is_needed, |world| {
    let path = world.runs_probing(&json!([])).await;
    let versions = world.sees(&format!("{path}/versions")).await;
    let digest = versions["versions"][0]["digest"].as_str().expect("a digest");
    let spare = world.has_uploaded(probing(|manifest| manifest["version"] = json!("1.1.0"))).await;
    let app = world.app();
    // As after an upgrade of the engine: nothing is loaded, and nothing that lies there fits.
    for gone in [digest, &spare] {
        app.runtime.forget(gone);
    }
    assert!(app.runtime.loaded(digest).is_none());
    keeping::prepare(&app).await;
    assert!(app.runtime.loaded(digest).is_some());
    assert!(app.runtime.loaded(&spare).is_none(), "nothing is installed from it");

    // One that is lost does not keep the server from starting, nor the others from working.
    let bytes = shelf(world).join(format!("{digest}.wasm"));
    let aside = std::fs::read(&bytes).expect("the component");
    app.runtime.forget(digest);
    std::fs::remove_file(&bytes).expect("removed");
    keeping::prepare(&app).await;
    assert!(app.runtime.loaded(digest).is_none());
    std::fs::write(&bytes, aside).expect("written");
    keeping::prepare(&app).await;
    assert!(app.runtime.loaded(digest).is_some());
});

story!(what_nobody_needs_is_swept_away_after_a_day, |world| {
    let path = world.runs_probing(&json!([])).await;
    let spare = world.has_uploaded(probing(|manifest| manifest["version"] = json!("1.1.0"))).await;
    let fresh = world.has_uploaded(probing(|manifest| manifest["version"] = json!("1.2.0"))).await;
    let (shelf, uploads) = (shelf(world), world.app().uploads.clone());
    for digest in [&spare, &fresh] {
        assert_eq!(removes(world, digest).await.status, 200);
    }
    std::fs::create_dir_all(&uploads).expect("the folder");
    for name in ["upl_1.part", "plg_nobodys.wasm", "upl_2.part"] {
        std::fs::write(uploads.join(name), b"left over").expect("written");
    }
    let all: Vec<PathBuf> = std::fs::read_dir(&shelf).expect("the shelf").map(|one| one.expect("one").path()).collect();
    for file in all.iter().filter(|file| !file.ends_with(format!("{fresh}.wasm"))) {
        ages(world, file, 2);
    }
    for (name, hours_ago) in [("upl_1.part", 2), ("plg_nobodys.wasm", 2), ("upl_2.part", -2)] {
        ages(world, &uploads.join(name), hours_ago);
    }
    ages(world, &shelf.join(format!("{fresh}.wasm")), -2);
    world.passes(hours(25)).await;
    assert!(!shelf.join(format!("{spare}.wasm")).exists());
    assert!(shelf.join(format!("{fresh}.wasm")).exists(), "its row may be on its way");
    let left: Vec<_> = std::fs::read_dir(&uploads).expect("uploads").map(|one| one.expect("one").file_name()).collect();
    assert_eq!(left, ["upl_2.part"], "it may still be arriving");
    // What is installed stays and works.
    assert_eq!(std::fs::read_dir(&shelf).expect("the shelf").count(), all.len() - 1);
    world.restarts().await;
    assert_eq!(world.knocks(&path, "1").await.status, 200);
    world.settles().await;
    let runs = world.sees(&format!("{path}/runs")).await;
    assert_eq!(runs["runs"][0]["ended"], "done", "{runs}");
});
