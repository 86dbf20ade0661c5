//! A bank's file as lines, by the columns that somebody chose. What cannot be read is refused by the field and the row, all of it at
//! once: a line that is left out would look like money that never came.

use crate::problem::FieldError;
use kamurj_reports::{Mapping, Refused, Report, Table, Wrong};

/// So many rows that cannot be read are named.
const MOST_NAMED: usize = 20;

/// The lines of a table, or what is wrong with the mapping or with rows. Pointers lead into the mapping as the API has it.
pub(crate) fn lines(table: &Table, mapping: &Mapping) -> Result<Report, Vec<FieldError>> {
    let wrong = wrong(kamurj_reports::check(mapping, table));
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let report = kamurj_reports::lines(table, mapping);
    if !report.refused.is_empty() {
        return Err(refused(&report.refused));
    }
    if report.lines.is_empty() {
        let detail =
            "no row below the header is a line: choose the row with the names of the columns, or other columns";
        return Err(vec![FieldError { pointer: "/header_row".to_owned(), detail: detail.to_owned() }]);
    }
    Ok(report)
}

/// What is wrong with a mapping.
pub(crate) fn wrong(found: Vec<Wrong>) -> Vec<FieldError> {
    found.into_iter().map(|wrong| FieldError { pointer: pointer(wrong.pointer), detail: wrong.sentence }).collect()
}

/// Rows that cannot be read, the first of them by name.
pub(crate) fn refused(rows: &[Refused]) -> Vec<FieldError> {
    let named = rows.iter().take(MOST_NAMED).map(|row| FieldError {
        pointer: format!("/{}", row.field),
        detail: format!("row {}: {}", row.row, row.sentence),
    });
    let more = rows.len().saturating_sub(MOST_NAMED);
    let last = (more > 0)
        .then(|| FieldError { pointer: "/header_row".to_owned(), detail: format!("{more} more rows cannot be read") });
    named.chain(last).collect()
}

/// Where in the API's mapping the crate's pointer leads.
fn pointer(theirs: &str) -> String {
    match theirs {
        "/decimals" => "/decimal".to_owned(),
        "/time/column" => "/time".to_owned(),
        "/time/format" => "/time_format".to_owned(),
        "/currency/column" => "/currency".to_owned(),
        "/kind/words/column" => "/kind".to_owned(),
        other => other.replace("/kind/words/", "/kind/"),
    }
}
