//! CSV as banks write it, and which row is the header.

use crate::made::{cells, table, taken};
use kamurj_reports::{Reading, Refusal, read};

const LETTERS: &str = "Номер;Դրամ;Сумма\nА1;Անի;12 500,00\n";

#[test]
fn unicode_is_read_with_its_mark_and_without() {
    let plain = table(LETTERS);
    assert_eq!(plain.header, ["Номер", "Դրամ", "Сумма"]);
    assert_eq!(cells(&plain), [["А1", "Անի", "12 500,00"]]);
    assert_eq!(taken(format!("\u{feff}{LETTERS}").as_bytes()).unwrap(), plain);
    let wide = |to_bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        format!("\u{feff}{LETTERS}").encode_utf16().flat_map(to_bytes).collect()
    };
    assert_eq!(taken(&wide(u16::to_le_bytes)).unwrap(), plain);
    assert_eq!(taken(&wide(u16::to_be_bytes)).unwrap(), plain);
}

#[test]
fn what_is_no_unicode_is_what_windows_writes_here() {
    let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode("Номер;Тип;Сумма\n1;Возврат;5\n");
    let read = taken(&bytes).unwrap();
    assert_eq!(read.header, ["Номер", "Тип", "Сумма"]);
    assert_eq!(cells(&read), [["1", "Возврат", "5"]]);
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    assert_eq!(taken(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), Err(Refusal::Encoding));
    // UTF-16 without its mark.
    assert_eq!(taken(b"a\0;\0b\0;\0c\0"), Err(Refusal::Encoding));
    assert_eq!(taken(b"\xff\xfea\0\x00\xd8"), Err(Refusal::Encoding));
}

#[test]
fn other_files_are_named() {
    assert_eq!(taken(b""), Err(Refusal::Empty));
    assert_eq!(taken(b"\n\n;;;\n"), Err(Refusal::Empty));
    assert_eq!(taken(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more"), Err(Refusal::OldWorkbook));
    assert_eq!(taken(b"%PDF-1.7"), Err(Refusal::NotATable { what: "a PDF" }));
    let page = taken(b"<html><table>").unwrap_err();
    assert_eq!(page.to_string(), "this is a web page or XML, not a table: export the report as .xlsx or CSV");
}

#[test]
fn every_delimiter_is_found() {
    for delimiter in [';', ',', '\t', '|'] {
        let text = "RRN;Order;Amount\n1;a;5\n2;b;6\n".replace(';', &delimiter.to_string());
        assert_eq!(cells(&table(&text)), [["1", "a", "5"], ["2", "b", "6"]], "{delimiter:?}");
    }
}

#[test]
fn commas_within_cells_are_not_taken_for_the_delimiter() {
    let read = table("RRN;Order;Amount;Fee\n1;one, two;12 500,00;187,50\n2;b;3 000,00;45,00\n");
    assert_eq!(read.header.len(), 4);
    assert_eq!(read.rows[0].text(3), "187,50");
}

#[test]
fn a_delimiter_that_is_said_counts() {
    let said = Reading { delimiter: Some(b','), ..Reading::default() };
    let read = read(b"a,b,c;d;e;f\n1,2,3;4;5;6\n", &said).unwrap();
    assert_eq!(read.header, ["a", "b", "c;d;e;f"]);
    let line_above = table("sep=|\r\nRRN|Order|Amount\r\n1|a;b;c|5\r\n");
    assert_eq!((line_above.header_row, line_above.rows[0].number), (1, 2));
    assert_eq!(cells(&line_above), [["1", "a;b;c", "5"]]);
}

#[test]
fn lines_above_the_header_are_left_out() {
    let read = table(
        "Քաղվածք\n\nMerchant:;Shop LLC\nPeriod;01.10.2026;31.10.2026\nRRN;Order number;Amount;Type\n1;a;5;Sale\n;;5;\n",
    );
    assert_eq!(read.header_row, 5);
    assert_eq!(read.header, ["RRN", "Order number", "Amount", "Type"]);
    assert_eq!(read.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [6, 7]);
}

#[test]
fn a_header_row_that_is_said_counts() {
    let text = "a;b;c\nRRN;Order;Amount\n1;x;5\n";
    let said = |row| read(text.as_bytes(), &Reading { header_row: Some(row), ..Reading::default() });
    assert_eq!(said(2).unwrap().header, ["RRN", "Order", "Amount"]);
    assert_eq!(said(2).unwrap().rows.len(), 1);
    assert_eq!(said(4), Err(Refusal::HeaderRow { row: 4 }));
    assert_eq!(said(0), Err(Refusal::HeaderRow { row: 0 }));
    assert_eq!(taken(b"just\nsome\nlines\n"), Err(Refusal::NoHeader));
}

#[test]
fn rows_are_counted_as_spreadsheets_show_them() {
    for end in ["\n", "\r\n"] {
        let text = "RRN;Order;Amount\n1;\"two\nlines\";5\n\n2;b;6\n;;\n3;c;7".replace('\n', end);
        let numbers: Vec<_> = table(&text).rows.iter().map(|row| row.number).collect();
        assert_eq!(numbers, [2, 4, 6], "{end:?}");
    }
}

#[test]
fn quoted_cells_are_read_by_the_standard() {
    let read = table("RRN,Order,Amount\n1,\"say \"\"yes\"\", now\",\"12,500.00\"\n");
    assert_eq!(cells(&read), [["1", "say \"yes\", now", "12,500.00"]]);
}

#[test]
fn headings_of_several_lines_become_one() {
    assert_eq!(table("\"Order\r\nnumber\";RRN;Amount\na;1;5\n").header, ["Order number", "RRN", "Amount"]);
}
