//! Host names: a merchant may have one of its own, on which its pages answer and nobody else's; operators may have one, on
//! which checkout pages do not answer, so that a flaw there cannot ride an operator's session (ASVS 5.0, 3.5.4). A name that
//! nobody has behaves as the public one does.

use super::asker::Asker;
use crate::app::App;
use crate::checkout;
use crate::connections::endpoints::CALLBACK_PATH;
use crate::problem::{Kind, Problem};
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use kamurj_pages::REPORTS_PATH;
use kamurj_store::{Error, attempts, links, merchants, payments};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use url::{Host, Url};

/// How long names are known before they are read again, in milliseconds: they may be changed from the command line.
pub const EVERY_MS: i64 = 5_000;

/// The merchants that have a host name, by id.
#[derive(Default)]
pub struct Hosts {
    known: RwLock<BTreeMap<String, String>>,
    next_at: AtomicI64,
}

impl Hosts {
    /// The merchant's own host name.
    pub fn of(&self, merchant_id: &str) -> Option<String> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(merchant_id).cloned()
    }

    /// Lets the names be read again before their time.
    pub fn forget(&self) {
        self.next_at.store(i64::MIN, Ordering::Relaxed);
    }

    fn whose(&self, host: &str) -> Option<String> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|(_, own)| *own == host).map(|(merchant, _)| merchant.clone())
    }
}

/// Reads the names if it is time. What cannot be read now stays as it was known.
pub async fn if_due(app: &App) {
    let hosts = &app.front.hosts;
    if hosts.next_at.load(Ordering::Relaxed) > app.now() {
        return;
    }
    let read = async { merchants::hosts(&mut app.db.read().await?).await };
    match read.await {
        Ok(known) => {
            *hosts.known.write().unwrap_or_else(PoisonError::into_inner) = known;
            hosts.next_at.store(app.now() + EVERY_MS, Ordering::Relaxed);
        }
        Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "host names could not be read"),
    }
}

/// A host name as it is kept: lower case, in ASCII, with a dot in it and no port. `None`: it is no such name.
pub fn plain(text: &str) -> Option<String> {
    let Ok(Host::Domain(name)) = Host::parse(text) else { return None };
    let is_plain = name.len() <= 253 && name.contains('.') && !name.ends_with('.') && !name.contains("..");
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
    (is_plain && name.bytes().all(letters)).then_some(name)
}

/// The host name of an address.
pub fn of_url(url: &str) -> Option<String> {
    Url::parse(url).ok()?.host_str().map(str::to_owned)
}

/// Lets through what answers on the host that was asked for.
pub async fn gate(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if_due(&app).await;
    let path = request.uri().path();
    let host = asked(&request);
    let is_checkout = path.starts_with("/p/") || path.starts_with("/r/");
    if let Some(console) = app.front.settings.console_url.as_deref().and_then(of_url) {
        let is_console = host.as_deref() == Some(&console);
        if (is_console && is_checkout) || (!is_console && (path == CALLBACK_PATH || is_operators(path))) {
            return nothing();
        }
        if is_console {
            return next.run(request).await;
        }
    }
    let Some(merchant) = host.and_then(|host| app.front.hosts.whose(&host)) else { return next.run(request).await };
    let is_file = ["/b/", "/f/", "/c/", "/favicon.ico"].iter().any(|folder| path.starts_with(folder));
    if path == REPORTS_PATH || is_file {
        return next.run(request).await;
    }
    if !is_checkout {
        return nothing();
    }
    match owner(&app, path).await {
        Ok(owner) if owner.as_ref() == Some(&merchant) => next.run(request).await,
        // The same as a link that never was.
        Ok(_) => {
            let (parts, _) = request.into_parts();
            let asker = Asker::of(&app, &parts);
            checkout::nowhere(&app, &asker, &parts.headers).await
        }
        Err(error) => Problem::from(error).into_response(),
    }
}

/// Whether this is an address of the console.
fn is_operators(path: &str) -> bool {
    path == "/console" || path.starts_with("/console/")
}

fn nothing() -> Response {
    Problem::new(Kind::NotFound, "No route has this address.").into_response()
}

fn asked(request: &Request) -> Option<String> {
    let named = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).map(str::to_owned);
    let host = named.or_else(|| request.uri().host().map(str::to_owned))?;
    let bare = match host.rsplit_once(':') {
        Some((bare, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => bare,
        _ => &host,
    };
    Some(bare.trim_end_matches('.').to_ascii_lowercase())
}

/// Whose page is at this path.
async fn owner(app: &App, path: &str) -> Result<Option<String>, Error> {
    let mut parts = path.split('/').skip(1);
    let (Some(kind), Some(first)) = (parts.next(), parts.next()) else { return Ok(None) };
    let mut tx = app.db.read().await?;
    if kind == "p" {
        let hash = app.link_hash(first);
        if let Some(payment) = payments::by_token(&mut tx, &hash).await? {
            return Ok(Some(payment.merchant_id));
        }
        return Ok(links::by_token(&mut tx, &hash).await?.map(|link| link.merchant_id));
    }
    if let Some(account) = parts.next() {
        return Ok(merchants::account(&mut tx, account).await?.map(|account| account.merchant_id));
    }
    let Some(attempt) = attempts::by_return(&mut tx, &app.return_hash(first)).await? else { return Ok(None) };
    Ok(payments::by_id(&mut tx, &attempt.payment_id).await?.map(|payment| payment.merchant_id))
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_host_name_is_kept_in_one_form_and_anything_else_is_none() {
        assert_eq!(plain("Pay.Shop.am").as_deref(), Some("pay.shop.am"));
        assert_eq!(plain("վճար.am").as_deref().map(|name| name.starts_with("xn--")), Some(true));
        for wrong in [
            "",
            "shop",
            "pay.shop.am:8443",
            "https://pay.shop.am",
            "pay.shop.am/x",
            "127.0.0.1",
            "[::1]",
            "a..b",
            "x.am.",
        ] {
            assert_eq!(plain(wrong), None, "{wrong}");
        }
    }
}
