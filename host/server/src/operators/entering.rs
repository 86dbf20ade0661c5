//! Signing in: password and code together, one answer for whatever is wrong, and a pause that grows with every failure, for the address
//! that was typed as for the network that it came from.

use super::{Noted, noted, proves, tries};
use crate::app::App;
use crate::problem::Problem;
use crate::seal::Purpose;
use kamurj_access::password;
use kamurj_store::operators::sessions::{self, Session};
use kamurj_store::operators::{self, Membership, Operator};
use kamurj_store::{Error, Tx};
use zeroize::Zeroizing;

/// For how long sessions are kept after they began, in milliseconds: none lasts half as long.
const KEPT_MS: i64 = 24 * 60 * 60 * 1000;

/// What coming in is called in audit logs.
const SIGN_IN: &str = "sign in";

/// What was typed.
pub struct Typed {
    /// The address.
    pub email: String,
    /// The password.
    pub password: Zeroizing<String>,
    /// A code of the app, or a recovery code.
    pub code: String,
}

/// How it ended.
pub enum Entered {
    /// Somebody is in: what the browser keeps.
    In {
        /// The session's secret.
        token: String,
        /// Who it is.
        operator: Box<Operator>,
    },
    /// Something is wrong; what, is told to nobody.
    Refused,
    /// Too many failures: wait, in milliseconds.
    Wait(i64),
}

/// Judges what was typed, and begins a session where it is right. `origin`: a keyed hash of the network, where it is known.
pub async fn enter(app: &App, typed: Typed, origin: Option<&str>, device: &str) -> Result<Entered, Problem> {
    let email = typed.email.trim().to_lowercase();
    let mut places = vec![format!("address/{}", app.sealer.hash_text(Purpose::SignIn, &email))];
    places.extend(origin.map(|origin| format!("network/{origin}")));
    let places: Vec<&str> = places.iter().map(String::as_str).collect();
    let now = app.now();
    let operator = {
        let mut tx = app.db.write().await?;
        let wait = tries::wait_ms(&mut tx, &places, now).await?;
        if wait > 0 {
            return Ok(Entered::Wait(wait));
        }
        operators::by_email(&mut tx, &email).await?
    };
    let kept = operator.as_ref().and_then(|operator| operator.password.clone());
    let is_right = matches(typed.password, kept).await;
    let mut tx = app.db.write().await?;
    // Others may have failed there meanwhile: of a thousand tries at once no more are judged than one after the other.
    let wait = tries::wait_ms(&mut tx, &places, now).await?;
    if wait > 0 {
        return Ok(Entered::Wait(wait));
    }
    let proven = match &operator {
        Some(operator) if is_right => proves(app, &mut tx, operator, &typed.code).await?,
        _ => false,
    };
    tries::ended(&mut tx, &places, proven, now).await?;
    let Some(operator) = operator.filter(|_| proven) else {
        if let Some(operator) = operators::by_email(&mut tx, &email).await? {
            noted(app, &mut tx, &operator.id, SIGN_IN, Noted { origin, status: 422 }).await?;
        }
        tx.commit().await?;
        tracing::info!(origin, "signing in failed");
        return Ok(Entered::Refused);
    };
    let works_for = operators::memberships(&mut tx, &operator.id).await?;
    let token = begin(app, &mut tx, &operator, &works_for, device).await?;
    noted(app, &mut tx, &operator.id, SIGN_IN, Noted { origin, status: 303 }).await?;
    tx.commit().await?;
    Ok(Entered::In { token, operator: Box::new(operator) })
}

/// Compares on a thread of its own. It takes as long where there is nobody.
async fn matches(typed: Zeroizing<String>, kept: Option<String>) -> bool {
    let judged = super::apart(move || match kept {
        Some(kept) => password::verify(&typed, &kept),
        None => password::verify_nobody(&typed),
    });
    judged.await.unwrap_or(false)
}

/// Begins a session; whoever works for one merchant alone begins there.
async fn begin(
    app: &App,
    tx: &mut Tx,
    operator: &Operator,
    works_for: &[Membership],
    device: &str,
) -> Result<String, Error> {
    let (token, now) = (new_token(app), app.now());
    let merchant_id = match works_for {
        [only] => Some(only.merchant_id.clone()),
        _ => None,
    };
    let session = Session {
        id: app.ids.new_id("ses"),
        operator_id: operator.id.clone(),
        merchant_id,
        device: device.chars().filter(|letter| !letter.is_control()).take(120).collect(),
        created_at: now,
        seen_at: now,
        confirmed_at: now,
    };
    sessions::insert(tx, &hash(app, &token), &session).await?;
    sessions::prune(tx, now - KEPT_MS).await?;
    Ok(token)
}

/// A new secret of a session: 256 random bits.
pub(super) fn new_token(app: &App) -> String {
    format!("{}{}", app.ids.new_token(), app.ids.new_token())
}

/// The keyed hash under which a session is found.
pub(super) fn hash(app: &App, token: &str) -> String {
    app.sealer.hash_text(Purpose::Session, token)
}
