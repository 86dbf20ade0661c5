//! The Ameriabank adapter against a bank that answers over HTTP: the sandbox's double where it can say it, and answers made by
//! hand where it cannot.

mod account;
mod by_hand;
mod lookup;
mod money_back;
mod returns;
mod settings;
mod start;
mod statement;
