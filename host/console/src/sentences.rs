//! The sentences that answers of the API hold in English, in the console's other languages: refusals, faults of fields, rules, details of
//! exceptions. What varies in one stands as `{0}`, `{1}`, … in the English text and in its translations alike.

mod matching;
mod reading;

use crate::error::ConsoleError;
use crate::texts::place;
use kamurj_domain::format::Language;
use matching::{Key, Template};
use reading::Pairs;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// How often a sentence may stand inside another one.
const DEEPEST: usize = 4;
/// In bytes. Nothing longer is a sentence of ours; what a service or a plugin said may be.
const LONGEST: usize = 16_384;
/// The words that may stand before a sentence and its colon as a name: of a field, a plugin, a file.
const MOST_WORDS_OF_A_NAME: usize = 8;

/// The files, by subject.
const FILES: [(&str, &str); 12] = [
    ("requests", include_str!("../../../checkout-templates/console/sentences/requests.json")),
    ("fields", include_str!("../../../checkout-templates/console/sentences/fields.json")),
    ("payments", include_str!("../../../checkout-templates/console/sentences/payments.json")),
    ("exceptions", include_str!("../../../checkout-templates/console/sentences/exceptions.json")),
    ("branding", include_str!("../../../checkout-templates/console/sentences/branding.json")),
    ("plugins", include_str!("../../../checkout-templates/console/sentences/plugins.json")),
    ("connections", include_str!("../../../checkout-templates/console/sentences/connections.json")),
    ("people", include_str!("../../../checkout-templates/console/sentences/people.json")),
    ("providers", include_str!("../../../checkout-templates/console/sentences/providers.json")),
    ("banks", include_str!("../../../checkout-templates/console/sentences/banks.json")),
    ("reconciliation", include_str!("../../../checkout-templates/console/sentences/reconciliation.json")),
    // What no source of ours spells: words that stand in holes, and what libraries say.
    ("foreign", include_str!("../../../checkout-templates/console/sentences/foreign.json")),
];

/// One sentence in Armenian and in Russian.
#[derive(Debug)]
struct Sentence([Template; 2]);

/// All sentences.
#[derive(Debug)]
pub(crate) struct Sentences {
    /// Those in which nothing varies.
    exact: BTreeMap<String, Sentence>,
    /// The others; what says most by itself first, so that a general one never takes what a special one means.
    patterns: Vec<(Key, Sentence)>,
}

impl Sentences {
    /// Reads the catalogue and holds the translations against the English text.
    pub(crate) fn read() -> Result<Self, ConsoleError> {
        Self::of(&FILES)
    }

    fn of(files: &[(&'static str, &str)]) -> Result<Self, ConsoleError> {
        let mut exact = BTreeMap::new();
        let mut patterns: BTreeMap<String, (Key, Sentence)> = BTreeMap::new();
        for &(file, text) in files {
            let Pairs(pairs) = serde_json::from_str(text).map_err(|source| ConsoleError::Sentences { file, source })?;
            for (english, translated) in pairs {
                let wrong = |what| ConsoleError::Sentence { file, sentence: english.clone(), what };
                if exact.contains_key(&english) || patterns.contains_key(&english) {
                    return Err(wrong("is there twice"));
                }
                let key = Key::read(&english).map_err(wrong)?;
                let translations = [&translated.hy, &translated.ru];
                if english.trim().is_empty() || translations.iter().any(|text| text.trim().is_empty()) {
                    return Err(wrong("is empty in a language"));
                }
                let sentence = Sentence(translations.map(|text| Template::read(text)));
                if sentence.0.iter().any(|template| template.holes() != key.holes()) {
                    return Err(wrong("has other holes in another language"));
                }
                if key.holes().is_empty() {
                    exact.insert(english, sentence);
                } else {
                    patterns.insert(english, (key, sentence));
                }
            }
        }
        let mut patterns: Vec<_> = patterns.into_values().collect();
        patterns.sort_by_key(|(key, _)| std::cmp::Reverse(key.weight()));
        Ok(Self { exact, patterns })
    }

    /// What an English sentence is in this language. `None`: the catalogue does not have it.
    pub(crate) fn told<'t>(&'t self, language: Language, english: &'t str) -> Option<Cow<'t, str>> {
        match language {
            Language::En => Some(Cow::Borrowed(english)),
            Language::Hy | Language::Ru if english.len() > LONGEST => None,
            Language::Hy | Language::Ru => self.found(language, english.trim(), DEEPEST),
        }
    }

    /// Every English text of the catalogue, with the file that it stands in.
    pub(crate) fn english() -> Result<Vec<(&'static str, String)>, ConsoleError> {
        let mut all = Vec::new();
        for (file, text) in FILES {
            let Pairs(pairs) = serde_json::from_str(text).map_err(|source| ConsoleError::Sentences { file, source })?;
            all.extend(pairs.into_iter().map(|(english, _)| (file, english)));
        }
        Ok(all)
    }

    fn found(&self, language: Language, english: &str, depth: usize) -> Option<Cow<'_, str>> {
        if let Some(sentence) = self.exact.get(english) {
            return Some(Cow::Owned(sentence.of(language).filled(&[])));
        }
        let deeper = depth.checked_sub(1)?;
        // A list of sentences stands in a hole alone, and no pattern takes several of them for one.
        if depth < DEEPEST && english.contains("; ") {
            let each = english.split("; ").map(|one| self.found(language, one, deeper));
            if let Some(each) = each.collect::<Option<Vec<_>>>() {
                return Some(Cow::Owned(each.join("; ")));
            }
        }
        if let Some((sentence, holes)) = self.pattern(english) {
            let told = |hole| self.found(language, hole, deeper).unwrap_or(Cow::Borrowed(hole));
            let holes: Vec<Cow<'_, str>> = holes.into_iter().map(told).collect();
            return Some(Cow::Owned(sentence.of(language).filled(&holes)));
        }
        // The name of what it is about, as it is: `/amount/value: must be 1 to 5`.
        let (name, rest) = english.split_once(": ")?;
        if name.split_whitespace().count() > MOST_WORDS_OF_A_NAME {
            return None;
        }
        Some(Cow::Owned(format!("{name}: {}", self.found(language, rest, deeper)?)))
    }

    /// The pattern that the text is, with what stands in its holes. Of those that begin with a hole, the one that has least in it: a name
    /// before another sentence is not part of that one.
    fn pattern<'t>(&self, english: &'t str) -> Option<(&Sentence, Vec<&'t str>)> {
        let mut matching =
            self.patterns.iter().filter_map(|(key, sentence)| Some((key, sentence, key.takes(english)?)));
        let (key, sentence, holes) = matching.next()?;
        if !key.begins_with_a_hole() {
            return Some((sentence, holes));
        }
        let others =
            matching.filter(|(key, ..)| key.begins_with_a_hole()).map(|(_, sentence, holes)| (sentence, holes));
        std::iter::once((sentence, holes))
            .chain(others)
            .min_by_key(|(_, holes)| holes.first().map_or(0, |hole| hole.len()))
    }
}

impl Sentence {
    fn of(&self, language: Language) -> &Template {
        &self.0[place(language).min(1)]
    }
}

#[cfg(test)]
mod tests;
