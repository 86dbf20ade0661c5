//! The entry for browsers: `POST /Payment/GetPayment`, an HTML form. It checks every field and says which one is wrong.

use axum::body::Bytes;
use axum::extract::{ConnectInfo, State as Shared};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::page::error_page;
use super::payment::{Payment, Stage};
use super::{Idram, State};
use crate::gateways::Reply;
use crate::listener::Wire;
use crate::locked;

/// What the form asks for.
#[derive(Default)]
struct Entry {
    account: String,
    number: String,
    minor: i64,
    written: String,
    description: String,
    own: Vec<(String, String)>,
}

/// Answers everything that is not the page of a payment.
pub(super) async fn answer(
    Shared(idram): Shared<Idram>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let known = uri.path() == "/Payment/GetPayment";
    let response = if known { begin(&idram, &wire, &method, &headers, &body).await } else { lost() };
    let name = if known { "GetPayment" } else { "unknown" };
    let status = (!wire.is_cut()).then(|| response.status().as_u16());
    locked(&idram.state).calls.note(name, status);
    response
}

fn lost() -> Response {
    error_page(StatusCode::NOT_FOUND, "no such address")
}

async fn begin(idram: &Idram, wire: &Wire, method: &Method, headers: &HeaderMap, body: &[u8]) -> Response {
    if method != Method::POST {
        return error_page(StatusCode::METHOD_NOT_ALLOWED, "send the form by POST");
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().map(str::trim) != Some("application/x-www-form-urlencoded") {
        return error_page(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send application/x-www-form-urlencoded");
    }
    let faults = locked(&idram.state).faults.clone();
    match faults.start {
        Reply::DropRequest => {
            wire.cut();
            return error_page(StatusCode::INTERNAL_SERVER_ERROR, "");
        }
        Reply::Fail => return error_page(StatusCode::INTERNAL_SERVER_ERROR, "Idram is out of order"),
        Reply::Ok | Reply::DropReply => {}
    }
    let entry = match read(body) {
        Ok(entry) => entry,
        Err(fault) => return error_page(StatusCode::BAD_REQUEST, &fault),
    };
    let registered = locked(&idram.state).register(entry);
    let Some(index) = registered else {
        return error_page(StatusCode::BAD_REQUEST, "EDP_REC_ACCOUNT: no merchant has this IdramID");
    };
    // Apart from the browser: the question goes on when the browser hangs up.
    let asking = idram.clone();
    let no_question = locked(&idram.state).switches.no_question;
    let asked = tokio::spawn(async move {
        if asking.faults_outage() {
            locked(&asking.state).payments[index].stage = Stage::Closed;
        } else if no_question {
            locked(&asking.state).payments[index].stage = Stage::Agreed;
        } else {
            asking.ask(index).await;
        }
    });
    // A question that panicked leaves the payment unanswered, which the page says.
    asked.await.ok();
    if faults.start == Reply::DropReply {
        wire.cut();
    }
    let state = locked(&idram.state);
    let payment = &state.payments[index];
    let to = match payment.stage {
        Stage::Agreed => format!("{}/payment/{}", idram.base_url, payment.id),
        _ => state.way_back(index),
    };
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

impl Idram {
    fn faults_outage(&self) -> bool {
        locked(&self.state).faults.outage
    }
}

impl State {
    fn register(&mut self, entry: Entry) -> Option<usize> {
        self.merchants.iter().find(|merchant| merchant.account == entry.account)?;
        self.payments.push(Payment {
            id: self.ids.text(""),
            account: entry.account,
            number: entry.number,
            minor: entry.minor,
            written: entry.written,
            description: entry.description,
            own: entry.own,
            stage: Stage::Asking,
            refunded_minor: 0,
        });
        Some(self.payments.len() - 1)
    }
}

/// Reads the form, or says which field is wrong and why.
fn read(body: &[u8]) -> Result<Entry, String> {
    let mut entry = Entry::default();
    let mut seen: Vec<String> = Vec::new();
    for (name, value) in url::form_urlencoded::parse(body) {
        let (name, value) = (name.into_owned(), value.into_owned());
        if [&name, &value].iter().any(|text| text.contains('\u{fffd}')) {
            return Err(format!("{name}: must be UTF-8"));
        }
        if seen.contains(&name) {
            return Err(format!("{name}: stands there twice"));
        }
        seen.push(name.clone());
        match name.as_str() {
            "EDP_LANGUAGE" if ["AM", "RU", "EN"].contains(&value.as_str()) => {}
            "EDP_LANGUAGE" => return Err("EDP_LANGUAGE: must be EN, AM or RU".to_owned()),
            "EDP_REC_ACCOUNT" => entry.account = value,
            "EDP_DESCRIPTION" => entry.description = value,
            "EDP_AMOUNT" => {
                entry.minor = hundredths(&value)
                    .ok_or("EDP_AMOUNT: must be above zero, with a dot and at most two digits after it")?;
                entry.written = value;
            }
            "EDP_BILL_NO" => entry.number = value,
            "EDP_EMAIL" if value.contains('@') => {}
            "EDP_EMAIL" => return Err("EDP_EMAIL: must be an e-mail address".to_owned()),
            other if other.starts_with("EDP_") => return Err(format!("{other}: unknown field")),
            _ => entry.own.push((name, value)),
        }
    }
    for (name, empty) in [
        ("EDP_LANGUAGE", !seen.iter().any(|name| name == "EDP_LANGUAGE")),
        ("EDP_REC_ACCOUNT", entry.account.is_empty()),
        ("EDP_DESCRIPTION", entry.description.is_empty()),
        ("EDP_AMOUNT", entry.written.is_empty()),
        ("EDP_BILL_NO", entry.number.is_empty()),
    ] {
        if empty {
            return Err(format!("{name}: is required"));
        }
    }
    Ok(entry)
}

/// Hundredths of a dram from `1500`, `1500.5` or `1500.50`.
fn hundredths(text: &str) -> Option<i64> {
    let mut digits = String::new();
    let mut after_the_dot: Option<u32> = None;
    for mark in text.chars() {
        match mark {
            '0'..='9' => {
                digits.push(mark);
                after_the_dot = after_the_dot.map(|count| count + 1);
            }
            '.' if after_the_dot.is_none() && !digits.is_empty() => after_the_dot = Some(0),
            _ => return None,
        }
    }
    let number: i64 = digits.parse().ok()?;
    let scale = match after_the_dot {
        None => 100,
        Some(1) => 10,
        Some(2) => 1,
        Some(_) => return None,
    };
    number.checked_mul(scale).filter(|minor| *minor > 0)
}
