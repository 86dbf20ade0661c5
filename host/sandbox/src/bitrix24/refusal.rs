//! What the portal answers: results, lists and refusals, in the two envelopes that its old and its new address have. It must not
//! know which method was called.

use serde_json::{Map, Value, json};

use crate::rfc3339;

/// Parameters of a call.
pub(super) type Parameters = Map<String, Value>;

/// How many rows a list answers with.
pub(super) const PAGE: usize = 50;

/// A call that the portal refuses. `error` is a text, an empty text or a number, as in the real portal.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    body: Box<Value>,
}

impl Refusal {
    pub(super) fn new(status: u16, error: impl Into<Value>, description: impl Into<String>) -> Self {
        let body = json!({"error": error.into(), "error_description": description.into()});
        Self { status, body: Box::new(body) }
    }

    /// Code `100`: a parameter is missing.
    pub(super) fn missing(name: &str) -> Self {
        Self::new(400, "100", format!("Could not find value for parameter {{{name}}}"))
    }

    /// A refusal whose `error` is an empty text.
    pub(super) fn unnamed(description: impl Into<String>) -> Self {
        Self::new(400, "", description)
    }

    /// A value that a field does not take.
    pub(super) fn invalid_value(name: &str) -> Self {
        Self::new(400, "CRM_FIELD_ERROR_VALUE_NOT_VALID", format!("Invalid value of field \"{name}\""))
    }

    /// The number 0 as the error code: that is how the portal says that there is no such item.
    pub(super) fn no_such_item() -> Self {
        Self::new(400, 0, "Element not found")
    }

    /// A scope that the webhook or the app does not have.
    pub(super) fn scope() -> Self {
        Self::new(
            403,
            "insufficient_scope",
            "The request requires higher privileges than provided by the webhook token",
        )
    }

    /// A refusal of REST 3.0; `word` is what follows the prefix of its codes.
    pub(super) fn new_style(status: u16, word: &str, description: impl Into<String>) -> Self {
        let code = format!("BITRIX_REST_V3_EXCEPTION_{word}");
        Self { status, body: Box::new(json!({"error": {"code": code, "message": description.into()}})) }
    }

    /// A refusal of REST 3.0 that names fields, each with what is wrong with it.
    pub(super) fn validation(faulty: Vec<(String, String)>) -> Self {
        let mut refusal =
            Self::new_style(400, "VALIDATION_REQUESTVALIDATIONEXCEPTION", "Error validating request object");
        let told = faulty.into_iter().map(|(field, message)| json!({"message": message, "field": field}));
        refusal.body["error"]["validation"] = told.collect();
        refusal
    }

    /// The body of the answer.
    pub(super) fn body(&self) -> Value {
        (*self.body).clone()
    }
}

/// A result, with what lists put beside it.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) result: Value,
    pub(super) paging: Option<(usize, Option<usize>)>,
}

impl Found {
    pub(super) fn one(result: Value) -> Self {
        Self { result, paging: None }
    }

    /// One page of a list: the whole count, and where the next page begins.
    pub(super) fn page(result: Value, total: usize, next: Option<usize>) -> Self {
        Self { result, paging: Some((total, next)) }
    }

    /// The page of `rows` that `start` asks for, put into its envelope by `wrap`.
    pub(super) fn paged(rows: Vec<Value>, parameters: &Parameters, wrap: impl FnOnce(Vec<Value>) -> Value) -> Self {
        let total = rows.len();
        let start = usize::try_from(integer(parameters.get("start")).unwrap_or(0)).unwrap_or(0);
        let page: Vec<Value> = rows.into_iter().skip(start).take(PAGE).collect();
        Self::page(wrap(page), total, (start + PAGE < total).then_some(start + PAGE))
    }

    /// The whole body of an answer.
    pub(super) fn envelope(&self, now: i64) -> Value {
        let mut body = json!({"result": self.result, "time": time(now)});
        if let Some((total, next)) = self.paging {
            body["total"] = total.into();
            if let Some(next) = next {
                body["next"] = next.into();
            }
        }
        body
    }
}

/// What is told of the time a call took. No work is done here, so none is reported.
pub(super) fn time(now: i64) -> Value {
    let seconds = now.div_euclid(1000);
    json!({
        "start": seconds, "finish": seconds, "duration": 0, "processing": 0,
        "date_start": rfc3339(now), "date_finish": rfc3339(now),
        "operating": 0, "operating_reset_at": super::limits::reset_at(now),
    })
}

/// An integer, given as a number or in digits.
pub(super) fn integer(value: Option<&Value>) -> Option<i64> {
    match value? {
        Value::Number(number) => number.as_i64(),
        Value::String(digits) => digits.parse().ok(),
        _ => None,
    }
}

/// A text that is not empty.
pub(super) fn text<'p>(parameters: &'p Parameters, name: &str) -> Option<&'p str> {
    parameters.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty())
}

/// An object among the parameters; an absent or an empty one is empty. PHP cannot tell `[]` from `{}`.
pub(super) fn object(parameters: &Parameters, name: &str) -> Parameters {
    parameters.get(name).and_then(Value::as_object).cloned().unwrap_or_default()
}

/// The object `fields`, without which nothing is made or changed.
pub(super) fn fields_of(parameters: &Parameters) -> Result<Parameters, Refusal> {
    match parameters.get("fields") {
        None => Err(Refusal::missing("fields")),
        Some(Value::Object(fields)) => Ok(fields.clone()),
        Some(Value::Array(none)) if none.is_empty() => Ok(Parameters::new()),
        Some(_) => Err(Refusal::new(400, "INVALID_ARG_VALUE", "Parameter 'fields' must be array.")),
    }
}
