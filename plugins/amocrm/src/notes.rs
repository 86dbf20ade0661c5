//! Notes at a lead. The service takes no key for one, so the newest are searched for a marker. It must not decide what is noted.

use kamurj_crm::{Target, Trouble};
use kamurj_sdk::{Host, Level, Shelf};
use serde_json::{Value, json};

use crate::account::{Account, gone, number};
use crate::api::{embedded, query};
use crate::lead::LEAD;
use crate::refusal::Refused;

/// Markers that are known to stand at their lead. A lead that cannot get a link is looked at again with every change of it; what it was
/// told is then not read each time.
const NOTED: Shelf = Shelf::new("noted");

/// How many of the newest notes are searched. Where they do not fit into one answer, fewer.
const NEWEST: [&str; 3] = ["250", "50", "10"];

impl<H: Host> Account<'_, H> {
    /// Whether a note with this marker is among the newest.
    pub(crate) fn lead_has_note(&self, target: &Target, marker: &str) -> Result<bool, Trouble> {
        let id = number(LEAD, &target.id)?;
        if NOTED.get::<u8>(self.host, marker).ok().flatten().is_some() {
            return Ok(true);
        }
        let there = |note: &Value| note["params"]["text"].as_str().is_some_and(|text| text.contains(marker));
        let found = self.newest_notes(id)?.iter().any(there);
        if found {
            self.know_note(marker);
        }
        Ok(found)
    }

    fn newest_notes(&self, id: &str) -> Result<Vec<Value>, Trouble> {
        let mut last = None;
        for limit in NEWEST {
            let pairs = [("filter[note_type][]", "common"), ("order[id]", "desc"), ("limit", limit)];
            match self.api.get(&format!("leads/{id}/notes?{}", query(&pairs))) {
                Ok(mut answer) => return Ok(embedded(&mut answer, "notes")),
                Err(Refused::Missing(_)) => return Err(gone(LEAD, id)),
                Err(refused @ Refused::TooLarge(_)) => last = Some(refused),
                Err(refused) => return Err(refused.into()),
            }
        }
        last.map_or_else(|| Ok(Vec::new()), |refused| Err(refused.into()))
    }

    /// Adds a note that sets off nothing in the pipeline.
    pub(crate) fn note_lead(&self, target: &Target, text: &str, step: &str) -> Result<(), Trouble> {
        let id = number(LEAD, &target.id)?;
        let body = json!([{
            "note_type": "common",
            "params": { "text": text },
            "is_need_to_trigger_digital_pipeline": false,
        }]);
        // One message may ask for notes at several leads, so the step names the lead.
        match self.api.post(&format!("leads/{id}/notes"), &body, &format!("{step}.{id}")) {
            Ok(_) => {
                if let Some(at) = text.rfind('[') {
                    self.know_note(&text[at..]);
                }
                Ok(())
            }
            Err(Refused::Missing(_)) => Err(gone(LEAD, id)),
            Err(Refused::Invalid(faults, _)) if faults.iter().any(|fault| fault.is_at("entity_id")) => {
                Err(gone(LEAD, id))
            }
            Err(refused) => Err(refused.into()),
        }
    }

    fn know_note(&self, marker: &str) {
        if let Err(error) = NOTED.put(self.host, marker, &1_u8) {
            self.host.log(Level::Warn, "That a note is there could not be kept", &[("error.code", &error.code)]);
        }
    }
}
