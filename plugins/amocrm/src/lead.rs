//! Leads: found, made, looked at and written. A lead names no origin of its own, so one that was made for a payment is found by the
//! payment's id in its field. It must not add notes or tasks.

use kamurj_crm::{Shown, Standing, Target, Trouble};
use kamurj_sdk::{Host, Outcome, Payment, minor_to_decimal, plain};
use serde_json::{Map, Value, json};

use crate::account::{Account, gone, number};
use crate::api::{embedded, id_of, query};
use crate::fields;
use crate::refusal::Refused;
use crate::settings::{WON, joined, split};

/// The kind of record, as references have it.
pub(crate) const LEAD: &str = "lead";

/// Longest name of a lead, in characters.
const NAME_CHARS: usize = 200;
/// Leads that are read with one request: what they hold must fit into one answer.
const AT_ONCE: usize = 50;

impl<H: Host> Account<'_, H> {
    /// The oldest lead that was made for this payment. The search looks into every field and may be behind by a moment, so what it
    /// finds is compared.
    pub(crate) fn lead_of(&self, payment: &Payment) -> Result<Option<Target>, Trouble> {
        let path = format!("leads?{}", query(&[("query", &payment.id), ("limit", "50"), ("order[id]", "asc")]));
        let mut answer = self.api.get(&path)?;
        let mut found: Vec<u64> = embedded(&mut answer, "leads")
            .iter()
            .filter(|lead| !is_deleted(lead))
            .filter(|lead| fields::read(lead, fields::PAYMENT).as_deref() == Some(payment.id.as_str()))
            .filter_map(id_of)
            .collect();
        found.sort_unstable();
        Ok(found.first().map(|id| Target::new(LEAD, &id.to_string())))
    }

    /// Makes a lead for this payment.
    pub(crate) fn make_lead(
        &self,
        payment: &Payment,
        shown: &Shown,
        stage: Option<&str>,
        step: &str,
    ) -> Result<Target, Trouble> {
        let mut lead = Map::new();
        lead.insert("name".to_owned(), json!(name(payment)));
        // A price is a whole number in the account's own currency. Any other amount stands in its field alone.
        if let Ok(price) = minor_to_decimal(&payment.amount).parse::<u64>()
            && payment.amount.currency == self.currency()?
        {
            lead.insert("price".to_owned(), json!(price));
        }
        self.put_stage(&mut lead, stage);
        lead.insert("custom_fields_values".to_owned(), fields::of(shown, None));
        let mut answer = match self.api.post("leads", &json!([lead]), step) {
            Ok(answer) => answer,
            Err(refused) => return Err(self.lead_trouble(refused, "new", shown, stage)),
        };
        match embedded(&mut answer, "leads").first().and_then(id_of) {
            Some(id) => Ok(Target::new(LEAD, &id.to_string())),
            // Accepted, and not said as what: it is found by its field.
            None => Err(Trouble::Lost(Outcome::ambiguous("answer", "The answer names no lead."))),
        }
    }

    /// The lead as it is now.
    pub(crate) fn read_lead(&self, id: &str) -> Result<Value, Trouble> {
        let id = number(LEAD, id)?;
        let lead = match self.api.get(&format!("leads/{id}?with=contacts,catalog_elements")) {
            Err(Refused::Missing(_)) => return Err(gone(LEAD, id)),
            other => other?,
        };
        if lead.is_null() || is_deleted(&lead) {
            return Err(gone(LEAD, id));
        }
        self.remember(&lead);
        Ok(lead)
    }

    /// How each of these leads stands; none for one that is gone.
    pub(crate) fn look_at_leads(&self, ids: &[&str]) -> Result<Vec<Option<Standing>>, Trouble> {
        for id in ids {
            number(LEAD, id)?;
        }
        let mut found = Vec::new();
        let mut wanted: Vec<&str> = ids.to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        for part in wanted.chunks(AT_ONCE) {
            found.extend(self.leads_by_id(part)?);
        }
        let one = |id: &&str| {
            let lead = found.iter().find(|lead| id_of(lead).is_some_and(|known| known.to_string() == **id));
            lead.filter(|lead| !is_deleted(lead)).map(|lead| self.compared(lead)).transpose()
        };
        ids.iter().map(one).collect()
    }

    fn leads_by_id(&self, ids: &[&str]) -> Result<Vec<Value>, Trouble> {
        let mut pairs: Vec<(&str, &str)> = ids.iter().map(|id| ("filter[id][]", *id)).collect();
        pairs.push(("limit", "250"));
        match self.api.get(&format!("leads?{}", query(&pairs))) {
            Ok(mut answer) => {
                let leads = embedded(&mut answer, "leads");
                // One that was not asked for: the filter was not looked at, so nothing can be told of those that are not there.
                let asked = |lead: &Value| id_of(lead).is_some_and(|id| ids.contains(&id.to_string().as_str()));
                if leads.iter().all(asked) {
                    return Ok(leads);
                }
                let message = format!("{} lists leads that were not asked for", self.brand());
                Err(Trouble::Ended(Outcome::bad_request("filter", &message)))
            }
            Err(Refused::TooLarge(_)) if ids.len() > 1 => {
                let (first, second) = ids.split_at(ids.len() / 2);
                let mut leads = self.leads_by_id(first)?;
                leads.extend(self.leads_by_id(second)?);
                Ok(leads)
            }
            Err(refused) => Err(refused.into()),
        }
    }

    /// A lead's standing for the comparison: its own price counts where it can be the payment's amount.
    fn compared(&self, lead: &Value) -> Result<Standing, Trouble> {
        let mut standing = standing(lead);
        let (Some(currency), Some(amount)) = (fields::currency(lead), &standing.amount) else { return Ok(standing) };
        let price = price(lead).filter(|price| price != "0");
        if self.settings.compare_prices && price.is_some() && !amount.contains('.') && currency == self.currency()? {
            standing.amount = price;
        }
        Ok(standing)
    }

    /// The full name of a stage for a lead in this pipeline; for a new one where it is empty.
    pub(crate) fn stage_in(&self, stage: &str, pipeline: &str) -> Option<String> {
        let own = self.settings.pipeline_id.as_deref().unwrap_or_default();
        let pipeline = if pipeline.is_empty() { own } else { pipeline };
        match split(stage) {
            (Some(of_stage), _) => (pipeline.is_empty() || of_stage == pipeline).then(|| stage.to_owned()),
            (None, status) if pipeline.is_empty() => Some(status.to_owned()),
            (None, status) => Some(joined(pipeline, status)),
        }
    }

    /// Writes the payment fields and moves the lead if a stage is named. Nothing else of it is touched.
    pub(crate) fn write_lead(&self, id: &str, shown: &Shown, stage: Option<&str>, step: &str) -> Result<(), Trouble> {
        let id = number(LEAD, id)?;
        let mut lead = Map::new();
        if stage.is_some() {
            self.put_stage(&mut lead, stage);
        }
        lead.insert("custom_fields_values".to_owned(), fields::of(shown, self.remembered(id).as_ref()));
        let written = self.api.patch(&format!("leads/{id}"), &Value::Object(lead), step);
        written.map(|_| ()).map_err(|refused| self.lead_trouble(refused, id, shown, stage))
    }

    /// Status and pipeline as numbers; a new lead without a stage begins in the pipeline of the settings.
    fn put_stage(&self, lead: &mut Map<String, Value>, stage: Option<&str>) {
        let (pipeline, status) = match stage {
            Some(stage) => {
                let (pipeline, status) = split(stage);
                (pipeline, Some(status))
            }
            None => (self.settings.pipeline_id.as_deref(), None),
        };
        for (name, value) in [("pipeline_id", pipeline), ("status_id", status)] {
            if let Some(number) = value.and_then(|value| value.parse::<u64>().ok()) {
                lead.insert(name.to_owned(), json!(number));
            }
        }
    }

    /// What a refusal of a written lead is: the record's, a setting's, or the call's.
    fn lead_trouble(&self, refused: Refused, id: &str, shown: &Shown, stage: Option<&str>) -> Trouble {
        match refused {
            Refused::Missing(_) => gone(LEAD, id),
            Refused::Invalid(faults, outcome) => {
                if faults.iter().any(|fault| fault.is_at("status_id") || fault.is_at("pipeline_id")) {
                    let setting = match stage {
                        Some(stage) => format!("`stages.{}` names {}", shown.view.name(), plain(stage, 60)),
                        None => "`pipeline_id` names a pipeline".to_owned(),
                    };
                    let message = format!("{setting}, which {} does not have: choose another one", self.brand());
                    Trouble::Setting(Outcome::bad_request("stage", &message))
                } else if faults.iter().any(crate::refusal::Fault::is_missing_field) {
                    let message = format!("{} lacks the payment fields of leads: run the set-up", self.brand());
                    Trouble::Setting(Outcome::bad_request("fields", &message))
                } else if faults.iter().any(|fault| fault.is_at("id")) {
                    gone(LEAD, id)
                } else {
                    Trouble::Ended(outcome)
                }
            }
            other => other.into(),
        }
    }
}

/// How a lead stands.
pub(crate) fn standing(lead: &Value) -> Standing {
    let (pipeline, status) = (text_of(&lead["pipeline_id"]), text_of(&lead["status_id"]));
    Standing { stage: joined(&pipeline, &status), is_won: status == WON, funnel: pipeline, ..fields::standing(lead) }
}

/// Whether it lies in the bin.
pub(crate) fn is_deleted(lead: &Value) -> bool {
    lead["is_deleted"] == true
}

/// A lead's price as text; none where it has none.
pub(crate) fn price(lead: &Value) -> Option<String> {
    Some(text_of(&lead["price"])).filter(|price| !price.is_empty())
}

/// A number or text as text.
pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

fn name(payment: &Payment) -> String {
    let customer = payment.customer.name.as_deref().or_else(|| payment.channel.as_ref()?.handle.as_deref());
    let mut name = plain(&payment.description, NAME_CHARS / 2);
    if let Some(customer) = customer {
        name = format!("{name} — {}", plain(customer, NAME_CHARS / 4));
    }
    format!("{name} ({})", plain(&payment.order_id, NAME_CHARS / 4))
}
