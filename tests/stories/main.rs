//! Stories: each says in one sentence what Kamurj promises, and runs on every database.

mod binary;
mod crash;
mod disturbed;
mod killed;
mod sale;
mod secrets;
