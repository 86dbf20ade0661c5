//! The account's pipelines with their statuses, as they are now. It must not know what a payment's status is.

use kamurj_sdk::{Host, plain};
use serde_json::Value;

use crate::account::Account;
use crate::api::{embedded, id_of};
use crate::refusal::Refused;
use crate::settings::{Settings, split};

/// Longest name, in characters.
const NAME_CHARS: usize = 80;
/// Leads come into a status of this type by themselves and cannot be moved there.
const INCOMING: u64 = 1;

/// A pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pipeline {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Statuses that a lead can be moved to: number and name.
    pub(crate) statuses: Vec<(String, String)>,
}

impl<H: Host> Account<'_, H> {
    /// Every pipeline that is not in the archive.
    pub(crate) fn pipelines(&self) -> Result<Vec<Pipeline>, Refused> {
        let mut answer = self.api.get("leads/pipelines")?;
        let name = |value: &Value| plain(value["name"].as_str().unwrap_or_default(), NAME_CHARS);
        let pipeline = |mut told: Value| {
            let statuses = embedded(&mut told, "statuses");
            let statuses = statuses.iter().filter(|status| status["type"] != INCOMING);
            Some(Pipeline {
                id: id_of(&told)?.to_string(),
                name: name(&told),
                statuses: statuses.filter_map(|status| Some((id_of(status)?.to_string(), name(status)))).collect(),
            })
        };
        let told = embedded(&mut answer, "pipelines");
        Ok(told.into_iter().filter(|told| told["is_archive"] != true).filter_map(pipeline).collect())
    }
}

/// The first setting that names a stage or pipeline which is not there, in words.
pub(crate) fn missing(settings: &Settings, pipelines: &[Pipeline]) -> Option<String> {
    let has_pipeline = |id: &str| pipelines.iter().any(|pipeline| pipeline.id == id);
    let has = |stage: &str| match split(stage) {
        (Some(of_stage), status) => pipelines
            .iter()
            .any(|pipeline| pipeline.id == of_stage && pipeline.statuses.iter().any(|(id, _)| id == status)),
        (None, status) => pipelines.iter().any(|pipeline| pipeline.statuses.iter().any(|(id, _)| id == status)),
    };
    let pipeline =
        settings.pipeline_id.as_deref().filter(|id| !has_pipeline(id)).map(|id| ("pipeline_id".to_owned(), id));
    let stage = settings.named_stages().into_iter().find(|(_, stage)| !has(stage));
    pipeline.or(stage).map(|(setting, value)| {
        format!("`{setting}` names {}, which is not there (any more): choose another one", plain(value, 60))
    })
}
