//! Utility templates at Meta: whether they stand in every language that the settings name, and the making of those that do not, in words
//! of this project's. It must not send messages.
//!
//! Source: "Utility Messages" of the Messenger Platform: lower-case names, category `UTILITY`, no variable at either end of the body. Of
//! Meta's languages English and Russian are written here; a template in another one is made by hand.

use kamurj_graph::Graph;
use kamurj_sdk::{Finding, Host, Outcome, plain};
use serde_json::{Value as Json, json};

use crate::settings::{Settings, Template, Value};

/// One finding for each template that the settings name; what is missing is made unless this only looks. `pages` is the address that
/// payments' pages begin with.
pub(crate) fn stand<H: Host>(
    graph: &Graph<'_, H>,
    settings: &Settings,
    (pages, only_look): (&str, bool),
) -> Vec<Finding> {
    if settings.templates().next().is_none() {
        return Vec::new();
    }
    let edge = format!("{}/message_templates", settings.page_id);
    let known = match graph.ask(&format!("{edge}?fields=name,language,status&limit=250")).map_err(Outcome::from) {
        Ok(known) => known,
        Err(outcome) => {
            return vec![Finding::unknown(
                "templates",
                &format!("Templates could not be looked at: {}", outcome.message),
            )];
        }
    };
    let known = known["data"].as_array().map_or(&[][..], Vec::as_slice);
    let shelf = Templates { graph, edge: &edge, known, pages, only_look };
    settings.templates().map(|(purpose, template)| shelf.stands(purpose, template)).collect()
}

/// The page's templates.
struct Templates<'a, H> {
    graph: &'a Graph<'a, H>,
    edge: &'a str,
    known: &'a [Json],
    pages: &'a str,
    only_look: bool,
}

impl<H: Host> Templates<'_, H> {
    fn stands(&self, purpose: &str, template: &Template) -> Finding {
        let Self { graph, edge, known, pages, only_look } = *self;
        let name = format!("template-{purpose}");
        let mut codes: Vec<&str> = template.languages.values().map(String::as_str).collect();
        codes.sort_unstable();
        codes.dedup();
        let (mut missing, mut waits, mut made) = (Vec::new(), Vec::new(), Vec::new());
        for code in codes {
            let called = format!("{} in {code}", template.name);
            let found = known.iter().find(|one| one["name"] == template.name.as_str() && one["language"] == code);
            match found.map(|one| one["status"].as_str().unwrap_or_default()) {
                Some("APPROVED") => {}
                Some(state) => waits.push(format!("{called} is {}", plain(state, 32))),
                None => match body(purpose, template, code).filter(|_| !only_look) {
                    None => missing.push(called),
                    Some(body) => {
                        let form = form(template, code, (&body, purpose), pages);
                        match graph.call(edge, &form, &step(purpose, code)).map_err(Outcome::from) {
                            Ok(answer) if answer["status"] == "APPROVED" => made.push(called),
                            Ok(answer) => {
                                let state = plain(answer["status"].as_str().unwrap_or("PENDING"), 32);
                                waits.push(format!("{called} was made and is {state}"));
                            }
                            // One run has sixteen requests.
                            Err(refused) if refused.code == "limit" => {
                                waits.push(format!("{called} is made when this is done once more"));
                            }
                            Err(refused) => missing.push(format!("{called} (Meta refused it: {})", refused.message)),
                        }
                    }
                },
            }
        }
        if !missing.is_empty() {
            let text = format!("The page has no utility template {}: make it at Meta.", missing.join(", "));
            return Finding::missing(&name, &text);
        }
        if !waits.is_empty() {
            return Finding::wrong(&name, &format!("{}: it cannot be sent yet.", waits.join(", ")));
        }
        if !made.is_empty() {
            let leads = if template.button { format!(" Its button leads to {pages}….") } else { String::new() };
            return Finding::made(&name, &format!("{} was made and is approved.{leads}", made.join(", ")));
        }
        Finding::ok(&name, &format!("The template {} is approved in every language entered.", template.name))
    }
}

fn step(purpose: &str, code: &str) -> String {
    format!("template-{purpose}-{}", code.to_ascii_lowercase())
}

fn form(template: &Template, code: &str, (body, purpose): (&str, &str), pages: &str) -> Json {
    let filled: Vec<&str> = template.body.iter().map(|value| example(*value)).collect();
    let mut components = vec![json!({ "type": "BODY", "text": body })];
    if !filled.is_empty() {
        components[0]["example"] = json!({ "body_text": [filled] });
    }
    if template.button {
        let url = format!("{pages}{{{{1}}}}");
        let button = json!({ "type": "URL", "text": button(purpose, code), "url": url, "example": [format!("{pages}7Qm2cX9y")] });
        components.push(json!({ "type": "BUTTONS", "buttons": [button] }));
    }
    json!({ "name": template.name, "language": code, "category": "UTILITY", "components": components })
}

fn is_russian(code: &str) -> Option<bool> {
    match code.split('_').next() {
        Some("ru") => Some(true),
        Some("en") => Some(false),
        _ => None,
    }
}

/// The whole text; none in a language that is not written here.
fn body(purpose: &str, template: &Template, code: &str) -> Option<String> {
    let russian = is_russian(code)?;
    let (first, last) = frame(purpose, russian)?;
    let line = |(number, value): (usize, &Value)| {
        let label = match (value, russian) {
            (Value::Order, true) => "Заказ",
            (Value::Order, false) => "Order",
            (Value::Money, true) => "Сумма",
            (Value::Money, false) => "Amount",
            (Value::Description, true) => "Что",
            (Value::Description, false) => "For",
        };
        format!("{label}: {{{{{}}}}}.\n", number + 1)
    };
    let lines: String = template.body.iter().enumerate().map(line).collect();
    Some(format!("{first}\n{lines}{last}"))
}

/// The first and the last sentence.
fn frame(purpose: &str, russian: bool) -> Option<(&'static str, &'static str)> {
    Some(match (purpose, russian) {
        ("link", true) => ("Ваш заказ ждёт оплаты.", "Оплатить можно на странице заказа."),
        ("link", false) => ("Your order is waiting to be paid.", "You can pay on the order's page."),
        ("paid", true) => ("Мы получили оплату вашего заказа.", "Спасибо за покупку."),
        ("paid", false) => ("We have received the payment for your order.", "Thank you for your purchase."),
        ("failed", true) => ("Оплата вашего заказа не прошла.", "Можно попробовать ещё раз на странице заказа."),
        ("failed", false) => {
            ("The payment for your order did not go through.", "You can try again on the order's page.")
        }
        ("reminder", true) => ("Ваш заказ ещё не оплачен.", "Оплатить можно на странице заказа."),
        ("reminder", false) => ("Your order is not paid yet.", "You can pay on the order's page."),
        ("expired", true) => ("Срок оплаты вашего заказа истёк.", "Чтобы получить новую ссылку, напишите нам."),
        ("expired", false) => ("The time to pay for your order is over.", "To get a new link, write to us."),
        ("cancelled", true) => ("Оплата вашего заказа отменена.", "Если это ошибка, напишите нам."),
        ("cancelled", false) => ("The payment for your order was cancelled.", "If that is a mistake, write to us."),
        ("refunded", true) => ("Мы вернули деньги за ваш заказ.", "На счёте они могут появиться через несколько дней."),
        ("refunded", false) => {
            ("We have returned money for your order.", "It may take a few days to show on your account.")
        }
        _ => return None,
    })
}

fn button(purpose: &str, code: &str) -> &'static str {
    let pays = matches!(purpose, "link" | "failed" | "reminder");
    match (pays, code.starts_with("ru")) {
        (true, true) => "Оплатить",
        (true, false) => "Pay",
        (false, true) => "Открыть заказ",
        (false, false) => "Open the order",
    }
}

fn example(value: Value) -> &'static str {
    match value {
        Value::Order => "A-1042",
        Value::Money => "12 500 ֏",
        Value::Description => "Cake",
    }
}
