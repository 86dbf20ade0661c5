//! What each call does once it is known who asks and of which spreadsheet. It must not know of tokens, quotas and faults.

use serde_json::{Map, Value, json};

use super::a1::Wanted;
use super::address::Call;
use super::batch;
use super::book::Book;
use super::cell::{Input, Render};
use super::node::Node;
use super::refusal::Refusal;
use super::tags::Found;
use super::values::{self, Major, Sent, Written};

const DATES: [&str; 2] = ["SERIAL_NUMBER", "FORMATTED_STRING"];

/// Parameters of an address.
pub(super) struct Query {
    pub(super) fields: Map<String, Value>,
    pub(super) ranges: Vec<String>,
}

/// Does a call. `book` is changed only where the answer is no refusal.
pub(super) fn work(book: &mut Book, call: &Call, query: &Query, body: &Value, project: &str) -> Result<Value, Refusal> {
    let query_fields = Value::Object(query.fields.clone());
    let asked = Node::body(&query_fields)?;
    match call {
        Call::Get => {
            if asked.flag("includeGridData")? == Some(true) || !query.ranges.is_empty() {
                return Err(Refusal::not_doubled("grid data in spreadsheets.get"));
            }
            Ok(book.json())
        }
        Call::BatchUpdate => batch::update(book, body, project),
        Call::ValuesGet(range) => read_one(book, range, &asked),
        Call::ValuesBatchGet => {
            let read = query.ranges.iter().map(|range| read_one(book, range, &asked)).collect::<Result<Vec<_>, _>>()?;
            if read.is_empty() {
                return Err(Refusal::invalid("Must specify at least one range."));
            }
            Ok(json!({"spreadsheetId": book.id, "valueRanges": read}))
        }
        Call::ValuesUpdate(range) => {
            let (body, input) =
                (Node::body(body)?, Input::of(asked.word("valueInputOption", "ValueInputOption", &Input::WORDS)?)?);
            let render = render_reply(&asked)?;
            let mut copy = book.clone();
            let written = write(&mut copy, &body, Some(range), input)?;
            *book = copy;
            Ok(of_book(book, with_values(book, &written, render)))
        }
        Call::ValuesAppend(range) => append(book, range, &asked, body),
        Call::ValuesBatchUpdate => {
            let body = Node::body(body)?;
            body.only(&[
                "valueInputOption",
                "data",
                "includeValuesInResponse",
                "responseValueRenderOption",
                "responseDateTimeRenderOption",
            ])?;
            let input = Input::of(body.word("valueInputOption", "ValueInputOption", &Input::WORDS)?)?;
            let render = render_reply(&body)?;
            let mut copy = book.clone();
            let mut all = Vec::new();
            for item in body.list("data")? {
                all.push((write(&mut copy, &Node::item(item, "ValueRange")?, None, input)?, None));
            }
            *book = copy;
            Ok(summed(book, all, render))
        }
        Call::ValuesBatchGetByDataFilter => {
            let body = Node::body(body)?;
            body.only(&["dataFilters", "majorDimension", "valueRenderOption", "dateTimeRenderOption"])?;
            let (major, render) = how(&body)?;
            let mut ranges = Vec::new();
            for (value, path) in filters(&body)? {
                for wanted in book.ranges(&Node::item((value, path), "DataFilter")?, project)? {
                    let range = values::read(book, wanted.area(book)?, major, render);
                    ranges.push(json!({"valueRange": range, "dataFilters": [value]}));
                }
            }
            Ok(listed(json!({"spreadsheetId": book.id}), "valueRanges", ranges))
        }
        Call::ValuesBatchUpdateByDataFilter => {
            let body = Node::body(body)?;
            body.only(&[
                "valueInputOption",
                "data",
                "includeValuesInResponse",
                "responseValueRenderOption",
                "responseDateTimeRenderOption",
            ])?;
            let input = Input::of(body.word("valueInputOption", "ValueInputOption", &Input::WORDS)?)?;
            let render = render_reply(&body)?;
            let mut copy = book.clone();
            let mut all = Vec::new();
            for item in body.list("data")? {
                let item = Node::item(item, "DataFilterValueRange")?;
                item.only(&["dataFilter", "majorDimension", "values"])?;
                let filter =
                    item.object("dataFilter")?.ok_or_else(|| Refusal::invalid("Must specify exactly one filter."))?;
                for wanted in copy.ranges(&filter, project)? {
                    let written = Sent::read(&item, input)?.write(&mut copy, wanted)?;
                    all.push((written, item.value("dataFilter").cloned()));
                }
            }
            *book = copy;
            Ok(summed(book, all, render))
        }
        Call::TagSearch => {
            let body = Node::body(body)?;
            body.only(&["dataFilters"])?;
            // A tag is said once, with all filters that found it.
            let mut matched: Vec<(Found, Vec<&Value>)> = Vec::new();
            for (value, path) in filters(&body)? {
                for found in book.find(&Node::item((value, path), "DataFilter")?, project)? {
                    match matched.iter_mut().find(|((_, known), _)| known.id == found.1.id) {
                        Some((_, filters)) => filters.push(value),
                        None => matched.push((found, vec![value])),
                    }
                }
            }
            let matched = matched
                .iter()
                .map(|(found, filters)| json!({"developerMetadata": book.tag_json(found), "dataFilters": filters}));
            Ok(listed(json!({}), "matchedDeveloperMetadata", matched.collect()))
        }
        Call::TagGet(id) => {
            let lookup = json!({"developerMetadataLookup": {"metadataId": id}});
            let found = book.find(&Node::body(&lookup)?, project)?;
            found.first().map(|found| book.tag_json(found)).ok_or_else(Refusal::not_found)
        }
        Call::Absent(word) => Err(Refusal::not_doubled(word)),
    }
}

fn filters<'v>(body: &Node<'v>) -> Result<Vec<(&'v Value, String)>, Refusal> {
    let filters = body.list("dataFilters")?;
    if filters.is_empty() {
        return Err(Refusal::invalid("Must specify at least one dataFilter."));
    }
    Ok(filters)
}

/// A list that is left out where it is empty.
fn listed(mut said: Value, name: &str, list: Vec<Value>) -> Value {
    if !list.is_empty() {
        said[name] = list.into();
    }
    said
}

fn how(asked: &Node<'_>) -> Result<(Major, Render), Refusal> {
    asked.word("dateTimeRenderOption", "DateTimeRenderOption", &DATES)?;
    let major = Major::of(asked.word("majorDimension", "Dimension", &Major::WORDS)?);
    Ok((major, Render::of(asked.word("valueRenderOption", "ValueRenderOption", &Render::WORDS)?)))
}

fn read_one(book: &Book, range: &str, asked: &Node<'_>) -> Result<Value, Refusal> {
    let (major, render) = how(asked)?;
    Ok(values::read(book, Wanted::read(book, range)?.area(book)?, major, render))
}

/// How a write's answer shows what was written; `None` where it does not.
fn render_reply(asked: &Node<'_>) -> Result<Option<Render>, Refusal> {
    asked.word("responseDateTimeRenderOption", "DateTimeRenderOption", &DATES)?;
    let render = Render::of(asked.word("responseValueRenderOption", "ValueRenderOption", &Render::WORDS)?);
    Ok(asked.flag("includeValuesInResponse")?.unwrap_or(false).then_some(render))
}

/// Writes a `ValueRange`. Where the address names the range, the body may name no other.
fn write(book: &mut Book, node: &Node<'_>, range: Option<&str>, input: Input) -> Result<Written, Refusal> {
    node.only(&["range", "majorDimension", "values"])?;
    let own = node.text("range")?.filter(|text| !text.is_empty());
    let wanted = match (range, own) {
        (Some(range), own) => {
            let wanted = Wanted::read(book, range)?;
            if own.is_some_and(|own| Wanted::read(book, own).ok() != Some(wanted)) {
                let own = own.unwrap_or_default();
                return Err(Refusal::invalid(format!(
                    "Range in the address ({range}) and in the body ({own}) must match."
                )));
            }
            wanted
        }
        (None, own) => Wanted::read(book, own.unwrap_or_default())?,
    };
    Sent::read(node, input)?.write(book, wanted)
}

fn append(book: &mut Book, range: &str, asked: &Node<'_>, body: &Value) -> Result<Value, Refusal> {
    let input = Input::of(asked.word("valueInputOption", "ValueInputOption", &Input::WORDS)?)?;
    let insert =
        asked.word("insertDataOption", "InsertDataOption", &["OVERWRITE", "INSERT_ROWS"])? == Some("INSERT_ROWS");
    let render = render_reply(asked)?;
    let body = Node::body(body)?;
    body.only(&["range", "majorDimension", "values"])?;
    let mut copy = book.clone();
    let wanted = Wanted::read(&copy, range)?;
    let (table, written) = Sent::read(&body, input)?.append(&mut copy, wanted, insert)?;
    *book = copy;
    let mut said = json!({"spreadsheetId": book.id});
    if let Some(table) = table {
        said["tableRange"] = table.named(book).into();
    }
    said["updates"] = of_book(book, with_values(book, &written, render));
    Ok(said)
}

fn with_values(book: &Book, written: &Written, render: Option<Render>) -> Value {
    let mut said = written.json(book);
    if let Some(render) = render {
        said["updatedData"] = values::read(book, written.area, Major::Rows, render);
    }
    said
}

fn of_book(book: &Book, mut said: Value) -> Value {
    let mut whole = Map::from_iter([("spreadsheetId".to_owned(), Value::from(book.id.clone()))]);
    if let Some(fields) = said.as_object_mut() {
        whole.append(fields);
    }
    Value::Object(whole)
}

/// What several writes did, with the filter that each was for where there was one.
fn summed(book: &Book, all: Vec<(Written, Option<Value>)>, render: Option<Render>) -> Value {
    let mut said = json!({"spreadsheetId": book.id});
    if all.is_empty() {
        return said;
    }
    let mut tabs: Vec<usize> = all.iter().map(|(written, _)| written.area.tab).collect();
    tabs.sort_unstable();
    tabs.dedup();
    said["totalUpdatedRows"] = all.iter().map(|(one, _)| one.area.bottom - one.area.top).sum::<usize>().into();
    said["totalUpdatedColumns"] = all.iter().map(|(one, _)| one.area.right - one.area.left).sum::<usize>().into();
    said["totalUpdatedCells"] = all.iter().map(|(one, _)| one.cells).sum::<usize>().into();
    said["totalUpdatedSheets"] = tabs.len().into();
    let responses = all.into_iter().map(|(written, filter)| match filter {
        Some(filter) => {
            let mut one = with_values(book, &written, render);
            one["dataFilter"] = filter;
            one
        }
        None => of_book(book, with_values(book, &written, render)),
    });
    said["responses"] = responses.collect();
    said
}
