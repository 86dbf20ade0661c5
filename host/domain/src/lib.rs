//! What money means here: amounts, facts, the fold that turns facts into a status, the journal's chain.
//!
//! This crate does no I/O and knows no time of its own: clock readings, ids and random bytes come in as arguments, so it
//! cannot fail for a reason outside its arguments. Its manifest has no runtime, no database and no HTTP.

pub mod ambient;
pub mod attempt;
pub mod audit;
pub mod brand;
pub mod decision;
pub mod event;
pub mod exception;
pub mod explain;
pub mod fact;
pub mod fold;
pub mod format;
pub mod id;
pub mod journal;
pub mod link;
pub mod money;
pub mod movement;
pub mod order;
pub mod payment;
pub mod refund;
pub mod reminder;
pub mod renewal;
mod report;
pub mod time;
pub mod verdict;
mod window;

pub use ambient::{Clock, Entropy};
pub use attempt::Attempt;
pub use decision::{Decision, Ruling};
pub use event::{Event, events_between};
pub use exception::{Exception, ExceptionKind, Proposal};
pub use fact::{Evidence, Fact, FactKind, Source};
pub use fold::{Action, Outcome, fold, movements};
pub use id::Ids;
pub use link::{LinkKind, Offer};
pub use money::{Currency, Money};
pub use movement::{Movement, MovementKind};
pub use order::Particulars;
pub use payment::{Mode, Policy, Status, Terms};
pub use refund::Purpose;
pub use reminder::Reminders;
