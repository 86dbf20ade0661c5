//! Leads that are in the stages in which they ask for a payment: for what a lost message would have told. Looked through page by page,
//! because one run makes few requests and messages may be lost by the hundred. It must not make a payment.

use kamurj_crm::{Target, Trouble, requests};
use kamurj_sdk::{Host, Occurrence, Outcome};

use crate::account::Account;
use crate::api::{embedded, id_of, query};
use crate::lead::{LEAD, is_deleted, standing};
use crate::refusal::Refused;
use crate::settings::{Settings, split};

/// Leads of one page; and of the small pages that are asked for where one does not fit into an answer.
const PAGE: u32 = 25;
const SMALL: u32 = 5;

const MINUTE_MS: u64 = 60 * 1000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;
/// The service tries a message again for an hour and a half; what is older than it was looked for then.
const OVERLAP_MS: u64 = 2 * HOUR_MS;
/// After a longer standstill a person looks.
const LONGEST_MS: u64 = 7 * DAY_MS;
/// When the last look was finished that found everything until then.
const CAUGHT: &str = "caught";

/// Asks the leads that changed since the last look.
pub(crate) fn catch_up(host: &impl Host, settings: &Settings, occurrence: &Occurrence) -> Result<Outcome, Outcome> {
    let until = number(host, CAUGHT)?;
    let since = until.unwrap_or(occurrence.due_at).saturating_sub(OVERLAP_MS);
    let since = since.max(occurrence.due_at.saturating_sub(LONGEST_MS));
    let place = format!("page.{}", occurrence.id);
    let page = number(host, &place)?.and_then(|page| u32::try_from(page).ok()).unwrap_or(1);
    let mut account = Account::new(host, settings);
    account.page = page;
    let end = requests::catch_up(host, &account, &settings.crm, since, occurrence.run)?;
    if end.kind != "done" {
        return Ok(end);
    }
    if account.has_more.get() {
        host.state_set(&place, (page + 1).to_string().as_bytes(), Some(DAY_MS))?;
        return Ok(Outcome::retry("more", "There are more leads to look at.").after_ms(1000));
    }
    host.state_delete(&place)?;
    host.state_set(CAUGHT, occurrence.due_at.to_string().as_bytes(), None)?;
    Ok(Outcome::done())
}

fn number(host: &impl Host, key: &str) -> Result<Option<u64>, Outcome> {
    let entry = host.state_get(key)?;
    Ok(entry.and_then(|entry| String::from_utf8(entry.value).ok()?.parse().ok()))
}

impl<H: Host> Account<'_, H> {
    /// The leads of this account's page that are in one of these stages and changed since. They are read whole, so that they need not
    /// be read again.
    pub(crate) fn leads_in(&self, stages: &[String], since_ms: u64) -> Result<Vec<Target>, Trouble> {
        let mut pairs = vec![("with".to_owned(), "contacts,catalog_elements".to_owned())];
        let full = stages.iter().filter_map(|stage| split(stage).0.map(|pipeline| (pipeline, split(stage).1)));
        for (at, (pipeline, status)) in full.enumerate() {
            pairs.push((format!("filter[statuses][{at}][pipeline_id]"), pipeline.to_owned()));
            pairs.push((format!("filter[statuses][{at}][status_id]"), status.to_owned()));
        }
        pairs.push(("filter[updated_at][from]".to_owned(), (since_ms / 1000).to_string()));
        pairs.push(("order[id]".to_owned(), "asc".to_owned()));
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let asked = query(&pairs);
        let mut leads = match self.page_of(&asked, PAGE, self.page) {
            Ok(leads) => leads,
            Err(Refused::TooLarge(_)) => {
                let mut leads = Vec::new();
                for part in 1..=PAGE / SMALL {
                    leads.extend(self.page_of(&asked, SMALL, (self.page - 1) * (PAGE / SMALL) + part)?);
                    if !self.has_more.get() {
                        break;
                    }
                }
                leads
            }
            Err(refused) => return Err(refused.into()),
        };
        // A filter that was not looked at lists everybody's leads.
        leads.retain(|lead| !is_deleted(lead) && stages.contains(&standing(lead).stage));
        for lead in &leads {
            self.remember(lead);
        }
        Ok(leads.iter().filter_map(id_of).map(|id| Target::new(LEAD, &id.to_string())).collect())
    }

    fn page_of(&self, asked: &str, limit: u32, page: u32) -> Result<Vec<serde_json::Value>, Refused> {
        let mut answer = self.api.get(&format!("leads?{asked}&limit={limit}&page={page}"))?;
        self.has_more.set(answer["_links"]["next"].is_object());
        Ok(embedded(&mut answer, "leads"))
    }
}
