//! The API's door: the token, the limit, forced faults, the addresses, and how answers are wrapped. It must not know what a call
//! does.

use axum::body::Bytes;
use axum::extract::{ConnectInfo, State as Shared};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::faults::take_one;
use super::query::Query;
use super::refusal::Refusal;
use super::{Amocrm, State};
use crate::listener::Wire;

/// What a call found.
pub(super) enum Found {
    /// A status, and `application/hal+json`.
    Some(u16, Value),
    /// 204, and not a byte.
    Empty,
}

impl Found {
    pub(super) fn some(found: Value) -> Self {
        Self::Some(200, found)
    }

    /// A page of a list, or 204 where there is nothing on it.
    pub(super) fn list(page: Option<Value>) -> Self {
        page.map_or(Self::Empty, Self::some)
    }

    fn status(&self) -> u16 {
        match self {
            Self::Some(status, _) => *status,
            Self::Empty => 204,
        }
    }
}

pub(super) type Answer = Result<Found, Refusal>;

/// Addresses of the API below `/api/v4/`, with the ids in them.
enum Place {
    Account,
    Users,
    User(i64),
    Pipelines,
    Pipeline(i64),
    Fields,
    Field(i64),
    Leads,
    Lead(i64),
    Notes(i64),
    Note(i64, i64),
    Link(i64, bool),
    Links(i64),
    Contacts,
    Contact(i64),
    Tasks,
    Task(i64),
    Catalogs,
    CatalogFields(i64),
    Elements(i64),
    Element(i64, i64),
    Hooks,
}

impl Place {
    /// The place of a path, and the word that the list of calls has for it.
    fn of(path: &str) -> Option<(Self, &'static str)> {
        let parts: Vec<&str> = path.strip_prefix("/api/v4/")?.split('/').collect();
        let id = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        Some(match parts.as_slice() {
            ["account"] => (Self::Account, "account"),
            ["users"] => (Self::Users, "users"),
            ["users", user] => (Self::User(id(user)?), "users"),
            ["leads", "pipelines"] => (Self::Pipelines, "pipelines"),
            ["leads", "pipelines", pipeline] => (Self::Pipeline(id(pipeline)?), "pipelines"),
            ["leads", "custom_fields"] => (Self::Fields, "custom_fields"),
            ["leads", "custom_fields", field] => (Self::Field(id(field)?), "custom_fields"),
            ["leads"] => (Self::Leads, "leads"),
            ["leads", lead] => (Self::Lead(id(lead)?), "lead"),
            ["leads", lead, "notes"] => (Self::Notes(id(lead)?), "notes"),
            ["leads", lead, "notes", note] => (Self::Note(id(lead)?, id(note)?), "notes"),
            ["leads", lead, "link"] => (Self::Link(id(lead)?, true), "link"),
            ["leads", lead, "unlink"] => (Self::Link(id(lead)?, false), "unlink"),
            ["leads", lead, "links"] => (Self::Links(id(lead)?), "links"),
            ["contacts"] => (Self::Contacts, "contacts"),
            ["contacts", contact] => (Self::Contact(id(contact)?), "contacts"),
            ["tasks"] => (Self::Tasks, "tasks"),
            ["tasks", task] => (Self::Task(id(task)?), "tasks"),
            ["catalogs"] => (Self::Catalogs, "catalogs"),
            ["catalogs", catalog, "custom_fields"] => (Self::CatalogFields(id(catalog)?), "catalogs"),
            ["catalogs", catalog, "elements"] => (Self::Elements(id(catalog)?), "elements"),
            ["catalogs", catalog, "elements", element] => (Self::Element(id(catalog)?, id(element)?), "elements"),
            ["webhooks"] => (Self::Hooks, "webhooks"),
            _ => return None,
        })
    }
}

/// Answers a call of the API.
pub(super) async fn answer(
    Shared(amocrm): Shared<Amocrm>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answer = amocrm.with(|state, now| state.take(&method, &uri, &headers, &body, now));
    match answer {
        Some(Ok(Found::Some(status, found))) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            (status, [(header::CONTENT_TYPE, "application/hal+json")], found.to_string()).into_response()
        }
        Some(Ok(Found::Empty)) => StatusCode::NO_CONTENT.into_response(),
        Some(Err(refusal)) => refusal.into_response(),
        None => {
            wire.cut();
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The JSON of a body. This double takes no other form, so that a caller which forgets the header is found out.
pub(super) fn json_of(headers: &HeaderMap, body: &[u8]) -> Result<Value, Refusal> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if content_type.split(';').next().map(str::trim) != Some("application/json") {
        return Err(Refusal::bad("Send the body as application/json."));
    }
    serde_json::from_slice(body).map_err(|_| Refusal::bad("The body is not JSON."))
}

impl State {
    /// What is refused whatever is asked, because it never comes as far as the service.
    pub(super) fn stand_before(&self) -> Option<Refusal> {
        if self.limits.banned {
            return Some(Refusal::banned());
        }
        self.faults.down.then(Refusal::down)
    }

    /// Does a call; `None` cuts the connection.
    fn take(&mut self, method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8], now: i64) -> Option<Answer> {
        let place = Place::of(uri.path());
        let word = place.as_ref().map_or("unknown", |(_, word)| word);
        let gate = self.gate(headers, now);
        if gate.is_ok() && take_one(&mut self.faults.drop_request_next) {
            self.calls.note(word, None);
            return None;
        }
        let query = Query::read(uri.query().unwrap_or_default());
        let answer = gate.and_then(|()| {
            let (place, _) = place.ok_or_else(|| Refusal::missing("Address"))?;
            match *method {
                Method::GET => self.look(&place, &query),
                Method::POST | Method::PATCH | Method::DELETE => {
                    if !place_takes(&place, method) {
                        return Err(Refusal::verb());
                    }
                    let body = json_of(headers, body)?;
                    let items = body.as_array().map_or(1, Vec::len);
                    let bound = usize::try_from(self.faults.slow_batch_over).unwrap_or(usize::MAX);
                    if bound > 0 && items > bound {
                        return Err(Refusal::slow());
                    }
                    self.change(&place, method, &body, now)
                }
                _ => Err(Refusal::verb()),
            }
        });
        // A refused call has no effect whose answer could get lost, so it does not use the fault up.
        if answer.is_ok() && take_one(&mut self.faults.drop_reply_next) {
            self.calls.note(word, None);
            return None;
        }
        self.calls.note(word, Some(answer.as_ref().map_or_else(|refusal| refusal.status, Found::status)));
        Some(answer)
    }

    /// What is refused before the address is looked at.
    fn gate(&mut self, headers: &HeaderMap, now: i64) -> Result<(), Refusal> {
        if let Some(refusal) = self.stand_before() {
            return Err(refusal);
        }
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let token = bearer.split_once(' ').filter(|(word, _)| word.eq_ignore_ascii_case("bearer"));
        if !token.is_some_and(|(_, token)| self.tokens.is_alive(token, now)) {
            return Err(Refusal::token());
        }
        if take_one(&mut self.faults.expire_access_after) && self.faults.expire_access_after == 0 {
            self.tokens.expire_access();
        }
        if self.faults.unpaid {
            return Err(Refusal::unpaid());
        }
        if self.faults.no_rights {
            return Err(Refusal::rights());
        }
        let forced = now >= self.limits.wait_until && take_one(&mut self.faults.limit_next);
        self.limits.take(forced, self.faults.retry_after_s, self.faults.plain_limit, now)?;
        if take_one(&mut self.faults.fail_next) {
            return Err(Refusal::failure());
        }
        Ok(())
    }

    fn look(&self, place: &Place, query: &Query) -> Answer {
        match *place {
            Place::Account => Ok(Found::some(self.shown_account())),
            Place::Users => self.list_users(query),
            Place::User(id) => self.get_user(id),
            Place::Pipelines => Ok(Found::some(self.shown_pipelines())),
            Place::Pipeline(id) => self.get_pipeline(id),
            Place::Fields => self.list_fields(query),
            Place::Field(id) => self.get_field(id),
            Place::Leads => self.list_leads(query),
            Place::Lead(id) => self.get_lead(id, query),
            Place::Notes(lead) => self.list_notes(lead, query),
            Place::Note(lead, id) => self.get_note(lead, id),
            Place::Links(lead) => self.list_links(lead),
            Place::Contacts => self.list_contacts(query),
            Place::Contact(id) => self.get_contact(id, query),
            Place::Tasks => self.list_tasks(query),
            Place::Task(id) => self.get_task(id),
            Place::Catalogs => self.list_catalogs(query),
            Place::CatalogFields(id) => self.list_catalog_fields(id, query),
            Place::Elements(catalog) => self.list_elements(catalog, query),
            Place::Element(catalog, id) => self.get_element(catalog, id, query),
            Place::Hooks => Ok(self.list_hooks(query)),
            Place::Link(..) => Err(Refusal::verb()),
        }
    }

    fn change(&mut self, place: &Place, method: &Method, body: &Value, now: i64) -> Answer {
        let posts = *method == Method::POST;
        match *place {
            Place::Fields => self.add_fields(body),
            Place::Leads if posts => self.add_leads(body, now),
            Place::Leads => self.change_leads(body, now),
            Place::Lead(id) => self.change_lead(id, body, now),
            Place::Notes(lead) => self.add_notes(lead, body, now),
            Place::Note(lead, id) => self.change_note(lead, id, body, now),
            Place::Link(lead, links) => self.link_to_lead(lead, body, links),
            Place::Tasks => self.add_tasks(body, now),
            Place::Task(id) => self.change_task(id, body, now),
            Place::Elements(catalog) if posts => self.add_elements(catalog, body, now),
            Place::Elements(catalog) => self.change_elements(catalog, body, now),
            Place::Element(catalog, id) => self.change_element(catalog, id, body, now),
            Place::Hooks if posts => self.set_hook(body, now),
            Place::Hooks => self.remove_hook(body),
            Place::Account
            | Place::Users
            | Place::User(_)
            | Place::Pipelines
            | Place::Pipeline(_)
            | Place::Field(_)
            | Place::Links(_)
            | Place::Contacts
            | Place::Contact(_)
            | Place::Catalogs
            | Place::CatalogFields(_) => Err(Refusal::verb()),
        }
    }
}

/// Whether calls with this verb change something there.
fn place_takes(place: &Place, method: &Method) -> bool {
    let verbs: &[Method] = match place {
        Place::Leads | Place::Elements(_) => &[Method::POST, Method::PATCH],
        Place::Fields | Place::Notes(_) | Place::Tasks | Place::Link(..) => &[Method::POST],
        Place::Lead(_) | Place::Note(..) | Place::Task(_) | Place::Element(..) => &[Method::PATCH],
        Place::Hooks => &[Method::POST, Method::DELETE],
        Place::Account
        | Place::Users
        | Place::User(_)
        | Place::Pipelines
        | Place::Pipeline(_)
        | Place::Field(_)
        | Place::Links(_)
        | Place::Contacts
        | Place::Contact(_)
        | Place::Catalogs
        | Place::CatalogFields(_) => &[],
    };
    verbs.contains(method)
}
