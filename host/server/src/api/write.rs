//! A write of the API: one transaction under its idempotency key. The work, the answer and the key are kept together or
//! not at all.

use crate::api::idempotency::Key;
use crate::api::payments::answer;
use crate::app::App;
use crate::problem::Problem;
use axum::http::HeaderMap;
use axum::response::Response;
use kamurj_store::Tx;
use kamurj_store::merchants::Caller;
use serde::Serialize;

/// The transaction of a write that was not answered before.
pub struct Write {
    /// Do the work in here.
    pub tx: Tx,
    key: Option<Key>,
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
        Paused { key: Key::read(app, caller, headers, route, body)? }.resume(app).await
    }

    /// Undoes what was done so far and lets others write, while something outside is asked. The key stays in flight.
    pub async fn pause(self) -> Result<Paused, Problem> {
        self.tx.rollback().await?;
        Ok(Paused { key: self.key })
    }

    /// Keeps the answer, commits, and gives it.
    pub async fn answer<T: Serialize>(mut self, app: &App, status: u16, body: &T) -> Result<Response, Problem> {
        let text = serde_json::to_vec(body).expect("answers are structs with text keys");
        if let Some(key) = &self.key {
            key.store(app, &mut self.tx, status, &text).await?;
        }
        app.commit(self.tx).await?;
        Ok(answer(status, text))
    }
}

/// A write that holds no transaction.
pub struct Paused {
    key: Option<Key>,
}

impl Paused {
    /// Takes the key, where there is one, in a new transaction. Another server may have answered meanwhile.
    pub async fn resume(self, app: &App) -> Result<Begun, Problem> {
        let mut tx = app.db.write().await?;
        if let Some(key) = &self.key
            && let Some((status, body)) = key.claim(app, &mut tx).await?
        {
            return Ok(Begun::Answered(answer(status, body)));
        }
        Ok(Begun::New(Box::new(Write { tx, key: self.key })))
    }
}
