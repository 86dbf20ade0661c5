//! The people who work for merchants: how they come in, what each of them may do, by every door, and what is kept of it.

mod account;
mod audited;
mod doors;
mod links;
mod merchant;
pub(crate) mod roles;
mod sessions;
mod signing_in;
mod tenancy;
