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
    /// Stages of kinds of record that have their own, by the kind and then by the view's name: what a plugin reads under a name of its
    /// own. A kind that is not here goes by [`stages`](Self::stages).
    #[serde(skip)]
    pub stages_of: BTreeMap<String, BTreeMap<String, String>>,
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
    /// The stage of this view for a record of this kind in this funnel.
    pub fn stage(&self, desk: &impl Desk, kind: &str, view: View, funnel: &str) -> Option<String> {
        let stage = self.stages_of.get(kind).unwrap_or(&self.stages).get(view.name())?.trim();
        if stage.is_empty() { None } else { desk.stage_in(stage, funnel) }
    }

    /// Whether this stage is where the money of a record of this kind has been settled.
    pub fn is_settled_stage(&self, desk: &impl Desk, kind: &str, standing: &Standing) -> bool {
        let mut settled = View::ALL.into_iter().filter(|view| view.is_settled());
        settled.any(|view| self.is_stage_of(desk, kind, view, standing))
    }

    /// The views that the settings put where the record stands.
    pub fn views_of_stage(&self, desk: &impl Desk, kind: &str, standing: &Standing) -> Vec<View> {
        View::ALL.into_iter().filter(|view| self.is_stage_of(desk, kind, *view, standing)).collect()
    }

    /// Whether the record stands where the settings put this view.
    fn is_stage_of(&self, desk: &impl Desk, kind: &str, view: View, standing: &Standing) -> bool {
        self.stage(desk, kind, view, &standing.funnel).is_some_and(|stage| stage == standing.stage)
    }

    /// Language of notes and tasks.
    pub fn language(&self) -> Language {
        Language::from_tag(self.language.as_deref().unwrap_or_default())
    }
}
