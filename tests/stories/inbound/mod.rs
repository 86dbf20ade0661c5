//! Inbound messages for plugins by every kind of proof: who may send, what is the same message again, and what is kept of it.

mod challenges;
mod kept;
mod keys;
mod proofs;
