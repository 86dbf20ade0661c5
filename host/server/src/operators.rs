//! Operators: inviting them, letting them in, and knowing them again. What they may do is decided in `access`; what the pages look like, in
//! `kamurj_console`.

pub mod entering;
pub mod inviting;
pub mod known;

use crate::app::App;
use kamurj_access::{recovery, totp};
use kamurj_store::operators::{Operator, proofs};
use kamurj_store::{Error, Tx};

/// Where the key of somebody's codes is sealed to.
fn factor_place(operator_id: &str) -> String {
    format!("second factor/{operator_id}")
}

/// Judges a code of somebody's app, or one of their recovery codes, and uses it up. Of two requests with one code, one is let in.
pub async fn proves(app: &App, tx: &mut Tx, operator: &Operator, code: &str) -> Result<bool, Error> {
    if let Some(step) = step_of(app, operator, code) {
        return proofs::use_step(tx, &operator.id, step).await;
    }
    match recovery::hash(code) {
        Some(hash) => proofs::use_code(tx, &operator.id, &hash, app.now()).await,
        None => Ok(false),
    }
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
