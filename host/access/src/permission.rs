//! What can be allowed. Every route names one of these; who has which is not known here.

/// One thing that a person, or a key, may be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Permission {
    /// See payments, links, exceptions, deliveries, and all that is shown without more.
    Read,
    /// Make, change, withdraw and look up payments. As a scope of an API key it closes exceptions too: keys that do so are older than
    /// [`Self::Exceptions`].
    Payments,
    /// Give money back.
    Refunds,
    /// Decide what a payment is against or without the bank's word.
    Decisions,
    /// Make and change payment links.
    Links,
    /// Upload plugins, install, grant, activate and remove them; drive their work again, replay and compare their runs.
    Plugins,
    /// Add, change, switch off and try out accounts at providers.
    Providers,
    /// Change how pages look, in both modes.
    Branding,
    /// Try deliveries again, leave them out, send a payment's link once more.
    Deliveries,
    /// Assign exceptions to people, and close them.
    Exceptions,
    /// Upload the bank's reports and decide about their lines.
    Reconciliation,
    /// Take files of payments, movements and customers out of the system.
    Exports,
    /// Add, change and remove the addresses to which webhooks go.
    Webhooks,
    /// Change the merchant's own settings.
    Settings,
    /// Make and revoke API keys.
    Keys,
    /// Invite operators, give them roles, switch them off.
    People,
    /// Read the log of who did what.
    Audit,
    /// See customers' names, telephone numbers and e-mail addresses unmasked.
    Personal,
    /// Erase a customer's personal data for good.
    Erasure,
}

impl Permission {
    /// Every one, in the order of `docs/roles.md`.
    pub const ALL: [Self; 19] = [
        Self::Read,
        Self::Payments,
        Self::Refunds,
        Self::Decisions,
        Self::Links,
        Self::Plugins,
        Self::Providers,
        Self::Branding,
        Self::Deliveries,
        Self::Exceptions,
        Self::Reconciliation,
        Self::Exports,
        Self::Webhooks,
        Self::Settings,
        Self::Keys,
        Self::People,
        Self::Audit,
        Self::Personal,
        Self::Erasure,
    ];

    /// Its word. The seven after `read` are scopes of API keys, too.
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Payments => "payments",
            Self::Refunds => "refunds",
            Self::Decisions => "decisions",
            Self::Links => "links",
            Self::Plugins => "plugins",
            Self::Providers => "providers",
            Self::Branding => "branding",
            Self::Deliveries => "deliveries",
            Self::Exceptions => "exceptions",
            Self::Reconciliation => "reconciliation",
            Self::Exports => "exports",
            Self::Webhooks => "webhooks",
            Self::Settings => "settings",
            Self::Keys => "keys",
            Self::People => "people",
            Self::Audit => "audit",
            Self::Personal => "personal",
            Self::Erasure => "erasure",
        }
    }

    /// The permission with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.word() == word)
    }

    /// Whether an operator must have proven who they are within [`crate::session::STEP_UP_MS`]: where money or data leave, or where a
    /// stolen session could make itself at home (OWASP ASVS 5.0, 7.5.1 and 7.5.3).
    pub fn needs_step_up(self) -> bool {
        match self {
            Self::Refunds
            | Self::Decisions
            | Self::Plugins
            | Self::Providers
            | Self::Exports
            | Self::Webhooks
            | Self::Settings
            | Self::Keys
            | Self::People
            | Self::Erasure => true,
            Self::Read
            | Self::Payments
            | Self::Links
            | Self::Branding
            | Self::Deliveries
            | Self::Exceptions
            | Self::Reconciliation
            | Self::Audit
            | Self::Personal => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Permission;

    #[test]
    fn words_lead_to_their_permission_and_back() {
        for (place, permission) in Permission::ALL.into_iter().enumerate() {
            assert_eq!(permission as usize, place, "{permission:?} is listed twice, or elsewhere than it is declared");
            assert_eq!(Permission::from_word(permission.word()), Some(permission));
        }
        assert_eq!((Permission::from_word("Refunds"), Permission::from_word("")), (None, None));
    }
}
