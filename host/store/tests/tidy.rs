//! Rules about the source text that the compiler cannot check: every statement is in the catalogue, and the database
//! driver is named in one place.

use std::fs;
use std::path::{Path, PathBuf};

/// Every file below this folder with this extension, without what a build leaves behind.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && !name.starts_with('.') {
                found.extend(files(&path, extension));
            }
        } else if path.extension().is_some_and(|known| known == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn store() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<(String, String)> {
    let folder = store().join("src");
    files(&folder, "rs")
        .into_iter()
        .map(|file| {
            let name = file.strip_prefix(&folder).unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(file).unwrap())
        })
        .collect()
}

/// The names of the text constants in a source.
fn text_constants(source: &str) -> Vec<&str> {
    source
        .lines()
        .filter_map(|line| {
            line.split_once("const ").filter(|(before, _)| before.is_empty() || before.starts_with("pub"))
        })
        .filter_map(|(_, rest)| rest.split_once(": &str ="))
        .map(|(name, _)| name)
        .collect()
}

/// The names in a source's `CATALOGUE` lists.
fn catalogued(source: &str) -> Vec<&str> {
    source
        .split("CATALOGUE: &[&str] =")
        .skip(1)
        .filter_map(|rest| rest.split_once(';'))
        .flat_map(|(list, _)| list.split([',', '&', '[', ']']))
        .map(str::trim)
        // What a macro makes for each of a list is in the catalogue with the list.
        .filter(|name| !name.is_empty() && !name.contains(['$', ')']))
        .collect()
}

#[test]
fn every_statement_is_in_the_catalogue() {
    let mut count = 0;
    for (file, source) in sources() {
        let (mut constants, mut listed) = (text_constants(&source), catalogued(&source));
        constants.sort_unstable();
        listed.sort_unstable();
        assert_eq!(constants, listed, "{file}: the text constants and the file's `CATALOGUE` must be the same");
        count += constants.len();
        assert!(!source.contains("sql(\""), "{file}: give each statement a constant, so that it is in the catalogue");
    }
    // One macro makes four statements for each column of sealed values.
    count += 4 * kamurj_store::sealed::COLUMNS.len();
    let whole = kamurj_store::catalogue::both().len() + kamurj_store::catalogue::postgres_only().len();
    assert_eq!(whole, count, "src/catalogue.rs must join the lists of all files");
    assert!(count > 50, "this test no longer finds the statements: it found {count}");
}

#[test]
fn the_driver_is_named_in_the_store_alone() {
    let workspace = store().join("../..").canonicalize().unwrap();
    let own = store().canonicalize().unwrap();
    let outside: Vec<PathBuf> = ["rs", "toml"]
        .into_iter()
        .flat_map(|extension| files(&workspace, extension))
        .filter(|file| !file.starts_with(&own) && *file != workspace.join("Cargo.toml"))
        .filter(|file| fs::read_to_string(file).unwrap().contains("sqlx"))
        .collect();
    assert!(outside.is_empty(), "only host/store may name sqlx: {outside:?}");
    for (file, source) in sources().into_iter().filter(|(file, _)| file != "db.rs") {
        let named = source.matches("sqlx").count();
        assert_eq!(named, source.matches("sqlx::FromRow").count(), "{file}: what is more than a row belongs in db.rs");
    }
}
