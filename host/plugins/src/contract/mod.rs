//! What host and plugins say to each other, as plain Rust: the mirror of the package in `wit/`, for every other crate.
//! It knows no WebAssembly.

mod call;
mod choice;
mod comparison;
mod link;
mod outcome;
mod payment;
mod receipt;
mod setup;

pub use call::{Call, Delivery, InboundRequest, Occurrence};
pub use choice::{ListItem, ListRequest};
pub use comparison::{Difference, Part, Span, Standing, Standings};
pub use kamurj_manifest::{
    ChallengeKind, Class, Encoding, HostRequest, InboundRoute, Key, Manifest, Place, Rate, RateScope, Schedule, Scheme,
    SecretRequest, StateRequest,
};
pub use link::{ChoiceFault, Estimate, LinkChoice, LinkQuestion, PaymentLink, Selection};
pub use outcome::{Outcome, OutcomeKind, Scope};
pub use payment::{ChannelRef, CrmRef, Customer, LineItem, Money, Payment, PaymentRequest, Proposal};
pub use receipt::Receipt;
pub use setup::{Address, Finding, Found, Wish};

/// Free additions: name and value.
pub type Extra = Vec<(String, String)>;
