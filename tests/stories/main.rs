//! Stories: each says in one sentence what Kamurj promises, and runs on every database.

mod api;
mod binary;
mod cards;
mod crash;
mod disturbed;
mod document;
mod doors;
mod hooks;
mod killed;
mod mismatch;
mod page;
mod sale;
mod secrets;
mod shown;
mod tenancy;
