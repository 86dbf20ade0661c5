//! The table as a person reads it, in the notation of Markdown, so that it can be put into a page as it stands.

use serde_json::Value;

const HEAD: [&str; 6] = ["measured", "figure", "baseline", "its figure", "ratio", "aim"];

/// The machine, the table, and below it what else was seen of each row.
pub(crate) fn lines(result: &Value) -> Vec<String> {
    let machine = &result["machine"];
    let scan = if machine["pagemap_scan"] == true { "with" } else { "without" };
    let text = |name: &str| machine[name].as_str().unwrap_or("?").to_owned();
    let mut lines = vec![
        format!(
            "{} cores of {}, Linux {} {scan} PAGEMAP_SCAN, {} build; load average {} before, {} after",
            machine["cores"],
            text("cpu"),
            text("kernel"),
            text("profile"),
            text("load_before"),
            text("load_after"),
        ),
        String::new(),
    ];
    let rows = result["rows"].as_array().map(Vec::as_slice).unwrap_or_default();
    let cells: Vec<[String; 6]> = rows.iter().map(cells).collect();
    let width = |at: usize| cells.iter().map(|row| row[at].chars().count()).chain([HEAD[at].len()]).max().unwrap_or(0);
    let widths: [usize; 6] = std::array::from_fn(width);
    let padded = |row: &[String; 6]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!(" {cell:width$} "));
        format!("|{}|", cells.collect::<Vec<_>>().join("|"))
    };
    lines.push(padded(&HEAD.map(str::to_owned)));
    lines.push(format!("|{}|", widths.map(|width| "-".repeat(width + 2)).join("|")));
    lines.extend(cells.iter().map(padded));
    lines.push(String::new());
    let notes = rows.iter().filter(|row| row["note"].as_str().is_some_and(|note| !note.is_empty()));
    lines.extend(notes.map(|row| format!("- {}: {}", said(&row["what"]), said(&row["note"]))));
    // Several rows may set the same figure beside different baselines.
    lines.dedup();
    lines
}

fn cells(row: &Value) -> [String; 6] {
    let unit = said(&row["unit"]);
    let figure = |value: &Value| value.as_f64().map_or_else(String::new, |number| format!("{} {unit}", short(number)));
    let baseline = &row["baseline"];
    let aim = match &row["aim"] {
        Value::Null => String::new(),
        aim => format!("{}: {}", said(&aim["text"]), if aim["met"] == true { "met" } else { "**missed**" }),
    };
    [
        said(&row["what"]),
        figure(&row["figure"]),
        said(&baseline["name"]),
        figure(&baseline["figure"]),
        baseline["ratio"].as_f64().map_or_else(String::new, |ratio| format!("{ratio:.2} ×")),
        aim,
    ]
}

fn said(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Three digits are more than a busy machine can repeat.
fn short(number: f64) -> String {
    match number.abs() {
        size if size >= 100.0 => format!("{number:.0}"),
        size if size >= 10.0 => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::lines;
    use serde_json::json;

    #[test]
    fn a_missed_aim_is_shown_plainly() {
        let row = |ratio: f64, met: bool| {
            json!({
                "what": "fresh call", "figure": 40.0 * ratio, "unit": "µs", "note": "p99 90 µs",
                "baseline": { "name": "bare wasmtime", "figure": 40.0, "ratio": ratio },
                "aim": { "text": "≤ 1.3 ×", "met": met },
            })
        };
        let shown = lines(&json!({ "machine": { "cores": 2 }, "rows": [row(1.25, true), row(2.0, false)] }));
        assert!(
            shown[4].contains("50.0 µs") && shown[4].contains("1.25 ×") && shown[4].contains("≤ 1.3 ×: met"),
            "{shown:?}"
        );
        assert!(shown[5].contains("2.00 ×") && shown[5].contains("**missed**"), "{shown:?}");
        assert_eq!(shown.iter().filter(|line| line.contains("p99 90 µs")).count(), 1);
        let widths: Vec<usize> = shown[2..6].iter().map(|line| line.chars().count()).collect();
        assert!(widths.iter().all(|width| *width == widths[0]), "{shown:?}");
    }
}
