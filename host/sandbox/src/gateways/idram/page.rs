//! The payer's page: pay, be declined, or leave. The merchant is told while the payer waits, as Idram does it.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State as Shared};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::payment::Stage;
use super::{Act, Acted, Idram};
use crate::gateways::paper::{amount, back_form, escape, form, page};
use crate::locked;

/// What the forms send.
#[derive(Deserialize)]
pub(super) struct Pressed {
    action: Action,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Pay,
    Decline,
    Close,
}

/// `GET /payment/{id}`: shows, changes nothing.
pub(super) async fn show(Shared(idram): Shared<Idram>, Path(id): Path<String>) -> Response {
    let state = locked(&idram.state);
    let Some(index) = state.payment(&id) else { return unknown() };
    let payment = &state.payments[index];
    let (line, forms) = match payment.stage {
        Stage::Agreed => (
            "Վճարում · Оплата · Payment",
            [
                ("pay", "Վճարել · Оплатить · Pay"),
                ("decline", "Մերժել · Отклонить · Decline"),
                ("close", "Փակել · Закрыть · Close"),
            ]
            .map(|(action, caption)| form(action, caption))
            .concat(),
        ),
        _ => ("Ավարտված է · Завершено · Over", back_form()),
    };
    let sum = amount(payment.minor, "AMD");
    let (description, number) = (escape(&payment.description), escape(&payment.number));
    page(
        StatusCode::OK,
        &format!(
            "<p class=bank>SANDBOX IDRAM</p><h1>{line}</h1><p class=amount>{sum}</p>\
             <p>{description}</p><p class=order>{number}</p>{forms}"
        ),
    )
}

/// `POST /payment/{id}`: does what the payer pressed, tells the merchant where money moved, and sends the browser back.
pub(super) async fn act(
    Shared(idram): Shared<Idram>,
    Path(id): Path<String>,
    pressed: Result<Form<Pressed>, FormRejection>,
) -> Response {
    let Ok(Form(pressed)) = pressed else {
        return error_page(StatusCode::BAD_REQUEST, "action: pay, decline, close");
    };
    let act = match pressed.action {
        Action::Pay => Act::Pay,
        Action::Decline => Act::Decline,
        Action::Close => Act::Close,
    };
    let now = (idram.clock)();
    let (index, acted) = {
        let mut state = locked(&idram.state);
        let Some(index) = state.payment(&id) else { return unknown() };
        (index, state.act(&id, act, now))
    };
    match acted {
        Err(fault) => error_page(StatusCode::CONFLICT, &fault),
        Ok(Acted::Done) => error_page(StatusCode::OK, ""),
        Ok(Acted::Back(_)) => {
            // Apart from the browser: money that moved is confirmed though the browser hangs up.
            let confirming = idram.clone();
            tokio::spawn(async move { confirming.confirm_all(Some(index)).await }).await.ok();
            let back = locked(&idram.state).way_back(index);
            (StatusCode::SEE_OTHER, [(header::LOCATION, back)]).into_response()
        }
    }
}

fn unknown() -> Response {
    error_page(StatusCode::NOT_FOUND, "no such payment")
}

/// Idram's own words for what is wrong. It has nobody to send them to but the payer.
pub(super) fn error_page(status: StatusCode, fault: &str) -> Response {
    page(status, &format!("<p class=bank>SANDBOX IDRAM</p><h1>{}</h1><p>{}</p>", status.as_u16(), escape(fault)))
}
