//! A write of the API: one transaction under its idempotency key. The work, the answer and the key are kept together or
//! not at all.

use crate::access::{self, Detail, Entered};
use crate::api::idempotency::Key;
use crate::api::payments::answer;
use crate::app::App;
use crate::problem::Problem;
use axum::http::HeaderMap;
use axum::response::Response;
use kamurj_store::Tx;
use kamurj_store::audit_log;
use kamurj_store::merchants::Caller;
use serde::Serialize;
use serde_json::Value;

/// The transaction of a write that was not answered before.
pub struct Write {
    /// Do the work in here.
    pub tx: Tx,
    key: Option<Key>,
    told: Told,
}

/// What is told of a write in the audit log, where an operator makes it.
#[derive(Clone)]
struct Told {
    caller: Caller,
    target: String,
    detail: Detail,
}

/// How a write begins.
pub enum Begun {
    /// It was answered before, with this.
    Answered(Response),
    /// It is new.
    New(Box<Write>),
}

impl Write {
    /// Takes the key, where there is one, in a new transaction. `route`: method and path with the ids in it.
    pub async fn begin(
        app: &App,
        caller: &Caller,
        headers: &HeaderMap,
        route: &str,
        body: &[u8],
    ) -> Result<Begun, Problem> {
        // `POST /v1/payments/pay_…/cancel`: what it is about is the third part of the path, which a media type may follow.
        let path = route.split(' ').nth(1).unwrap_or_default();
        let target = path.split('/').nth(3).unwrap_or_default().to_owned();
        let told = Told { caller: caller.clone(), target, detail: Detail::of(body) };
        Paused { key: Key::read(app, caller, headers, route, body)?, told }.resume(app).await
    }

    /// Undoes what was done so far and lets others write, while something outside is asked. The key stays in flight.
    pub async fn pause(self) -> Result<Paused, Problem> {
        self.tx.rollback().await?;
        Ok(Paused { key: self.key, told: self.told })
    }

    /// Keeps the answer, commits, and gives it.
    pub async fn answer<T: Serialize>(mut self, app: &App, status: u16, body: &T) -> Result<Response, Problem> {
        let text = serde_json::to_vec(body).expect("answers are structs with text keys");
        if let Some(key) = &self.key {
            key.store(app, &mut self.tx, status, &text).await?;
        }
        self.told.keep(app, &mut self.tx, status, &text).await?;
        app.commit(self.tx).await?;
        Ok(entered(answer(status, text)))
    }
}

impl Told {
    /// Writes the entry of what was done into the transaction that does it.
    async fn keep(self, app: &App, tx: &mut Tx, status: u16, answered: &[u8]) -> Result<(), Problem> {
        let Some(session) = &self.caller.session else { return Ok(()) };
        let made = || serde_json::from_slice::<Value>(answered).ok()?["id"].as_str().map(str::to_owned);
        let target = if self.target.is_empty() { made().unwrap_or_default() } else { self.target };
        let what = (session.action.as_str(), target.as_str());
        if let Some(new) = access::entry(app, &self.caller, what, ("done", status), self.detail) {
            audit_log::append(tx, new, &app.sealer).await?;
        }
        Ok(())
    }
}

/// Tells the gate that the audit log has it.
fn entered(mut response: Response) -> Response {
    response.extensions_mut().insert(Entered);
    response
}

/// A write that holds no transaction.
pub struct Paused {
    key: Option<Key>,
    told: Told,
}

impl Paused {
    /// Takes the key, where there is one, in a new transaction. Another server may have answered meanwhile.
    pub async fn resume(self, app: &App) -> Result<Begun, Problem> {
        let mut tx = app.db.write().await?;
        if let Some(key) = &self.key
            && let Some((status, body)) = key.claim(app, &mut tx).await?
        {
            // What was done before has its entry.
            return Ok(Begun::Answered(entered(answer(status, body))));
        }
        Ok(Begun::New(Box::new(Write { tx, key: self.key, told: self.told })))
    }
}
