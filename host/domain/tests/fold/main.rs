//! The money core against the product's rules: the status table row by row, the same answer in every order, the promises
//! that hold for any set of facts, and what follows for those who are told. Knows only the crate's public functions.

mod alphabet;
mod case;
mod chance;
mod document;
mod events;
mod explain;
mod money;
mod movements;
mod notation;
mod order;
mod promises;
mod stepwise;
mod table;
mod table_conflicts;
mod table_decisions;
mod table_losses;
mod table_refunds;
mod table_reports;
mod table_time;
mod words;
