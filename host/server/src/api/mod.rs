//! The JSON API under `/v1`: authenticate, read, decide, write, answer. One file a resource.

pub mod asked;
pub mod auth;
pub mod body;
pub mod idempotency;
pub mod journal;
pub mod payment;
pub mod payments;
