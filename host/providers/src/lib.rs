//! The payment providers: one file each, native because they hold money. An adapter speaks its provider's protocol and
//! translates; it decides nothing about payments and writes nothing down.

pub mod ameriabank;
pub mod contract;
pub mod currency;
pub mod entered;
pub mod fastshift;
pub mod idram;
pub mod line;
pub mod rbs;
pub mod signatures;
pub mod standard_webhooks;
pub mod telcell;
pub mod vpos;

pub use contract::{
    Amounts, Cancelled, Capabilities, Cause, Checked, Family, Hint, Lookup, LookupOf, Order, OrderNumber, Outcome,
    Provider, Push, PushRefused, Pushed, Pushes, RefundAnswer, RefundLookup, RefundOf, RefundOrder, RefundQuestions,
    RefundStatement, RefundStatus, Reply, Secrets, SessionStatus, SettingsError, Start, Statement, Tidings,
};
pub use line::{Book, Call, Line};

/// The providers that this version speaks with.
pub const FAMILIES: &[Family] =
    &[ameriabank::FAMILY, fastshift::FAMILY, idram::FAMILY, rbs::FAMILY, telcell::FAMILY, vpos::FAMILY];

/// The provider with this word.
pub fn family(word: &str) -> Result<&'static Family, SettingsError> {
    FAMILIES.iter().find(|family| family.word == word).ok_or_else(|| {
        let words: Vec<&str> = FAMILIES.iter().map(|family| family.word).collect();
        SettingsError {
            pointer: "/provider".to_owned(),
            detail: format!("no provider is called `{word}`; this version has: {}", words.join(", ")),
        }
    })
}

/// The adapter for one provider account: its settings are a JSON object.
pub fn adapter(
    provider: &str,
    settings: &str,
    secrets: &Secrets,
    line: Line,
) -> Result<Box<dyn Provider>, SettingsError> {
    let family = family(provider)?;
    if let Some(unknown) = secrets.names().find(|name| !family.secrets.contains(name)) {
        return Err(SettingsError {
            pointer: format!("/secrets/{unknown}"),
            detail: format!("is not known; the names are {}", family.secrets.join(", ")),
        });
    }
    (family.open)(settings, secrets, line.hiding(secrets))
}
