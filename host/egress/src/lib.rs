//! The one way out: every request that leaves this host for somebody else's machine goes through [`Egress`], which
//! guards addresses, follows nothing and caps everything. It knows no merchant, plugin or secret.

mod addresses;
mod client;
mod exchange;
mod gate;
mod message;
mod resolve;

pub use client::Egress;
pub use exchange::Exchange;
pub use gate::{HostPort, HostPortError, Refusal};
pub use message::{BODY_CAP, HEADERS_CAP, Request, Response, SendError};
pub use reqwest::Method;
pub use resolve::{Resolve, SystemResolver};
pub use url::Url;
