//! What can be chosen for a setting, asked for by a person who waits: a recorded run of one version, also of one that is not in force.

use super::check;
use super::setup::Ended;
use crate::app::App;
use crate::work::Fault;
use crate::work::plugin_run::End;
use kamurj_domain::format::Language;
use kamurj_plugins::contract::{Call, ListItem, ListRequest};
use kamurj_store::installations::Installation;
use kamurj_store::installations::versions::Version;
use std::sync::Arc;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offered {
    /// Something stands against it before it begins; in words.
    NotNow(String),
    /// These can be chosen.
    Items(Vec<ListItem>),
    /// Nothing could be found out.
    Nothing(Ended),
}

/// Asks the plugin of this version for one list.
pub async fn run(
    app: &Arc<App>,
    installation: &Installation,
    version: &Version,
    name: &str,
    language: Language,
) -> Result<Offered, Fault> {
    match app.shelf.get(&app.runtime, &version.digest).await {
        Ok(plugin) if plugin.exports.choices => {}
        Ok(_) => return Ok(Offered::NotNow("This plugin offers no choices: enter the values by hand.".to_owned())),
        Err(error) => return Ok(Offered::NotNow(error.to_string())),
    }
    let wanted = ListRequest { name: name.to_owned(), language: language.tag().to_owned(), extra: Vec::new() };
    let of_version = check::of_version(installation, version)?;
    let left = match check::asked(app, &of_version, "off", Call::Offer(wanted)).await? {
        Ok(left) => left,
        Err(not_asked) => return Ok(Offered::NotNow(not_asked.words())),
    };
    Ok(match left.end {
        End::Outcome(outcome) if !left.answer.items.is_empty() || outcome.kind.word() == "done" => {
            Offered::Items(left.answer.items)
        }
        end => Offered::Nothing(Ended::of(end)),
    })
}
