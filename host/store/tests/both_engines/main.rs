//! What the store promises, checked on SQLite and on PostgreSQL. The tests of one engine end in its name, so that
//! `--skip ::postgres` leaves the server's out.

mod acts;
mod branding;
mod catalogue;
mod checkpoints;
mod database;
mod erasures;
mod idempotency;
mod inbox;
mod installations;
mod jobs;
mod journal;
mod key_ring;
mod links;
mod movements;
mod overview;
mod provider_accounts;
mod reading;
mod reconciliations;
mod reconciling;
mod refunds;
mod reported;
mod road;
mod search;
mod state;
mod turns;
mod upgrade;
