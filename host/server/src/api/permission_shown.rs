//! Permissions as the API shows them: by risk, with the names by which they are granted.

use crate::lifecycle::permissions::{Difference, Permission, Risk};
use serde::Serialize;
use utoipa::ToSchema;

/// Something that a plugin asks for.
#[derive(Debug, Serialize, ToSchema)]
pub struct PermissionBody {
    /// The name by which it is granted: `host:https://api.example.am`.
    pub name: String,
    /// In one sentence.
    pub detail: String,
    /// Exactly what, where there is more to it than its name.
    pub terms: Vec<String>,
}

/// Permissions by risk.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct RisksBody {
    /// Look twice: addresses that nobody named exactly, secrets in bodies and queries, messages without a signature.
    pub high: Vec<PermissionBody>,
    /// Data leaves toward an address that the plugin names.
    pub medium: Vec<PermissionBody>,
    /// Little harm.
    pub low: Vec<PermissionBody>,
}

impl RisksBody {
    /// Groups them.
    pub fn show(permissions: Vec<Permission>) -> Self {
        let mut risks = Self::default();
        for Permission { name, terms, risk, detail } in permissions {
            let group = match risk {
                Risk::High => &mut risks.high,
                Risk::Medium => &mut risks.medium,
                Risk::Low => &mut risks.low,
            };
            group.push(PermissionBody { name, detail, terms: terms.into_iter().collect() });
        }
        risks
    }
}

/// How what a version asks for differs from the active version's.
#[derive(Debug, Serialize, ToSchema)]
pub struct DifferenceBody {
    /// Names that the active version does not ask for.
    pub added: Vec<String>,
    /// Names that only the active version asks for.
    pub removed: Vec<String>,
    /// Names that it asks for with other terms.
    pub changed: Vec<String>,
}

impl From<Difference> for DifferenceBody {
    fn from(difference: Difference) -> Self {
        let Difference { added, removed, changed } = difference;
        Self { added, removed, changed }
    }
}
