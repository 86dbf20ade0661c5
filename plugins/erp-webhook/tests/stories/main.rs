//! What the ERP webhook tells and takes, told against a double of a merchant's ERP.

mod answers;
mod erp;
mod events;
mod orders;
mod setup;
mod signatures;
