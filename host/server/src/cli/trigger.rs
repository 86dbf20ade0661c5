//! `kamurj trigger EVENT`: lets an event happen, in test mode, to a payment of its own: made by the API, paid for on its page, and
//! decided at a gateway of the sandbox. Nothing is pretended: whoever listens hears what a customer would have caused.

mod customer;

use super::remote::{Server, test_key};
use crate::ambient::{SystemClock, SystemEntropy};
use customer::{AtTheGateway, Customer};
use kamurj_domain::{Event, Ids};
use reqwest::Method;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How long between two looks at the payment.
const PAUSE: Duration = Duration::from_millis(250);
/// How often it is looked at: about a minute.
const LOOKS: u32 = 240;
/// The shortest life that a payment may have, in seconds, and how often one is looked at that is to end with it.
const SHORTEST_LIFE_S: i64 = 300;
const LOOKS_AT_A_LIFE: u32 = 1_440;

/// What can be caused, and what is done for it.
const CAUSES: [(&str, Cause); 10] = [
    ("payment.created", Cause::Made),
    ("payment.pending", Cause::AtTheGateway),
    ("payment.paid", Cause::Paid),
    ("payment.failed", Cause::Declined),
    ("payment.expired", Cause::LeftAlone),
    ("payment.cancelled", Cause::Withdrawn),
    ("payment.manual_review", Cause::PaidOneLess),
    ("payment.partially_refunded", Cause::HalfGivenBack),
    ("payment.refunded", Cause::GivenBack),
    ("exception.opened", Cause::PaidOneLess),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    Made,
    AtTheGateway,
    Paid,
    Declined,
    LeftAlone,
    Withdrawn,
    PaidOneLess,
    HalfGivenBack,
    GivenBack,
}

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The event: payment.created, payment.pending, payment.paid, payment.failed, payment.expired (takes five minutes),
    /// payment.cancelled, payment.manual_review, payment.partially_refunded, payment.refunded or exception.opened.
    event: String,
    /// The server's address.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// The address of the sandbox's page.
    #[arg(long, default_value = "http://127.0.0.1:8090")]
    sandbox: String,
    /// File with an API key of test mode, which has the scopes `payments` and, for what is given back, `refunds`; the
    /// environment's KAMURJ_API_KEY where it is left out.
    #[arg(long)]
    api_key_file: Option<PathBuf>,
    /// The provider account that it is paid through, acc_…, or a provider's word: vpos. The merchant's default where it is
    /// left out.
    #[arg(long)]
    provider: Option<String>,
    /// What is due, in whole drams.
    #[arg(long, default_value_t = 12_500, value_parser = clap::value_parser!(i64).range(2..=1_000_000))]
    amount: i64,
}

pub(super) async fn run(arguments: Arguments) -> Result<Value, String> {
    let cause = CAUSES.iter().find(|(name, _)| *name == arguments.event).map(|(_, cause)| *cause);
    let cause = cause.ok_or_else(|| {
        let names = CAUSES.map(|(name, _)| name).join(", ");
        format!("EVENT: `{}` cannot be caused; there are {names}", arguments.event)
    })?;
    let server = Server::new(&arguments.url, &test_key(arguments.api_key_file.as_deref())?)?;
    let customer = Customer::new(&arguments.url, &arguments.sandbox)?;
    let ids = Ids::new(Arc::new(SystemClock), Arc::new(SystemEntropy));
    let mut order = json!({
        "order_id": ids.new_id("trigger"),
        "amount": drams(arguments.amount),
        "description": format!("kamurj trigger {}", arguments.event),
    });
    if let Some(provider) = &arguments.provider {
        order["provider"] = json!(provider);
    }
    if cause == Cause::LeftAlone {
        order["expires_in"] = json!(SHORTEST_LIFE_S);
    }
    let payment = server.writes(Method::POST, "/v1/payments", &order).await?;
    let id = payment["id"].as_str().ok_or("the answer of the server has no payment")?.to_owned();
    super::tell(&format!("made {id} over {} AMD", arguments.amount));
    causes(cause, &server, &customer, &payment, arguments.amount).await?;
    let payment = seen(&server, &id, &arguments.event).await?;
    let happened = happened(&server, &id).await?;
    Ok(json!({ "event": arguments.event, "happened": happened, "payment": payment }))
}

async fn causes(
    cause: Cause,
    server: &Server,
    customer: &Customer,
    payment: &Value,
    amount: i64,
) -> Result<(), String> {
    let path = format!("/v1/payments/{}", payment["id"].as_str().unwrap_or_default());
    let refund = |amount: Option<i64>| {
        let mut body = json!({ "reason": "kamurj trigger" });
        if let Some(amount) = amount {
            body["amount"] = drams(amount);
        }
        body
    };
    match cause {
        Cause::Made => {}
        Cause::LeftAlone => super::tell("nobody pays it: its time is over in five minutes"),
        Cause::Withdrawn => {
            server.writes(Method::POST, &format!("{path}/cancel"), &json!({})).await?;
            super::tell("withdrew it");
        }
        Cause::AtTheGateway => {
            goes(customer, payment).await?;
        }
        Cause::Declined => customer.acts(&goes(customer, payment).await?, "decline").await?,
        Cause::Paid => customer.acts(&goes(customer, payment).await?, "pay").await?,
        Cause::PaidOneLess => {
            let there = goes(customer, payment).await?;
            let before = customer.faults(&there).await?;
            customer.sets_faults(&there, &json!({ "paid": "one_less" })).await?;
            let paid = customer.acts(&there, "pay").await;
            // Whatever came of it, the gateway is left as it was.
            customer.sets_faults(&there, &json!({ "paid": before["paid"] })).await?;
            paid?;
        }
        Cause::GivenBack | Cause::HalfGivenBack => {
            customer.acts(&goes(customer, payment).await?, "pay").await?;
            let id = payment["id"].as_str().unwrap_or_default();
            seen(server, id, "payment.paid").await?;
            let body = refund((cause == Cause::HalfGivenBack).then_some(amount / 2));
            server.writes(Method::POST, &format!("{path}/refunds"), &body).await?;
            super::tell("asked for the money back");
        }
    }
    Ok(())
}

async fn goes(customer: &Customer, payment: &Value) -> Result<AtTheGateway, String> {
    let there = customer.goes_to_the_gateway(payment["checkout_url"].as_str().unwrap_or_default()).await?;
    super::tell(&format!("pressed the page's button: the customer is at `{}`", there.gateway));
    Ok(there)
}

fn drams(amount: i64) -> Value {
    json!({ "value": amount.to_string(), "currency": "AMD" })
}

/// The payment once the event has happened to it.
async fn seen(server: &Server, id: &str, event: &str) -> Result<Value, String> {
    let looks = if event == "payment.expired" { LOOKS_AT_A_LIFE } else { LOOKS };
    let mut status = String::new();
    for _ in 0..looks {
        let payment = server.reads(&format!("/v1/payments/{id}")).await?;
        payment["status"].as_str().unwrap_or_default().clone_into(&mut status);
        let is_there = match event.strip_prefix("payment.") {
            Some("created") => true,
            Some(wanted) => status == wanted,
            None => payment["exceptions"].as_array().is_some_and(|open| !open.is_empty()),
        };
        if is_there {
            super::tell(event);
            return Ok(payment);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(format!("{id} is {status}, and {event} has not happened: ask `kamurj explain {id}` why"))
}

/// The events in the payment's journal, in order.
async fn happened(server: &Server, id: &str) -> Result<Vec<String>, String> {
    let journal = server.reads(&format!("/v1/payments/{id}/journal?limit=200")).await?;
    let names = Event::names();
    let kinds = journal["entries"].as_array().into_iter().flatten().filter_map(|entry| entry["kind"].as_str());
    Ok(kinds.filter(|kind| names.contains(kind)).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_events_that_there_are_can_be_caused() {
        let names = Event::names();
        for (name, _) in CAUSES {
            assert!(names.contains(&name), "{name}");
        }
        let left: Vec<_> = names.into_iter().filter(|name| CAUSES.iter().all(|(known, _)| known != name)).collect();
        // The first is told only after a review of something that was paid before, the second hours after the link was sent, the
        // third where there is a conversation, and the last when somebody settles what was put before a person.
        assert_eq!(left, ["payment.paid_again", "payment.reminder", "payment.send", "exception.resolved"]);
    }
}
