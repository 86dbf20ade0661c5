//! Field masks: `sheets.properties(sheetId,title)` in the parameter `fields` keeps that much of an answer. It must not know what is
//! answered beyond the names that occur.

use std::collections::BTreeMap;

use serde_json::Value;

use super::refusal::Refusal;

/// Every name that an answer may have, so that a mask with a typing error is refused, as it is at Google's.
const NAMES: [&str; 62] = [
    "a1Range",
    "appliedDataFilters",
    "autoRecalc",
    "columnCount",
    "createDeveloperMetadata",
    "addSheet",
    "addProtectedRange",
    "dataFilter",
    "dataFilters",
    "data",
    "deletedDeveloperMetadata",
    "deleteDeveloperMetadata",
    "description",
    "developerMetadata",
    "dimension",
    "dimensionRange",
    "endColumnIndex",
    "endIndex",
    "endRowIndex",
    "frozenRowCount",
    "gridProperties",
    "gridRange",
    "hidden",
    "index",
    "locale",
    "location",
    "locationType",
    "majorDimension",
    "matchedDeveloperMetadata",
    "metadataId",
    "metadataKey",
    "metadataValue",
    "namedRanges",
    "properties",
    "protectedRange",
    "protectedRangeId",
    "protectedRanges",
    "range",
    "replies",
    "responses",
    "rowCount",
    "sheetId",
    "sheetType",
    "sheets",
    "spreadsheet",
    "spreadsheetId",
    "spreadsheetUrl",
    "startColumnIndex",
    "startIndex",
    "startRowIndex",
    "tableRange",
    "timeZone",
    "title",
    "totalUpdatedCells",
    "totalUpdatedRows",
    "updatedCells",
    "updatedRange",
    "updates",
    "valueRange",
    "valueRanges",
    "values",
    "visibility",
];
const MORE_NAMES: [&str; 8] = [
    "developerMetadataLookup",
    "totalUpdatedColumns",
    "totalUpdatedSheets",
    "updatedColumns",
    "updatedRows",
    "updatedData",
    "updatedSpreadsheet",
    "updateDeveloperMetadata",
];

/// What to keep of an object, by name; `None` is all of it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tree(BTreeMap<String, Option<Tree>>);

/// Keeps what the mask names.
pub(super) fn kept(value: Value, mask: &str) -> Result<Value, Refusal> {
    let (tree, rest) = list(mask).ok_or_else(|| Refusal::unknown_mask(mask))?;
    if !rest.is_empty() {
        return Err(Refusal::unknown_mask(mask));
    }
    tree.check("")?;
    Ok(tree.of(value))
}

impl Tree {
    fn check(&self, path: &str) -> Result<(), Refusal> {
        for (name, below) in &self.0 {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            if name != "*" && !NAMES.contains(&name.as_str()) && !MORE_NAMES.contains(&name.as_str()) {
                return Err(Refusal::unknown_mask(&path));
            }
            if let Some(below) = below {
                below.check(&path)?;
            }
        }
        Ok(())
    }

    fn of(&self, value: Value) -> Value {
        match value {
            Value::Array(items) => items.into_iter().map(|item| self.of(item)).collect(),
            Value::Object(fields) => {
                let kept = fields.into_iter().filter_map(|(name, value)| {
                    let below = self.0.get(&name).or_else(|| self.0.get("*"))?;
                    Some((name, below.as_ref().map_or(value.clone(), |below| below.of(value))))
                });
                Value::Object(kept.collect())
            }
            plain => plain,
        }
    }

    /// Two masks about the same name are one.
    fn join(&mut self, name: String, below: Option<Self>) {
        match (self.0.remove(&name), below) {
            (Some(Some(mut known)), Some(below)) => {
                for (name, below) in below.0 {
                    known.join(name, below);
                }
                self.0.insert(name, Some(known));
            }
            (None, below) => {
                self.0.insert(name, below);
            }
            (Some(_), _) => {
                self.0.insert(name, None);
            }
        }
    }
}

/// `a,b.c,d(e,f)`, and what follows it.
fn list(mut text: &str) -> Option<(Tree, &str)> {
    let mut tree = Tree::default();
    loop {
        let (name, below, rest) = path(text)?;
        tree.join(name, below);
        match rest.strip_prefix(',') {
            Some(more) => text = more,
            None => return Some((tree, rest)),
        }
    }
}

fn path(text: &str) -> Option<(String, Option<Tree>, &str)> {
    let text = text.trim_start();
    let end = text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '*').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        return None;
    }
    let (below, rest) = match rest.as_bytes().first() {
        Some(b'.' | b'/') => {
            let (next, below, rest) = path(&rest[1..])?;
            (Some(Tree(BTreeMap::from([(next, below)]))), rest)
        }
        Some(b'(') => {
            let (below, rest) = list(&rest[1..])?;
            (Some(below), rest.strip_prefix(')')?)
        }
        _ => (None, rest.trim_start()),
    };
    Some((name.to_owned(), below, rest))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::kept;

    #[test]
    fn masks_keep_what_they_name() {
        let whole = json!({"spreadsheetId": "b", "properties": {"title": "T", "locale": "hy_AM"},
            "sheets": [{"properties": {"sheetId": 0, "title": "Payments", "index": 0}}]});
        for (mask, left) in [
            ("*", whole.clone()),
            ("spreadsheetId", json!({"spreadsheetId": "b"})),
            ("properties.title,spreadsheetId", json!({"spreadsheetId": "b", "properties": {"title": "T"}})),
            ("properties(title,locale)", json!({"properties": {"title": "T", "locale": "hy_AM"}})),
            ("sheets.properties", json!({"sheets": [{"properties": {"sheetId": 0, "title": "Payments", "index": 0}}]})),
            (
                "sheets/properties(sheetId,title)",
                json!({"sheets": [{"properties": {"sheetId": 0, "title": "Payments"}}]}),
            ),
            (
                "sheets.properties.sheetId,sheets.properties.index",
                json!({"sheets": [{"properties": {"sheetId": 0, "index": 0}}]}),
            ),
        ] {
            assert_eq!(kept(whole.clone(), mask).unwrap(), left, "{mask}");
        }
        for mask in [
            "",
            "sheet.properties",
            "sheets.propertys",
            "sheets(properties",
            "sheets)",
            "sheets..properties",
            ",",
            "properties;title",
        ] {
            assert!(kept(whole.clone(), mask).is_err(), "{mask}");
        }
    }
}
