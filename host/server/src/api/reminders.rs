//! `/v1/reminders`: when customers who have not paid are reminded in their chat.

use crate::access::Authenticated;
use crate::api::body;
use crate::api::payments::shown;
use crate::api::refusals::{Reading, Writing};
use crate::api::write::{Begun, Write};
use crate::app::App;
use crate::extract::Whole;
use crate::problem::{FieldError, Problem};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kamurj_domain::Reminders;
use kamurj_domain::reminder::{LATEST_MINUTES, LEAST_GAP_MINUTES, MOST_REMINDERS};
use kamurj_store::reminders;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// When customers are reminded. A reminder goes to the chat that the payment came from, while the payment can be paid and
/// nobody is paying it; it stops with the payment.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemindersBody {
    /// Minutes from when the payment was made or re-opened, in rising order: at most 5, at least 60 minutes apart, at most
    /// 43200 (30 days). Empty: nobody is reminded.
    pub after_minutes: Vec<i64>,
    /// When nobody is reminded; what falls into it waits for its end.
    pub quiet_hours: QuietHours,
}

/// Hours of every day, in Yerevan.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// `21:00`.
    pub from: String,
    /// `10:00`; the same as `from` where there are none.
    pub until: String,
}

/// When customers are reminded.
#[utoipa::path(
    get,
    path = "/v1/reminders",
    tag = "merchant",
    responses((status = 200, description = "The rules", body = RemindersBody), Reading),
    security(("api_key" = []))
)]
pub async fn get(State(app): State<Arc<App>>, Authenticated(caller): Authenticated) -> Result<Response, Problem> {
    let mut tx = app.db.read().await?;
    Ok(shown(&RemindersBody::of(&reminders::rules(&mut tx, &caller.merchant_id).await?)))
}

/// Say when customers are reminded, from their next reminder on. It counts for test and live payments.
#[utoipa::path(
    put,
    path = "/v1/reminders",
    tag = "merchant",
    params(("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")),
    request_body = RemindersBody,
    responses((status = 200, description = "The rules", body = RemindersBody), Writing),
    security(("api_key" = ["payments"]))
)]
pub async fn put(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let mut write = match Write::begin(&app, &caller, &headers, "PUT /v1/reminders", &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let rules = body::read::<RemindersBody>(&bytes)?.check()?;
    reminders::set_rules(&mut write.tx, &caller.merchant_id, &rules).await?;
    write.answer(&app, 200, &RemindersBody::of(&rules)).await
}

impl RemindersBody {
    fn of(rules: &Reminders) -> Self {
        let clock = |minutes: i64| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        let quiet_hours = QuietHours { from: clock(rules.quiet_from), until: clock(rules.quiet_until) };
        Self { after_minutes: rules.after_minutes.clone(), quiet_hours }
    }

    fn check(self) -> Result<Reminders, Problem> {
        let mut errors = Vec::new();
        let mut wrong = |pointer: &str, detail: String| errors.push(FieldError { pointer: pointer.to_owned(), detail });
        let after = self.after_minutes;
        if after.len() > MOST_REMINDERS {
            wrong("/after_minutes", format!("must have at most {MOST_REMINDERS} times"));
        }
        let gaps = after.iter().scan(0, |last, minutes| Some(minutes - std::mem::replace(last, *minutes)));
        for (place, (gap, minutes)) in gaps.zip(&after).enumerate() {
            if gap < LEAST_GAP_MINUTES {
                let detail = format!("must be at least {LEAST_GAP_MINUTES} minutes after the one before it");
                wrong(&format!("/after_minutes/{place}"), detail);
            } else if *minutes > LATEST_MINUTES {
                wrong(
                    &format!("/after_minutes/{place}"),
                    format!("must be at most {LATEST_MINUTES}, which is 30 days"),
                );
            }
        }
        let mut time_of_day = |name: &str, text: &str| {
            let read = minutes(text);
            if read.is_none() {
                wrong(&format!("/quiet_hours/{name}"), "must be a time of day such as `21:00`".to_owned());
            }
            read.unwrap_or_default()
        };
        let quiet_from = time_of_day("from", &self.quiet_hours.from);
        let quiet_until = time_of_day("until", &self.quiet_hours.until);
        if errors.is_empty() {
            return Ok(Reminders { after_minutes: after, quiet_from, quiet_until });
        }
        Err(Problem::invalid(errors))
    }
}

/// Minutes from midnight of `HH:MM`.
fn minutes(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !two_digits(hours) || !two_digits(minutes) {
        return None;
    }
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}
