//! The RBS adapter against a gateway that answers over HTTP: the sandbox's ArCa where it can say it, and answers made by hand
//! where it cannot.

mod account;
mod by_hand;
mod callback;
mod cancel;
mod check;
mod lookup;
mod refund;
mod settings;
mod start;
mod statement;
