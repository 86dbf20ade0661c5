//! Workbooks of other programs: typed cells, sheets, and those that are not what they seem.

use crate::made::{archive, cells, taken, workbook};
use kamurj_reports::{MAX_COLUMNS, Reading, Refusal, read};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

#[test]
fn typed_cells_become_the_text_that_people_see() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, name) in ["RRN", "Պատվեր", "Amount", "Date", "Paid"].into_iter().enumerate() {
        sheet.write_string(0, u16::try_from(column).unwrap(), name).unwrap();
    }
    let dates = Format::new().set_num_format("dd.mm.yyyy hh:mm");
    sheet.write_number(1, 0, 123_456_789_012.0).unwrap();
    sheet.write_string(1, 1, "Անի №1").unwrap();
    sheet.write_number(1, 2, 12_500.0).unwrap();
    let at = ExcelDateTime::from_ymd(2026, 11, 21).unwrap().and_hms(14, 5, 9).unwrap();
    sheet.write_datetime_with_format(1, 3, &at, &dates).unwrap();
    sheet.write_boolean(1, 4, true).unwrap();
    sheet.write_number(2, 2, 0.1 + 0.2).unwrap();
    sheet.write_formula(2, 0, rust_xlsxwriter::Formula::new("=1+1").set_result("2")).unwrap();
    let read = taken(&book.save_to_buffer().unwrap()).unwrap();
    assert_eq!(read.header, ["RRN", "Պատվեր", "Amount", "Date", "Paid"]);
    assert_eq!(read.rows[0].cells, ["123456789012", "Անի №1", "12500", "2026-11-21T14:05:09", "TRUE"]);
    assert_eq!(read.rows[1].cells, ["2", "", "0.3"]);
}

#[test]
fn the_first_sheet_is_read_unless_one_is_named() {
    let mut book = Workbook::new();
    for name in ["Ամփոփ", "Details"] {
        let sheet = book.add_worksheet();
        sheet.set_name(name).unwrap();
        for row in 0..2 {
            for column in 0..3 {
                sheet.write_string(row, column, format!("{name} {row} {column}")).unwrap();
            }
        }
    }
    let bytes = book.save_to_buffer().unwrap();
    assert_eq!(taken(&bytes).unwrap().rows[0].text(0), "Ամփոփ 1 0");
    let named = |name| read(&bytes, &Reading { sheet: Some(name), header_row: Some(1), delimiter: None });
    assert_eq!(named("Details").unwrap().rows[0].text(2), "Details 1 2");
    let refusal = named("Other").unwrap_err().to_string();
    assert_eq!(refusal, "the workbook has no sheet \"Other\": choose one of \"Ամփոփ\", \"Details\"");
}

#[test]
fn a_workbook_without_addresses_of_cells_is_read_in_order() {
    let rows = "<row><c t=\"inlineStr\"><is><t>RRN</t></is></c><c t=\"inlineStr\"><is><t>Order</t></is></c><c t=\"inlineStr\"><is><t>Amount</t></is></c></row>\
                <row/><row><c><v>7</v></c><c t=\"s\"><v>0</v></c><c><v>12500.50</v></c></row>";
    let read = taken(&workbook(rows, "<si><t>ա</t></si>")).unwrap();
    assert_eq!(cells(&read), [["7", "ա", "12500.5"]]);
    assert_eq!(read.rows[0].number, 3);
}

#[test]
fn a_long_number_says_that_its_digits_are_lost() {
    let rows = "<row r=\"1\"><c r=\"A1\" t=\"str\"><v>a</v></c><c r=\"B1\" t=\"str\"><v>b</v></c><c r=\"C1\" t=\"str\"><v>c</v></c></row>\
                <row r=\"2\"><c r=\"A2\"><v>1234567890123456789</v></c><c r=\"B2\"><v>1</v></c><c r=\"C2\"><v>2</v></c></row>";
    let read = taken(&workbook(rows, "")).unwrap();
    assert_eq!(read.rows[0].text(0), "1.23456789012346E18");
}

#[test]
fn a_cell_far_away_costs_nothing() {
    let rows = "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>";
    assert_eq!(taken(&workbook(rows, "")), Err(Refusal::Columns { row: 1_048_576 }));
    let rows = "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row r=\"1048576\"><c r=\"A1048576\"><v>1</v></c></row>";
    assert_eq!(taken(&workbook(rows, "")), Err(Refusal::NoHeader));
    assert_eq!(MAX_COLUMNS, 100);
}

#[test]
fn rows_out_of_order_are_refused() {
    let rows = "<row r=\"2\"><c r=\"A2\"><v>1</v></c></row><row r=\"1\"><c r=\"A1\"><v>1</v></c></row>";
    assert_eq!(taken(&workbook(rows, "")), Err(Refusal::Damaged));
}

#[test]
fn a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_read() {
    let bomb = archive(&[("xl/styles.xml", &vec![b' '; 5 * 1024 * 1024])]);
    assert!(bomb.len() < 10 * 1024, "{} bytes packed", bomb.len());
    assert_eq!(taken(&bomb), Err(Refusal::Unpacked));
}

#[test]
fn a_workbook_that_has_room_made_for_texts_it_does_not_have_is_refused() {
    let texts = br#"<sst uniqueCount="99999999999999"><si><t>a</t></si></sst>"#;
    assert_eq!(taken(&archive(&[("xl/sharedStrings.xml", texts)])), Err(Refusal::Unpacked));
    assert_eq!(taken(&archive(&[("XL\\SHAREDSTRINGS.XML", texts)])), Err(Refusal::Unpacked));
}

#[test]
fn one_long_text_in_every_cell_is_refused() {
    use std::fmt::Write as _;
    let mut rows = String::new();
    for row in 1..=20_000 {
        write!(rows, "<row r=\"{row}\"><c t=\"s\"><v>0</v></c></row>").unwrap();
    }
    let text = format!("<si><t>{}</t></si>", "x".repeat(4000));
    assert_eq!(taken(&workbook(&rows, &text)), Err(Refusal::Text));
    let text = format!("<si><t>{}</t></si>", "x".repeat(5000));
    assert_eq!(taken(&workbook("<row r=\"1\"><c t=\"s\"><v>0</v></c></row>", &text)), Err(Refusal::Cell { row: 1 }));
}

#[test]
fn what_is_cut_off_or_no_workbook_is_refused() {
    let whole = workbook("<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>", "");
    for end in [4, 100, whole.len() / 2, whole.len() - 1] {
        assert_eq!(taken(&whole[..end]), Err(Refusal::Damaged), "{end}");
    }
    assert_eq!(taken(&archive(&[("hello.txt", b"hello")])), Err(Refusal::Damaged));
    assert_eq!(taken(&workbook("<row r=\"1\"><c r=\"A1\"><v>1</v></x>", "")), Err(Refusal::Damaged));
}
