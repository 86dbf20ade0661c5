//! `/v1/merchant`: what the merchant is called, how it is reached, and its policy. Whatever may be said of it is judged by the
//! rules of the command line.

use crate::access::Authenticated;
use crate::api::asked::Faults;
use crate::api::body;
use crate::api::payment::Amount;
use crate::api::payments::shown;
use crate::api::refusals::{Reading, Writing};
use crate::api::write::{Begun, Write};
use crate::app::App;
use crate::extract::Whole;
use crate::problem::{Kind, MEDIA_TYPE, Problem, ProblemBody};
use crate::profile;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kamurj_domain::{Currency, Money, Policy};
use kamurj_store::Tx;
use kamurj_store::merchants::{self, Merchant};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// The merchant, for test and live payments alike.
#[derive(Debug, Serialize, ToSchema)]
pub struct MerchantBody {
    /// `mer_…`.
    pub id: String,
    /// The name that customers see.
    pub name: String,
    /// The public chat name that customers know.
    pub handle: Option<String>,
    /// How to reach a person.
    pub contact: Option<String>,
    /// Default language: `hy`, `ru` or `en`.
    pub locale: String,
    /// The host name of the merchant's own pages, where they have one.
    pub host: Option<String>,
    /// What holds for payments made from now on.
    pub policy: PolicyBody,
}

/// What holds for payments made from now on.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyBody {
    /// What money becomes that was paid after expiry or withdrawal: `review`, `accept` or `refund`.
    pub late_payment: &'static str,
    /// Seconds after expiry in which money still counts as in time.
    pub grace_seconds: i64,
    /// Above this amount a manual decision needs a second person; `null`: never.
    pub second_person_above: Option<Amount>,
    /// How often a payer may open an expired payment again by themselves.
    pub renewals: u32,
}

/// What to change of the merchant. What is left out stays; `null` takes away.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MerchantChangeBody {
    /// 1 to 80 characters.
    #[serde(default)]
    pub name: Option<String>,
    /// 1 to 80 characters.
    #[serde(default, deserialize_with = "body::given")]
    #[schema(value_type = Option<String>)]
    pub handle: Option<Option<String>>,
    /// 1 to 200 characters.
    #[serde(default, deserialize_with = "body::given")]
    #[schema(value_type = Option<String>)]
    pub contact: Option<Option<String>>,
    /// `hy`, `ru` or `en`.
    #[serde(default)]
    pub locale: Option<String>,
    /// Parts of the policy.
    #[serde(default, deserialize_with = "body::maybe_object")]
    pub policy: Option<PolicyChangeBody>,
}

/// What to change of the policy.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyChangeBody {
    /// `review`, `accept` or `refund`.
    #[serde(default)]
    pub late_payment: Option<String>,
    /// 0 to 86400.
    #[serde(default)]
    pub grace_seconds: Option<i64>,
    /// An amount in AMD, which counts by its number for payments in every currency; `null`: never.
    #[serde(default, deserialize_with = "body::given_object")]
    #[schema(value_type = Option<Amount>)]
    pub second_person_above: Option<Option<Amount>>,
    /// 0 to 100.
    #[serde(default)]
    pub renewals: Option<u32>,
}

/// The merchant.
#[utoipa::path(
    get,
    path = "/v1/merchant",
    tag = "merchant",
    responses((status = 200, description = "The merchant", body = MerchantBody), Reading),
    security(("api_key" = []))
)]
pub async fn get(State(app): State<Arc<App>>, Authenticated(caller): Authenticated) -> Result<Response, Problem> {
    Ok(shown(&read(&mut app.db.read().await?, &caller.merchant_id).await?))
}

/// Change what the merchant is called, how it is reached, or its policy, which holds for payments made from now on. The host name of its
/// pages is given by whoever runs the server, who leads names to it: `kamurj admin set-host`.
#[utoipa::path(
    patch,
    path = "/v1/merchant",
    tag = "merchant",
    params(("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")),
    request_body = MerchantChangeBody,
    responses(
        (status = 200, description = "The merchant as it is now", body = MerchantBody),
        Writing,
        (status = 404, description = "There is no such merchant any more", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("session" = ["settings"]))
)]
pub async fn change(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let mut write = match Write::begin(&app, &caller, &headers, "PATCH /v1/merchant", &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let body: MerchantChangeBody = body::read(&bytes)?;
    let mut merchant = merchants::by_id(&mut write.tx, &caller.merchant_id).await?.ok_or_else(gone)?;
    let mut policy = merchants::policy(&mut write.tx, &merchant.id).await?;
    body.apply(&mut merchant, &mut policy)?;
    merchants::change(&mut write.tx, &merchant).await?;
    merchants::set_policy(&mut write.tx, &merchant.id, &policy).await?;
    let changed = read(&mut write.tx, &merchant.id).await?;
    write.answer(&app, 200, &changed).await
}

impl MerchantChangeBody {
    /// Writes what is named into both, where all of it can be.
    fn apply(self, merchant: &mut Merchant, policy: &mut Policy) -> Result<(), Problem> {
        let mut faults = Faults::default();
        if let Some(name) = &self.name {
            set(&mut faults, "/name", profile::name(name), &mut merchant.name);
        }
        if let Some(handle) = &self.handle {
            set(&mut faults, "/handle", handle.as_deref().map(profile::handle).transpose(), &mut merchant.handle);
        }
        if let Some(contact) = &self.contact {
            set(&mut faults, "/contact", contact.as_deref().map(profile::contact).transpose(), &mut merchant.contact);
        }
        if let Some(locale) = &self.locale {
            set(&mut faults, "/locale", profile::locale(locale), &mut merchant.locale);
        }
        self.policy.unwrap_or_default().apply(policy, &mut faults);
        faults.end()
    }
}

impl PolicyChangeBody {
    fn apply(self, policy: &mut Policy, faults: &mut Faults) {
        if let Some(word) = &self.late_payment {
            set(faults, "/policy/late_payment", profile::late_payment(word), &mut policy.late_payment);
        }
        if let Some(seconds) = self.grace_seconds {
            set(faults, "/policy/grace_seconds", profile::grace_ms(seconds), &mut policy.grace_ms);
        }
        if let Some(above) = &self.second_person_above {
            let minor = above.as_ref().map(|above| read_above(above, faults)).transpose();
            policy.second_person_above_minor = minor.unwrap_or(policy.second_person_above_minor);
        }
        if let Some(times) = self.renewals {
            set(faults, "/policy/renewals", profile::renewals(times), &mut policy.renewals);
        }
    }
}

/// The amount above which somebody else must agree. What is wrong with it is noted.
fn read_above(above: &Amount, faults: &mut Faults) -> Result<i64, ()> {
    const AT: &str = "/policy/second_person_above";
    if above.currency != Currency::Amd.code() {
        faults.add(format!("{AT}/currency"), "must be AMD");
        return Err(());
    }
    let read = Money::stated(&above.value, Currency::Amd).map_err(|error| error.to_string());
    read.and_then(|money| profile::second_person_above(Some(money.minor)))
        .map_err(|detail| faults.add(format!("{AT}/value"), detail))
}

/// Writes a value that can be used, and notes what is wrong with one that cannot.
fn set<T>(faults: &mut Faults, pointer: &str, value: Result<T, profile::Fault>, place: &mut T) {
    match value {
        Ok(value) => *place = value,
        Err(detail) => faults.add(pointer, detail),
    }
}

async fn read(tx: &mut Tx, id: &str) -> Result<MerchantBody, Problem> {
    let merchant = merchants::by_id(tx, id).await?.ok_or_else(gone)?;
    let policy = merchants::policy(tx, id).await?;
    let above = policy.second_person_above_minor.map(|minor| Money::new(minor, Currency::Amd).into());
    Ok(MerchantBody {
        host: merchants::host(tx, id).await?,
        id: merchant.id,
        name: merchant.name,
        handle: merchant.handle,
        contact: merchant.contact,
        locale: merchant.locale,
        policy: PolicyBody {
            late_payment: policy.late_payment.word(),
            grace_seconds: profile::grace_seconds(&policy),
            second_person_above: above,
            renewals: policy.renewals,
        },
    })
}

fn gone() -> Problem {
    Problem::new(Kind::NotFound, "There is no such merchant any more.")
}
