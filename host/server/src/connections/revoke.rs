//! Telling a service to forget tokens that were forgotten here (RFC 7009). Tried a few times, then given up: nobody here can use
//! them any more, and most of them die by themselves.

use super::ending::{Call, revocation_place};
use super::tokens::{Asked, request};
use crate::app::App;
use crate::work::Fault;
use kamurj_manifest::TokenRequest;
use kamurj_store::connections::revocations::{self, Revocation};
use kamurj_store::jobs::{self, Job};
use url::Url;

/// Tries before it is given up: with the waits between them, about an hour and a half.
const MOST_TRIES: i64 = 8;
/// The wait after the first try, in milliseconds; doubled after each further one.
const FIRST_WAIT_MS: i64 = 40_000;

/// Does what one revocation asks for.
pub async fn work(app: &App, job: &Job) -> Result<(), Fault> {
    let mut tx = app.db.write().await?;
    if !jobs::hold(&mut tx, job, app.now() + app.lease_ms).await? {
        tx.rollback().await?;
        return Ok(());
    }
    let Some(revocation) = revocations::by_id(&mut tx, &job.subject).await? else {
        jobs::finish(&mut tx, job).await?;
        tx.commit().await?;
        return Ok(());
    };
    tx.commit().await?;
    let done = called(app, &revocation).await?;

    let mut tx = app.db.write().await?;
    let Revocation { id, installation_id, tries, .. } = &revocation;
    if done || tries + 1 >= MOST_TRIES {
        if !done {
            tracing::warn!(
                installation.id = installation_id,
                "a service was not told to forget a token; it is given up"
            );
        }
        revocations::forget(&mut tx, id).await?;
        jobs::finish(&mut tx, job).await?;
    } else {
        revocations::tried(&mut tx, id).await?;
        let doublings = u32::try_from(*tries).unwrap_or_default().min(16);
        jobs::postpone(&mut tx, job, app.now() + (FIRST_WAIT_MS << doublings)).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Whether the service has answered about every token. What it answers does not matter: there is nothing else to be done.
async fn called(app: &App, revocation: &Revocation) -> Result<bool, Fault> {
    let opened = app.sealer.open(&revocation_place(&revocation.id), &revocation.sealed)?;
    let unreadable = || Fault::Broken(format!("revocation {} cannot be read", revocation.id));
    let call: Call = serde_json::from_slice(&opened).map_err(|_| unreadable())?;
    let url: Url = call.url.parse().map_err(|_| unreadable())?;
    for (what, token) in &call.tokens {
        let fields = [
            ("token", token.as_str()),
            ("token_type_hint", what.as_str()),
            ("client_id", call.client_id.as_str()),
            ("client_secret", call.client_secret.as_str()),
        ];
        let asked = Asked { url: &url, how: TokenRequest::Form, fields: &fields };
        match app.egress.send(request(&asked)).await {
            Ok(response) if !matches!(response.status, 408 | 425 | 429 | 500..=599) => {}
            Ok(_) | Err(_) => return Ok(false),
        }
    }
    Ok(true)
}
