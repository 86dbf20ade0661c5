//! Parts of a request, read so that whatever is wrong with them is told as a problem, or, on the customer's pages, not
//! told at all. What the parts mean is for the handlers.

use crate::problem::{FieldError, Kind, Problem};
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use std::convert::Infallible;

/// Characters of a link's or return address's token.
const TOKEN_LENGTH: usize = 22;

/// The variable parts of the path. What is not UTF-8 names nothing.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(_) => Err(Problem::new(Kind::NotFound, "No route has this address.")),
        }
    }
}

/// The query.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(wrong_query(&rejection.body_text())),
        }
    }
}

/// Names the parameter that the rejection is about: it begins with it, or has it between backticks.
fn wrong_query(rejection: &str) -> Problem {
    let fault = rejection.strip_prefix("Failed to deserialize query string: ").unwrap_or(rejection);
    let is_name = |name: &&str| name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    let named = fault.split_once(": ").filter(|(name, _)| is_name(name));
    let quoted = || fault.split('`').nth(1).filter(is_name).map(|name| (name, fault));
    match named.or_else(quoted) {
        Some((name, detail)) => {
            Problem::invalid(vec![FieldError { pointer: format!("/{name}"), detail: detail.to_owned() }])
        }
        None => Problem::new(Kind::Invalid, rejection),
    }
}

/// The whole body, within the router's limit.
pub struct Whole(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for Whole {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Bytes::from_request(request, state).await {
            Ok(bytes) => Ok(Self(bytes)),
            Err(rejection) if rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE => Err(Problem::new(
                Kind::TooLarge,
                format!("The body may have at most {} bytes.", crate::api::body::LIMIT),
            )),
            Err(_) => Err(Problem::new(Kind::Malformed, "The body broke off. Send it again.")),
        }
    }
}

/// The token of a customer's link or of the way back. What cannot be one is empty, and nothing has an empty token.
pub struct Token(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Token {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let token = axum::extract::Path::<String>::from_request_parts(parts, state).await;
        let token = token.map(|axum::extract::Path(token)| token).unwrap_or_default();
        let fits = token.len() == TOKEN_LENGTH
            && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        Ok(Self(if fits { token } else { String::new() }))
    }
}
