//! The question by which a service makes sure that an address is ours: answered for whoever knows the route's token. It writes
//! nothing, and gives back nothing that a browser could take for a page.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use subtle::ConstantTimeEq;

/// Longest challenge that is given back; Meta's have ten digits.
const LONGEST: usize = 128;

/// The challenge of a question by the rules of WebSub and Meta, if it is to be given back: the mode is `subscribe`, the token fits,
/// and the challenge is short and of letters, digits, `-`, `_` and `.` alone. A parameter that stands there twice is none.
pub(super) fn hub(query: &str, token: &str) -> Option<String> {
    let one = |name: &str| {
        let mut values = url::form_urlencoded::parse(query.as_bytes()).filter(|(known, _)| known == name);
        let first = values.next().map(|(_, value)| value.into_owned());
        first.filter(|_| values.next().is_none())
    };
    let (mode, given, challenge) = (one("hub.mode")?, one("hub.verify_token")?, one("hub.challenge")?);
    let is_plain = (1..=LONGEST).contains(&challenge.len())
        && challenge.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let fits: bool = given.as_bytes().ct_eq(token.as_bytes()).into();
    (fits && mode == "subscribe" && is_plain).then_some(challenge)
}

/// The challenge as it is given back.
pub(super) fn answer(challenge: String) -> Response {
    let headers =
        [(CONTENT_TYPE, "text/plain; charset=utf-8"), (X_CONTENT_TYPE_OPTIONS, "nosniff"), (CACHE_CONTROL, "no-store")];
    (headers, challenge).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "hub.mode=subscribe&hub.verify_token=let+me%20in&hub.challenge=1158201444";

    fn asks(query: &str) -> Option<String> {
        hub(query, "let me in")
    }

    #[test]
    fn the_challenge_is_given_back_to_whoever_knows_the_token() {
        assert_eq!(asks(GOOD).as_deref(), Some("1158201444"));
        assert_eq!(asks(&format!("{GOOD}&hub.lease_seconds=60")).as_deref(), Some("1158201444"));
        let longest = GOOD.replace("1158201444", &"a".repeat(LONGEST));
        assert_eq!(asks(&longest).map(|challenge| challenge.len()), Some(LONGEST));
    }

    #[test]
    fn g1_nothing_else_is_given_back() {
        for (part, other) in [
            ("subscribe", "unsubscribe"),
            ("hub.mode", "hub_mode"),
            ("let+me%20in", "let+me+i"),
            ("let+me%20in", "let+me+inn"),
            ("let+me%20in", "Let+me+in"),
            ("let+me%20in", ""),
            ("hub.verify_token", "verify_token"),
            ("1158201444", ""),
            ("1158201444", "<script>alert(1)</script>"),
            ("1158201444", "%3Cb%3E"),
            ("1158201444", "a b"),
            ("1158201444", "a%0D%0Ax:y"),
            ("1158201444", "%D5%A1"),
            ("1158201444", &"a".repeat(LONGEST + 1)),
            ("hub.challenge", "challenge"),
        ] {
            assert_eq!(asks(&GOOD.replace(part, other)), None, "{part} as {other}");
        }
        assert_eq!(asks(&format!("{GOOD}&hub.verify_token=x")), None);
        assert_eq!(asks(&format!("hub.challenge=x&{GOOD}")), None);
        assert_eq!(asks(""), None);
    }
}
