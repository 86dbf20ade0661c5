//! What the service says no with: `application/problem+json`, with `validation-errors` where a body is at fault, and texts and pages
//! where it is not the API that answers. It must not know why a call is refused.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// One mistake in a body.
#[derive(Clone, Debug)]
pub(super) struct Mistake {
    code: &'static str,
    path: String,
    detail: String,
}

impl Mistake {
    fn new(code: &'static str, path: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { code, path: path.into(), detail: detail.into() }
    }

    /// The value is not among those that exist.
    pub(super) fn choice(path: impl Into<String>) -> Self {
        Self::new("NotSupportedChoice", path, "The value you selected is not a valid choice.")
    }

    /// A field that has to be there is not.
    pub(super) fn missing(path: impl Into<String>) -> Self {
        Self::new("FieldMissing", path, "This field is missing.")
    }

    /// A field that nobody knows.
    pub(super) fn unexpected(path: impl Into<String>) -> Self {
        Self::new("FieldNotExpected", path, "This field was not expected.")
    }

    /// A value of the wrong kind; digits in quotation marks are no integer.
    pub(super) fn kind(path: impl Into<String>, wanted: &str) -> Self {
        Self::new("InvalidType", path, format!("This value should be of type {wanted}."))
    }

    /// A text without a word.
    pub(super) fn blank(path: impl Into<String>) -> Self {
        Self::new("NotBlank", path, "This value should not be blank.")
    }

    /// Too many of something.
    pub(super) fn too_many(path: impl Into<String>, most: usize) -> Self {
        Self::new("TooMany", path, format!("This collection should contain {most} elements or less."))
    }

    /// Something of the kind is there already.
    pub(super) fn taken(path: impl Into<String>) -> Self {
        Self::new("NotUnique", path, "This value is already used.")
    }

    /// No address that webhooks could go to.
    pub(super) fn address(path: impl Into<String>) -> Self {
        Self::new("InvalidUrl", path, "This value is not a valid URL.")
    }

    fn json(&self) -> Value {
        json!({"code": self.code, "path": self.path, "detail": self.detail})
    }
}

/// A refused call.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    said: Said,
}

#[derive(Clone, Debug)]
enum Said {
    Problem(Value),
    Plain(&'static str),
    Page(&'static str),
}

impl Refusal {
    /// A problem of RFC 9457 with its usual members.
    pub(super) fn new(status: u16, title: &str, detail: &str) -> Self {
        Self { status, said: Said::Problem(problem(status, title, detail)) }
    }

    /// A refusal of the token endpoint, which has a hint beside the usual members.
    pub(super) fn hinting(status: u16, hint: &str) -> Self {
        let mut said = problem(status, "Bad Request", "The request lacks parameters, or they are not valid.");
        said["hint"] = hint.into();
        Self { status, said: Said::Problem(said) }
    }

    /// 401: the token is not, or no longer, one of the account's.
    pub(super) fn token() -> Self {
        Self::new(401, "Unauthorized", "Wrong login or password")
    }

    /// 402: nobody paid for the account.
    pub(super) fn unpaid() -> Self {
        Self::new(402, "Payment Required", "The account is not paid for")
    }

    /// 403 as a problem: the user has not the rights.
    pub(super) fn rights() -> Self {
        Self::new(403, "Forbidden", "You do not have the rights for this action")
    }

    /// 403 as a text: nothing from this address is listened to.
    pub(super) fn banned() -> Self {
        Self { status: 403, said: Said::Plain("Your IP address has been blocked because of too many requests.") }
    }

    /// 404: no such thing.
    pub(super) fn missing(what: &str) -> Self {
        Self::new(404, "Not Found", &format!("{what} not found"))
    }

    /// 405: the address is known and the verb is not for it.
    pub(super) fn verb() -> Self {
        Self::new(405, "Method Not Allowed", "The method is not allowed for this address")
    }

    /// 429, with how long to wait in the body alone.
    pub(super) fn limit(retry_after_s: i64, plain: bool) -> Self {
        if plain {
            return Self { status: 429, said: Said::Plain("Too Many Requests") };
        }
        let mut said = problem(429, "Too Many Requests", "The limit of requests a second was exceeded");
        said["retry_after"] = retry_after_s.into();
        Self { status: 429, said: Said::Problem(said) }
    }

    /// 500.
    pub(super) fn failure() -> Self {
        Self::new(500, "Internal Server Error", "Something went wrong")
    }

    /// 503, from whoever stands before the service.
    pub(super) fn down() -> Self {
        Self {
            status: 503,
            said: Said::Page("<html><head><title>503 Service Temporarily Unavailable</title></head></html>"),
        }
    }

    /// 504: the batch took too long.
    pub(super) fn slow() -> Self {
        Self { status: 504, said: Said::Page("<html><head><title>504 Gateway Time-out</title></head></html>") }
    }

    /// 400 for a body or a query that is no such thing at all.
    pub(super) fn bad(detail: &str) -> Self {
        Self::new(400, "Bad Request", detail)
    }

    /// 400 with the mistakes of each item, under what it called itself.
    pub(super) fn invalid(items: Vec<(String, Vec<Mistake>)>) -> Self {
        let mut said = problem(400, "Bad Request", "Request validation failed");
        let item = |(request_id, mistakes): (String, Vec<Mistake>)| {
            let errors: Vec<Value> = mistakes.iter().map(Mistake::json).collect();
            json!({"request_id": request_id, "errors": errors})
        };
        said["validation-errors"] = items.into_iter().map(item).collect();
        Self { status: 400, said: Said::Problem(said) }
    }

    /// 400 with one mistake of a request that has one item.
    pub(super) fn mistake(mistake: Mistake) -> Self {
        Self::invalid(vec![("0".to_owned(), vec![mistake])])
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        match self.said {
            Said::Problem(said) => {
                (status, [(header::CONTENT_TYPE, "application/problem+json")], said.to_string()).into_response()
            }
            Said::Plain(text) => (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response(),
            Said::Page(html) => (status, [(header::CONTENT_TYPE, "text/html")], html).into_response(),
        }
    }
}

fn problem(status: u16, title: &str, detail: &str) -> Value {
    json!({"title": title, "type": format!("https://httpstatus.es/{status}"), "status": status, "detail": detail})
}
