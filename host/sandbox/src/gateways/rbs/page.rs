//! The hosted page: pay, be declined, or walk away. It asks for no card data, because there is no card.

use axum::extract::{Form, Query, State as Shared};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::order::{Order, State};
use super::{Act, Acted, Rbs, request};
use crate::gateways::paper;

/// Which order's page it is.
#[derive(Deserialize)]
pub(super) struct Opened {
    #[serde(rename = "mdOrder", default)]
    md_order: String,
}

/// What the forms send.
#[derive(Deserialize)]
pub(super) struct Pressed {
    action: String,
}

/// Every other address.
pub(super) async fn nothing() -> Response {
    paper::page(StatusCode::NOT_FOUND, "<h1>404</h1><p>Չի գտնվել · Не найдено · Not found</p>")
}

/// Shows the page and changes nothing; a gateway that is out of order sends the payer straight back.
pub(super) async fn show(Shared(rbs): Shared<Rbs>, Query(opened): Query<Opened>) -> Response {
    let shown = rbs.with(|books, _| {
        let place = books.place(&opened.md_order)?;
        Some(if books.faults.outage {
            back(&books.return_url(place))
        } else {
            paper::page(StatusCode::OK, &order_page(&books.orders[place]))
        })
    });
    match shown {
        Some(shown) => shown,
        None => nothing().await,
    }
}

/// Does what the payer pressed and sends the browser back. An order that is over only leads back.
pub(super) async fn act(
    Shared(rbs): Shared<Rbs>,
    Query(opened): Query<Opened>,
    Form(pressed): Form<Pressed>,
) -> Response {
    let wanted = match pressed.action.as_str() {
        "pay" => Act::Pay,
        "decline" => Act::Decline,
        "close" => Act::Close,
        _ => return paper::page(StatusCode::BAD_REQUEST, "<h1>400</h1><p>action: pay, decline, close</p>"),
    };
    let led = rbs.with(|books, now| {
        books.act(&opened.md_order, wanted, now).or_else(|_| books.act(&opened.md_order, Act::Close, now))
    });
    match led {
        Ok(Acted::Back(url)) => back(&url),
        Ok(Acted::Done) | Err(_) => nothing().await,
    }
}

fn back(url: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, url.to_owned())]).into_response()
}

fn order_page(order: &Order) -> String {
    let number = paper::escape(&order.asked.order_number);
    let description = paper::escape(&order.asked.description);
    let amount = paper::amount(order.asked.amount_minor, request::letters(order.asked.currency));
    let (line, forms) = match order.state {
        State::Created | State::AtAcs => (
            "Վճարում · Оплата · Payment",
            [
                ("pay", "Վճարել · Оплатить · Pay"),
                ("decline", "Մերժել · Отклонить · Decline"),
                ("close", "Փակել · Закрыть · Close"),
            ]
            .map(|(action, caption)| paper::form(action, caption))
            .concat(),
        ),
        State::Held | State::Deposited => ("Վճարված է · Оплачено · Paid", paper::back_form()),
        State::Reversed => ("Վճարումը չեղարկված է · Оплата отменена · Reversed", paper::back_form()),
        State::Refunded => ("Գումարը վերադարձված է · Деньги возвращены · Refunded", paper::back_form()),
        State::Declined => ("Մերժված է · Отклонено · Declined", paper::back_form()),
    };
    format!(
        "<p class=bank>SANDBOX ARCA</p><h1>{line}</h1><p class=amount>{amount}</p>\
         <p>{description}</p><p class=order>{number}</p>{forms}"
    )
}
