//! What every CRM plugin does alike, told against the smallest CRM there is.

#![expect(clippy::result_large_err, reason = "the trait's own error, which is made once a call")]

mod asking;
mod book;
mod comparing;
mod exceptions;
mod showing;
