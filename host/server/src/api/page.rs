//! Pages of lists: how many, and from where on. A cursor names the last row of the page before by its time and id.

use crate::api::asked::Faults;
use crate::problem::Problem;
use serde::Deserialize;
use utoipa::IntoParams;

/// The most rows of a page.
const MOST: i64 = 200;

/// Rows of a page that names no number.
const USUAL: i64 = 50;

/// Which part of a list that has no filters.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// How many, 1 to 200; 50 where it is left out.
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl PageQuery {
    /// How many rows, and the time and id of the last row before them.
    pub(super) fn read(&self) -> Result<(i64, Option<(i64, String)>), Problem> {
        let mut faults = Faults::default();
        let limit = limit(self.limit, USUAL, &mut faults);
        let cursor = Cursor::read(self.cursor.as_deref(), &mut faults);
        faults.end()?;
        Ok((limit, cursor.map(|cursor| (cursor.at, cursor.id))))
    }
}

/// How many rows.
pub(super) fn limit(asked: Option<i64>, usual: i64, faults: &mut Faults) -> i64 {
    let limit = asked.unwrap_or(usual);
    if !(1..=MOST).contains(&limit) {
        faults.add("/limit", format!("must be 1 to {MOST}"));
    }
    limit
}

/// The last row of the page before.
pub(super) struct Cursor {
    pub(super) at: i64,
    pub(super) id: String,
}

impl Cursor {
    /// Reads `next_cursor`.
    pub(super) fn read(text: Option<&str>, faults: &mut Faults) -> Option<Self> {
        let text = text?;
        let read = text.split_once('_').and_then(|(at, id)| Some(Self { at: at.parse().ok()?, id: id.to_owned() }));
        if read.is_none() {
            faults.add("/cursor", "take it from `next_cursor`");
        }
        read
    }
}

/// Cuts a list, read one row longer than the page, to its length; answers the cursor of what follows.
pub(super) fn cut<T>(rows: &mut Vec<T>, limit: i64, place: impl Fn(&T) -> (i64, String)) -> Option<String> {
    let length = usize::try_from(limit).unwrap_or(usize::MAX);
    if rows.len() <= length {
        return None;
    }
    rows.truncate(length);
    let (at, id) = rows.last().map(place)?;
    Some(format!("{at}_{id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_row_and_the_last_page_has_none() {
        let mut rows = vec![(5, "a"), (6, "b"), (6, "c")];
        let cursor = cut(&mut rows, 2, |row| (row.0, row.1.to_owned()));
        assert_eq!((cursor.as_deref(), rows.len()), (Some("6_b"), 2));
        let mut faults = Faults::default();
        let read = Cursor::read(cursor.as_deref(), &mut faults).unwrap();
        assert_eq!((read.at, read.id.as_str()), (6, "b"));
        assert!(cut(&mut rows, 2, |row| (row.0, row.1.to_owned())).is_none());
        assert!(Cursor::read(Some("nonsense"), &mut faults).is_none());
        assert_eq!(limit(Some(0), 50, &mut faults), 0);
        assert_eq!(faults.0.len(), 2);
    }
}
