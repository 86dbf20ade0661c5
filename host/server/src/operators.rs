//! Operators: inviting them, letting them in, and knowing them again. What they may do is decided in `access`; what the pages look like, in
//! `kamurj_console`.

pub mod entering;
pub mod inviting;
pub mod known;
mod tries;

use crate::app::App;
use crate::seal::Purpose;
use kamurj_access::{password, recovery, totp};
use kamurj_store::operators::{self, Operator, proofs};
use kamurj_store::{Error, Tx, audit_log};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// Where the key of somebody's codes is sealed to.
pub(crate) fn factor_place(operator_id: &str) -> String {
    format!("second factor/{operator_id}")
}

/// Judges a code of somebody's app, or one of their recovery codes, and uses it up. Of two requests with one code, one is let in.
async fn proves(app: &App, tx: &mut Tx, operator: &Operator, code: &str) -> Result<bool, Error> {
    if let Some(step) = step_of(app, operator, code) {
        return proofs::use_step(tx, &operator.id, step).await;
    }
    match recovery_hash(app, code) {
        Some(hash) => proofs::use_code(tx, &operator.id, &hash, app.now()).await,
        None => Ok(false),
    }
}

/// Judges a code that somebody who is signed in enters, in a transaction of its own: what failed is kept whatever follows, and costs time
/// as it does at the door. Whoever has a session that is not theirs must not guess six digits there.
pub async fn confirms(app: &App, operator: &Operator, code: &str) -> Result<bool, Error> {
    let place = format!("operator/{}", operator.id);
    let mut tx = app.db.write().await?;
    let proven = tries::wait_ms(&mut tx, &[&place], app.now()).await? == 0;
    let proven = proven && {
        let proven = proves(app, &mut tx, operator, code).await?;
        tries::ended(&mut tx, &[&place], proven, app.now()).await?;
        proven
    };
    tx.commit().await?;
    Ok(proven)
}

/// What is kept of a recovery code; `None`: it cannot be one.
fn recovery_hash(app: &App, code: &str) -> Option<String> {
    Some(app.sealer.hash_text(Purpose::RecoveryCode, &recovery::hash(code)?))
}

/// Judges or makes a password's hash on a thread of its own. Each takes 19 MiB, so that few of them are worked on at once.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    static PLACES: Semaphore = Semaphore::const_new(4);
    let _place = PLACES.acquire().await.ok()?;
    tokio::task::spawn_blocking(work).await.ok()
}

fn step_of(app: &App, operator: &Operator, code: &str) -> Option<i64> {
    let sealed = operator.second_factor.as_deref()?;
    let Ok(bytes) = app.sealer.open(&factor_place(&operator.id), sealed) else {
        tracing::error!(operator.id, "the key of somebody's codes does not open");
        return None;
    };
    totp::verify(&secret(&bytes)?, code, app.now(), Some(operator.last_step))
}

/// The key of codes with these bytes.
fn secret(bytes: &[u8]) -> Option<totp::Secret> {
    bytes.try_into().ok().map(totp::Secret::new)
}

/// Whether this is somebody's password.
pub async fn is_password(operator: &Operator, typed: &str) -> bool {
    let (typed, kept) = (Zeroizing::new(typed.to_owned()), operator.password.clone());
    apart(move || kept.is_some_and(|kept| password::verify(&typed, &kept))).await.unwrap_or(false)
}

/// How something that an operator did about themselves came, and how it was answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Noted<'a> {
    /// A keyed hash of the network, where it is known.
    pub origin: Option<&'a str>,
    /// The HTTP status; 400 and above says that it was refused.
    pub status: u16,
}

/// Tells the audit log of every merchant for whom somebody works what they did about themselves: came in, failed to, set a password.
pub(crate) async fn noted(
    app: &App,
    tx: &mut Tx,
    operator_id: &str,
    action: &str,
    how: Noted<'_>,
) -> Result<(), Error> {
    for membership in operators::memberships(tx, operator_id).await? {
        let new = audit_log::NewAct {
            merchant_id: membership.merchant_id,
            at: app.now(),
            actor: operator_id.to_owned(),
            role: membership.role,
            action: action.to_owned(),
            target: String::new(),
            outcome: if how.status < 400 { "done" } else { "refused" },
            status: i64::from(how.status),
            origin: how.origin.map(str::to_owned),
            request_id: app.ids.new_id("req"),
            detail: "{}".to_owned(),
        };
        audit_log::append(tx, new, &app.sealer).await?;
    }
    Ok(())
}
