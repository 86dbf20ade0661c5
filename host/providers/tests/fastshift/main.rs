//! The FastShift adapter: against the sandbox's FastShift over HTTP where it can say it, and against answers made by hand
//! where it cannot.

mod account;
mod by_hand;
mod lookup;
mod pushes;
mod settings;
mod start;
