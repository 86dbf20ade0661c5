//! The Telcell adapter against the sandbox's Telcell over HTTP, and against answers made by hand where that one cannot say it.

mod account;
mod by_hand;
mod callback;
mod calls;
mod cuts;
mod form;
mod settings;
