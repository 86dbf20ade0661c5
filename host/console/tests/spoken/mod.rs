//! Finds the sentences that the product's own sources say to people: the literals and the templates of `format!` that are handed to
//! whatever makes a refusal, a field's fault, an exception's detail or a rule. It follows no values: what is written somewhere else and
//! carried there by a variable is found where it is written, by the name of what it is written into.

mod walk;

use std::fs;
use std::path::{Path, PathBuf};
pub(crate) use walk::Said;

/// One sentence, with `{0}`, `{1}`, … where something varies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spoken {
    pub(crate) sentence: String,
    /// Below the repository's root, with the line: `host/server/src/press.rs:154`.
    pub(crate) place: String,
}

/// The repository's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every sentence in the sources below these folders or files, leaving out those whose path has one of `without` in it.
pub(crate) fn all(folders: &[&str], without: &[&str], said: Said) -> Vec<Spoken> {
    let mut files = Vec::new();
    for folder in folders {
        gather(&root().join(folder), &mut files);
    }
    let mut found = Vec::new();
    for file in files {
        let name = file.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        if !without.iter().any(|part| name.contains(part)) && !name.ends_with("tests.rs") {
            found.extend(of(&fs::read_to_string(&file).unwrap(), &name, said));
        }
    }
    found.sort();
    found
}

/// The sentences of one source.
pub(crate) fn of(source: &str, name: &str, said: Said) -> Vec<Spoken> {
    let parsed = syn::parse_file(source).unwrap_or_else(|error| panic!("{name}: {error}"));
    let spoken = |(sentence, line)| Spoken { sentence, place: format!("{name}:{line}") };
    walk::sentences(&parsed, said).into_iter().map(spoken).collect()
}

fn gather(at: &Path, files: &mut Vec<PathBuf>) {
    if at.is_file() {
        files.push(at.to_owned());
        return;
    }
    let mut entries: Vec<PathBuf> = fs::read_dir(at).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            gather(&entry, files);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            files.push(entry);
        }
    }
}
