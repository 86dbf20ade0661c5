//! `kamurj listen`: prints what happens to payments, and hands it on to a developer's own machine as it would come by a webhook.
//! A tool for a desk: what it hands on it hands on once.

use super::remote::{Server, cause, client, test_key};
use crate::ambient::{SystemClock, SystemEntropy};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use kamurj_domain::{Clock, Entropy};
use reqwest::Client;
use serde_json::{Value, json};
use sha2::Sha256;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// How long between two questions whether something happened.
const PAUSE: Duration = Duration::from_millis(500);
/// How long after one that was not answered.
const LONG_PAUSE: Duration = Duration::from_secs(2);
/// How long a receiver may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where a secret to sign with may be.
const SECRET_VARIABLE: &str = "KAMURJ_LISTEN_SECRET";

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The server's address.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// File with an API key of test mode; the environment's KAMURJ_API_KEY where it is left out.
    #[arg(long)]
    api_key_file: Option<PathBuf>,
    /// Where events are posted, on this machine: http://127.0.0.1:3000/hook. Signed with KAMURJ_LISTEN_SECRET, or a secret
    /// that is made and printed.
    #[arg(long)]
    forward: Option<String>,
    /// Of these types alone, with commas between them: payment.paid,payment.refunded.
    #[arg(long)]
    events: Option<String>,
}

/// Whom events are handed on to.
struct Receiver {
    client: Client,
    url: Url,
    key: Vec<u8>,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), String> {
    let receiver = match &arguments.forward {
        Some(forward) => Some(Receiver::new(forward).await?),
        None => None,
    };
    let server = Server::new(&arguments.url, &test_key(arguments.api_key_file.as_deref())?)?;
    let types = arguments.events.map(|types| format!("&types={}", types.replace(' ', ""))).unwrap_or_default();
    let begin = server.reads(&format!("/v1/events?after=latest{types}")).await?;
    let mut cursor = text(&begin["next_cursor"]);
    super::tell(&format!("listening to {}", arguments.url));
    tokio::select! {
        () = super::interrupted() => Ok(()),
        failed = async {
            loop {
                match server.reads(&format!("/v1/events?after={cursor}{types}")).await {
                    Ok(page) => {
                        let events = page["events"].as_array().map(Vec::as_slice).unwrap_or_default();
                        for event in events {
                            if let Err(why) = super::print(event) {
                                return why;
                            }
                            if let Some(receiver) = &receiver {
                                super::tell(&receiver.take(event).await);
                            }
                        }
                        cursor = text(&page["next_cursor"]);
                        if events.is_empty() {
                            tokio::time::sleep(PAUSE).await;
                        }
                    }
                    Err(why) => {
                        super::tell(&format!("{why}; asking again"));
                        tokio::time::sleep(LONG_PAUSE).await;
                    }
                }
            }
        } => Err(failed),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Receiver {
    async fn new(forward: &str) -> Result<Self, String> {
        let wrong = || "--forward: write an address on this machine, such as http://127.0.0.1:3000/hook".to_owned();
        let url = Url::parse(forward).ok().filter(|url| matches!(url.scheme(), "http" | "https")).ok_or_else(wrong)?;
        if !is_here(&url).await {
            return Err(wrong());
        }
        let given = std::env::var(SECRET_VARIABLE).unwrap_or_default();
        let key = if given.is_empty() {
            let mut key = [0; 32];
            SystemEntropy.fill(&mut key);
            super::tell(&format!("events are signed with whsec_{}", STANDARD.encode(key)));
            key.to_vec()
        } else {
            key_of(&given)
                .ok_or_else(|| format!("{SECRET_VARIABLE}: must be `whsec_` and the base64 of 24 to 64 bytes"))?
        };
        super::tell("each event is handed on once: what is not taken is not sent again");
        Ok(Self { client: client(PATIENCE)?, url, key })
    }

    /// Hands an event on and says what came back.
    async fn take(&self, event: &Value) -> String {
        let (id, kind) = (text(&event["id"]), text(&event["type"]));
        let body = json!({ "type": kind, "timestamp": event["created_at"], "data": event["payment"] }).to_string();
        let at = SystemClock.now().div_euclid(1000);
        let request = self
            .client
            .post(self.url.clone())
            .header("content-type", "application/json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", at)
            .header("webhook-signature", signature(&self.key, &id, at, &body));
        match request.body(body).send().await {
            Ok(answer) => format!("{kind} {id}: answered {}", answer.status().as_u16()),
            Err(error) if error.is_timeout() => format!("{kind} {id}: no answer in {} s", PATIENCE.as_secs()),
            Err(error) => format!("{kind} {id}: no answer: {}", cause(&error)),
        }
    }
}

/// Whether an address is this machine's alone.
async fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain("localhost")) => {
            let found = tokio::net::lookup_host(("localhost", 0)).await;
            found.is_ok_and(|mut addresses| addresses.all(|address| address.ip().is_loopback()))
        }
        _ => false,
    }
}

/// The key in a secret of Standard Webhooks 1.0.0.
fn key_of(secret: &str) -> Option<Vec<u8>> {
    let key = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
    (24..=64).contains(&key.len()).then_some(key)
}

/// The signature over `id.timestamp.body`, as Standard Webhooks 1.0.0 has it.
fn signature(key: &[u8], id: &str, timestamp: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vector_is_signed_alike() {
        let key = key_of("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
        let body = r#"{"type":"payment.paid","timestamp":"2026-11-21T10:05:09Z","data":{"id":"pay_01"}}"#;
        let signed = signature(&key, "msg_pl2041", 1_795_255_509, body);
        assert_eq!(signed, "v1,oX6TJmnNkfhkDGjh0LAfem4cnW00M7t7+5HAo0KrWCE=");
        assert!(key_of("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").is_none() && key_of("whsec_AAEC").is_none());
    }

    #[tokio::test]
    async fn events_go_to_this_machine_alone() {
        for (address, here) in [
            ("http://127.0.0.1:3000/hook", true),
            ("http://127.9.9.9/", true),
            ("http://[::1]:3000/", true),
            ("http://10.0.0.1/", false),
            ("http://0.0.0.0/", false),
            ("https://hooks.example.am/", false),
            ("http://localhost.example.am/", false),
            ("http://[::ffff:10.0.0.1]/", false),
        ] {
            assert_eq!(is_here(&Url::parse(address).unwrap()).await, here, "{address}");
        }
    }
}
