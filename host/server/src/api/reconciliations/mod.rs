//! `/v1/reconciliations`: banks' reports handed in, and what came of holding them against our movements. The work itself is
//! `reconciling`.

pub mod create;
pub mod daily;
pub mod lines;
pub mod mapping_body;
pub mod preview;
pub mod report_body;
pub mod reports;

use crate::problem::FieldError;
use kamurj_providers::family;

/// The longest name of a file, in characters.
const MAX_NAME: usize = 200;

/// What is wrong with this provider's word, if anything.
fn provider_fault(provider: &str) -> Option<FieldError> {
    let error = family(provider).err()?;
    Some(FieldError { pointer: "/provider".to_owned(), detail: error.detail })
}

/// The file's name as it is kept: what somebody's computer says of folders is none of our business.
fn base_name(file_name: &str) -> String {
    let name = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    name.chars().filter(|letter| !letter.is_control()).take(MAX_NAME).collect()
}
