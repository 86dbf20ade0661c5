//! What an operator enters alike for every CRM. It must not know which stages a CRM has.

use std::collections::BTreeMap;

use kamurj_sdk::Language;
use serde::Deserialize;

use crate::desk::{Desk, Standing};
use crate::view::View;

/// Settings of every CRM, flattened into a plugin's own.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Settings {
    /// Stages by the view's name. A view without a stage leaves the record where it is.
    #[serde(default)]
    pub stages: BTreeMap<String, String>,
    /// `hy`, `ru` or `en`: notes and tasks.
    #[serde(default)]
    language: Option<String>,
    /// Whether exceptions become tasks.
    #[serde(default)]
    pub tasks: Option<Tasks>,
    /// Whether records ask for payments.
    #[serde(default)]
    pub requests: Option<Requests>,
}

/// How exceptions become tasks.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Tasks {
    /// The CRM's id of the person who gets them; left out: the record's own responsible person.
    #[serde(default)]
    pub responsible: Option<String>,
    /// Hours until they are due; a day where it is left out.
    #[serde(default)]
    pub hours: Option<u32>,
}

/// How records ask for payments.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Requests {
    /// Stages in which a record asks for a payment.
    #[serde(default)]
    pub stages: Vec<String>,
    /// What order numbers begin with; the record's id follows.
    #[serde(default)]
    pub order_prefix: Option<String>,
    /// Life of the link in hours; left out: the merchant's.
    #[serde(default)]
    pub hours: Option<u32>,
    /// `hy`, `ru` or `en` for the customer's page; left out: the merchant's.
    #[serde(default)]
    pub customer_language: Option<String>,
}

impl Settings {
    /// The stage of this view for a record in this funnel.
    pub fn stage(&self, desk: &impl Desk, view: View, funnel: &str) -> Option<String> {
        let stage = self.stages.get(view.name())?.trim();
        if stage.is_empty() { None } else { desk.stage_in(stage, funnel) }
    }

    /// Whether this stage is where the money of a record has been settled.
    pub fn is_settled_stage(&self, desk: &impl Desk, standing: &Standing) -> bool {
        let settled = View::ALL.into_iter().filter(|view| view.is_settled());
        settled
            .into_iter()
            .any(|view| self.stage(desk, view, &standing.funnel).is_some_and(|stage| stage == standing.stage))
    }

    /// The view whose stage this is, where the settings give it to one alone.
    pub fn view_of_stage(&self, desk: &impl Desk, standing: &Standing) -> Option<View> {
        let of_stage =
            |view: &View| self.stage(desk, *view, &standing.funnel).is_some_and(|stage| stage == standing.stage);
        let mut views = View::ALL.into_iter().filter(of_stage);
        let first = views.next()?;
        views.next().is_none().then_some(first)
    }

    /// Language of notes and tasks.
    pub fn language(&self) -> Language {
        Language::from_tag(self.language.as_deref().unwrap_or_default())
    }
}
