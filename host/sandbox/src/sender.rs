//! The one client that the doubles deliver webhooks with: it posts bytes and tells what came back. It must not know
//! what it delivers, nor when to try again.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};

/// How long a receiver may take; both services that we double give up after a time of this order.
const TIMEOUT: Duration = Duration::from_secs(15);
/// How much of an answer to a gateway's push is read, in bytes.
const LONGEST_ANSWER: usize = 1024;

/// Posts webhooks. Cheap to clone.
#[derive(Clone)]
pub(crate) enum Sender {
    /// Over the network.
    Client(reqwest::Client),
    /// By a carrier of the caller's.
    Carrier(Arc<dyn Carrier>),
}

/// Carries webhooks in place of sockets, for simulations.
pub trait Carrier: Send + Sync {
    /// Takes bytes to this address: JSON, or what the header `content-type` says. Answers the status and `Retry-After` in seconds; `None`: no answer came.
    fn post(&self, url: String, headers: Vec<(&'static str, String)>, body: String) -> Carried;
}

/// What becomes of a carried webhook.
pub type Carried = Pin<Box<dyn Future<Output = Option<(u16, Option<i64>)>> + Send>>;

/// What a receiver did with a webhook, and what it said.
pub(crate) struct Heard {
    pub(crate) reception: Reception,
    /// The first kilobyte of its answer.
    pub(crate) said: String,
}

/// What a receiver did with a webhook.
pub(crate) enum Reception {
    /// It answered.
    Answered {
        /// HTTP status; redirects are not followed.
        status: u16,
        /// `Retry-After` in seconds, where it was given as a number.
        retry_after_s: Option<i64>,
    },
    /// It did not, and this is why, without the address.
    Silent(&'static str),
}

impl Reception {
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::Answered { status, .. } => Some(*status),
            Self::Silent(_) => None,
        }
    }

    pub(crate) fn is_success(&self) -> bool {
        self.status().is_some_and(|status| (200..300).contains(&status))
    }

    pub(crate) fn retry_after_s(&self) -> Option<i64> {
        match self {
            Self::Answered { retry_after_s, .. } => *retry_after_s,
            Self::Silent(_) => None,
        }
    }
}

impl Sender {
    #[expect(clippy::disallowed_methods, reason = "a double stands outside the host and must not share its egress")]
    pub(crate) fn new() -> Result<Self, reqwest::Error> {
        // The process may have a provider already; either is fine.
        rustls::crypto::ring::default_provider().install_default().ok();
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            // A receiver that was killed and started again must not be met on its old connection.
            .pool_max_idle_per_host(0)
            .build()?;
        Ok(Self::Client(client))
    }

    /// Sends a push of a gateway, and answers its status and the first kilobyte of what was said to it. `None`: no answer.
    /// Where a carrier stands in for the network there are no gateways, and nobody answers.
    pub(crate) async fn push(&self, request: reqwest::RequestBuilder) -> Option<(u16, String)> {
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        Some((status, beginning(answer).await?))
    }

    /// The client that gateways build their pushes with.
    pub(crate) fn client(&self) -> Option<&reqwest::Client> {
        match self {
            Self::Client(client) => Some(client),
            Self::Carrier(_) => None,
        }
    }

    /// Posts JSON bytes as they are.
    pub(crate) async fn post(&self, url: &str, headers: &[(&'static str, String)], body: String) -> Reception {
        self.posted(url, headers, body, TIMEOUT).await.0
    }

    /// The same, and hears what is said to it. A carrier carries no words.
    pub(crate) async fn post_and_hear(&self, url: &str, headers: &[(&'static str, String)], body: String) -> Heard {
        match self.posted(url, headers, body, TIMEOUT).await {
            (reception, None) => Heard { reception, said: String::new() },
            (reception, Some(answer)) => match beginning(answer).await {
                Some(said) => Heard { reception, said },
                None => {
                    Heard { reception: Reception::Silent("Connection closed within the answer"), said: String::new() }
                }
            },
        }
    }

    /// Posts the bytes of a form to a receiver that has so long to answer.
    pub(crate) async fn post_form(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: String,
        deadline: Duration,
    ) -> Reception {
        let mut headers = headers.to_vec();
        headers.push(("content-type", "application/x-www-form-urlencoded".to_owned()));
        self.posted(url, &headers, body, deadline).await.0
    }

    async fn posted(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: String,
        deadline: Duration,
    ) -> (Reception, Option<reqwest::Response>) {
        let client = match self {
            Self::Client(client) => client,
            Self::Carrier(carrier) => {
                let carried = carrier.post(url.to_owned(), headers.to_vec(), body).await;
                let reception = match carried {
                    Some((status, retry_after_s)) => Reception::Answered { status, retry_after_s },
                    None => Reception::Silent("Connection closed before an answer"),
                };
                return (reception, None);
            }
        };
        let mut map = HeaderMap::new();
        map.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in headers {
            let Ok(value) = HeaderValue::from_str(value) else {
                return (Reception::Silent("a header of ours is not sendable"), None);
            };
            map.insert(HeaderName::from_static(name), value);
        }
        let why = match client.post(url).headers(map).timeout(deadline).body(body).send().await {
            Ok(answer) => {
                let wait = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
                let retry_after_s = wait.and_then(|text| text.trim().parse().ok());
                let reception = Reception::Answered { status: answer.status().as_u16(), retry_after_s };
                return (reception, Some(answer));
            }
            Err(error) if error.is_timeout() => "Read timeout expired",
            Err(error) if error.is_connect() => "Connection refused",
            Err(_) => "Connection closed before an answer",
        };
        (Reception::Silent(why), None)
    }
}

/// The first kilobyte of an answer. `None`: the connection ended within it.
async fn beginning(mut answer: reqwest::Response) -> Option<String> {
    let mut said = Vec::new();
    while said.len() < LONGEST_ANSWER {
        match answer.chunk().await {
            Ok(Some(chunk)) => said.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(_) => return None,
        }
    }
    said.truncate(LONGEST_ANSWER);
    Some(String::from_utf8_lossy(&said).into_owned())
}
