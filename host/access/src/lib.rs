//! Operators: what each role may do, how people prove who they are, how long that proof lasts, and what is shown to those who may not see
//! customers' data. Rules alone: time and chance come in as arguments, and nothing here knows HTTP, the store or a merchant.

pub mod mask;
pub mod password;
mod permission;
pub mod recovery;
mod role;
pub mod session;
pub mod throttle;
pub mod totp;

pub use permission::Permission;
pub use role::Role;
