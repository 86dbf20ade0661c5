//! The refusals that routes share, as `/openapi.json` lists them. A route that says more about one of them names it
//! after the shared set, which it then replaces there. What a request is refused for, handlers decide.

use crate::problem::{MEDIA_TYPE, ProblemBody};
use std::collections::BTreeMap;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

/// What every route may answer.
const READING: [(u16, &str); 2] = [(401, "No valid key"), (503, "Nothing was changed: try again")];

/// What a route that changes something may answer besides.
const WRITING: [(u16, &str); 5] = [
    (400, "Not JSON"),
    (403, "The key lacks the scope"),
    (409, "A request with this idempotency key is being worked on"),
    (413, "The body is too large"),
    (422, "Wrong fields, or a reused idempotency key"),
];

/// Refusals of a route that only reads.
pub(super) struct Reading;

/// Refusals of a route that changes something.
pub(super) struct Writing;

impl IntoResponses for Reading {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        READING.into_iter().map(problem).collect()
    }
}

impl IntoResponses for Writing {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        READING.into_iter().chain(WRITING).map(problem).collect()
    }
}

fn problem((status, description): (u16, &str)) -> (String, RefOr<Response>) {
    let body = ContentBuilder::new().schema(Some(Ref::from_schema_name(ProblemBody::name()))).build();
    let response = ResponseBuilder::new().description(description).content(MEDIA_TYPE, body).build();
    (status.to_string(), response.into())
}
