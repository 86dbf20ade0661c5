//! What host and plugins say to each other, as plain Rust: the mirror of the package in `wit/`, for every other crate.
//! It knows no WebAssembly.

mod call;
mod descriptor;
mod outcome;
mod payment;

pub use call::{Call, Delivery, InboundRequest};
pub use descriptor::{Descriptor, HostRequest, InboundRoute, SecretRequest};
pub use outcome::{Outcome, OutcomeKind, Scope};
pub use payment::{ChannelRef, CrmRef, Customer, LineItem, Money, Payment, PaymentRequest};

/// Free additions: name and value.
pub type Extra = Vec<(String, String)>;
