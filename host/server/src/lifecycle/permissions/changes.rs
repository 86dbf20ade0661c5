//! What changed between what one version asks for and what another does.

use super::Permission;

/// How what is asked for differs from what another version asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Names that were not asked for.
    pub added: Vec<String>,
    /// Names that are not asked for any more.
    pub removed: Vec<String>,
    /// Names with other terms.
    pub changed: Vec<String>,
}

/// What changed from the one to the other.
pub fn difference(from: &[Permission], to: &[Permission]) -> Difference {
    let names = |here: &[Permission], kept: &dyn Fn(Option<&Permission>, &Permission) -> bool, there: &[Permission]| {
        here.iter()
            .filter(|one| kept(there.iter().find(|other| other.name == one.name), one))
            .map(|one| one.name.clone())
            .collect()
    };
    let is_absent = |other: Option<&Permission>, _: &Permission| other.is_none();
    let differs = |other: Option<&Permission>, one: &Permission| other.is_some_and(|other| other.terms != one.terms);
    Difference {
        added: names(to, &is_absent, from),
        removed: names(from, &is_absent, to),
        changed: names(to, &differs, from),
    }
}
