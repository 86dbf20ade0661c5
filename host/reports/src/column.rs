//! Which column of a table: by its name, or by its number where the name is gone.

use crate::Table;
use serde::{Deserialize, Serialize};

/// A column. Its name finds it; its number finds it where no column has the name, and chooses among columns of the same name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name in the header, without regard to capitals and spaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its number, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<usize>,
}

impl Column {
    /// The column with this name.
    pub fn named(name: &str) -> Self {
        Self { name: Some(name.to_owned()), number: None }
    }

    /// The column at this place, counted from 0, with its name if it has one.
    pub(crate) fn at(table: &Table, place: usize) -> Self {
        let name = table.header.get(place).filter(|name| !name.is_empty()).cloned();
        Self { name, number: Some(place + 1) }
    }

    /// Its place in the table, counted from 0.
    pub(crate) fn place(&self, table: &Table) -> Option<usize> {
        let by_number = self.number.and_then(|number| number.checked_sub(1)).filter(|place| *place < width(table));
        let Some(name) = self.name.as_deref().map(alike) else {
            return by_number;
        };
        let has_name = |place: usize| table.header.get(place).is_some_and(|there| alike(there) == name);
        by_number
            .filter(|place| has_name(*place))
            .or((0..table.header.len()).find(|place| has_name(*place)))
            .or(by_number)
    }

    /// How people know it.
    pub(crate) fn shown(&self) -> String {
        match (&self.name, self.number) {
            (Some(name), _) => format!("\"{name}\""),
            (None, Some(number)) => format!("number {number}"),
            (None, None) => "without name and number".to_owned(),
        }
    }
}

/// How many columns there are.
pub(crate) fn width(table: &Table) -> usize {
    table.rows.iter().map(|row| row.cells.len()).chain([table.header.len()]).max().unwrap_or(0)
}

/// Text for comparison: small letters, single spaces.
pub(crate) fn alike(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
