//! Pages travel compressed, wherever the browser takes it: on a slow line the page to pay is there after one round trip. Only pages
//! are: what the API answers is as it is, pictures and fonts are compressed already, and a stream must not be gathered.
//!
//! Compressing what somebody else may have written beside a secret can give the secret away (BREACH). Pages hold none that
//! lasts: nonce and form key are new in every answer, and who knows the token of the address may see all of the page.

use axum::http::{Extensions, HeaderMap, StatusCode, Version, header};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::Predicate;

/// Below this, in bytes, there is nothing to gain.
const WORTH_IT: u64 = 512;

/// Compresses pages.
pub fn pages() -> CompressionLayer<impl Predicate> {
    CompressionLayer::new().compress_when(
        tower_http::compression::predicate::SizeAbove::new(WORTH_IT)
            .and(|_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions| is_page(headers)),
    )
}

fn is_page(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}
