//! What the store promises, checked on SQLite and on PostgreSQL. The tests of one engine end in its name, so that
//! `--skip ::postgres` leaves the server's out.

mod catalogue;
mod database;
mod idempotency;
mod inbox;
mod jobs;
mod journal;
mod reading;
mod road;
mod state;
