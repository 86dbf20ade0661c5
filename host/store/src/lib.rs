//! What is kept: merchants, payments with their facts and journal, the inbox, the deliveries owed, the work that is due.
//!
//! Payment state is written by `road` alone, and `road` alone owes deliveries; the functions that could do so elsewhere are
//! private to this crate. Nothing here calls the outside or reads a clock.

pub mod api_keys;
pub mod attempts;
pub mod audit;
pub mod audit_log;
pub mod branding;
pub mod catalogue;
pub mod changed;
pub mod checkpoints;
pub mod comparisons;
pub mod connections;
pub mod conversations;
pub mod db;
pub mod defect;
pub mod deliveries;
pub mod erasures;
pub mod events;
pub mod exceptions;
pub mod facts;
pub mod idempotency;
pub mod inbox;
pub mod installations;
pub mod jobs;
pub mod journal;
pub mod key_ring;
pub mod limits;
pub mod links;
pub mod merchants;
pub mod movements;
pub mod occurrences;
pub mod opens;
pub mod operators;
pub mod order_sequences;
pub mod overview;
pub mod payments;
pub mod plugins;
pub mod provider_accounts;
pub mod provider_calls;
pub mod reconciliations;
pub mod refunds;
pub mod reminders;
pub mod restorations;
pub mod road;
pub mod runs;
pub mod sealed;
pub mod search;
pub mod secrets;
pub mod sends;
pub mod state;

pub use db::{Db, Error, Tx};
