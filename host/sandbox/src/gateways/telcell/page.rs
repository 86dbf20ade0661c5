//! The page on which the payer pays an invoice, rejects it, or walks away. It asks for nothing, because there is no wallet.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Query, State as Shared};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::Telcell;
use super::invoice::{Invoice, Status, letters};
use crate::gateways::paper::{amount, back_form, escape, form, page};
use crate::gateways::{Act, Acted};

/// Which invoice.
#[derive(Deserialize)]
pub(super) struct Of {
    #[serde(default)]
    invoice: String,
}

/// What the forms send.
#[derive(Deserialize)]
pub(super) struct Pressed {
    action: Button,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Button {
    Pay,
    Decline,
    Close,
}

/// An error, as the payer sees it.
pub(super) fn error(code: &str) -> Response {
    page(StatusCode::OK, &format!("<p class=bank>SANDBOX TELCELL</p><h1>{code}</h1><p>Սխալ · Ошибка · Error</p>"))
}

/// `GET /payments/invoice/?invoice=…`: shows, changes nothing, unless the whole page is out of order.
pub(super) async fn show(Shared(telcell): Shared<Telcell>, Query(of): Query<Of>) -> Response {
    if telcell.with(|state, _| state.faults.outage) {
        return act(&telcell, &of.invoice, Button::Close);
    }
    telcell.with(|state, _| match state.place(&of.invoice) {
        Some(place) => page(StatusCode::OK, &invoice_page(&state.invoices[place])),
        None => error("E0007"),
    })
}

/// `POST` to the same address: does what the payer pressed and sends the browser to the shop.
pub(super) async fn press(
    Shared(telcell): Shared<Telcell>,
    Query(of): Query<Of>,
    pressed: Result<Form<Pressed>, FormRejection>,
) -> Response {
    let Ok(Form(pressed)) = pressed else {
        return page(StatusCode::BAD_REQUEST, "<h1>400</h1><p>action: pay, decline, close</p>");
    };
    let outage = telcell.with(|state, _| state.faults.outage);
    act(&telcell, &of.invoice, if outage { Button::Close } else { pressed.action })
}

fn act(telcell: &Telcell, invoice: &str, button: Button) -> Response {
    let act = match button {
        Button::Pay => Act::Pay,
        Button::Decline => Act::Decline,
        Button::Close => Act::Close,
    };
    // An invoice that is over stays as it is; its payer goes back.
    let acted =
        telcell.with(|state, now| state.act(invoice, act, now).or_else(|_| state.act(invoice, Act::Close, now)));
    match acted {
        Ok(Acted::Back(url)) => (StatusCode::SEE_OTHER, [(header::LOCATION, url)]).into_response(),
        Ok(Acted::Done) => page(StatusCode::OK, "<p class=bank>SANDBOX TELCELL</p><h1>Պատրաստ է · Готово · Done</h1>"),
        Err(_) => error("E0007"),
    }
}

fn invoice_page(invoice: &Invoice) -> String {
    let (line, forms) = match invoice.status {
        Status::New => (
            "Հաշիվ · Счёт · Invoice",
            [
                ("pay", "Վճարել · Оплатить · Pay"),
                ("decline", "Մերժել · Отклонить · Decline"),
                ("close", "Փակել · Закрыть · Close"),
            ]
            .map(|(action, caption)| form(action, caption))
            .concat(),
        ),
        Status::Paid => ("Վճարված է · Оплачено · Paid", back_form()),
        Status::Rejected => ("Մերժված է · Отклонено · Declined", back_form()),
        Status::Expired => ("Ժամկետն անցել է · Время вышло · Expired", back_form()),
        Status::Cancelled | Status::CancelledForRepeat => ("Չեղարկված է · Отменено · Cancelled", back_form()),
    };
    format!(
        "<p class=bank>SANDBOX TELCELL</p><h1>{line}</h1><p class=amount>{}</p><p>{}</p><p class=order>{}</p>{forms}",
        amount(invoice.minor, letters(invoice.currency)),
        escape(&invoice.product),
        escape(&invoice.number),
    )
}
