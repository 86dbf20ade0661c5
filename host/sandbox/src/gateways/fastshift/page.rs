//! The payer's page: pay, refuse, or leave.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State as Shared};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::order::Order;
use super::{Act, Acted, FastShift};
use crate::gateways::paper::{amount, back_form, escape, form, page};

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

/// `GET /order/{guid}`: shows, changes nothing.
pub(super) async fn show(Shared(fastshift): Shared<FastShift>, Path(id): Path<String>) -> Response {
    fastshift.with(|state, _| match state.order(&id).map(|index| &state.orders[index]) {
        None => unknown(),
        Some(order) if state.faults.outage => back(order.way_back()),
        Some(order) => page(StatusCode::OK, &order_page(order)),
    })
}

/// `POST /order/{guid}`: does what the payer pressed and sends the browser back to the merchant.
pub(super) async fn act(
    Shared(fastshift): Shared<FastShift>,
    Path(id): Path<String>,
    pressed: Result<Form<Pressed>, FormRejection>,
) -> Response {
    let Ok(Form(pressed)) = pressed else {
        return page(StatusCode::BAD_REQUEST, "<h1>400</h1><p>action: pay, decline, close</p>");
    };
    let act = match pressed.action {
        Action::Pay => Act::Pay,
        Action::Decline => Act::Decline,
        Action::Close => Act::Close,
    };
    fastshift.with(|state, now| {
        if state.order(&id).is_none() {
            return unknown();
        }
        match state.act(&id, act, now) {
            Ok(Acted::Back(url)) => back(url),
            Ok(Acted::Done) => page(StatusCode::OK, ""),
            Err(fault) => page(StatusCode::CONFLICT, &format!("<h1>409</h1><p>{}</p>", escape(&fault))),
        }
    })
}

fn back(url: String) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, url)]).into_response()
}

fn unknown() -> Response {
    page(StatusCode::NOT_FOUND, "<h1>404</h1><p>Չի գտնվել · Не найдено · Not found</p>")
}

fn order_page(order: &Order) -> String {
    let (line, forms) = match order.status {
        "pending" => (
            "Վճարում · Оплата · Payment",
            [
                ("pay", "Վճարել · Оплатить · Pay"),
                ("decline", "Մերժել · Отклонить · Decline"),
                ("close", "Փակել · Закрыть · Close"),
            ]
            .map(|(action, caption)| form(action, caption))
            .concat(),
        ),
        "completed" => ("Վճարված է · Оплачено · Paid", back_form()),
        "rejected" => ("Մերժված է · Отклонено · Declined", back_form()),
        _ => ("Ժամկետն անցել է · Время вышло · Expired", back_form()),
    };
    let sum = amount(i64::try_from(order.amount).unwrap_or(i64::MAX).saturating_mul(100), "AMD");
    let (description, number) = (escape(&order.request.description), escape(&order.request.order_number));
    format!(
        "<p class=bank>SANDBOX FASTSHIFT</p><h1>{line}</h1><p class=amount>{sum}</p>\
         <p>{description}</p><p class=order>{number}</p>{forms}"
    )
}
