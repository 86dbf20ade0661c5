//! What an author of a Kamurj plugin starts from: the contract's types, a [`Host`] to talk to, and the small tools
//! that every channel and CRM plugin needs. It must not know any particular service.
//!
//! A plugin is plain Rust over `&impl Host`, tested natively with [`testing::MemoryHost`]; the one line
//! [`channel!`] or [`crm!`] turns it into a component. The README shows the whole way.

#![cfg_attr(
    not(target_arch = "wasm32"),
    expect(
        clippy::result_large_err,
        reason = "an outcome is made once a call, and boxing it would burden every author"
    )
)]

pub mod bindings;
mod export;
mod fingerprint;
mod host;
mod http;
mod money;
mod outcome;
mod setup;
mod shelf;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod text;

pub use bindings::exports::kamurj::plugin::choices::{ListItem, ListRequest};
pub use bindings::exports::kamurj::plugin::schedule::Occurrence;
pub use bindings::exports::kamurj::plugin::setup::{Address, Finding, Wish};
pub use bindings::kamurj::plugin::comparisons::{Difference, Part};
pub use bindings::kamurj::plugin::http::{Failure, Request, Response, Slot};
pub use bindings::kamurj::plugin::links::{Choice, Estimate, Fault, PaymentLink, Question, Selection};
pub use bindings::kamurj::plugin::payments::{PaymentRequest, Proposal, Span, Standing, Standings};
pub use bindings::kamurj::plugin::receipts::Receipt;
pub use bindings::kamurj::plugin::state::Entry;
pub use bindings::kamurj::plugin::types::{
    ChannelRef, CrmRef, Customer, Delivery, Error, Extra, InboundRequest, LineItem, Money, Outcome, Payment,
};
pub use fingerprint::fingerprint;
#[cfg(target_arch = "wasm32")]
pub use host::Imports;
pub use host::{Channel, Crm, Host, Level, read_settings};
pub use http::secret;
pub use money::{exponent, minor_to_decimal, parse_amount};
pub use shelf::Shelf;
pub use text::{Language, Measure, clip, plain};

#[doc(hidden)]
pub use wit_bindgen;

/// Keeps the README's examples compiling.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
