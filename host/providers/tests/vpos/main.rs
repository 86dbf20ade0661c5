//! The VPOS.am adapter against a bank that answers over HTTP: the sandbox's bank where it can say it, and answers made
//! by hand where it cannot.

mod account;
mod by_hand;
mod cancel;
mod lookup;
mod push;
mod refund;
mod refund_lookup;
mod settings;
mod start;
mod statement;
mod webhook;
