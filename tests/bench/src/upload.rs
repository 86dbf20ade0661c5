//! The row about uploads: from the first byte of a component to an active installation, over HTTP, with the server's own
//! compile worker; beside the compiler alone.

use std::path::Path;

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use tokio::runtime;

use crate::row::{Book, Row, say, sig};
use crate::shop::{self, Shop, TOKEN};
use crate::times::{Times, nanos, now};
use crate::{Failed, bare, guests};

/// Measures the row.
pub(crate) fn measure(book: &mut Book, component: &[u8], server: &Path, quick: bool) -> Result<(), Failed> {
    let rounds = if quick { 3 } else { 9 };
    let kilobytes = component.len() / 1024;
    say(&format!("     upload: {rounds} components of {kilobytes} KiB …"));
    let host = runtime::Builder::new_multi_thread().enable_all().build()?;
    let (mut ready, mut active, mut alone) = (Times::default(), Times::default(), Times::default());
    host.block_on(async {
        let mut shop = Shop::new(server)?;
        let app = shop.app().await?;
        let (_, key) = shop::merchant(&app, "Uploads").await?;
        app.db.close().await;
        shop.serves().await?;
        for round in 0..=rounds {
            let component = guests::renamed("measured", &format!("measured-{round}"))?;
            let began = now();
            bare::precompile(&component)?;
            let compiled = nanos(began.elapsed());
            let seen = uploaded(&shop, &key, component).await?;
            if round > 0 {
                alone.add(vec![compiled], 0);
                ready.add(vec![seen.0], 0);
                active.add(vec![seen.1], 0);
            }
        }
        Ok::<(), Failed>(())
    })?;
    let ms = |times: &Times| times.median() / 1e6;
    let note = format!("a Rust guest of {kilobytes} KiB; ready to install after {} ms", sig(ms(&ready)));
    book.write(
        &Row::new("upload", "upload to active", ms(&active), "ms")
            .beside("the compiler alone", ms(&alone))
            .noting(note),
    )
}

/// Uploads, waits, installs, grants and activates; nanoseconds until it was ready and until it was active.
async fn uploaded(shop: &Shop, key: &str, component: Vec<u8>) -> Result<(u64, u64), Failed> {
    let began = now();
    let upload = shop.http.post(format!("{}/v1/plugins", shop.url)).bearer_auth(key);
    let taken = upload.header(CONTENT_TYPE, "application/wasm").body(component).send().await?;
    let taken: Value = serde_json::from_str(&taken.text().await?)?;
    let digest = taken["digest"].as_str().ok_or_else(|| format!("the upload was answered {taken}"))?.to_owned();
    shop.until("the component is ready", async || {
        let seen = shop.asks(key, Method::GET, &format!("/v1/plugins/{digest}"), &Value::Null).await?;
        match seen["stage"].as_str() {
            Some("ready") => Ok(Some(())),
            Some("rejected") => Err(seen.to_string().into()),
            _ => Ok(None),
        }
    })
    .await?;
    let ready = nanos(began.elapsed());
    let body = json!({ "plugin": digest, "settings": {}, "secrets": { "token": TOKEN } });
    let made = shop.asks(key, Method::POST, "/v1/installations", &body).await?;
    let place = format!("/v1/installations/{}", made["id"].as_str().unwrap_or_default());
    shop.asks(key, Method::PATCH, &place, &json!({ "grants": "all" })).await?;
    let active = shop.asks(key, Method::POST, &format!("{place}/activate"), &json!({ "skip_check": true })).await?;
    if active["state"] == "active" { Ok((ready, nanos(began.elapsed()))) } else { Err(active.to_string().into()) }
}
