//! Files that nobody meant well: whatever the bytes are, there is an answer.

use crate::{chance::Chance, statements::arca_workbook};
use kamurj_reports::{Period, Reading, check, compare, guess, lines, read};

/// All the way from bytes to the comparison; true if there was a table in them.
fn goes_through(bytes: &[u8], reading: &Reading<'_>) -> bool {
    let Ok(table) = read(bytes, reading) else {
        return false;
    };
    let mapping = guess(&table);
    let _ = check(&mapping, &table);
    let report = lines(&table, &mapping);
    let rows = report.lines.len() + report.refused.len() + report.totals.len() + report.passed_over.len();
    assert_eq!(rows, table.rows.len(), "every row is told once");
    let _ = compare(Period { from_ms: i64::MIN, to_ms: i64::MAX }, &[], &report.lines);
    true
}

#[test]
fn no_text_goes_unanswered() {
    const PIECES: [&[u8]; 32] = [
        b"\n",
        b"\r\n",
        b"\r",
        b";",
        b";",
        b";",
        b",",
        b"\t",
        b"|",
        b"\"",
        b"\"\"",
        b"RRN",
        b"Order number",
        b"Amount",
        b"Type",
        b"Date",
        b"Sale",
        b"Refund",
        b"12 500,00",
        b"12,500.00",
        b"-5",
        b"(5)",
        b"1E+11",
        b"21.11.2026 14:05",
        b"\xef\xbb\xbf",
        b"\xcf\xee",
        "Գումար".as_bytes(),
        "Ընդամենը".as_bytes(),
        b"\xff\xfe",
        b"AMD",
        b" ",
        "\u{2028}".as_bytes(),
    ];
    let mut tables = 0;
    for seed in 0..4_000 {
        let mut chance = Chance::seeded(seed);
        let mut bytes =
            if chance.below(2) == 0 { b"RRN;Amount;Date;Type\n1;5;21.11.2026;Sale\n".to_vec() } else { Vec::new() };
        for _ in 0..chance.below(40) {
            bytes.extend(chance.pick(&PIECES));
        }
        let delimiter = chance.pick(&[None, None, Some(b';'), Some(b'"'), Some(b'\n'), Some(0xd0)]);
        let header_row = chance.pick(&[None, None, Some(1), Some(3)]);
        tables += usize::from(goes_through(&bytes, &Reading { delimiter, header_row, sheet: None }));
    }
    assert!(tables > 1_000, "{tables}");
}

#[test]
fn no_damage_to_a_workbook_goes_unanswered() {
    let whole = arca_workbook();
    assert!(goes_through(&whole, &Reading::default()));
    for seed in 0..300 {
        let mut chance = Chance::seeded(seed);
        let mut bytes = whole.clone();
        for _ in 0..=chance.below(6) {
            let place = chance.below(bytes.len());
            bytes[place] ^= 1 << chance.below(8);
        }
        goes_through(&bytes, &Reading::default());
    }
}

#[test]
fn no_sheet_goes_unanswered() {
    const PIECES: [&str; 16] = [
        "<row>",
        "</row>",
        "<row r=\"2\">",
        "<row r=\"4294967295\">",
        "<c>",
        "</c>",
        "<c r=\"A1\">",
        "<c r=\"ZZ9\" t=\"s\">",
        "<c t=\"d\">",
        "<c t=\"n\" s=\"9\">",
        "<v>1</v>",
        "<v>-1e308</v>",
        "<v>x</v>",
        "<v>99999</v>",
        "<is><t>RRN</t></is>",
        "<row r=\"0\"/>",
    ];
    for seed in 0..1_000 {
        let mut chance = Chance::seeded(seed);
        let rows: String = (0..chance.below(30)).map(|_| chance.pick(&PIECES)).collect();
        goes_through(&crate::made::workbook(&rows, "<si><t>Amount</t></si>"), &Reading::default());
    }
}
