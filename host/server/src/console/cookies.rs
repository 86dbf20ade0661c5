//! The two cookies of the console: the session's secret, and the language that somebody chose. Both are the host's alone (`__Host-`), and no
//! script reads the first (ASVS 5.0, 3.3.1 to 3.3.4).

use axum::http::{HeaderMap, HeaderValue, header};

/// Keeps the session.
pub(super) const SESSION: &str = "__Host-kamurj";
/// Keeps the language.
pub(super) const LANGUAGE: &str = "__Host-kamurj-lang";

/// A cookie of the request.
pub(super) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// The header that lets the browser keep a session. It ends with the browser, or here.
pub(super) fn keep(token: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("{SESSION}={token}; Path=/; Secure; HttpOnly; SameSite=Lax")).ok()
}

/// The header that lets the browser forget it.
pub(super) fn forget() -> HeaderValue {
    HeaderValue::from_static("__Host-kamurj=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
}

/// The header that lets the browser keep a language, a year long.
pub(super) fn language(tag: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("{LANGUAGE}={tag}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=31536000")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others_and_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; __Host-kamurj-lang=hy"));
        headers.append(header::COOKIE, HeaderValue::from_static("__Host-kamurj=tok;b="));
        assert_eq!(read(&headers, SESSION), Some("tok"));
        assert_eq!(read(&headers, LANGUAGE), Some("hy"));
        assert_eq!(read(&headers, "kamurj"), None);
    }
}
