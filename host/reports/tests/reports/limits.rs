//! How much of a file is taken, at each limit and one beyond it.

use crate::made::taken;
use kamurj_reports::{MAX_BYTES, MAX_CELL, MAX_CELLS, MAX_COLUMNS, MAX_ROWS, Refusal};

const HEADER: &str = "RRN;Order;Amount\n";

#[test]
fn bytes() {
    let mut text = format!("{HEADER}1;a;5\n");
    text.push_str(&"\n".repeat(MAX_BYTES - text.len()));
    assert_eq!(taken(text.as_bytes()).unwrap().rows.len(), 1);
    text.push('\n');
    assert_eq!(taken(text.as_bytes()), Err(Refusal::Bytes));
}

#[test]
fn rows() {
    let text = format!("{HEADER}{}", "1;a;5\n".repeat(MAX_ROWS - 1));
    assert_eq!(taken(text.as_bytes()).unwrap().rows.len(), MAX_ROWS - 1);
    assert_eq!(taken(format!("{text}1;a;5\n").as_bytes()), Err(Refusal::Rows));
}

#[test]
fn columns() {
    let row = vec!["x"; MAX_COLUMNS].join(";");
    assert_eq!(taken(format!("{row}\n{row}\n").as_bytes()).unwrap().header.len(), MAX_COLUMNS);
    // Empty ones at the end are formatting.
    assert_eq!(taken(format!("{row}\n{row};;;\n").as_bytes()).unwrap().header.len(), MAX_COLUMNS);
    assert_eq!(taken(format!("{row}\n{row};x\n").as_bytes()), Err(Refusal::Columns { row: 2 }));
}

#[test]
fn a_cell() {
    let with = |letters: usize| taken(format!("{HEADER}1;{};5\n", "x".repeat(letters)).as_bytes());
    assert_eq!(with(MAX_CELL).unwrap().rows.len(), 1);
    assert_eq!(with(MAX_CELL + 1), Err(Refusal::Cell { row: 2 }));
    let unclosed = format!("{HEADER}1;\"a;5\n{}", "2;b;6\n".repeat(1000));
    let sentence = taken(unclosed.as_bytes()).unwrap_err().to_string();
    assert!(sentence.starts_with("row 2 has a cell of more than 4096 bytes"), "{sentence}");
}

#[test]
fn cells_that_are_almost_all_empty() {
    let row = format!("x{}x\n", ";".repeat(MAX_COLUMNS - 1));
    let with = |rows: usize| taken(format!("{HEADER}{}", row.repeat(rows)).as_bytes());
    let most = MAX_CELLS / MAX_COLUMNS - 1;
    assert_eq!(with(most).unwrap().rows.len(), most);
    assert_eq!(with(most + 1), Err(Refusal::Text));
}
