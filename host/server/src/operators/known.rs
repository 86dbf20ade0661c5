//! Knowing an operator again by their session: who they are, for whom they work now, and what they may do there. Read anew for every
//! request, so that a role that was taken away, a session that was ended or a person who left counts at once, on every node.

use super::entering::{hash, new_token};
use crate::app::App;
use kamurj_access::{Role, session};
use kamurj_domain::Mode;
use kamurj_store::operators::sessions::{self, Session};
use kamurj_store::operators::{self, Membership, Operator};
use kamurj_store::{Error, merchants};

/// How exactly it is kept when a session was last used, in milliseconds.
const SEEN_EVERY_MS: i64 = 60 * 1000;

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Known {
    /// Who.
    pub operator: Operator,
    /// How.
    pub session: Session,
    /// For whom they work.
    pub memberships: Vec<Membership>,
    /// Whether they proved lately who they are.
    pub is_confirmed: bool,
}

impl Known {
    /// The membership whose data the session shows.
    pub fn place(&self) -> Option<&Membership> {
        let chosen = self.session.merchant_id.as_deref()?;
        self.memberships.iter().find(|membership| membership.merchant_id == chosen)
    }

    /// Their role there.
    pub fn role(&self) -> Option<Role> {
        self.place().and_then(|membership| Role::from_word(&membership.role))
    }

    /// The caller whom the API knows them as.
    pub fn caller(&self, mode: Mode, origin: Option<String>, request_id: String) -> Option<merchants::Caller> {
        let (place, role) = (self.place()?, self.role()?);
        Some(merchants::Caller {
            key_id: self.operator.id.clone(),
            merchant_id: place.merchant_id.clone(),
            mode,
            scopes: role.permissions().iter().map(|permission| permission.word().to_owned()).collect(),
            role: role.word().to_owned(),
            session: Some(kamurj_store::api_keys::Session {
                id: self.session.id.clone(),
                is_confirmed: self.is_confirmed,
                origin,
                request_id,
                action: String::new(),
            }),
        })
    }
}

/// The operator whose browser keeps this. `is_use`: whether they ask by themselves; what a page asks while nobody touches it keeps no
/// session alive.
pub async fn by_token(app: &App, token: &str, is_use: bool) -> Result<Option<Known>, Error> {
    let mut tx = app.db.read().await?;
    let Some(session) = sessions::by_hash(&mut tx, &hash(app, token)).await? else { return Ok(None) };
    let now = app.now();
    let state = session::state(session.created_at, session.seen_at, Some(session.confirmed_at), now);
    let session::State::Alive { confirmed } = state else { return Ok(None) };
    let Some(operator) = operators::by_id(&mut tx, &session.operator_id).await? else { return Ok(None) };
    let memberships = operators::memberships(&mut tx, &operator.id).await?;
    drop(tx);
    if is_use && now - session.seen_at >= SEEN_EVERY_MS {
        let mut tx = app.db.write().await?;
        sessions::seen(&mut tx, &session.id, now).await?;
        tx.commit().await?;
    }
    Ok(Some(Known { operator, session, memberships, is_confirmed: confirmed }))
}

/// Gives a session another secret, as after every new proof and change of place (ASVS 5.0, 7.2.4); `None`: it was ended meanwhile.
pub async fn renew(
    app: &App,
    tx: &mut kamurj_store::Tx,
    known: &Known,
    merchant_id: Option<&str>,
    is_proof: bool,
) -> Result<Option<String>, Error> {
    let token = new_token(app);
    let confirmed_at = if is_proof { app.now() } else { known.session.confirmed_at };
    let is_there = sessions::renew(tx, &known.session.id, &hash(app, &token), merchant_id, confirmed_at).await?;
    Ok(is_there.then_some(token))
}
