//! Tables for accounting, read again by other readers: what was written comes back, and nothing in it runs.

use calamine::{Data, Reader, Xlsx};
use kamurj_domain::{Currency, Money, format::Language};
use kamurj_reports::{
    Cell, CsvOut, Dialect, Heading, Kind, MAX_ROWS_OUT, Particulars, XlsxOut, XlsxOutError,
    words::{self, Title},
};
use std::io::{Cursor, Read};

const AT: i64 = 1_795_255_509_000;

fn headings(language: Language) -> Vec<Heading> {
    let plain = |title: Title| Heading::plain(title.text(language));
    let summed = |title: Title| Heading::summed(title.text(language));
    vec![
        plain(Title::Time),
        plain(Title::Kind),
        plain(Title::Customer),
        summed(Title::Amount),
        summed(Title::Fee),
        plain(Title::Row),
    ]
}

fn rows(language: Language) -> Vec<[Cell<'static>; 6]> {
    let amd = |minor| Cell::Amount(Money::new(minor, Currency::Amd));
    let usd = |minor| Cell::Amount(Money::new(minor, Currency::Usd));
    let kind = |kind| Cell::Text(words::kind(kind, language));
    vec![
        [
            Cell::Time(AT),
            kind(Kind::Payment),
            Cell::Text("Անի «Խանութ», \"Ա\"\nերկրորդ տող"),
            amd(1_250_000),
            amd(18_750),
            Cell::Number(2),
        ],
        [
            Cell::Time(AT + 1000),
            kind(Kind::Refund),
            Cell::Text("=HYPERLINK(\"http://x\";\"y\")"),
            amd(-250_000),
            Cell::Empty,
            Cell::Number(-3),
        ],
        [Cell::Time(AT + 2000), kind(Kind::Payment), Cell::Text(" ＝1+1"), usd(1_999), usd(-50), Cell::Empty],
    ]
}

fn csv_bytes(dialect: Dialect, language: Language) -> Vec<u8> {
    let mut out = CsvOut::new(Vec::new(), dialect, language, &headings(language)).unwrap();
    for row in rows(language) {
        out.row(&row).unwrap();
    }
    out.finish().unwrap()
}

fn xlsx_bytes(language: Language) -> Vec<u8> {
    let particulars =
        Particulars { title: "Վճարումներ", sheet: "Վճարումներ", made_at_ms: AT, language };
    let mut out = XlsxOut::new(&particulars, &headings(language)).unwrap();
    for row in rows(language) {
        out.row(&row).unwrap();
    }
    let mut bytes = Vec::new();
    out.finish(&mut bytes).unwrap();
    bytes
}

#[test]
fn csv_is_written_to_the_letter() {
    let expected = "\u{feff}Date and time,Transaction type,Customer,Amount,Fee,Row of the report\r\n\
        2026-11-21 14:05:09,Payment,\"Անի «Խանութ», \"\"Ա\"\"\nերկրորդ տող\",12500,187.50,2\r\n\
        2026-11-21 14:05:10,Refund,\"'=HYPERLINK(\"\"http://x\"\";\"\"y\"\")\",-2500,,-3\r\n\
        2026-11-21 14:05:11,Payment,' ＝1+1,19.99,-0.50,\r\n\
        \"Total, AMD\",,,10000,187.50,\r\n\
        \"Total, USD\",,,19.99,-0.50,\r\n";
    assert_eq!(String::from_utf8(csv_bytes(Dialect::Comma, Language::En)).unwrap(), expected);
}

#[test]
fn csv_for_semicolons_has_commas_in_decimals() {
    let text = String::from_utf8(csv_bytes(Dialect::Semicolon, Language::Ru)).unwrap();
    assert!(
        text.starts_with("\u{feff}Дата и время;Вид операции;Покупатель;Сумма;Комиссия;Строка отчёта\r\n"),
        "{text}"
    );
    assert!(text.contains(";12500;187,50;2\r\n"), "{text}");
    assert!(text.ends_with("Итого, AMD;;;10000;187,50;\r\nИтого, USD;;;19,99;-0,50;\r\n"), "{text}");
}

#[test]
fn b9_csv_comes_back_with_armenian_whole_and_no_formula() {
    let bytes = csv_bytes(Dialect::Semicolon, Language::Hy);
    let text = std::str::from_utf8(&bytes).unwrap().trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(text.as_bytes());
    assert_eq!(reader.headers().unwrap().get(3), Some("Գումար"));
    let records: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(records[0].get(2), Some("Անի «Խանութ», \"Ա\"\nերկրորդ տող"));
    assert_eq!(records[1].get(1), Some("Վերադարձ"));
    assert_eq!(records[3].get(0), Some("Ընդամենը, AMD"));
    let number = |cell: &str| cell.bytes().all(|byte| byte.is_ascii_digit() || b"-,".contains(&byte));
    for cell in records.iter().flatten() {
        assert!(number(cell) || !cell.trim_start().starts_with(['=', '+', '-', '@', '＝']), "{cell}");
    }
}

#[test]
fn a_row_of_another_width_is_an_error() {
    let mut out = CsvOut::new(Vec::new(), Dialect::Comma, Language::En, &headings(Language::En)).unwrap();
    assert!(out.row(&[Cell::Number(1)]).is_err());
}

#[test]
fn a_workbook_comes_back_with_armenian_whole_and_typed_cells() {
    let mut workbook = Xlsx::new(Cursor::new(xlsx_bytes(Language::Hy))).unwrap();
    assert_eq!(workbook.sheet_names(), ["Վճարումներ"]);
    let range = workbook.worksheet_range("Վճարումներ").unwrap();
    let at = |row, column| range.get_value((row, column)).cloned().unwrap_or_default();
    let text = |row, column| match at(row, column) {
        Data::String(text) => text,
        other => panic!("{row} {column} is {other:?}"),
    };
    assert_eq!(text(0, 0), "Վճարումներ");
    assert_eq!((text(2, 0), text(2, 3)), ("Ամսաթիվ և ժամ".to_owned(), "Գումար".to_owned()));
    assert_eq!(text(3, 1), "Վճարում");
    assert_eq!(text(3, 2), "Անի «Խանութ», \"Ա\"\nերկրորդ տող");
    assert_eq!(text(4, 2), "=HYPERLINK(\"http://x\";\"y\")", "text stays text, and as it was");
    assert_eq!(at(3, 3), Data::Float(12_500.0));
    assert_eq!(at(3, 4), Data::Float(187.5));
    assert_eq!(at(4, 3), Data::Float(-2_500.0));
    assert_eq!(at(4, 4), Data::Empty);
    assert_eq!(
        (text(6, 0), at(6, 3), at(6, 4)),
        ("Ընդամենը, AMD".to_owned(), Data::Float(10_000.0), Data::Float(187.5))
    );
    assert_eq!((text(7, 0), at(7, 3), at(7, 4)), ("Ընդամենը, USD".to_owned(), Data::Float(19.99), Data::Float(-0.5)));
    let formulas = workbook.worksheet_formula("Վճարումներ").unwrap();
    assert_eq!(formulas.used_cells().count(), 0);
}

#[test]
fn a_workbook_of_ours_can_be_read_as_a_report() {
    for language in Language::ALL {
        let table = crate::made::taken(&xlsx_bytes(language)).unwrap();
        assert_eq!(table.header_row, 3);
        assert_eq!(table.rows[0].text(0), "2026-11-21T14:05:09");
        assert_eq!(table.rows[0].text(3), "12500");
        assert_eq!(table.rows[2].text(3), "19.99");
    }
}

#[test]
fn the_same_rows_make_the_same_bytes() {
    let bytes = xlsx_bytes(Language::Hy);
    assert_eq!(bytes, xlsx_bytes(Language::Hy));
    let mut properties = String::new();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    archive.by_name("docProps/core.xml").unwrap().read_to_string(&mut properties).unwrap();
    assert!(properties.contains(">2026-11-21T10:05:09Z<"), "the time that was said, not the machine's: {properties}");
}

#[test]
fn numbers_too_long_for_a_spreadsheet_stay_exact() {
    let particulars = Particulars { title: "x", sheet: "x", made_at_ms: AT, language: Language::En };
    let mut out = XlsxOut::new(&particulars, &[Heading::plain("a"), Heading::summed("b")]).unwrap();
    let most = Cell::Amount(Money::new(i64::MAX, Currency::Amd));
    out.row(&[Cell::Number(999_999_999_999_999), most]).unwrap();
    out.row(&[Cell::Number(i64::MAX), Cell::Amount(Money::new(1, Currency::Amd))]).unwrap();
    let mut bytes = Vec::new();
    out.finish(&mut bytes).unwrap();
    let range = Xlsx::new(Cursor::new(bytes)).unwrap().worksheet_range("x").unwrap();
    assert_eq!(range.get_value((3, 0)), Some(&Data::Float(999_999_999_999_999.0)));
    assert_eq!(range.get_value((3, 1)), Some(&Data::String("92233720368547758.07".to_owned())));
    assert_eq!(range.get_value((4, 0)), Some(&Data::String("9223372036854775807".to_owned())));
    // A sum beyond all numbers is left out: a wrong one would be believed.
    assert_eq!(range.get_value((5, 1)).cloned().unwrap_or_default(), Data::Empty);
}

#[test]
fn text_that_xml_cannot_hold_is_no_damage() {
    let particulars = Particulars { title: "<&>", sheet: "x", made_at_ms: AT, language: Language::En };
    let long = "ա".repeat(40_000);
    let mut out = XlsxOut::new(&particulars, &[Heading::plain("a"), Heading::plain("b")]).unwrap();
    out.row(&[Cell::Text("a\u{0}\u{1}\u{b}<b>&amp;\u{ffff}"), Cell::Text(&long)]).unwrap();
    let mut bytes = Vec::new();
    out.finish(&mut bytes).unwrap();
    let range = Xlsx::new(Cursor::new(bytes)).unwrap().worksheet_range("x").unwrap();
    assert!(range.get_value((3, 0)).unwrap().to_string().contains("<b>&amp;"));
    assert_eq!(range.get_value((3, 1)).unwrap().to_string().chars().count(), 32_767);
}

#[test]
fn a_workbook_of_too_many_rows_points_to_csv() {
    let particulars = Particulars { title: "x", sheet: "x", made_at_ms: AT, language: Language::En };
    let mut out = XlsxOut::new(&particulars, &[Heading::plain("a")]).unwrap();
    for _ in 0..MAX_ROWS_OUT {
        out.row(&[Cell::Empty]).unwrap();
    }
    let refusal = out.row(&[Cell::Empty]).unwrap_err();
    assert!(matches!(refusal, XlsxOutError::Rows), "{refusal}");
    assert_eq!(refusal.to_string(), "a workbook may have at most 50000 rows: choose a shorter period, or CSV");
}
