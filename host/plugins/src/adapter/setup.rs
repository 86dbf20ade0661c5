//! What a plugin is asked to set up and what it found, between the generated types and those of `contract`; what it says is capped
//! as its end is.

use super::{CODE_BYTES, MESSAGE_BYTES};
use crate::{
    bindings::exported::setup as wire,
    contract::{Address, Finding, Found, Outcome, OutcomeKind, Scope, Wish},
    logbook::cut,
    secrets::Keyring,
};

/// The most findings that are kept.
const FINDINGS: usize = 32;

impl From<Address> for wire::Address {
    fn from(address: Address) -> Self {
        Self { path: address.path, url: address.url }
    }
}

impl From<Wish> for wire::Wish {
    fn from(wish: Wish) -> Self {
        Self {
            addresses: wish.addresses.into_iter().map(Into::into).collect(),
            only_look: wish.only_look,
            extra: wish.extra,
        }
    }
}

/// How much a plugin said of what it found.
pub(crate) fn findings_bytes(findings: &[wire::Finding]) -> usize {
    let of = |finding: &wire::Finding| {
        let extra: usize = finding.extra.iter().map(|(name, value)| name.len() + value.len()).sum();
        finding.name.len() + finding.state.len() + finding.message.len() + extra
    };
    findings.iter().map(of).sum()
}

/// What the plugin found, without secrets and cut to size, and the end of its run: done, with all findings in one line, so that
/// the run's record tells of them.
pub(crate) fn findings_from_wire(findings: Vec<wire::Finding>, keyring: &Keyring) -> (Vec<Finding>, Outcome) {
    let text = |text: String, bytes| cut(keyring.scrub(text), bytes);
    let findings: Vec<Finding> = findings
        .into_iter()
        .take(FINDINGS)
        .map(|finding| Finding {
            name: text(finding.name, CODE_BYTES),
            state: Found::from_word(&finding.state),
            message: text(finding.message, MESSAGE_BYTES),
        })
        .collect();
    let told: Vec<String> = findings.iter().map(|one| format!("{}: {}", one.name, one.state.word())).collect();
    let outcome = Outcome {
        kind: OutcomeKind::Done,
        code: String::new(),
        message: cut(told.join(", "), MESSAGE_BYTES),
        retry_after_ms: None,
        scope: Scope::Message,
        remote_ref: None,
        extra: Vec::new(),
    };
    (findings, outcome)
}
