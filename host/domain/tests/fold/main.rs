//! The money core against the product's rules: the status table row by row, the same answer in every order, the promises
//! that hold for any set of facts, and what follows for those who are told. Knows only the crate's public functions.

mod chance;
mod events;
mod notation;
mod order;
mod promises;
mod stepwise;
mod table;
mod table_conflicts;
