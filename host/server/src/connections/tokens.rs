//! The token endpoint: how it is asked and how its answers are read (RFC 6749, sections 4.1.3, 5 and 6). One call a time, nothing
//! followed, and no text of the service but its error word gets any further: whatever else it says might hold a token.

use crate::app::App;
use kamurj_egress::{Method, Request, Response, SendError};
use kamurj_manifest::TokenRequest;
use kamurj_plugins::{SECRET_MIN_BYTES, Secret};
use serde_json::{Map, Value};
use std::time::Duration;
use url::Url;

/// How long one call may take.
pub const PATIENCE: Duration = Duration::from_secs(15);
/// Longest token, in bytes.
const MOST_BYTES: usize = 16 * 1024;
/// Longest life that is believed: ten years, in seconds.
const MOST_SECONDS: i64 = 10 * 365 * 24 * 60 * 60;
/// How long before its end a token is refreshed, in milliseconds; half its life where that is shorter.
const AHEAD_MS: i64 = 60 * 1000;

/// Tokens as the service gave them.
#[derive(Debug)]
pub struct Tokens {
    /// For calls.
    pub access: Secret,
    /// For the next pair, where the service gives one.
    pub refresh: Option<Secret>,
    /// How long the access token lives, in milliseconds, where the service says so.
    pub life_ms: Option<i64>,
}

impl Tokens {
    /// Both, with what they are in the words of RFC 7009, section 2.1, the one first with which the other ends.
    pub fn both(&self) -> Vec<(&'static str, String)> {
        let refresh = self.refresh.as_ref().map(|token| ("refresh_token", token.reveal().to_owned()));
        refresh.into_iter().chain([("access_token", self.access.reveal().to_owned())]).collect()
    }

    /// When the access token dies, and from when on it is refreshed, if it was asked for at this time.
    pub fn times(&self, asked_at: i64) -> (Option<i64>, Option<i64>) {
        let expires_at = self.life_ms.map(|life| asked_at + life);
        let refresh_at = self.life_ms.map(|life| asked_at + life - AHEAD_MS.min(life / 2));
        (expires_at, refresh_at)
    }
}

/// Why there are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoTokens {
    /// The service says no to this code or token; its error word.
    Refused(String),
    /// It could not be asked, or said something that settles nothing; in words.
    Later(String),
    /// It may have seen the question, and its answer did not arrive; in words.
    Lost(String),
}

impl NoTokens {
    /// In words, without anything that the service wrote but its error word.
    pub fn words(&self) -> String {
        match self {
            Self::Refused(word) => format!("the service said `{word}`"),
            Self::Later(why) | Self::Lost(why) => why.clone(),
        }
    }
}

/// One question.
pub struct Asked<'a> {
    /// Where.
    pub url: &'a Url,
    /// How.
    pub how: TokenRequest,
    /// Names and values, all secret.
    pub fields: &'a [(&'a str, &'a str)],
}

/// Asks the token endpoint once.
pub async fn ask(app: &App, asked: &Asked<'_>) -> Result<Tokens, NoTokens> {
    match app.egress.send(request(asked)).await {
        Ok(response) => read(&response),
        Err(SendError::Refused(refusal)) => Err(NoTokens::Later(format!("its address is refused: {refusal}"))),
        Err(SendError::NotSent(why)) => Err(NoTokens::Later(format!("the service cannot be reached: {why}"))),
        Err(SendError::Ambiguous(why)) => Err(NoTokens::Lost(format!("the answer did not arrive: {why}"))),
        Err(error @ SendError::TooLarge { .. }) => Err(NoTokens::Lost(error.to_string())),
    }
}

/// The request for these fields.
pub fn request(asked: &Asked<'_>) -> Request {
    let mut url = asked.url.clone();
    let mut headers = vec![("accept".to_owned(), "application/json".to_owned())];
    let mut content = |kind: &str| headers.push(("content-type".to_owned(), kind.to_owned()));
    let (method, body) = match asked.how {
        TokenRequest::Form => {
            content("application/x-www-form-urlencoded");
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            (Method::POST, form.extend_pairs(asked.fields).finish().into_bytes())
        }
        TokenRequest::Json => {
            content("application/json");
            let fields = asked.fields.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
            (Method::POST, Value::Object(fields.collect::<Map<_, _>>()).to_string().into_bytes())
        }
        TokenRequest::Query => {
            url.query_pairs_mut().extend_pairs(asked.fields);
            (Method::GET, Vec::new())
        }
    };
    Request { method, url, headers, body, timeout: PATIENCE }
}

fn read(response: &Response) -> Result<Tokens, NoTokens> {
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let word = error_word(&body);
    match (response.status, word) {
        (200..=299, None) => tokens(&body),
        // Words that say that it may be otherwise in a moment: RFC 6749, section 4.1.2.1, and what services add.
        (_, Some(word @ ("temporarily_unavailable" | "server_error" | "slow_down"))) => {
            Err(NoTokens::Later(format!("the service said `{word}`")))
        }
        (408 | 425 | 429 | 500..=599, _) => Err(NoTokens::Later(format!("the service answered {}", response.status))),
        (300..=399, _) => {
            Err(NoTokens::Later(format!("the service answered {}, and nobody is followed from here", response.status)))
        }
        (_, Some(word)) => Err(NoTokens::Refused(word.to_owned())),
        (400 | 401 | 403, None) => Err(NoTokens::Refused(response.status.to_string())),
        (status, None) => Err(NoTokens::Later(format!("the service answered {status}"))),
    }
}

/// The error word, where it is one: a text of the service's own making may hold anything.
fn error_word(body: &Value) -> Option<&str> {
    let word = body["error"].as_str()?;
    let sound = (1..=64).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    Some(if sound { word } else { "error" })
}

fn tokens(body: &Value) -> Result<Tokens, NoTokens> {
    let odd = |what: &str| NoTokens::Later(format!("the service answered without a usable {what}"));
    let token =
        |text: &str| (SECRET_MIN_BYTES..=MOST_BYTES).contains(&text.len()).then(|| Secret::new(text.to_owned()));
    let access = body["access_token"].as_str().and_then(token).ok_or_else(|| odd("access token"))?;
    let refresh = match &body["refresh_token"] {
        Value::String(text) if !text.is_empty() => Some(token(text).ok_or_else(|| odd("refresh token"))?),
        _ => None,
    };
    let seconds: Option<i64> = match &body["expires_in"] {
        Value::String(text) => text.parse().ok(),
        // Some services write it as a fraction.
        Value::Number(number) => number.to_string().split('.').next().and_then(|whole| whole.parse().ok()),
        _ => None,
    };
    Ok(Tokens { access, refresh, life_ms: seconds.map(|seconds| seconds.clamp(0, MOST_SECONDS) * 1000) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer(status: u16, body: &Value) -> Result<Tokens, NoTokens> {
        read(&Response { status, headers: Vec::new(), body: body.to_string().into_bytes() })
    }

    fn why(status: u16, body: &Value) -> NoTokens {
        answer(status, body).expect_err("no tokens")
    }

    #[test]
    fn tokens_are_read_with_their_life() {
        let read = answer(200, &json!({ "access_token": "abcdef", "refresh_token": "ghijkl", "expires_in": 3600 }));
        let read = read.expect("tokens");
        assert_eq!((read.access.reveal(), read.refresh.as_ref().map(Secret::reveal)), ("abcdef", Some("ghijkl")));
        assert_eq!(read.times(1_000), (Some(3_601_000), Some(3_541_000)));
        let short = answer(200, &json!({ "access_token": "abcdef", "expires_in": "40" })).expect("tokens");
        assert_eq!(short.times(0), (Some(40_000), Some(20_000)), "half a short life");
        let endless = answer(200, &json!({ "access_token": "abcdef", "refresh_token": "" })).expect("tokens");
        assert!(endless.refresh.is_none() && endless.times(0) == (None, None));
    }

    #[test]
    fn only_what_the_service_settles_counts_as_refused() {
        let refused = |word: &str| NoTokens::Refused(word.to_owned());
        assert_eq!(why(400, &json!({ "error": "invalid_grant" })), refused("invalid_grant"));
        assert_eq!(why(200, &json!({ "error": "invalid_token" })), refused("invalid_token"));
        assert_eq!(why(401, &json!({ "hint": "Token has been revoked" })), refused("401"));
        assert_eq!(why(400, &json!({ "error": "token abcdef is dead" })), refused("error"), "its words stay there");
        for (status, body) in [
            (503, json!({ "error": "invalid_grant" })),
            (429, json!({})),
            (400, json!({ "error": "temporarily_unavailable" })),
            (302, json!({})),
            (404, json!({})),
            (200, json!({ "access_token": "abc" })),
            (200, json!("<html>")),
        ] {
            assert!(matches!(why(status, &body), NoTokens::Later(_)), "{status} {body}");
        }
    }

    #[test]
    fn each_service_is_asked_as_it_wants() {
        let url: Url = "https://crm.example/token?a=b".parse().unwrap();
        let fields = [("grant_type", "refresh_token"), ("refresh_token", "a&b \"c")];
        let asked = |how| request(&Asked { url: &url, how, fields: &fields });
        let form = asked(TokenRequest::Form);
        assert_eq!(
            (form.method, form.body.as_slice()),
            (Method::POST, &b"grant_type=refresh_token&refresh_token=a%26b+%22c"[..])
        );
        let read: Value = serde_json::from_slice(&asked(TokenRequest::Json).body).unwrap();
        assert_eq!(read["refresh_token"], "a&b \"c");
        let query = asked(TokenRequest::Query);
        assert_eq!((query.method, query.body.len()), (Method::GET, 0));
        assert_eq!(query.url.query(), Some("a=b&grant_type=refresh_token&refresh_token=a%26b+%22c"));
    }
}
