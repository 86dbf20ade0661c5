//! The payment providers: one file each, native because they hold money. An adapter speaks its provider's protocol and
//! translates; it decides nothing about payments and writes nothing down.

pub mod contract;
pub mod standard_webhooks;
pub mod vpos;

pub use contract::{
    Cancelled, Capabilities, Lookup, LookupOf, Order, Provider, Push, PushRefused, RefundAnswer, RefundLookup,
    RefundOf, RefundOrder, RefundStatement, RefundStatus, Secrets, SessionStatus, SettingsError, Start, Statement,
    Tidings,
};

use kamurj_egress::Egress;

/// The words of the providers that this version speaks with.
pub const PROVIDERS: &[&str] = &[vpos::WORD];

/// The adapter for one provider account.
pub fn adapter(
    provider: &str,
    settings: &str,
    secrets: &Secrets,
    egress: Egress,
) -> Result<Box<dyn Provider>, SettingsError> {
    match provider {
        vpos::WORD => Ok(Box::new(vpos::Vpos::new(settings, secrets, egress)?)),
        _ => Err(SettingsError {
            pointer: "/provider".to_owned(),
            detail: format!("no provider is called `{provider}`; this version has: {}", PROVIDERS.join(", ")),
        }),
    }
}
