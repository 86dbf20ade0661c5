//! What the Bitrix24 plugin does in a merchant's portal, told against a double of its REST interface.

mod access;
mod asking;
mod brackets;
mod catching_up;
mod comments;
mod comparing;
mod deals;
mod exceptions;
mod invoices;
mod merchant;
mod methods;
mod portal;
mod refusals;
mod setup;
mod telling;
