//! The words of the console in each language. Each area brings a table of keys, every key with all three languages side by side; one
//! that lacks a language, or has other placeholders there, stops the start.

use crate::error::ConsoleError;
use crate::table::Area;
use kamurj_domain::format::Language;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    hy: String,
    ru: String,
    en: String,
}

/// All texts, by language and key.
#[derive(Debug)]
pub(crate) struct Texts([BTreeMap<String, String>; 3]);

impl Texts {
    /// Reads the texts of all areas and holds the languages against each other.
    pub(crate) fn read(areas: &[Area]) -> Result<Self, ConsoleError> {
        let mut all = [BTreeMap::new(), BTreeMap::new(), BTreeMap::new()];
        for area in areas {
            let entries: BTreeMap<String, Entry> =
                serde_json::from_str(area.texts).map_err(|source| ConsoleError::Texts { area: area.name, source })?;
            for (key, entry) in entries {
                let wrong = |what| ConsoleError::Text { area: area.name, key: key.clone(), what };
                let languages = [entry.hy, entry.ru, entry.en];
                if languages.iter().any(|text| text.trim().is_empty()) {
                    return Err(wrong("is empty in a language"));
                }
                if languages.iter().any(|text| placeholders(text) != placeholders(&languages[0])) {
                    return Err(wrong("has other placeholders in another language"));
                }
                if all[0].contains_key(&key) {
                    return Err(wrong("is there twice"));
                }
                for (texts, text) in all.iter_mut().zip(languages) {
                    texts.insert(key.clone(), text);
                }
            }
        }
        Ok(Self(all))
    }

    /// The texts of a language.
    pub(crate) fn of(&self, language: Language) -> &BTreeMap<String, String> {
        &self.0[place(language)]
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.0[0].contains_key(key)
    }
}

/// Where a language's texts are kept.
pub(crate) fn place(language: Language) -> usize {
    match language {
        Language::Hy => 0,
        Language::Ru => 1,
        Language::En => 2,
    }
}

/// The names in braces, in alphabetical order.
fn placeholders(text: &str) -> Vec<&str> {
    let mut names: Vec<&str> =
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect();
    names.sort_unstable();
    names
}
