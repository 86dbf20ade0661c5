//! The JSON API under `/v1`: authenticate, read, decide, write, answer. One file a resource.

pub mod acts;
pub mod asked;
pub mod auth;
pub mod body;
pub mod deliveries;
pub mod exceptions;
pub mod explain;
pub mod idempotency;
pub mod journal;
pub mod link_body;
mod link_parts;
pub mod link_shown;
mod page;
pub mod payment;
pub mod payment_links;
pub mod payments;
pub mod refunds;
mod refusals;
pub mod replays;
pub mod runs;
pub mod search;
mod step_shown;
pub mod write;
