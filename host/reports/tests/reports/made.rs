//! Files made for tests.

use kamurj_reports::{Reading, Refusal, Table, read};
use std::io::{Cursor, Write};
use zip::{ZipWriter, write::SimpleFileOptions};

/// Reads with everything guessed.
pub(crate) fn taken(bytes: &[u8]) -> Result<Table, Refusal> {
    read(bytes, &Reading::default())
}

/// Reads text with everything guessed.
pub(crate) fn table(text: &str) -> Table {
    taken(text.as_bytes()).unwrap()
}

/// The cells of all rows.
pub(crate) fn cells(table: &Table) -> Vec<Vec<&str>> {
    table.rows.iter().map(|row| row.cells.iter().map(String::as_str).collect()).collect()
}

/// An archive of these parts.
pub(crate) fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// The least workbook: one sheet with these rows as XML, and these shared strings.
pub(crate) fn workbook(rows: &str, strings: &str) -> Vec<u8> {
    const SPREADSHEET: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
    let relations = |list: &str| format!(r#"<Relationships xmlns="{PACKAGE}/relationships">{list}</Relationships>"#);
    archive(&[
        ("[Content_Types].xml", format!(r#"<Types xmlns="{PACKAGE}/content-types"/>"#).as_bytes()),
        (
            "_rels/.rels",
            relations(&format!(r#"<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>"#)).as_bytes(),
        ),
        (
            "xl/workbook.xml",
            format!(
                r#"<workbook xmlns="{SPREADSHEET}" xmlns:r="{OFFICE}"><sheets><sheet name="Report" sheetId="1" r:id="rId1"/></sheets></workbook>"#
            )
            .as_bytes(),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            relations(&format!(
                r#"<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>"#
            ))
            .as_bytes(),
        ),
        ("xl/sharedStrings.xml", format!(r#"<sst xmlns="{SPREADSHEET}">{strings}</sst>"#).as_bytes()),
        (
            "xl/worksheets/sheet1.xml",
            format!(r#"<worksheet xmlns="{SPREADSHEET}"><sheetData>{rows}</sheetData></worksheet>"#).as_bytes(),
        ),
    ])
}
