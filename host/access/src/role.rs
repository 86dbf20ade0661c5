//! Which role has which permissions: one table, in which what is not written is refused. Who has a role is not known here.

use crate::Permission;
use Permission::{
    Audit, Branding, Decisions, Deliveries, Exceptions, Exports, Keys, Links, Payments, Personal, Plugins, Providers,
    Read, Reconciliation, Refunds, Webhooks,
};

/// What a person is at a merchant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Answers for the shop.
    Owner,
    /// Sells in the chats.
    Manager,
    /// Runs the shop day by day.
    Operator,
    /// Keeps the books.
    Accountant,
    /// Connects systems.
    Developer,
    /// Looks, and changes nothing.
    Auditor,
}

impl Role {
    /// Every one, in the order of `docs/roles.md`.
    pub const ALL: [Self; 6] =
        [Self::Owner, Self::Manager, Self::Operator, Self::Accountant, Self::Developer, Self::Auditor];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Manager => "manager",
            Self::Operator => "operator",
            Self::Accountant => "accountant",
            Self::Developer => "developer",
            Self::Auditor => "auditor",
        }
    }

    /// The role with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }

    /// All that it may do. A permission that is added to the product goes to the owner alone until somebody writes it down here.
    pub const fn permissions(self) -> &'static [Permission] {
        match self {
            Self::Owner => &Permission::ALL,
            Self::Manager => &[Read, Payments, Links, Personal],
            Self::Operator => &[
                Read,
                Payments,
                Refunds,
                Decisions,
                Links,
                Plugins,
                Providers,
                Branding,
                Deliveries,
                Exceptions,
                Reconciliation,
                Exports,
                Webhooks,
                Personal,
            ],
            Self::Accountant => &[Read, Exceptions, Reconciliation, Exports],
            Self::Developer => &[Read, Plugins, Deliveries, Webhooks, Keys],
            Self::Auditor => &[Read, Exports, Audit],
        }
    }

    /// Whether it may do this.
    pub fn may(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }
}

#[cfg(test)]
mod tests {
    use super::Role;

    #[test]
    fn words_lead_to_their_role_and_back() {
        for (place, role) in Role::ALL.into_iter().enumerate() {
            assert_eq!(role as usize, place, "{role:?} is listed twice, or elsewhere than it is declared");
            assert_eq!(Role::from_word(role.word()), Some(role));
        }
        assert_eq!((Role::from_word("Owner"), Role::from_word("admin")), (None, None));
    }
}
