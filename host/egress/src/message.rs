//! What goes out, what comes back, and the three ways of not getting an answer. Holds no connection.

use std::{fmt, time::Duration};

use reqwest::{
    Method,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use url::Url;

use crate::Refusal;

/// Largest body in either direction, in bytes.
pub const BODY_CAP: usize = 256 * 1024;

/// Most headers that a request may carry.
pub const HEADERS_CAP: usize = 32;

/// Headers that speak about the connection, which is ours (RFC 9110, section 7.6.1), or that would name another host.
const OWN_HEADERS: [&str; 13] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "upgrade",
    "te",
    "trailer",
    "expect",
    "proxy-authorization",
    "proxy-connection",
    "proxy-authenticate",
    "http2-settings",
];

/// One request. Its `Debug` output leaves out path, query, header values and body, which may hold secrets.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Absolute URL.
    pub url: Url,
    /// Names and values, in order; names may repeat.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
    /// From now to the last byte of the answer.
    pub timeout: Duration,
}

impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Request")
            .field("method", &self.method)
            .field("origin", &self.url.origin().ascii_serialization())
            .field("headers", &self.headers.len())
            .field("body_bytes", &self.body.len())
            .field("timeout", &self.timeout)
            .finish()
    }
}

/// A whole answer. Redirects (3xx) are answers like any other.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Names in lower case, in the order received; bytes that are not UTF-8 are replaced.
    pub headers: Vec<(String, String)>,
    /// At most [`BODY_CAP`] bytes.
    pub body: Vec<u8>,
}

impl fmt::Debug for Response {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &self.headers.len())
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

/// Why there is no answer. The texts name hosts and causes, never a path, a header or a body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The gate refused it; nothing left this machine and nothing would, however often it is tried.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// No connection was made; sending again is safe.
    #[error("not sent: {0}")]
    NotSent(String),
    /// The remote may have seen the request, and no whole answer came.
    #[error("sent, but not answered: {0}")]
    Ambiguous(String),
    /// The remote answered with this status and a body above [`BODY_CAP`].
    #[error("the answer (status {status}) is larger than {BODY_CAP} bytes")]
    TooLarge {
        /// The answer's status code.
        status: u16,
    },
}

/// Checks sizes and names of what a caller wants to send, and puts the headers into the client's form.
pub(crate) fn headers_of(request: &Request) -> Result<HeaderMap, Refusal> {
    if request.body.len() > BODY_CAP {
        return Err(Refusal::BodyTooLarge(request.body.len()));
    }
    if request.headers.len() > HEADERS_CAP {
        return Err(Refusal::TooManyHeaders(request.headers.len()));
    }
    let mut headers = HeaderMap::with_capacity(request.headers.len());
    for (name, value) in &request.headers {
        let refusal = || Refusal::Header(name.chars().take(64).collect());
        let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refusal())?;
        if OWN_HEADERS.contains(&parsed.as_str()) {
            return Err(refusal());
        }
        let mut value = HeaderValue::from_str(value).map_err(|_| refusal())?;
        value.set_sensitive(true);
        headers.append(parsed, value);
    }
    Ok(headers)
}
