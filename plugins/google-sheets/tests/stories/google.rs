//! How the double answers: the calls that the plugin makes, and what each is refused for. It must not share code with the plugin.

use kamurj_sdk::testing;
use kamurj_sdk::{Failure, Request, Response};
use serde_json::{Map, Value, json};

use crate::book::{Book, Fault, Row, Tab, Tag, text};

const ADDRESS: &str = "https://sheets.googleapis.com/v4/spreadsheets/1book-of-orders";

/// The words of a refusal with 400.
type Words = String;

impl Book {
    pub(crate) fn answer(&mut self, request: &Request) -> Result<Response, Failure> {
        let rest = request.url.strip_prefix(ADDRESS).unwrap_or_else(|| panic!("a strange address: {}", request.url));
        let name = rest.split('?').next().unwrap_or_default().trim_start_matches(['/', ':']).to_owned();
        let name = if name.is_empty() { "get".to_owned() } else { name };
        let is_write = matches!(name.as_str(), "batchUpdate" | "values:batchUpdateByDataFilter");
        assert_eq!(request.step.is_some(), is_write, "{name}: changes are steps and reads are not");
        let bearer = ("authorization".to_owned(), "Bearer {{secret:sheets}}".to_owned());
        assert!(request.headers.contains(&bearer) && request.slots.len() == 1, "the host puts the token in");
        let body: Value = request.body.as_ref().map_or(Value::Null, |body| serde_json::from_slice(body).expect("JSON"));
        if self.meanwhile.front().is_some_and(|(at, _)| *at == name)
            && let Some((_, act)) = self.meanwhile.pop_front()
        {
            act(self);
        }
        let fault = match self.faults.front() {
            Some((at, fault)) if *at == name => {
                let fault = *fault;
                self.faults.pop_front();
                fault
            }
            _ => Fault::Pass,
        };
        if self.late.as_ref().is_some_and(|(at, _)| *at == name)
            && let Some((_, body)) = self.late.take()
        {
            // Done or refused, nobody hears of it.
            self.answered(&name, rest, &body, is_write);
        }
        if fault == Fault::Late {
            self.late = Some((name.clone(), body));
            self.calls.push((name, 0));
            return Err(testing::failure("ambiguous"));
        }
        if fault == Fault::TooLarge {
            return Err(testing::failure("too-large"));
        }
        if fault == Fault::DropRequest {
            self.calls.push((name, 0));
            return Err(testing::failure("ambiguous"));
        }
        let (status, answer) = match (fault, self.down) {
            (Fault::Refuse(status, word, words), _) => (status, refused(status, word, words)),
            (_, Some((status, word))) => (status, refused(status, word, "Try again later.")),
            _ => self.answered(&name, rest, &body, is_write),
        };
        let (status, answer) = if fault == Fault::BreakAfter {
            (500, refused(500, "INTERNAL", "Internal error"))
        } else {
            (status, answer)
        };
        self.calls.push((name, status));
        if fault == Fault::DropReply {
            return Err(testing::failure("ambiguous"));
        }
        let response = testing::answer(status, &answer);
        assert!(response.body.len() <= 256 * 1024, "the host hands on no more");
        Ok(response)
    }

    fn answered(&mut self, name: &str, rest: &str, body: &Value, is_write: bool) -> (u16, Value) {
        if is_write {
            if self.read_only {
                return (403, refused(403, "PERMISSION_DENIED", "The caller does not have permission"));
            }
            match &mut self.writes_left {
                Some(0) => return (429, refused(429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric")),
                Some(left) => *left -= 1,
                None => {}
            }
        }
        let done = match name {
            "get" => {
                assert_eq!(rest, "?fields=properties.title,sheets.properties");
                Ok(self.shown())
            }
            "developerMetadata:search" => Ok(self.search(body)),
            "values:batchGetByDataFilter" => self.read(body),
            "values:batchUpdateByDataFilter" => self.write(body),
            "batchUpdate" => {
                let mut copy = self.clone();
                let done = copy.change(body);
                if done.is_ok() {
                    self.tabs = copy.tabs;
                }
                done
            }
            _ => panic!("no such call: {name}"),
        };
        match done {
            Ok(answer) => (200, answer),
            Err(words) => (400, refused(400, "INVALID_ARGUMENT", &words)),
        }
    }

    fn shown(&self) -> Value {
        let sheets = self.tabs.iter().map(|tab| {
            json!({ "properties": { "sheetId": tab.id, "title": tab.title, "sheetType": "GRID",
                "gridProperties": { "rowCount": tab.rows.len(), "columnCount": tab.columns.len() } } })
        });
        json!({ "properties": { "title": "Orders" }, "sheets": sheets.collect::<Vec<_>>() })
    }

    /// Every tag with its location.
    fn tags(&self) -> Vec<(i64, &'static str, usize, Tag)> {
        let mut all = Vec::new();
        for tab in &self.tabs {
            let rows = tab.rows.iter().map(|row| &row.tags).enumerate().map(|(at, tags)| ("ROWS", at, tags));
            let columns = tab.columns.iter().enumerate().map(|(at, tags)| ("COLUMNS", at, tags));
            for (dimension, at, tags) in rows.chain(columns) {
                all.extend(tags.iter().map(|tag| (tab.id, dimension, at, tag.clone())));
            }
        }
        all
    }

    fn found(&self, filter: &Value) -> Vec<(i64, &'static str, usize, Tag)> {
        let lookup = filter["developerMetadataLookup"].as_object().expect("a look-up");
        assert!(!lookup.is_empty());
        let fits = |tag: &Tag| {
            lookup.iter().all(|(name, value)| match name.as_str() {
                "metadataId" => *value == tag.id,
                "metadataKey" => *value == tag.key,
                other => panic!("no such field: {other}"),
            })
        };
        self.tags().into_iter().filter(|(.., tag)| fits(tag)).collect()
    }

    fn search(&self, body: &Value) -> Value {
        let mut matched = Vec::new();
        for filter in body["dataFilters"].as_array().expect("filters") {
            for (sheet, dimension, at, tag) in self.found(filter) {
                // As Google does, a 0 is left out where it can be.
                let mut range = json!({ "sheetId": sheet, "dimension": dimension, "endIndex": at + 1 });
                if at > 0 {
                    range["startIndex"] = at.into();
                }
                let mut metadata = json!({ "metadataId": tag.id, "metadataKey": tag.key, "visibility": "PROJECT",
                    "location": { "locationType": dimension.trim_end_matches('S'), "dimensionRange": range } });
                if !tag.value.is_empty() {
                    metadata["metadataValue"] = tag.value.into();
                }
                matched.push(json!({ "developerMetadata": metadata, "dataFilters": [filter] }));
            }
        }
        if matched.is_empty() { json!({}) } else { json!({ "matchedDeveloperMetadata": matched }) }
    }

    fn tab(&self, id: &Value) -> Result<usize, Words> {
        self.tabs.iter().position(|tab| *id == tab.id).ok_or_else(|| format!("No grid with id: {id}"))
    }

    fn read(&self, body: &Value) -> Result<Value, Words> {
        assert_eq!(body["valueRenderOption"], "UNFORMATTED_VALUE");
        let mut all = Vec::new();
        for filter in body["dataFilters"].as_array().expect("filters") {
            let mut areas = Vec::new();
            if let Some(grid) = filter["gridRange"].as_object() {
                let tab = self.tab(&grid["sheetId"])?;
                let at = |name: &str, most: usize| {
                    grid.get(name)
                        .map_or(most, |value| usize::try_from(value.as_u64().expect("a number")).expect("small"))
                };
                let (rows, columns) = (self.tabs[tab].rows.len(), self.tabs[tab].columns.len());
                let (top, bottom) = (at("startRowIndex", 0), at("endRowIndex", rows));
                let (left, right) = (at("startColumnIndex", 0), at("endColumnIndex", columns));
                if bottom > rows || right > columns || top >= bottom || left >= right {
                    return Err("Range exceeds grid limits.".to_owned());
                }
                areas.push((tab, top, bottom, left, right));
            } else {
                for (sheet, dimension, at, _) in self.found(filter) {
                    let tab = self.tab(&json!(sheet))?;
                    assert_eq!(dimension, "ROWS", "whole columns are too long to be read");
                    areas.push((tab, at, at + 1, 0, self.tabs[tab].columns.len()));
                }
            }
            for (tab, top, bottom, left, right) in areas {
                let tab = &self.tabs[tab];
                let mut lines: Vec<Vec<Value>> = if body["majorDimension"] == "ROWS" {
                    (top..bottom).map(|row| tab.line(row, left, right)).collect()
                } else {
                    let column = |at: usize| {
                        let mut line: Vec<Value> =
                            (top..bottom).map(|row| tab.line(row, at, at + 1).pop().unwrap_or(json!(""))).collect();
                        line.truncate(line.iter().rposition(|cell| cell != "").map_or(0, |last| last + 1));
                        line
                    };
                    (left..right).map(column).collect()
                };
                lines.truncate(lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1));
                let name = format!("'{}'!A{}:Z{bottom}", tab.title.replace('\'', "''"), top + 1);
                let mut range = json!({ "range": name, "majorDimension": body["majorDimension"] });
                if !lines.is_empty() {
                    range["values"] = json!(lines);
                }
                all.push(json!({ "valueRange": range, "dataFilters": [filter] }));
            }
        }
        Ok(if all.is_empty() { json!({}) } else { json!({ "valueRanges": all }) })
    }

    fn write(&mut self, body: &Value) -> Result<Value, Words> {
        assert_eq!(body["valueInputOption"], "RAW", "nothing becomes a formula");
        let mut responses = Vec::new();
        for data in body["data"].as_array().expect("data") {
            for (sheet, _, row, _) in self.found(&data["dataFilter"]) {
                let tab = self.tab(&json!(sheet))?;
                let values = data["values"][0].as_array().expect("one row");
                for (column, value) in values.iter().enumerate().filter(|(_, value)| !value.is_null()) {
                    assert!(value.is_string() || value.is_number());
                    self.tabs[tab].set(row, column, value.clone());
                }
                responses.push(json!({ "updatedRows": 1 }));
            }
        }
        Ok(if responses.is_empty() { json!({}) } else { json!({ "responses": responses }) })
    }

    fn change(&mut self, body: &Value) -> Result<Value, Words> {
        let mut replies = Vec::new();
        for (index, request) in body["requests"].as_array().expect("requests").iter().enumerate() {
            let (kind, node) = request.as_object().and_then(|map| map.iter().next()).expect("one request");
            let reply = self.one(kind, node).map_err(|words| format!("Invalid requests[{index}].{kind}: {words}"))?;
            replies.push(reply);
        }
        Ok(json!({ "replies": replies }))
    }

    fn one(&mut self, kind: &str, node: &Value) -> Result<Value, Words> {
        let number = |value: &Value| usize::try_from(value.as_u64().expect("a number")).expect("small");
        match kind {
            "addSheet" => {
                let title = node["properties"]["title"].as_str().expect("a title");
                if self.tabs.iter().any(|tab| tab.title.eq_ignore_ascii_case(title)) {
                    return Err(format!("A sheet with the name \"{title}\" already exists."));
                }
                let id = self.tabs.iter().map(|tab| tab.id).max().unwrap_or(0) + 101;
                let mut tab = Tab::new(id, title);
                tab.frozen = node["properties"]["gridProperties"]["frozenRowCount"].as_u64().unwrap_or(0);
                self.tabs.push(tab);
            }
            "updateSheetProperties" => {
                assert_eq!(node["fields"], "gridProperties.frozenRowCount");
                let tab = self.tab(&node["properties"]["sheetId"])?;
                self.tabs[tab].frozen = number(&node["properties"]["gridProperties"]["frozenRowCount"]) as u64;
            }
            "insertDimension" => {
                let range = &node["range"];
                let tab = self.tab(&range["sheetId"])?;
                let (start, end) = (number(&range["startIndex"]), number(&range["endIndex"]));
                if range["dimension"] == "ROWS" {
                    self.tabs[tab].rows.splice(start..start, vec![Row::default(); end - start]);
                } else {
                    self.tabs[tab].insert_columns(start, end - start);
                }
            }
            "updateCells" => {
                assert_eq!(node["fields"], "userEnteredValue");
                let start = &node["start"];
                let tab = self.tab(&start["sheetId"])?;
                let cells = node["rows"][0]["values"].as_array().expect("cells");
                if number(&start["columnIndex"]) + cells.len() > self.tabs[tab].columns.len() {
                    return Err("Attempting to write column beyond the last".to_owned());
                }
                for (at, cell) in cells.iter().enumerate() {
                    let value = &cell["userEnteredValue"];
                    assert!(value["formulaValue"].is_null(), "nothing becomes a formula");
                    let value = [&value["stringValue"], &value["numberValue"]].into_iter().find(|one| !one.is_null());
                    let value = value.cloned().unwrap_or(json!(""));
                    self.tabs[tab].set(number(&start["rowIndex"]), number(&start["columnIndex"]) + at, value);
                }
            }
            "createDeveloperMetadata" => self.create(node["developerMetadata"].as_object().expect("a tag"))?,
            "deleteDeveloperMetadata" => {
                let found: Vec<i64> = self.found(&node["dataFilter"]).iter().map(|(.., tag)| tag.id).collect();
                for tab in &mut self.tabs {
                    let rows = tab.rows.iter_mut().map(|row| &mut row.tags);
                    rows.chain(&mut tab.columns).for_each(|tags| tags.retain(|tag| !found.contains(&tag.id)));
                }
            }
            _ => panic!("no such request: {kind}"),
        }
        Ok(json!({}))
    }

    fn create(&mut self, metadata: &Map<String, Value>) -> Result<(), Words> {
        assert_eq!(metadata["visibility"], "PROJECT");
        let range = &metadata["location"]["dimensionRange"];
        let id = metadata["metadataId"].as_i64().filter(|id| (1..=0x7fff_ffff).contains(id)).expect("31 bits");
        if self.tags().iter().any(|(.., tag)| tag.id == id) {
            return Err(format!("DeveloperMetadata with id {id} already exists."));
        }
        let tag = Tag {
            id,
            key: text(&metadata["metadataKey"]),
            value: metadata.get("metadataValue").map(text).unwrap_or_default(),
        };
        let tab = self.tab(&range["sheetId"])?;
        let at = usize::try_from(range["startIndex"].as_u64().expect("a place")).expect("small");
        assert_eq!(range["endIndex"].as_u64().expect("an end"), at as u64 + 1);
        if range["dimension"] == "ROWS" {
            self.tabs[tab].rows[at].tags.push(tag);
        } else {
            self.tabs[tab].columns[at].push(tag);
        }
        if self.tabs[tab].tag_characters() > self.room {
            return Err("Developer metadata would exceed the limit of characters of this sheet.".to_owned());
        }
        Ok(())
    }
}

fn refused(status: u16, word: &str, words: &str) -> Value {
    json!({ "error": { "code": status, "message": words, "status": word } })
}
