//! What surrounds a page: who looks at it, in which mode and language, and what became of the form that led to it.

use crate::assets::Asset;
use kamurj_domain::format::Language;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Everything that a template is given besides the texts.
#[derive(Debug, Clone, Serialize)]
pub struct Frame {
    /// The language.
    #[serde(skip)]
    pub language: Language,
    /// The one that the response's policy names.
    pub nonce: String,
    /// Now; RFC 3339, UTC.
    pub now: String,
    /// `test` or `live`; `None` outside of both, as when signing in.
    pub mode: Option<&'static str>,
    /// The page's own path with its query, so that other languages and modes can be led to.
    pub here: String,
    /// The address below which pages of this mode are: `/console/live`.
    pub base: String,
    /// The word of the area that the page is in.
    pub area: &'static str,
    /// Who looks at it; `None` before they have signed in.
    pub me: Option<Me>,
    /// The parts of the path that vary.
    pub at: BTreeMap<String, String>,
    /// The page's query.
    pub query: BTreeMap<String, String>,
    /// What was typed, where a form was refused.
    pub values: BTreeMap<String, String>,
    /// Why, where a form was refused.
    pub refusal: Option<Refusal>,
    /// What was done.
    pub done: Option<String>,
    /// Whether what the operator does next that needs it must bring a code.
    pub asks_code: bool,
    /// A new key for the forms of this page.
    pub key: String,
    /// The style sheet and scripts, by name.
    pub assets: BTreeMap<&'static str, Asset>,
    /// The answers that the page shows, by their names.
    #[serde(skip)]
    pub data: Map<String, Value>,
}

/// Who looks at a page.
#[derive(Debug, Clone, Serialize)]
pub struct Me {
    /// `op_…`.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Their role with this merchant.
    pub role: &'static str,
    /// The merchant's id.
    pub merchant: String,
    /// The merchant's name.
    pub merchant_name: String,
    /// What they may do: a word of each permission, all `true`.
    pub may: BTreeMap<&'static str, bool>,
    /// All merchants that they work for.
    pub memberships: Vec<Membership>,
}

/// A merchant that somebody works for.
#[derive(Debug, Clone, Serialize)]
pub struct Membership {
    /// `mer_…`.
    pub merchant: String,
    /// Its name.
    pub name: String,
    /// Their role there.
    pub role: String,
}

/// Why a form was refused.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Refusal {
    /// In one sentence.
    pub detail: String,
    /// What is wrong with which field, by the field's name in the form.
    pub faults: BTreeMap<String, String>,
    /// What is wrong with what is no field of the form.
    pub others: Vec<String>,
}
