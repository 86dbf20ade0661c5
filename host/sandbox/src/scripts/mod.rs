//! Scripts: rehearsals of bad days. A script is plain text, one step a line, which is played with the orders of a gateway by
//! the sandbox's clock. It speaks to every gateway by the same handle and must not know any gateway's protocol.

mod effect;
mod grammar;
mod ready;
mod script;
mod stage;
mod words;

pub use grammar::STEPS;
pub use ready::{READY, Ready};
pub use script::{Orders, Script, ScriptError};
pub use stage::{LogLine, ScriptView, Scripts};
