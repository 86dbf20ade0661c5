//! The client itself: judge, resolve, judge the addresses, connect to exactly those, read up to the cap. It retries
//! nothing and remembers nothing between requests but the TLS settings.

use std::{
    error::Error,
    sync::{Arc, OnceLock},
    time::Duration,
};

use reqwest::{Client, ClientBuilder, redirect};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use tokio::time::{Instant, timeout_at};
use url::{Host, Url};

use crate::{
    Exchange, HostPort, Refusal, Request, Resolve, Response, SendError, SystemResolver,
    addresses::is_public,
    gate::{Target, judge},
    message::{BODY_CAP, headers_of},
};

/// Longest wait for a TCP and TLS connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The hardened HTTP client. Cheap to clone; clones share their settings.
///
/// What cannot happen: a request to an address that was not checked, a followed redirect, a proxy taken from the
/// environment, an answer above the cap in memory, plain `http` to a place that the operator did not list.
#[derive(Clone)]
pub struct Egress {
    inner: Arc<Inner>,
}

struct Inner {
    allow: Vec<HostPort>,
    resolver: Arc<dyn Resolve>,
    tls: OnceLock<ClientConfig>,
    /// Carries what passed the gate in place of a network of sockets.
    exchange: Option<Arc<dyn Exchange>>,
}

impl Egress {
    /// `allow` lists exact hosts and ports that may be private and may be plain `http`.
    pub fn new(allow: Vec<HostPort>) -> Self {
        Self::with_resolver(allow, Arc::new(SystemResolver))
    }

    /// The same with another source of addresses; what it answers is judged all the same.
    pub fn with_resolver(allow: Vec<HostPort>, resolver: Arc<dyn Resolve>) -> Self {
        Self { inner: Arc::new(Inner { allow, resolver, tls: OnceLock::new(), exchange: None }) }
    }

    /// An egress without sockets: what the gate lets pass is handed to `exchange`. For simulations.
    pub fn through(allow: Vec<HostPort>, exchange: Arc<dyn Exchange>) -> Self {
        let resolver = Arc::new(SystemResolver);
        Self { inner: Arc::new(Inner { allow, resolver, tls: OnceLock::new(), exchange: Some(exchange) }) }
    }

    /// The part of the gate that needs no network: scheme, user name, fragment, address literals, port.
    pub fn check(&self, url: &Url) -> Result<(), Refusal> {
        judge(url, &self.inner.allow).map(|_| ())
    }

    /// Sends one request and waits for the whole answer.
    pub async fn send(&self, request: Request) -> Result<Response, SendError> {
        let deadline = Instant::now() + request.timeout;
        let target = judge(&request.url, &self.inner.allow)?;
        let headers = headers_of(&request)?;
        if let Some(exchange) = &self.inner.exchange {
            return exchange.exchange(request).await;
        }
        let client = self.client_for(&target, request.timeout, deadline).await?;
        let mut outgoing = client.request(request.method, request.url).headers(headers);
        if !request.body.is_empty() {
            outgoing = outgoing.body(request.body);
        }
        match timeout_at(deadline, exchange(outgoing)).await {
            Ok(answer) => answer,
            Err(_) => Err(SendError::Ambiguous("no answer in time".to_owned())),
        }
    }

    /// A client that can connect only to the addresses which were checked a moment ago, so that a name that changes
    /// its address between check and use gains nothing.
    async fn client_for(&self, target: &Target, timeout: Duration, deadline: Instant) -> Result<Client, SendError> {
        // Half the budget at most, so that a connection which cannot be made is told apart from a slow answer.
        let mut builder = builder().connect_timeout(CONNECT_TIMEOUT.min(timeout / 2));
        if let Host::Domain(name) = &target.host {
            let found = timeout_at(deadline, self.inner.resolver.resolve(name, target.port))
                .await
                .map_err(|_| SendError::NotSent(format!("`{name}` was not resolved in time")))?
                .map_err(|_| SendError::NotSent(format!("`{name}` cannot be resolved")))?;
            if found.is_empty() {
                return Err(SendError::NotSent(format!("`{name}` has no address")));
            }
            // One inner address among public ones is enough to refuse: an honest name has none.
            if !target.listed && found.iter().any(|address| !is_public(address.ip())) {
                return Err(Refusal::PrivateAddress(name.clone()).into());
            }
            builder = builder.resolve_to_addrs(name, &found);
        }
        let tls = self.inner.tls.get_or_init(tls_settings).clone();
        builder
            .tls_backend_preconfigured(tls)
            .build()
            .map_err(|error| SendError::NotSent(format!("the client cannot start: {}", cause(&error))))
    }
}

#[expect(clippy::disallowed_methods, reason = "this crate is the guarded way out that everybody else is told to use")]
fn builder() -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("kamurj/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .pool_max_idle_per_host(0)
        .http1_only()
}

async fn exchange(outgoing: reqwest::RequestBuilder) -> Result<Response, SendError> {
    let mut answer = outgoing.send().await.map_err(|error| {
        let reason = cause(&error);
        if error.is_connect() || error.is_builder() { SendError::NotSent(reason) } else { SendError::Ambiguous(reason) }
    })?;
    let status = answer.status().as_u16();
    let headers = answer
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| SendError::Ambiguous(cause(&error)))? {
        if body.len() + chunk.len() > BODY_CAP {
            return Err(SendError::TooLarge { status });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Response { status, headers, body })
}

/// The innermost cause in words. The client's own text would name the URL, and the URL may hold a secret.
fn cause(error: &reqwest::Error) -> String {
    let mut innermost: Option<&dyn Error> = error.source();
    while let Some(next) = innermost.and_then(Error::source) {
        innermost = Some(next);
    }
    innermost.map_or_else(|| "the connection failed".to_owned(), ToString::to_string)
}

/// TLS 1.2 and 1.3 with the system's trusted roots.
fn tls_settings() -> ClientConfig {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (usable, _) = roots.add_parsable_certificates(found.certs);
    if usable == 0 {
        tracing::warn!(
            "this machine has no trusted root certificates, so no https request can succeed: install its `ca-certificates` package"
        );
    }
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring supports TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
