//! What host and plugins say to each other, as plain Rust: the mirror of the package in `wit/`, for every other crate.
//! It knows no WebAssembly.

mod call;
mod outcome;
mod payment;

pub use call::{Call, Delivery, InboundRequest, Occurrence};
pub use kamurj_manifest::{
    ChallengeKind, Class, Encoding, HostRequest, InboundRoute, Key, Manifest, Place, Rate, RateScope, Schedule, Scheme,
    SecretRequest, StateRequest,
};
pub use outcome::{Outcome, OutcomeKind, Scope};
pub use payment::{ChannelRef, CrmRef, Customer, LineItem, Money, Payment, PaymentRequest, Proposal};

/// Free additions: name and value.
pub type Extra = Vec<(String, String)>;
