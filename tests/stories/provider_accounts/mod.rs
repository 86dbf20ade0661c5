//! Accounts at banks and wallets: entered, tried out, changed and switched off by operators, and chosen for a payment by the
//! merchant or by the payer.

mod by_payer;
mod by_payment;
mod calls;
mod command_line;
mod entering;
mod standing;
mod trying;
