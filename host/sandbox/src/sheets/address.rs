//! Which call an address and a verb name. It must not know what the call does.

use axum::http::{Method, Uri};

use super::accounts::Kind;

/// A call, with what of it stands in the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Get,
    BatchUpdate,
    ValuesGet(String),
    ValuesUpdate(String),
    ValuesAppend(String),
    ValuesBatchGet,
    ValuesBatchUpdate,
    ValuesBatchGetByDataFilter,
    ValuesBatchUpdateByDataFilter,
    TagSearch,
    TagGet(String),
    /// One that Google has and this double does not.
    Absent(&'static str),
}

impl Call {
    /// Reads an address; beside the call there is the spreadsheet's id. `None`: Google has no such call.
    pub(super) fn read(method: &Method, uri: &Uri) -> Option<(Self, String)> {
        let path = uri.path().strip_prefix("/v4/spreadsheets")?;
        let (get, post) = (*method == Method::GET, *method == Method::POST);
        if path.is_empty() && post {
            return Some((Self::Absent("spreadsheets.create"), String::new()));
        }
        let path = path.strip_prefix('/')?;
        let (head, tail) = path.split_once('/').map_or((path, None), |(head, tail)| (head, Some(tail)));
        let head = decoded(head);
        let Some(tail) = tail else {
            return Some(match head.split_once(':') {
                None if get => (Self::Get, head),
                Some((id, "batchUpdate")) if post => (Self::BatchUpdate, id.to_owned()),
                Some((id, "getByDataFilter")) if post => (Self::Absent("spreadsheets.getByDataFilter"), id.to_owned()),
                _ => return None,
            });
        };
        let (word, range) = tail.split_once('/').map_or((tail, None), |(word, range)| (word, Some(decoded(range))));
        let call = match (decoded(word).as_str(), range) {
            ("values:batchGet", None) if get => Self::ValuesBatchGet,
            ("values:batchUpdate", None) if post => Self::ValuesBatchUpdate,
            ("values:batchGetByDataFilter", None) if post => Self::ValuesBatchGetByDataFilter,
            ("values:batchUpdateByDataFilter", None) if post => Self::ValuesBatchUpdateByDataFilter,
            ("values:batchClear" | "values:batchClearByDataFilter", None) if post => Self::Absent("values.batchClear"),
            ("developerMetadata:search", None) if post => Self::TagSearch,
            ("developerMetadata", Some(id)) if get => Self::TagGet(id),
            ("sheets", Some(rest)) if post && rest.ends_with(":copyTo") => Self::Absent("sheets.copyTo"),
            ("values", Some(range)) if get => Self::ValuesGet(range),
            ("values", Some(range)) if *method == Method::PUT => Self::ValuesUpdate(range),
            ("values", Some(range)) if post && range.ends_with(":clear") => Self::Absent("values.clear"),
            ("values", Some(range)) if post => Self::ValuesAppend(range.strip_suffix(":append")?.to_owned()),
            _ => return None,
        };
        Some((call, head))
    }

    /// As the list of calls has it.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Get => "spreadsheets.get",
            Self::BatchUpdate => "spreadsheets.batchUpdate",
            Self::ValuesGet(_) => "values.get",
            Self::ValuesUpdate(_) => "values.update",
            Self::ValuesAppend(_) => "values.append",
            Self::ValuesBatchGet => "values.batchGet",
            Self::ValuesBatchUpdate => "values.batchUpdate",
            Self::ValuesBatchGetByDataFilter => "values.batchGetByDataFilter",
            Self::ValuesBatchUpdateByDataFilter => "values.batchUpdateByDataFilter",
            Self::TagSearch => "developerMetadata.search",
            Self::TagGet(_) => "developerMetadata.get",
            Self::Absent(word) => word,
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Get
            | Self::ValuesGet(_)
            | Self::ValuesBatchGet
            | Self::ValuesBatchGetByDataFilter
            | Self::TagSearch
            | Self::TagGet(_) => Kind::Read,
            Self::BatchUpdate
            | Self::ValuesUpdate(_)
            | Self::ValuesAppend(_)
            | Self::ValuesBatchUpdate
            | Self::ValuesBatchUpdateByDataFilter
            | Self::Absent(_) => Kind::Write,
        }
    }

    /// Whether it has a JSON body.
    pub(super) fn has_body(&self) -> bool {
        !matches!(self, Self::Get | Self::ValuesGet(_) | Self::ValuesBatchGet | Self::TagGet(_) | Self::Absent(_))
    }

    /// The parameters that its address may have, beside those that every call has.
    pub(super) fn parameters(&self) -> &'static [&'static str] {
        match self {
            Self::Get => &["ranges", "includeGridData", "excludeTablesInBandedRanges"],
            Self::ValuesGet(_) => &["majorDimension", "valueRenderOption", "dateTimeRenderOption"],
            Self::ValuesBatchGet => &["ranges", "majorDimension", "valueRenderOption", "dateTimeRenderOption"],
            Self::ValuesUpdate(_) => &[
                "valueInputOption",
                "includeValuesInResponse",
                "responseValueRenderOption",
                "responseDateTimeRenderOption",
            ],
            Self::ValuesAppend(_) => &[
                "valueInputOption",
                "insertDataOption",
                "includeValuesInResponse",
                "responseValueRenderOption",
                "responseDateTimeRenderOption",
            ],
            Self::BatchUpdate
            | Self::ValuesBatchUpdate
            | Self::ValuesBatchGetByDataFilter
            | Self::ValuesBatchUpdateByDataFilter
            | Self::TagSearch
            | Self::TagGet(_)
            | Self::Absent(_) => &[],
        }
    }
}

/// Without its percent signs; a plus stays one.
fn decoded(text: &str) -> String {
    let text = text.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    url::form_urlencoded::parse(text.as_bytes()).next().map_or_else(String::new, |(text, _)| text.into_owned())
}
