//! The portal's door: which address was asked, what is refused before a method is looked at, forced faults, and the answer. It must
//! not know what a method does, and writes no path down, because the secret is in it.

use axum::body::Bytes;
use axum::extract::{ConnectInfo, State as Shared};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use super::caller::Caller;
use super::refusal::{Parameters, Refusal};
use super::{Asked, Bitrix24, State, brackets, consent, methods, tasks_new};
use crate::listener::Wire;

/// A request as it came.
pub(super) struct Request<'r> {
    pub(super) method: &'r Method,
    pub(super) uri: &'r Uri,
    pub(super) headers: &'r HeaderMap,
    pub(super) body: &'r [u8],
}

/// An answer, unless the connection is cut instead.
pub(super) type Answer = Option<Response>;

/// Which address was asked.
enum Address<'a> {
    Webhook { user: &'a str, secret: &'a str, method: &'a str, is_new: bool },
    App { method: &'a str, is_new: bool },
    Consent,
    Tokens,
    Nowhere,
}

impl<'a> Address<'a> {
    fn of(path: &'a str) -> Self {
        match path.trim_matches('/').split('/').collect::<Vec<_>>().as_slice() {
            ["oauth", "authorize"] => Self::Consent,
            ["oauth", "token"] => Self::Tokens,
            ["rest", "api", user, secret, method] => Self::Webhook { user, secret, method, is_new: true },
            ["rest", "api", method] => Self::App { method, is_new: true },
            ["rest", user, secret, method] => Self::Webhook { user, secret, method, is_new: false },
            ["rest", method] => Self::App { method, is_new: false },
            _ => Self::Nowhere,
        }
    }
}

/// Answers whatever the portal is asked.
pub(super) async fn answer(
    Shared(portal): Shared<Bitrix24>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = Request { method: &method, uri: &uri, headers: &headers, body: &body };
    portal.with(|state, now| state.answer(&request, now)).unwrap_or_else(|| {
        wire.cut();
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    })
}

impl State {
    fn answer(&mut self, request: &Request, now: i64) -> Answer {
        let address = Address::of(request.uri.path());
        let named = match &address {
            Address::Webhook { method, is_new: true, .. } | Address::App { method, is_new: true } => {
                tasks_new::known(method).map(|(name, _, _)| name)
            }
            Address::Webhook { method, .. } | Address::App { method, .. } => {
                methods::known(method).map(|(name, _, _)| name)
            }
            Address::Consent => Some("oauth/authorize"),
            Address::Tokens => Some("oauth/token"),
            Address::Nowhere => None,
        };
        let answer = self.at_the_door(request).unwrap_or_else(|| match address {
            Address::Consent => Some(consent::page(self, request, now)),
            Address::Tokens => self.give_tokens(request, now),
            Address::Nowhere => Some(refused(&Refusal::new(401, "NO_AUTH_FOUND", "Wrong authorization data"))),
            Address::Webhook { .. } | Address::App { .. } => self.call(request, &address, now),
        });
        self.calls.note(named.unwrap_or("unknown"), answer.as_ref().map(|answer| answer.status().as_u16()));
        answer
    }

    /// What stands before the portal answers in its place. Outer `None`: nothing does.
    fn at_the_door(&mut self, request: &Request) -> Option<Answer> {
        if self.faults.drop_request_next > 0 {
            self.faults.drop_request_next -= 1;
            return Some(None);
        }
        if self.faults.down {
            const PAGE: &str = "<html><head><title>503 Service Temporarily Unavailable</title></head></html>";
            let html = [(header::CONTENT_TYPE, "text/html")];
            return Some(Some((StatusCode::SERVICE_UNAVAILABLE, html, PAGE).into_response()));
        }
        if let Some(moved_to) = self.moved_to(request) {
            return Some(Some((StatusCode::FOUND, [(header::LOCATION, moved_to)]).into_response()));
        }
        let deleted = || Refusal::new(500, "PORTAL_DELETED", "Portal was deleted");
        self.faults.portal_deleted.then(|| Some(refused(&deleted())))
    }

    /// Where a renamed portal sends whoever still asks at its old host.
    fn moved_to(&self, request: &Request) -> Option<String> {
        let root = self.renamed_to.as_ref()?;
        let asked = request.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let asked = asked.or_else(|| request.uri.authority().map(axum::http::uri::Authority::as_str));
        let rest = request.uri.path_and_query().map_or("/", axum::http::uri::PathAndQuery::as_str);
        (asked != Some(&self.domain())).then(|| format!("{root}{rest}"))
    }

    fn give_tokens(&mut self, request: &Request, now: i64) -> Answer {
        if *request.method != Method::GET {
            return Some(refused(&Refusal::new(400, "invalid_request", "Ask with GET")));
        }
        match self.tokens_for(&brackets::read(request.uri.query().unwrap_or_default()), now) {
            Ok((_, true)) if self.faults.drop_refresh_reply_next > 0 => {
                self.faults.drop_refresh_reply_next -= 1;
                None
            }
            Ok((given, _)) => Some(([(header::CACHE_CONTROL, "no-store")], axum::Json(given)).into_response()),
            Err(refusal) => Some(refused(&refusal)),
        }
    }

    fn call(&mut self, request: &Request, address: &Address, now: i64) -> Answer {
        let outcome = self.outcome(request, address, now);
        match outcome {
            // A refused call has no effect whose answer could get lost, so it does not use the fault up.
            Ok(_) if self.faults.drop_reply_next > 0 => {
                self.faults.drop_reply_next -= 1;
                None
            }
            Ok(answer) => {
                self.limits.answered(now);
                Some(answer)
            }
            Err(refusal) => Some(refused(&refusal)),
        }
    }

    fn outcome(&mut self, request: &Request, address: &Address, now: i64) -> Result<Response, Refusal> {
        let (caller, method, is_new) = match *address {
            Address::Webhook { user, secret, method, is_new } => (self.webhook(user, secret)?, method, is_new),
            Address::App { method, is_new } => {
                // The token stands among the parameters; whether those are right is looked at later.
                let given = parameters(request, is_new).unwrap_or_default();
                (self.app(&given, now)?, method, is_new)
            }
            Address::Consent | Address::Tokens | Address::Nowhere => return Err(methods::unknown()),
        };
        self.gate(request.method, now)?;
        if is_new {
            return self.new_outcome(request, &caller, method, now);
        }
        let (_, scope, call) = methods::known(method).ok_or_else(methods::unknown)?;
        caller.wants(scope)?;
        let given = parameters(request, false)?;
        let found = call(self, &Asked { caller: &caller, parameters: &given, now })?;
        Ok(axum::Json(found.envelope(now)).into_response())
    }

    fn new_outcome(&mut self, request: &Request, caller: &Caller, method: &str, now: i64) -> Result<Response, Refusal> {
        let known = tasks_new::known(method)
            .ok_or_else(|| Refusal::new_style(404, "METHODNOTFOUNDEXCEPTION", "Method not found"));
        let (name, scope, work) = known?;
        caller.wants_new(scope)?;
        let given = parameters(request, true)?;
        let key = request.headers.get("idempotency-key");
        // What is no text is no key either.
        let key = key.map(|key| key.to_str().unwrap_or_default());
        let asked = Asked { caller, parameters: &given, now };
        let replied = self.once(&asked, (name, work), key, request.body)?;
        let mut answer = axum::Json(replied.body).into_response();
        if let Some(key) = request.headers.get("idempotency-key") {
            answer.headers_mut().insert("idempotency-key", key.clone());
        }
        if replied.is_replay {
            answer.headers_mut().insert("idempotent-replayed", header::HeaderValue::from_static("true"));
        }
        Ok(answer)
    }

    /// What is refused before the method is looked at.
    fn gate(&mut self, method: &Method, now: i64) -> Result<(), Refusal> {
        if self.faults.plan_ended {
            return Err(Refusal::new(403, "ACCESS_DENIED", "REST API is available only on commercial plans"));
        }
        if !matches!(*method, Method::GET | Method::POST) {
            return Err(Refusal::new(405, "METHOD_NOT_ALLOWED", "Only GET and POST are allowed"));
        }
        let forced = self.faults.limit_next > 0;
        self.faults.limit_next = self.faults.limit_next.saturating_sub(1);
        if !self.limits.take(now, forced) {
            return Err(Refusal::new(503, "QUERY_LIMIT_EXCEEDED", "Too many requests"));
        }
        if self.faults.overload {
            self.limits.refused(now);
            return Err(Refusal::new(503, "OVERLOAD_LIMIT", "REST API is blocked due to overload"));
        }
        if self.faults.operating_limit {
            if self.limits.is_blocked(now) {
                self.limits.refused(now);
                return Err(Refusal::new(
                    429,
                    "OPERATION_TIME_LIMIT",
                    "Method is blocked due to operation time limit.",
                ));
            }
            self.faults.operating_limit = false;
            self.limits.unblock();
        }
        self.limits.admitted();
        if self.faults.fail_next > 0 {
            self.faults.fail_next -= 1;
            return Err(Refusal::new(500, "INTERNAL_SERVER_ERROR", "Internal server error"));
        }
        Ok(())
    }
}

/// The query, and over it the JSON body. This double takes no other form of body, so that a guest which forgets the header is found
/// out. REST 3.0 reads no query.
fn parameters(request: &Request, is_new: bool) -> Result<Parameters, Refusal> {
    let mut given = match request.uri.query() {
        Some(query) if !is_new => brackets::read(query),
        _ => Map::new(),
    };
    if request.body.is_empty() {
        return Ok(given);
    }
    let invalid = |description: &str| {
        if is_new {
            Refusal::new_style(400, "INVALIDJSONEXCEPTION", description)
        } else {
            Refusal::new(400, "INVALID_REQUEST", description)
        }
    };
    let content_type = request.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if content_type.unwrap_or_default().split(';').next().map(str::trim) != Some("application/json") {
        return Err(invalid("Send the parameters as application/json."));
    }
    let body: Map<String, Value> =
        serde_json::from_slice(request.body).map_err(|_| invalid("The body is not a JSON object."))?;
    given.extend(body);
    Ok(given)
}

pub(super) fn refused(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, axum::Json(refusal.body())).into_response()
}
