//! `plugin.toml`, as an author writes it: the manifest in TOML, with the settings schema in a JSON file of its own if they like.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};

use crate::{Manifest, judge};

/// Why there is no manifest to put in. The texts are for the author.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file cannot be read.
    #[error("`{}` cannot be read: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not what it should be.
    #[error("{0}")]
    Form(String),
}

/// Reads `plugin.toml` in this folder. Its `settings_schema` may be a table, or the name of a JSON file beside it.
pub fn from_folder(folder: &Path) -> Result<Manifest, SourceError> {
    let file = folder.join("plugin.toml");
    let text = read(&file)?;
    from_toml(&text, |name| read(&folder.join(name)))
}

/// The same from a text; `file` answers files that it names.
pub fn from_toml(text: &str, file: impl FnOnce(&str) -> Result<String, SourceError>) -> Result<Manifest, SourceError> {
    let wrong = |detail: String| SourceError::Form(format!("plugin.toml: {detail}"));
    let mut table: Map<String, Value> = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
    if let Some(Value::String(name)) = table.get("settings_schema") {
        if name.contains(['/', '\\']) {
            return Err(wrong("`settings_schema` must name a file in the same folder".to_owned()));
        }
        let name = name.clone();
        let schema = serde_json::from_str(&file(&name)?).map_err(|error| wrong(format!("`{name}`: {error}")))?;
        table.insert("settings_schema".to_owned(), schema);
    }
    let manifest: Manifest = serde_path_to_error::deserialize(Value::Object(table))
        .map_err(|error| wrong(format!("`{}`: {}", error.path(), error.inner())))?;
    judge(&manifest).map_err(wrong)?;
    Ok(manifest)
}

fn read(path: &Path) -> Result<String, SourceError> {
    fs::read_to_string(path).map_err(|source| SourceError::File { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Class, RateScope};

    fn nothing(name: &str) -> Result<String, SourceError> {
        Err(SourceError::Form(format!("no file `{name}`")))
    }

    const LEAST: &str = "manifest = 1\nid = 'echo'\nname = 'Echo'\nversion = '1.0.0'\ndescription = 'Says it again.'\n";

    #[test]
    fn the_least_manifest_asks_for_nothing() {
        let manifest = from_toml(LEAST, nothing).unwrap();
        assert_eq!(manifest.class, Class::Small);
        assert!(manifest.hosts.is_empty() && manifest.secrets.is_empty() && manifest.routes.is_empty());
        assert_eq!(manifest.settings_schema["type"], "object");
    }

    #[test]
    fn a_whole_one_is_read_with_its_schema_from_a_file() {
        let text = format!(
            "{LEAST}class = 'script'\nsettings_schema = 'settings.schema.json'\nevents = ['payment.paid']\n\
             [[hosts]]\norigin = '{{portal}}'\nreason = 'The portal.'\nrate = {{ requests = 2, per_ms = 1000, scope = 'origin' }}\n"
        );
        let manifest = from_toml(&text, |name| {
            assert_eq!(name, "settings.schema.json");
            Ok(r#"{"type": "object", "title": "Mine"}"#.to_owned())
        });
        let manifest = manifest.unwrap();
        assert_eq!(manifest.class, Class::Script);
        assert_eq!(manifest.settings_schema["title"], "Mine");
        assert_eq!(manifest.hosts[0].rate.map(|rate| rate.scope), Some(RateScope::Origin));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let told = |text: &str| from_toml(text, nothing).unwrap_err().to_string();
        assert!(told("id = ").starts_with("plugin.toml: "));
        assert!(told(&format!("{LEAST}colour = 'red'")).contains("unknown field `colour`"));
        assert!(told(&format!("{LEAST}class = 'huge'")).contains("`class`"));
        assert!(told(&format!("{LEAST}settings_schema = '../secret.json'")).contains("same folder"));
        assert!(told(&LEAST.replace("'echo'", "'Echo'")).contains("`id`"));
    }
}
