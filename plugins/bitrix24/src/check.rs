//! The self-test: who we are in the portal, and whether what the settings name exists there. It must not change anything.

use kamurj_crm::Trouble;
use kamurj_sdk::{Host, Outcome, plain};
use serde_json::{Value, json};

use crate::fields;
use crate::funnels::{self, Funnel};
use crate::kind::Kind;
use crate::rest::Rest;
use crate::settings::Settings;

/// The kinds that the settings work with.
pub(crate) fn kinds(settings: &Settings) -> &'static [Kind] {
    if settings.has_invoices() { &Kind::ALL } else { &[Kind::Deal] }
}

/// Says what was found, or what has to be mended.
pub(crate) fn check(host: &impl Host) -> Result<Outcome, Outcome> {
    let settings = Settings::read(host)?;
    let rest = Rest::new(host, &settings, 1)?;
    let who = who(&rest)?;
    let funnels = funnels::read(&rest, kinds(&settings))?;
    if let Some(wrong) = wrong_stage(&settings, &funnels) {
        return Err(wrong);
    }
    let mut missing = Vec::new();
    for kind in kinds(&settings) {
        // Whoever may not see the custom fields may fill them all the same.
        missing.extend(missing_fields(&rest, *kind).unwrap_or_default());
    }
    let stages: usize = settings.crm.stages.len() + settings.invoice_stages.len();
    let mut outcome = Outcome::done();
    outcome.message = format!("Connected as {who}; the {stages} stages of the settings are there");
    if !missing.is_empty() {
        outcome.message =
            format!("{}; {} payment fields are missing: let the set-up make them", outcome.message, missing.len());
    }
    Ok(outcome)
}

/// Who we are.
pub(crate) fn who<H: Host>(rest: &Rest<'_, H>) -> Result<String, Trouble> {
    let profile = rest.read("profile", &json!({}))?;
    let part = |name: &str| profile[name].as_str().unwrap_or_default();
    Ok(plain(&format!("{} {}", part("NAME"), part("LAST_NAME")), 80))
}

/// The first setting that names a stage or funnel which the portal does not have.
pub(crate) fn wrong_stage(settings: &Settings, funnels: &[Funnel]) -> Option<Outcome> {
    let deals = settings.crm.stages.iter().map(|(view, stage)| (format!("stages/{view}"), stage, Kind::Deal));
    let invoices =
        settings.invoice_stages.iter().map(|(view, stage)| (format!("invoice_stages/{view}"), stage, Kind::Invoice));
    let asking = settings.asking().iter().map(|stage| ("requests/stages".to_owned(), stage, Kind::of_stage(stage)));
    for (setting, stage, kind) in deals.chain(invoices).chain(asking) {
        let stage = stage.trim();
        // A code without a funnel is right where any funnel has it; a request's is the default funnel's.
        let has = |funnel: &&Funnel| {
            let short = format!("{}{stage}", kind.stage_prefix(funnel.id));
            let is_short = !stage.contains(':') && setting != "requests/stages";
            funnel.stages.iter().any(|(code, _)| code == stage || is_short && *code == short)
        };
        if !stage.is_empty() && !funnels.iter().filter(|funnel| funnel.kind == kind).any(|funnel| has(&funnel)) {
            let message = format!("`{setting}` names the stage `{}`, which the portal does not have", plain(stage, 60));
            return Some(Outcome::bad_request("stage-gone", &message).whole_connection());
        }
    }
    let has_category = funnels.iter().any(|funnel| funnel.kind == Kind::Deal && funnel.id == settings.category_id);
    if settings.create_deal && !has_category {
        let message =
            format!("`category_id` names the funnel {}, which the portal does not have", settings.category_id);
        return Some(Outcome::bad_request("category_id", &message).whole_connection());
    }
    None
}

/// The payment fields that records of this kind do not have, in one request.
pub(crate) fn missing_fields<H: Host>(rest: &Rest<'_, H>, kind: Kind) -> Result<Vec<&'static fields::Field>, Trouble> {
    let names: Vec<String> = fields::ALL.iter().map(|field| field.name(kind)).collect();
    let calls: Vec<_> = fields::ALL
        .iter()
        .zip(&names)
        .map(|(field, name)| match kind {
            Kind::Deal => (field.code, "crm.deal.userfield.list", json!({ "filter": { "FIELD_NAME": name } })),
            Kind::Invoice => {
                let filter = json!({ "entityId": "CRM_SMART_INVOICE", "fieldName": name });
                (field.code, "userfieldconfig.list", json!({ "moduleId": "crm", "filter": filter }))
            }
        })
        .collect();
    let mut missing = Vec::new();
    for ((field, name), answer) in fields::ALL.iter().zip(&names).zip(rest.read_all(&calls)?) {
        let answer = answer?;
        let listed = if kind == Kind::Deal { &answer } else { &answer["fields"] };
        let is_it = |known: &Value| known["FIELD_NAME"] == name.as_str() || known["fieldName"] == name.as_str();
        if !listed.as_array().into_iter().flatten().any(is_it) {
            missing.push(field);
        }
    }
    Ok(missing)
}
