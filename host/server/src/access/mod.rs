//! Who may do what: the one place that decides, for every route of the API whoever asks, with a key, from the console, or for a test.
//! A route says what it needs in its description; a route that says nothing is closed. Knows nothing of payments.

mod audited;
mod caller;
mod gate;
mod permits;

pub(crate) use audited::{Detail, entry};
pub use caller::{Authenticated, key_hash, new_key, prefix};
pub(crate) use gate::{Entered, Gate, pass};
pub use permits::{Door, Permit, Permits};

use crate::problem::{Kind, Problem};
use kamurj_access::Permission;
use kamurj_store::merchants::Caller;

/// What an API key may be made with. The others are for people who are signed in, with their second factor: a key that could make
/// operators or keys would be a door around it.
pub const FOR_KEYS: [Permission; 13] = [
    Permission::Payments,
    Permission::Refunds,
    Permission::Decisions,
    Permission::Links,
    Permission::Plugins,
    Permission::Providers,
    Permission::Branding,
    Permission::Deliveries,
    Permission::Exceptions,
    Permission::Reconciliation,
    Permission::Exports,
    Permission::Webhooks,
    Permission::Audit,
];

/// The words of [`FOR_KEYS`].
pub fn words_for_keys() -> Vec<&'static str> {
    FOR_KEYS.iter().map(|permission| permission.word()).collect()
}

/// Whether the caller may do this. Every key reads, and sees whose the orders are.
pub fn may(caller: &Caller, permission: Permission) -> bool {
    let is_key = caller.session.is_none();
    let is_every_keys = matches!(permission, Permission::Read | Permission::Personal);
    (is_key && is_every_keys) || caller.scopes.iter().any(|word| word == permission.word())
}

/// Refuses a caller who may not do this, and an operator who must prove anew who they are before they do.
pub fn allow(caller: &Caller, permission: Permission) -> Result<(), Problem> {
    if !may(caller, permission) {
        return Err(lacks(caller, permission));
    }
    match &caller.session {
        Some(session) if permission.needs_step_up() && !session.is_confirmed => {
            Err(Problem::new(Kind::StepUp, "Enter a code from your app: this needs a fresh proof of who you are."))
        }
        _ => Ok(()),
    }
}

/// Tells a caller what they lack.
pub(crate) fn lacks(caller: &Caller, permission: Permission) -> Problem {
    let word = permission.word();
    let detail = if caller.session.is_some() {
        format!("Your role, `{}`, may not do this; it needs `{word}`. Ask an owner.", caller.role)
    } else if FOR_KEYS.contains(&permission) {
        format!("This key has no scope `{word}`; use one made with `--scope {word}`.")
    } else {
        format!("No key may do this, it needs `{word}`: sign in to the console.")
    };
    Problem::new(Kind::Forbidden, detail)
}
