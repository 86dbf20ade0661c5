//! Tags: developer metadata on rows and columns. A tag's id is unique in its spreadsheet, and a second one with a used id is refused
//! together with everything in its batch ("Developer metadata"); so an id that is derived from the payment's makes a second row of it
//! impossible. A tag moves with its row or column and goes when that is deleted. It must not read values.

use kamurj_sdk::{Host, fingerprint};
use serde_json::{Value, json};

use crate::api::{Api, by_id, by_key};
use crate::refusal::Refusal;

/// Ids that are tried for one name, when others have the first ones.
pub(crate) const CHAIN: usize = 8;

/// Key of the rows of payments. Keys and values of a tab have room for 30 000 characters, so it is one, and the value is left out: the
/// row itself says which payment it is.
pub(crate) const PAYMENT: &str = "p";

/// Value of the tag of the row that has the headings; those of columns are the columns' names.
pub(crate) const HEADING: &str = "heading";

/// Whether a tag is on a row or on a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Row,
    Column,
}

impl Place {
    fn dimension(self) -> &'static str {
        match self {
            Self::Row => "ROWS",
            Self::Column => "COLUMNS",
        }
    }
}

/// A tag that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) id: i64,
    pub(crate) key: String,
    pub(crate) value: String,
    /// The tab's number.
    pub(crate) sheet: i64,
    pub(crate) place: Place,
    /// Which row or column, counted from 0.
    pub(crate) index: u64,
}

/// The ids that may be tried for this name, in their order: 31 bits each, never 0.
pub(crate) fn ids(name: &str) -> [i64; CHAIN] {
    let print = fingerprint(name);
    // How the hash's authors make fewer bits of it: both halves folded together.
    let first = (print ^ (print >> 32)) & 0x7fff_ffff;
    let mut ids = [0; CHAIN];
    for (step, id) in (0_u64..).zip(&mut ids) {
        *id = i64::try_from((first + step) % 0x7fff_ffff).unwrap_or(0) + 1;
    }
    ids
}

/// Key of the tags of this tab's columns and of its headings.
pub(crate) fn key_of(sheet: i64) -> String {
    format!("kamurj:{sheet}")
}

/// Key of rows of the history that are written now. Three letters take turns, about a month each: what was written two turns ago cannot
/// be asked for again, and its tags can go, see [`forgotten`].
pub(crate) fn history_key(now_ms: u64) -> &'static str {
    ["a", "b", "c"][turn(now_ms)]
}

/// Key of rows of the history whose tags are not needed any more.
pub(crate) fn forgotten(now_ms: u64) -> &'static str {
    ["a", "b", "c"][(turn(now_ms) + 1) % 3]
}

fn turn(now_ms: u64) -> usize {
    const TURN_MS: u64 = 30 * 24 * 60 * 60 * 1000;
    usize::try_from(now_ms / TURN_MS % 3).unwrap_or(0)
}

/// Finds tags by their ids and keys.
pub(crate) fn search<H: Host>(api: &Api<'_, H>, ids: &[i64], keys: &[String]) -> Result<Vec<Tag>, Refusal> {
    let filters: Vec<Value> = ids.iter().map(|id| by_id(*id)).chain(keys.iter().map(|key| by_key(key))).collect();
    let answer = api.search(&filters)?;
    let mut tags: Vec<Tag> = Vec::new();
    for matched in answer["matchedDeveloperMetadata"].as_array().into_iter().flatten() {
        let found = read(&matched["developerMetadata"]);
        // One that two filters find may be named twice.
        tags.extend(found.filter(|tag| tags.iter().all(|known| known.id != tag.id)));
    }
    Ok(tags)
}

fn read(metadata: &Value) -> Option<Tag> {
    let range = &metadata["location"]["dimensionRange"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (place, index, sheet) = match range["dimension"].as_str() {
        Some("COLUMNS") => (Place::Column, range["startIndex"].as_u64(), range["sheetId"].as_i64()),
        Some("ROWS") => (Place::Row, range["startIndex"].as_u64(), range["sheetId"].as_i64()),
        // On a tab or the whole spreadsheet: somebody else's, whose id is taken all the same. No tab has this number.
        _ => (Place::Column, None, Some(-1)),
    };
    Some(Tag {
        id: metadata["metadataId"].as_i64()?,
        key: text(&metadata["metadataKey"]),
        value: text(&metadata["metadataValue"]),
        sheet: sheet.unwrap_or(0),
        place,
        index: index.unwrap_or(0),
    })
}

/// The request that makes a tag on one row or column.
pub(crate) fn make(id: i64, key: &str, value: &str, sheet: i64, place: Place, index: u64) -> Value {
    let range = json!({
        "sheetId": sheet, "dimension": place.dimension(), "startIndex": index, "endIndex": index + 1,
    });
    let mut metadata = json!({
        "metadataId": id, "metadataKey": key, "visibility": "PROJECT", "location": { "dimensionRange": range },
    });
    if !value.is_empty() {
        metadata["metadataValue"] = value.into();
    }
    json!({ "createDeveloperMetadata": { "developerMetadata": metadata } })
}

/// The request that takes a tag away.
pub(crate) fn unmake(id: i64) -> Value {
    json!({ "deleteDeveloperMetadata": { "dataFilter": by_id(id) } })
}

#[cfg(test)]
mod tests {
    use super::{CHAIN, forgotten, history_key, ids};
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_positive_numbers_of_31_bits_and_a_name_keeps_its_own() {
        let names = (0..20_000).map(|number| format!("pay_01J9ZB{number:016}"));
        let all: Vec<_> = names.map(|name| (ids(&name), ids(&name))).collect();
        for (first, second) in &all {
            assert_eq!(first, second);
            assert!(first.iter().all(|id| (1..=0x7fff_ffff).contains(id)));
            assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), CHAIN);
        }
        // 20 000 among 2^31: one clash in ten spreadsheets.
        let distinct: BTreeSet<i64> = all.iter().map(|(ids, _)| ids[0]).collect();
        assert!(distinct.len() > 19_990, "{}", distinct.len());
    }

    #[test]
    fn a_letter_of_the_history_is_forgotten_two_turns_later_and_not_before() {
        let day = |number: u64| number * 24 * 60 * 60 * 1000;
        for start in 0..400 {
            let letter = history_key(day(start));
            assert!((0..=29).all(|more| forgotten(day(start + more)) != letter));
            assert!((31..=89).any(|more| forgotten(day(start + more)) == letter));
        }
    }
}
