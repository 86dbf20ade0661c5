//! Turning a host name into addresses. It judges nothing: the client checks what comes back and connects to exactly that.

use std::{io, net::SocketAddr};

use async_trait::async_trait;

/// Asks for the addresses of a name, once per request.
#[async_trait]
pub trait Resolve: Send + Sync {
    /// Every address of `host`, each with `port`.
    async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
}

/// The operating system's resolver.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolve for SystemResolver {
    async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((host, port)).await?.collect())
    }
}
