//! The Graph API's door: version, path, token, parameters, forced faults, and the envelope of its answers. It must not know what
//! a call does, and writes no address down, because a token may stand in it.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, State as Shared};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::refusal::Throttled;
use super::{Chats, Refusal, Refuse, State, Subscription, VERSIONS};
use crate::listener::Wire;

/// How long ago a token ended that is made to have ended.
const HOUR_MS: i64 = 3_600_000;

/// Parameters of a call.
pub(crate) type Parameters = Map<String, Value>;
/// What is answered.
pub(crate) type Answer = Result<Value, Refusal>;

/// The two hosts of the API. A token is good at its own alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// `graph.facebook.com`
    Facebook,
    /// `graph.instagram.com`
    Instagram,
}

/// A call.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    version: Option<String>,
    pub(crate) path: Vec<String>,
    pub(crate) parameters: Parameters,
    pub(crate) token: Option<String>,
    /// Whether the token came in the header, not in an address that may end up in logs.
    pub(crate) bearer: bool,
}

/// What leaves the door.
enum Leaving {
    Answer(Answer, String),
    Cut,
}

/// The API of one host.
pub(crate) fn routes(chats: Chats, door: Door) -> Router {
    Router::new().fallback(answer).with_state((chats, door))
}

async fn answer(
    Shared((chats, door)): Shared<(Chats, Door)>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let asked = Asked::read(method, &uri, &headers, &body);
    let (word, owner) =
        chats.with(|state, _| (state.habits.word(), asked.token.as_deref().and_then(|token| state.owner(door, token))));
    let subscription = chats.with(|state, _| if asked.is_versioned() { state.subscriptions(&asked) } else { None });
    let leaving = match subscription {
        Some(subscription) => {
            let answer = match subscription {
                Ok((_, Subscription::Done(answer))) => Ok(answer),
                Ok((app, Subscription::Prove(wanted))) => {
                    chats.take_callback(&app, wanted).await.map(|()| json!({"success": true}))
                }
                Err(refusal) => Err(refusal),
            };
            chats.with(|state, _| {
                let status = answer.as_ref().map_or_else(|refusal| refusal.status, |_| 200);
                state.calls.note("subscriptions", Some(status));
                Leaving::Answer(answer, state.ids.text("A"))
            })
        }
        None => chats.with(|state, now| state.take(door, &asked, now)),
    };
    let (answer, trace) = match leaving {
        Leaving::Answer(answer, trace) => (answer, trace),
        Leaving::Cut => {
            wire.cut();
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let throttled = answer.as_ref().is_err_and(|refusal| refusal.throttled == Throttled::Told);
    let percent = if throttled { 100 } else { 1 };
    let app = json!({"call_count": percent, "total_cputime": 1, "total_time": 1});
    let mut business = json!({"type": word, "call_count": percent, "total_cputime": 1, "total_time": 1});
    // In minutes, unlike everything else.
    business["estimated_time_to_regain_access"] = i64::from(throttled).into();
    let usage = [
        ("x-app-usage", app.to_string()),
        ("x-business-use-case-usage", json!({owner.unwrap_or_default(): [business]}).to_string()),
        ("facebook-api-version", asked.version.clone().unwrap_or_default()),
        ("x-fb-trace-id", trace.clone()),
    ];
    match answer {
        Ok(body) => (usage, axum::Json(body)).into_response(),
        Err(refusal) => {
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, usage, axum::Json(refusal.json(door, &trace))).into_response()
        }
    }
}

impl Asked {
    /// The version is the first segment; parameters come from the query and from a JSON or form body; the token from the
    /// header, which wins, or from a parameter. A body that cannot be read has no parameters.
    pub(crate) fn read(method: Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Self {
        let mut path: Vec<String> = uri.path().split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        let versioned = path.first().is_some_and(|first| {
            first.starts_with('v') && first[1..].starts_with(|digit: char| digit.is_ascii_digit())
        });
        let version = versioned.then(|| path.remove(0));
        let mut parameters = form(uri.query().unwrap_or_default().as_bytes());
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match content_type.split(';').next().map(str::trim) {
            Some("application/json") => {
                parameters.extend(serde_json::from_slice::<Parameters>(body).unwrap_or_default());
            }
            Some("application/x-www-form-urlencoded") => parameters.extend(form(body)),
            _ => {}
        }
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let bearer =
            bearer.and_then(|value| value.split_once(' ')).filter(|(word, _)| word.eq_ignore_ascii_case("bearer"));
        let token = bearer.map(|(_, token)| token.trim().to_owned());
        let bearer = token.is_some();
        let given = parameters.remove("access_token");
        let token = token.or_else(|| given.and_then(|value| value.as_str().map(str::to_owned)));
        Self { method, version, path, parameters, token: token.filter(|token| !token.is_empty()), bearer }
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.parameters.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// No such object, or not so.
    pub(crate) fn unsupported(&self) -> Refusal {
        let id = self.path.first().map_or("", String::as_str);
        Refusal::unsupported(&self.method.as_str().to_ascii_lowercase(), id)
    }

    pub(crate) fn is_versioned(&self) -> bool {
        self.version.as_deref().is_some_and(|version| VERSIONS.contains(&version))
    }

    /// The word that the list of calls has for it.
    fn word(&self) -> &'static str {
        const WORDS: [&str; 7] = [
            "messages",
            "subscribed_apps",
            "messenger_profile",
            "message_templates",
            "subscriptions",
            "refresh_access_token",
            "me",
        ];
        let last = self.path.last().map_or("", String::as_str);
        WORDS.into_iter().find(|word| *word == last).unwrap_or(if self.path.len() == 1 { "object" } else { "unknown" })
    }
}

fn form(text: &[u8]) -> Parameters {
    let read = |(name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| {
        // Composite parameters travel as JSON text in forms.
        let composite = value.starts_with(['{', '[']).then(|| serde_json::from_str(&value).ok()).flatten();
        (name.into_owned(), composite.unwrap_or_else(|| Value::String(value.into_owned())))
    };
    url::form_urlencoded::parse(text).map(read).collect()
}

impl State {
    fn take(&mut self, door: Door, asked: &Asked, now: i64) -> Leaving {
        let account = self.gate(door, asked, now);
        if account.is_ok() && take_one(&mut self.faults.drop_request_next) {
            self.calls.note(asked.word(), None);
            return Leaving::Cut;
        }
        let mut answer = match &account {
            Ok(Some(account)) => self.call(account, asked, now),
            Ok(None) => self.habits.unversioned(self, door, asked, now).unwrap_or_else(|| Err(Refusal::version())),
            Err(refusal) => Err(refusal.clone()),
        };
        // A refused call has no effect whose answer could get lost, so it does not use these up.
        if answer.is_ok() && take_one(&mut self.faults.drop_reply_next) {
            self.calls.note(asked.word(), None);
            return Leaving::Cut;
        }
        if answer.is_ok() && take_one(&mut self.faults.fail_done_next) {
            answer = Err(Refusal::invalid_reply());
        }
        let status = answer.as_ref().map_or_else(|refusal| refusal.status, |_| 200);
        self.calls.note(asked.word(), Some(status));
        Leaving::Answer(answer, self.ids.text("A"))
    }

    /// Whose call it is, if it may be made at all; `None` for one without a version.
    fn gate(&mut self, door: Door, asked: &Asked, now: i64) -> Result<Option<String>, Refusal> {
        let account = if asked.version.is_some() {
            if !asked.is_versioned() {
                return Err(Refusal::version());
            }
            let token = asked.token.as_deref().ok_or_else(Refusal::no_token)?;
            let owner = self.owner(door, token).ok_or_else(Refusal::unparsable_token)?;
            self.accounts[&owner].tokens.check(token, now)?;
            Some(owner)
        } else {
            None
        };
        match self.faults.refuse {
            Refuse::Nothing => {}
            Refuse::Token => return Err(Refusal::revoked_token()),
            Refuse::Expired => return Err(Refusal::expired_token(now - HOUR_MS, now)),
            Refuse::Permission => return Err(Refusal::permission(self.habits.permission())),
            Refuse::Policy => return Err(Refusal::policy()),
        }
        for (left, refusal) in [
            (&mut self.faults.limit_next, Refusal::rate()),
            (&mut self.faults.limit_app_next, Refusal::app_limit()),
            (&mut self.faults.fail_next, Refusal::unavailable()),
        ] {
            if take_one(left) {
                return Err(refusal);
            }
        }
        Ok(account)
    }

    /// The account whose token this is, at this host.
    pub(crate) fn owner(&self, door: Door, token: &str) -> Option<String> {
        let owner = self.accounts.values().find(|account| account.door == door && account.tokens.knows(token));
        owner.map(|account| account.id.clone())
    }

    fn call(&mut self, account: &str, asked: &Asked, now: i64) -> Answer {
        let habits = self.habits;
        let (object, edge) = match asked.path.as_slice() {
            [object] => (object, None),
            [object, edge] => (object, Some(edge.as_str())),
            path => return Err(Refusal::unknown_path(&path.join("/"))),
        };
        if !self.accounts.get(account).is_some_and(|house| house.is(object)) {
            return Err(asked.unsupported());
        }
        if let Some(answer) = habits.edge(self, account, asked, now) {
            return answer;
        }
        match edge {
            None if asked.method == Method::GET => Ok(chosen(habits.object_of(&self.accounts[account]), asked)),
            Some("messages") if asked.method == Method::POST => self.send(account, asked, now),
            Some("subscribed_apps") => self.subscribed_apps(account, asked),
            Some("messenger_profile") => self.profile(account, asked),
            None | Some("messages" | "subscriptions") => Err(asked.unsupported()),
            Some(_) => Err(Refusal::unknown_path(&asked.path.join("/"))),
        }
    }
}

/// The fields that were asked for by `fields`, and `id`; all of them where none were.
fn chosen(object: Value, asked: &Asked) -> Value {
    let Some(fields) = asked.text("fields") else { return object };
    let Value::Object(mut object) = object else { return object };
    object.retain(|name, _| name == "id" || fields.split(',').any(|field| field.trim() == name));
    Value::Object(object)
}

fn take_one(left: &mut u32) -> bool {
    let one = *left > 0;
    *left -= u32::from(one);
    one
}
