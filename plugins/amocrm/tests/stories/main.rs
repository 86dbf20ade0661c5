//! What the amoCRM and Kommo plugin does in a merchant's account, told against a double of it.

mod account;
mod comparing;
mod invoices;
mod kept;
mod leads;
mod lost;
mod merchant;
mod messages;
mod noted;
mod refusals;
mod requests;
mod setup;
mod tasks;
