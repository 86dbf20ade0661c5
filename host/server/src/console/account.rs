//! What operators do about themselves: their sessions, password, recovery codes and language, and for which merchant they work now.

use super::doors::{codes_once, told};
use super::form::Form;
use super::pages::Asked;
use super::shown::{self, DONE, frame, page};
use super::visitor::{Visitor, must_be_own};
use super::{Desk, cookies};
use crate::operators::known::{self, Known};
use crate::operators::{Noted, confirms, inviting, is_password, noted};
use crate::problem::{FieldError, Kind, Problem};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use kamurj_access::{password, session};
use kamurj_console::Refusal;
use kamurj_domain::format::Language;
use kamurj_domain::time;
use kamurj_store::operators::{self, proofs, sessions};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ACCOUNT: &str = "/console/account";

/// Shows who one is and where one is signed in.
pub(super) async fn show(asked: Asked) -> Response {
    let Asked { desk, visitor, .. } = asked;
    shown_with(&desk, &visitor, None, "").await
}

/// `form`: the one that was refused, by its name.
async fn shown_with(desk: &Desk, visitor: &Visitor, refusal: Option<Refusal>, form: &str) -> Response {
    let Some(known) = &visitor.known else { return visitor.sent_away() };
    let now = desk.app.now();
    let idle = i64::try_from(session::IDLE_MS).unwrap_or(i64::MAX);
    let listed = async { sessions::of_operator(&mut desk.app.db.read().await?, &known.operator.id, now - idle).await };
    let listed = match listed.await {
        Ok(listed) => listed,
        Err(error) => return shown::problem(desk, visitor, None, &error.into()),
    };
    let mut frame = frame(desk, visitor, "frame");
    let rows = listed.into_iter().map(|session| {
        json!({
            "current": session.id == known.session.id,
            "id": session.id,
            "created_at": time::rfc3339(session.created_at),
            "seen_at": time::rfc3339(session.seen_at),
            "device": session.device,
        })
    });
    frame.data.insert("sessions".to_owned(), rows.collect());
    frame.data.insert("email".to_owned(), Value::from(known.operator.email.clone()));
    frame.data.insert("form".to_owned(), Value::from(form));
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    frame.refusal = refusal;
    page(desk, visitor, status, "account.html", &frame)
}

/// Shows for whom one works.
pub(super) async fn merchants(asked: Asked) -> Response {
    let Asked { desk, visitor, .. } = asked;
    if visitor.known.is_none() {
        return visitor.sent_away();
    }
    page(&desk, &visitor, StatusCode::OK, "merchants.html", &frame(&desk, &visitor, "frame"))
}

/// A form of somebody who is signed in.
struct Sent {
    desk: Desk,
    visitor: Visitor,
    known: Known,
    form: Form,
    at: BTreeMap<String, String>,
}

async fn sent(asked: Asked) -> Result<Sent, Response> {
    let Asked { desk, visitor, at, request } = asked;
    if let Err(problem) = must_be_own(request.headers()) {
        return Err(shown::problem(&desk, &visitor, None, &problem));
    }
    let Some(known) = visitor.known.clone() else { return Err(visitor.sent_away()) };
    match Form::read(request).await {
        Ok(form) => Ok(Sent { desk, visitor, known, form, at }),
        Err(problem) => Err(shown::problem(&desk, &visitor, None, &problem)),
    }
}

impl Sent {
    fn field(&self, name: &str) -> &str {
        self.form.first(name).unwrap_or_default()
    }

    /// How audit logs are told of what one did about oneself here.
    fn how(&self) -> Noted<'_> {
        Noted { origin: self.visitor.origin.as_deref(), status: 303 }
    }

    /// Judges the code and the present password. The code first: a password must not be guessed here either.
    async fn proves_both(&self) -> Result<(), Problem> {
        let operator = &self.known.operator;
        if !confirms(&self.desk.app, operator, self.field("code")).await? {
            return Err(wrong("/code", "is not the code that your app shows now"));
        }
        if !is_password(operator, self.field("current")).await {
            return Err(wrong("/current", "is not your password"));
        }
        Ok(())
    }

    /// The answer to what was done, or the page again with what was wrong.
    async fn ended(self, done: Result<(&'static str, Option<String>), Problem>) -> Response {
        match done {
            Ok((text, renewed)) => {
                let mut response = Redirect::to(&format!("{ACCOUNT}?{DONE}={text}")).into_response();
                if let Some(cookie) = renewed.as_deref().and_then(cookies::keep) {
                    response.headers_mut().append(header::SET_COOKIE, cookie);
                }
                response
            }
            Err(problem) if problem.status() == StatusCode::UNPROCESSABLE_ENTITY => {
                shown_with(&self.desk, &self.visitor, Some(told(&problem)), self.field("_form")).await
            }
            Err(problem) => shown::problem(&self.desk, &self.visitor, None, &problem),
        }
    }
}

/// Chooses for whom one works now.
pub(super) async fn choose(asked: Asked) -> Response {
    let sent = match sent(asked).await {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    let merchant = sent.field("merchant");
    if sent.known.memberships.iter().all(|membership| membership.merchant_id != merchant) {
        let problem = Problem::new(Kind::NotFound, "You do not work for this merchant.");
        return shown::problem(&sent.desk, &sent.visitor, None, &problem);
    }
    let renewed = async {
        let mut tx = sent.desk.app.db.write().await?;
        let token = known::renew(&sent.desk.app, &mut tx, &sent.known, Some(merchant), false).await?;
        tx.commit().await?;
        Ok::<_, Problem>(token)
    };
    match renewed.await {
        Ok(token) => {
            let mut response = Redirect::to("/console").into_response();
            if let Some(cookie) = token.as_deref().and_then(cookies::keep) {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            response
        }
        Err(problem) => shown::problem(&sent.desk, &sent.visitor, None, &problem),
    }
}

/// Ends one of one's sessions.
pub(super) async fn end(asked: Asked) -> Response {
    let sent = match sent(asked).await {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    let id = sent.at.get("session").cloned().unwrap_or_default();
    let ended = async {
        let mut tx = sent.desk.app.db.write().await?;
        if !sessions::end(&mut tx, &id, &sent.known.operator.id, sent.desk.app.now()).await? {
            return Err(Problem::new(Kind::NotFound, "You have no session with this id."));
        }
        tx.commit().await?;
        Ok(("account_ended", None))
    };
    let ended = ended.await;
    sent.ended(ended).await
}

/// Ends all of one's sessions but this one.
pub(super) async fn end_others(asked: Asked) -> Response {
    let sent = match sent(asked).await {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    let ended = async {
        let mut tx = sent.desk.app.db.write().await?;
        sessions::end_all(&mut tx, &sent.known.operator.id, &sent.known.session.id, sent.desk.app.now()).await?;
        tx.commit().await?;
        Ok(("account_ended", None))
    };
    let ended = ended.await;
    sent.ended(ended).await
}

fn wrong(pointer: &str, detail: impl Into<String>) -> Problem {
    Problem::invalid(vec![FieldError { pointer: pointer.to_owned(), detail: detail.into() }])
}

/// Changes one's password. All other sessions end.
pub(super) async fn password(asked: Asked) -> Response {
    let sent = match sent(asked).await {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    let changed = changed_password(&sent).await;
    sent.ended(changed).await
}

async fn changed_password(sent: &Sent) -> Result<(&'static str, Option<String>), Problem> {
    let (app, operator) = (&sent.desk.app, &sent.known.operator);
    let chosen = sent.field("password");
    if let Err(why) = password::judge(chosen, &operator.email, &operator.name) {
        return Err(wrong("/password", why.to_string()));
    }
    sent.proves_both().await?;
    let hashed = inviting::hashed(app, chosen).await?;
    let mut tx = app.db.write().await?;
    proofs::set_password(&mut tx, &operator.id, &hashed).await?;
    sessions::end_all(&mut tx, &operator.id, &sent.known.session.id, app.now()).await?;
    noted(app, &mut tx, &operator.id, "change the password", sent.how()).await?;
    let merchant = sent.known.session.merchant_id.as_deref();
    let token = known::renew(app, &mut tx, &sent.known, merchant, true).await?;
    tx.commit().await?;
    Ok(("account_password_changed", token))
}

/// Leads to an address by which one sets password and app up anew, such as on another phone. Those that there were stay good until it is
/// used, as with every invitation.
pub(super) async fn anew(asked: Asked) -> Response {
    let sent = match sent(asked).await {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    let invited = async {
        let (app, operator) = (&sent.desk.app, &sent.known.operator);
        sent.proves_both().await?;
        let mut tx = app.db.write().await?;
        let invited = inviting::anew(app, &mut tx, operator, inviting::AT_ONCE_MS).await?;
        noted(app, &mut tx, &operator.id, "set up anew", sent.how()).await?;
        tx.commit().await?;
        Ok::<_, Problem>(invited)
    };
    match invited.await {
        Ok(invited) => Redirect::to(invited.url.as_deref().unwrap_or(ACCOUNT)).into_response(),
        Err(problem) => sent.ended(Err(problem)).await,
    }
}

/// Proves anew who one is, before what needs it.
pub(super) async fn confirm(asked: Asked) -> Response {
    let sent = match sent(asked).await {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    let confirmed = async {
        let app = &sent.desk.app;
        if !confirms(app, &sent.known.operator, sent.field("code")).await? {
            return Err(wrong("/code", "is not the code that your app shows now"));
        }
        let mut tx = app.db.write().await?;
        let merchant = sent.known.session.merchant_id.as_deref();
        let token = known::renew(app, &mut tx, &sent.known, merchant, true).await?;
        tx.commit().await?;
        Ok(("account_confirmed", token))
    };
    let confirmed = confirmed.await;
    sent.ended(confirmed).await
}

/// Makes new recovery codes, shown once.
pub(super) async fn recovery(asked: Asked) -> Response {
    let sent = match sent(asked).await {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    let made = async {
        let (app, operator) = (&sent.desk.app, &sent.known.operator);
        if !confirms(app, operator, sent.field("code")).await? {
            return Err(wrong("/code", "is not the code that your app shows now"));
        }
        let mut tx = app.db.write().await?;
        let codes = inviting::new_codes(app);
        inviting::set_codes(app, &mut tx, &operator.id, &codes).await?;
        noted(app, &mut tx, &operator.id, "make recovery codes", sent.how()).await?;
        tx.commit().await?;
        Ok(codes)
    };
    match made.await {
        Ok(codes) => codes_once(&sent.desk, &sent.visitor, codes),
        Err(problem) => sent.ended(Err(problem)).await,
    }
}

/// Keeps in which language one reads the console.
pub(super) async fn language(asked: Asked) -> Response {
    let sent = match sent(asked).await {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    let Some(chosen) = Language::parse(sent.field("language")) else {
        return sent.ended(Err(wrong("/language", "must be hy, ru or en"))).await;
    };
    let kept = async {
        let mut tx = sent.desk.app.db.write().await?;
        operators::set_locale(&mut tx, &sent.known.operator.id, chosen.tag()).await?;
        tx.commit().await?;
        Ok(("account_language_kept", None))
    };
    let kept = kept.await;
    let mut response = sent.ended(kept).await;
    if let Some(cookie) = cookies::language(chosen.tag()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
