//! Calls of the Sheets API through the host's guarded client. It must not know about payments.

use kamurj_sdk::{Failure, Host, Outcome, Request, Response, secret};
use serde_json::{Value, json};

use crate::refusal::{self, Refusal};
use crate::settings::Settings;

/// The connection whose access token the host mints.
const TOKEN: &str = "sheets";

/// One spreadsheet, through the host's client.
pub(crate) struct Api<'a, H> {
    host: &'a H,
    address: String,
    email: &'a str,
    /// The run that the calls are made in: it decides how long a throttle waits.
    pub(crate) run: u32,
}

impl<'a, H: Host> Api<'a, H> {
    /// For the calls of one run.
    pub(crate) fn new(host: &'a H, settings: &'a Settings, run: u32) -> Self {
        Self { host, address: settings.address(), email: &settings.client_email, run }
    }

    /// Title and tabs of the spreadsheet.
    pub(crate) fn look(&self) -> Result<Value, Refusal> {
        self.answer(Request::get(format!("{}?fields=properties.title,sheets.properties", self.address)), true)
    }

    /// The tags that any of these filters finds.
    pub(crate) fn search(&self, filters: &[Value]) -> Result<Value, Refusal> {
        self.read("/developerMetadata:search", &json!({ "dataFilters": filters }))
    }

    /// The values of the ranges that these filters name, as they were entered, lines being rows or columns.
    pub(crate) fn values(&self, filters: &[Value], lines: &str) -> Result<Value, Refusal> {
        let body = json!({ "dataFilters": filters, "majorDimension": lines, "valueRenderOption": "UNFORMATTED_VALUE" });
        self.read("/values:batchGetByDataFilter", &body)
    }

    /// Several changes, all or nothing.
    pub(crate) fn batch(&self, requests: &[Value], step: &str) -> Result<Value, Refusal> {
        let body = json!({ "requests": requests });
        self.answer(Request::post_json(format!("{}:batchUpdate", self.address), &body).step(step), false)
    }

    /// Writes one row of values into the row with this tag, as they are: nothing becomes a formula or a date. Cells whose value is null
    /// are left alone.
    pub(crate) fn write(&self, tag: i64, values: &[Value], step: &str) -> Result<Value, Refusal> {
        let data = json!([{ "dataFilter": by_id(tag), "majorDimension": "ROWS", "values": [values] }]);
        let body = json!({ "valueInputOption": "RAW", "data": data });
        let url = format!("{}/values:batchUpdateByDataFilter", self.address);
        self.answer(Request::post_json(url, &body).step(step), false)
    }

    fn read(&self, path: &str, body: &Value) -> Result<Value, Refusal> {
        self.answer(Request::post_json(format!("{}{path}", self.address), body), true)
    }

    fn answer(&self, request: Request, reads: bool) -> Result<Value, Refusal> {
        let request = request
            .header("authorization", &format!("Bearer {}", secret(TOKEN)))
            .secret_in_header("authorization", TOKEN);
        let response = self.host.send(&request).map_err(|failure| lost(&failure, reads))?;
        let body = response.json().unwrap_or(Value::Null);
        if response.is_success() {
            return Ok(body);
        }
        Err(refusal::read(response.status, &body["error"], self.email, self.run, wait_ms(&response)))
    }
}

fn lost(failure: &Failure, reads: bool) -> Refusal {
    if reads && failure.kind == "too-large" {
        let message = "The tab holds more text than can be read at once: shorten what people wrote into its columns";
        return Refusal::Ended(Outcome::bad_request("too-large", message));
    }
    if failure.is_ambiguous() { Refusal::Lost(failure.outcome()) } else { Refusal::Ended(failure.outcome()) }
}

/// `Retry-After` in seconds, which Google does not promise.
fn wait_ms(response: &Response) -> Option<u64> {
    let (_, value) = response.headers.iter().find(|(name, _)| name == "retry-after")?;
    Some(value.trim().parse::<u64>().ok()?.saturating_mul(1000))
}

/// The filter that finds the tag with this id.
pub(crate) fn by_id(id: i64) -> Value {
    json!({ "developerMetadataLookup": { "metadataId": id } })
}

/// The filter that finds all tags with this key.
pub(crate) fn by_key(key: &str) -> Value {
    json!({ "developerMetadataLookup": { "metadataKey": key } })
}

/// The filter that names these rows of one column.
pub(crate) fn column(sheet: i64, column: usize, rows: std::ops::Range<u64>) -> Value {
    json!({ "gridRange": {
        "sheetId": sheet, "startRowIndex": rows.start, "endRowIndex": rows.end,
        "startColumnIndex": column, "endColumnIndex": column + 1,
    }})
}

/// The filter that names whole rows.
pub(crate) fn rows(sheet: i64, rows: std::ops::Range<u64>) -> Value {
    json!({ "gridRange": { "sheetId": sheet, "startRowIndex": rows.start, "endRowIndex": rows.end } })
}

/// The lines of each range of an answer, with the range in A1 notation and the id of the tag that it was found by.
pub(crate) fn ranges(answer: &Value) -> Vec<Range<'_>> {
    let all = answer["valueRanges"].as_array().into_iter().flatten();
    all.map(|one| Range {
        name: one["valueRange"]["range"].as_str().unwrap_or_default(),
        tag: one["dataFilters"][0]["developerMetadataLookup"]["metadataId"].as_i64(),
        lines: one["valueRange"]["values"].as_array().map_or(&[][..], Vec::as_slice),
    })
    .collect()
}

/// One range that was read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Range<'a> {
    /// Such as `'Payments'!A5:Z5`.
    pub(crate) name: &'a str,
    pub(crate) tag: Option<i64>,
    /// Blank cells at the end of a line, and blank lines at the end, are left out by Google.
    pub(crate) lines: &'a [Value],
}
