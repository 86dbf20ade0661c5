//! The payment page: `Payments/Pay?id={PaymentID}&lang={am|ru|en}`. It asks for no card data, because there is no card.

use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Form, Query, State as Shared};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::Ameriabank;
use super::order::{Order, Status};
use crate::gateways::paper::{amount, back_form, escape, form, page};
use crate::gateways::{Act, Acted, Gateway};

#[derive(Deserialize)]
pub(super) struct Asked {
    id: String,
    #[serde(default = "armenian")]
    lang: String,
}

fn armenian() -> String {
    "am".to_owned()
}

#[derive(Deserialize)]
pub(super) struct Pressed {
    action: String,
}

fn not_found() -> Response {
    page(StatusCode::NOT_FOUND, "<h1>404</h1><p>Չի գտնվել · Не найдено · Not found</p>")
}

/// Shows, changes nothing.
pub(super) async fn show(Shared(bank): Shared<Ameriabank>, asked: Result<Query<Asked>, QueryRejection>) -> Response {
    let Ok(Query(asked)) = asked else { return not_found() };
    if !["am", "ru", "en"].contains(&asked.lang.as_str()) {
        return page(StatusCode::BAD_REQUEST, "<h1>400</h1><p>lang: am, ru, en</p>");
    }
    bank.with(|state, now| match state.order(&asked.id) {
        // For weeks the bank's own sandbox sent every payer straight back like this.
        Some(order) if state.faults.outage => {
            (StatusCode::FOUND, [(header::LOCATION, order.back("0999", "Authorization was not started"))])
                .into_response()
        }
        Some(order) => page(StatusCode::OK, &order_page(order, now)),
        None => not_found(),
    })
}

/// Does what the payer pressed and sends the browser back to the merchant.
pub(super) async fn act(
    Shared(bank): Shared<Ameriabank>,
    asked: Result<Query<Asked>, QueryRejection>,
    pressed: Result<Form<Pressed>, FormRejection>,
) -> Response {
    let Ok(Query(asked)) = asked else { return not_found() };
    let act = match pressed.as_ref().map(|Form(pressed)| pressed.action.as_str()) {
        Ok("pay") => Act::Pay,
        Ok("decline") => Act::Decline,
        Ok("close") => Act::Close,
        _ => return page(StatusCode::BAD_REQUEST, "<h1>400</h1><p>action: pay, decline, close</p>"),
    };
    match bank.act(&asked.id, act) {
        Ok(Acted::Back(back)) => (StatusCode::FOUND, [(header::LOCATION, back)]).into_response(),
        Ok(Acted::Done) | Err(_) => not_found(),
    }
}

fn order_page(order: &Order, now: i64) -> String {
    let (line, forms) = match order.status {
        Status::Untried if order.is_over(now) => ("Ժամկետն անցել է · Время вышло · Expired", back_form()),
        Status::Untried | Status::Approved | Status::AutoAuthorized => (
            "Վճարում · Оплата · Payment",
            [
                ("pay", "Վճարել · Оплатить · Pay"),
                ("decline", "Մերժել · Отклонить · Decline"),
                ("close", "Փակել · Закрыть · Close"),
            ]
            .map(|(action, caption)| form(action, caption))
            .concat(),
        ),
        Status::Deposited => ("Վճարված է · Оплачено · Paid", back_form()),
        Status::Refunded => ("Գումարը վերադարձված է · Деньги возвращены · Refunded", back_form()),
        Status::Void => ("Վճարումը չեղարկված է · Оплата отменена · Reversed", back_form()),
        Status::Declined => ("Մերժված է · Отклонено · Declined", back_form()),
        Status::OutOfTime => ("Ժամկետն անցել է · Время вышло · Expired", back_form()),
    };
    let amount = amount(order.asked.minor, order.letters());
    let (description, number) = (escape(&order.asked.description), order.order_id);
    format!(
        "<p class=bank>SANDBOX AMERIABANK</p><h1>{line}</h1><p class=amount>{amount}</p>\
         <p>{description}</p><p class=order>{number}</p>{forms}"
    )
}
