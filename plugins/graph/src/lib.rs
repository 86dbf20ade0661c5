//! What Meta's messengers share for plugins: how a call of the Graph API is made and what its refusals mean, what a webhook says, and
//! how a message of Messenger and Instagram is built. It must not know which of them it serves, nor anything about money.
//!
//! Sources, unless a rule names its own: developers.facebook.com, "Messenger Platform", "Instagram Platform" and "Graph API" as of
//! autumn 2026.

#![cfg_attr(not(target_arch = "wasm32"), expect(clippy::result_large_err, reason = "an outcome is made once a call"))]

mod bundle;
mod client;
mod error;
mod form;
mod heard;
mod setup;

pub use bundle::{Turn, each};
pub use client::Graph;
pub use error::GraphError;
pub use form::{parts, quick_replies, with_url};
pub use heard::{Echo, Heard, read};
pub use setup::{Callback, Subscription};
