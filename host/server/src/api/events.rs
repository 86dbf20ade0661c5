//! `GET /v1/events`: what was announced of a merchant's payments, in order, for whoever wants to follow it.

use crate::access::Authenticated;
use crate::api::asked::Faults;
use crate::api::page;
use crate::api::payment::PaymentBody;
use crate::api::refusals::Reading;
use crate::app::App;
use crate::extract::Query;
use crate::problem::{MEDIA_TYPE, Problem, ProblemBody};
use axum::Json;
use axum::extract::State;
use kamurj_domain::{Event, time};
use kamurj_store::events::{self, After, Announced};
use kamurj_store::payments;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// How long an event waits before it is told, in milliseconds: transactions that began before and end after another's would
/// otherwise put events before what was read already.
const SETTLED_MS: i64 = 2_000;

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct EventsQuery {
    /// `next_cursor` of the answer before; `latest`: only what happens from now on. From the first one where it is left out.
    pub after: Option<String>,
    /// Of these types alone, with commas between them: `payment.paid,payment.refunded`.
    pub types: Option<String>,
    /// How many, 1 to 200; 50 where it is left out.
    pub limit: Option<i64>,
}

/// Something that was announced.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventBody {
    /// `evt_…`: always the same for the same event.
    pub id: String,
    /// `payment.created`, `payment.pending`, `payment.paid`, `payment.paid_again`, `payment.failed`, `payment.expired`,
    /// `payment.cancelled`, `payment.manual_review`, `payment.partially_refunded`, `payment.refunded`, `payment.reminder`,
    /// `payment.send` (its link is sent to its conversation), `exception.opened` or `exception.resolved`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it happened; RFC 3339, UTC.
    pub created_at: String,
    /// The payment as it stands when you ask, not as it stood at the event.
    pub payment: PaymentBody,
}

/// A page of events.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventsBody {
    /// The oldest first, two seconds after they happened.
    pub events: Vec<EventBody>,
    /// What to ask after next, now or later: there is always one, because there will be more events.
    pub next_cursor: String,
}

/// What was announced, the oldest first. Ask again after `next_cursor` to follow what happens.
#[utoipa::path(
    get,
    path = "/v1/events",
    tag = "events",
    params(EventsQuery),
    responses(
        (status = 200, description = "A page of events", body = EventsBody),
        Reading,
        (status = 422, description = "A wrong cursor, type or limit", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = []))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Query(query): Query<EventsQuery>,
) -> Result<Json<EventsBody>, Problem> {
    let until = app.now() - SETTLED_MS;
    let mut faults = Faults::default();
    let limit = page::limit(query.limit, 50, &mut faults);
    let types = read_types(query.types.as_deref(), &mut faults);
    let after = match query.after.as_deref() {
        None => After::default(),
        Some("latest") => After { at: until + 1, ..After::default() },
        Some(text) => read_cursor(text).unwrap_or_else(|| {
            faults.add("/after", "take it from `next_cursor`, or write `latest`");
            After::default()
        }),
    };
    faults.end()?;
    let mut tx = app.db.read().await?;
    let announced = events::page(&mut tx, &caller.merchant_id, caller.mode, &after, until, &types, limit).await?;
    let next_cursor = match announced.last() {
        Some(last) => format!("{}_{}", last.at, id_of(last)),
        None if after.payment_id.is_empty() => format!("{}_", after.at),
        None => query.after.unwrap_or_default(),
    };
    let mut events = Vec::new();
    for event in announced {
        // One that is gone is told no more.
        let Some(payment) = payments::by_id(&mut tx, &event.payment_id).await? else { continue };
        events.push(EventBody {
            id: id_of(&event),
            created_at: time::rfc3339(event.at),
            kind: event.kind,
            payment: PaymentBody::show(&app, &payment)?,
        });
    }
    Ok(Json(EventsBody { events, next_cursor }))
}

fn read_types(text: Option<&str>, faults: &mut Faults) -> Vec<String> {
    let types: Vec<String> = text.into_iter().flat_map(|text| text.split(',')).map(str::to_owned).collect();
    let names = Event::names();
    for unknown in types.iter().filter(|name| !names.contains(&name.as_str())) {
        faults.add("/types", format!("`{unknown}` is no event; there are {}", names.join(", ")));
    }
    types
}

fn id_of(event: &Announced) -> String {
    format!("evt_{}_{}", event.payment_id.trim_start_matches("pay_"), event.place)
}

/// Reads `next_cursor`: a time, and the id of the last event at that time.
fn read_cursor(text: &str) -> Option<After> {
    let (at, id) = text.split_once('_')?;
    let at = at.parse().ok()?;
    if id.is_empty() {
        return Some(After { at, ..After::default() });
    }
    let (payment, place) = id.strip_prefix("evt_")?.rsplit_once('_')?;
    Some(After { at, payment_id: format!("pay_{payment}"), place: place.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_event() {
        let event = Announced { payment_id: "pay_01h".to_owned(), place: 17, kind: "payment.paid".to_owned(), at: 5 };
        assert_eq!(id_of(&event), "evt_01h_17");
        let after = After { at: 5, payment_id: "pay_01h".to_owned(), place: 17 };
        assert_eq!(read_cursor("5_evt_01h_17"), Some(after));
        assert_eq!(read_cursor("5_"), Some(After { at: 5, ..After::default() }));
        for wrong in ["", "5", "x_", "5_pay_01h", "5_evt_01h", "5_evt_01h_x"] {
            assert_eq!(read_cursor(wrong), None, "{wrong}");
        }
    }
}
