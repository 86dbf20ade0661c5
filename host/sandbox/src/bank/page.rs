//! The hosted pay page: a plain HTML form in three languages at once, without script, that lets a person pay, decline
//! or walk away. It asks for no card data, because there is no card.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State as Shared};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::Bank;
use super::session::{PayAction, Session, Status};
use crate::gateways::paper::{amount, back_form, escape, form, page};

/// What the forms send.
#[derive(Deserialize)]
pub(super) struct Pressed {
    action: PayAction,
}

/// `GET /pay/{id}`: shows, changes nothing.
pub(super) async fn show(Shared(bank): Shared<Bank>, Path(id): Path<String>) -> Response {
    bank.with(|state, _| match state.session(&id) {
        Some(session) if state.common.outage => back(session.return_url()),
        Some(session) => page(StatusCode::OK, &session_page(session)),
        None => page(StatusCode::NOT_FOUND, "<h1>404</h1><p>Չի գտնվել · Не найдено · Not found</p>"),
    })
}

/// `POST /pay/{id}`: does what the payer pressed and sends the browser back to the merchant.
pub(super) async fn act(
    Shared(bank): Shared<Bank>,
    Path(id): Path<String>,
    pressed: Result<Form<Pressed>, FormRejection>,
) -> Response {
    let Ok(Form(pressed)) = pressed else {
        return page(StatusCode::BAD_REQUEST, "<h1>400</h1><p>action: pay, decline, close</p>");
    };
    let outage = bank.with(|state, _| state.common.outage);
    match bank.act(&id, if outage { PayAction::Close } else { pressed.action }) {
        Some(address) => back(address),
        None => page(StatusCode::NOT_FOUND, "<h1>404</h1><p>Չի գտնվել · Не найдено · Not found</p>"),
    }
}

/// Sends the browser back to the merchant.
fn back(address: String) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, address)]).into_response()
}

fn session_page(session: &Session) -> String {
    let order = escape(&session.order.merchant_order_id);
    let description = session.order.description.as_deref().map(escape).unwrap_or_default();
    let amount = amount(session.order.amount_minor, &session.order.currency);
    let (line, forms) = match session.status {
        Status::Created => (
            "Վճարում · Оплата · Payment",
            [
                ("pay", "Վճարել · Оплатить · Pay"),
                ("decline", "Մերժել · Отклонить · Decline"),
                ("close", "Փակել · Закрыть · Close"),
            ]
            .map(|(action, caption)| form(action, caption))
            .concat(),
        ),
        Status::Paid => ("Վճարված է · Оплачено · Paid", back_form()),
        Status::Failed => ("Մերժված է · Отклонено · Declined", back_form()),
        Status::Expired => ("Ժամկետն անցել է · Время вышло · Expired", back_form()),
        Status::Cancelled => ("Չեղարկված է · Отменено · Cancelled", back_form()),
        Status::Reversed => ("Վճարումը չեղարկված է · Оплата отменена · Reversed", back_form()),
        Status::ChargedBack => ("Վճարումը հետ է կանչված · Оплата опротестована · Charged back", back_form()),
    };
    format!(
        "<p class=bank>SANDBOX BANK</p><h1>{line}</h1><p class=amount>{amount}</p>\
         <p>{description}</p><p class=order>{order}</p>{forms}"
    )
}
