//! A plugin's manifest: what it is called, what it asks for and what its settings look like. Authors write it as
//! `plugin.toml`; the build tool puts it into the component as JSON, in the custom section `kamurj:manifest`, where the host
//! reads it without running anything. This crate knows no WebAssembly runtime and grants nothing.

mod connection;
mod judge;
mod judge_route;
mod manifest;
mod renewal;
mod route;
mod section;
mod shape;
mod source;

pub use connection::{CallbackHost, ConnectionRequest, Grant, TokenRequest, split_setting};
pub use judge::{is_id, is_origin, is_secret_name, judge};
pub use manifest::{Class, HostRequest, Manifest, Rate, RateScope, Schedule, SecretRequest, StateRequest, VERSION};
pub use renewal::Renewal;
pub use route::{Challenge, ChallengeKind, Encoding, InboundRoute, Key, MOST_BYTES, Place, Scheme, USUAL_BYTES};
pub use section::{SECTION, SectionError, embed, read};
pub use shape::{Shape, shape};
pub use source::{SourceError, from_folder, from_toml};
