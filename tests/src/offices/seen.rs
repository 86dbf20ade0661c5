//! What a manager sees of a payment in a back office.

use super::setup::BOOK;
use super::{Desk, Office, Sale};
use crate::World;
use kamurj_sandbox::sheets::TabView;
use serde_json::Value;

/// A payment as its record shows it. What an office has no place for is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// The manager's word for the status: `paid`, `awaiting_payment`; at the ERP the status itself.
    pub status: String,
    /// The stage of the record.
    pub stage: String,
    /// What is to be paid, decimal text.
    pub amount: String,
    /// What went back, decimal text; empty where nothing did.
    pub refunded: String,
    /// The provider's reference.
    pub reference: String,
    /// When it was paid.
    pub paid_at: String,
    /// Where the customer pays.
    pub link: String,
    /// How many tries were started.
    pub attempts: String,
    /// Notes, oldest first; the rows of a history; the types of events.
    pub notes: Vec<String>,
    /// How many records show this payment.
    pub records: usize,
}

/// A task for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// What it is called, and what it says.
    pub text: String,
    /// Whether nobody has finished it.
    pub is_open: bool,
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl World {
    /// How the payment stands there.
    pub fn seen(&self, desk: &Desk, sale: &Sale) -> Seen {
        match desk.office {
            Office::Bitrix24 => self.seen_in_the_portal(sale),
            Office::Amocrm => self.seen_at_amo(sale),
            Office::Sheets => self.seen_in_the_sheet(sale),
            Office::Erp => self.seen_at_the_erp(sale),
        }
    }

    fn seen_in_the_portal(&self, sale: &Sale) -> Seen {
        let view = self.sandbox.bitrix24.view();
        let of = |deal: &&kamurj_sandbox::bitrix24::ItemView| text(&deal.fields["UF_CRM_PAY_ID"]) == sale.payment;
        let shows = |deal: &&kamurj_sandbox::bitrix24::ItemView| deal.fields.contains_key("UF_CRM_PAY_ID") && of(deal);
        let showing: Vec<_> = view.deals.iter().filter(shows).collect();
        let own = view.deals.iter().find(|deal| deal.id.to_string() == sale.record);
        let Some(deal) = own.or(showing.first().copied()) else { return Seen::default() };
        let field = |name: &str| deal.fields.get(&format!("UF_CRM_PAY_{name}")).map(text).unwrap_or_default();
        let speaks = showing.iter().any(|one| one.id == deal.id);
        let said = |name: &str| if speaks { field(name) } else { String::new() };
        Seen {
            status: said("STATUS"),
            stage: deal.stage_id.clone(),
            amount: said("AMOUNT"),
            refunded: said("REFUNDED"),
            reference: said("REF"),
            paid_at: said("AT"),
            link: said("LINK"),
            attempts: said("ATTEMPTS"),
            notes: deal.comments.iter().map(|comment| comment.text.clone()).collect(),
            records: showing.len(),
        }
    }

    fn seen_at_amo(&self, sale: &Sale) -> Seen {
        let view = self.sandbox.amocrm.view();
        let showing: Vec<_> = view.leads.iter().filter(|lead| lead.value("PAY_ID") == Some(&sale.payment)).collect();
        let own = view.leads.iter().find(|lead| lead.id.to_string() == sale.record);
        let Some(lead) = own.or(showing.first().copied()) else { return Seen::default() };
        let speaks = showing.iter().any(|one| one.id == lead.id);
        let said = |code: &str| {
            let value = lead.value(code).filter(|_| speaks).unwrap_or_default();
            value.strip_suffix(" AMD").unwrap_or(value).to_owned()
        };
        Seen {
            status: said("PAY_STATUS"),
            stage: format!("{}/{}", lead.pipeline, lead.status),
            amount: said("PAY_AMOUNT"),
            refunded: said("PAY_REFUNDED"),
            reference: said("PAY_REF"),
            paid_at: said("PAY_AT"),
            link: said("PAY_LINK"),
            attempts: said("PAY_ATTEMPTS"),
            notes: lead.notes.iter().map(|note| note.text.clone()).collect(),
            records: showing.len(),
        }
    }

    fn seen_in_the_sheet(&self, sale: &Sale) -> Seen {
        let view = self.sandbox.sheets.view();
        let book = view.spreadsheets.iter().find(|book| book.id == BOOK).expect("the stories' spreadsheet");
        let rows = |title: &str| book.tabs.iter().find(|tab| tab.title == title).map(rows_of).unwrap_or_default();
        let of = |row: &&Vec<(String, String)>| row.iter().any(|(_, value)| *value == sale.payment);
        let payments = rows("Payments");
        let showing: Vec<_> = payments.iter().filter(of).collect();
        let history = rows("History");
        let mut notes: Vec<String> = history
            .iter()
            .filter(of)
            .map(|row| row.iter().find(|(name, _)| name == "Event").map(|(_, event)| event.clone()).unwrap_or_default())
            .collect();
        // The newest stands on top.
        notes.reverse();
        let Some(row) = showing.first() else { return Seen { notes, ..Seen::default() } };
        let said = |name: &str| row.iter().find(|(known, _)| known == name).map(|(_, v)| v.clone()).unwrap_or_default();
        Seen {
            status: said("Status"),
            stage: String::new(),
            amount: said("Amount"),
            refunded: said("Refunded"),
            reference: said("Bank reference"),
            paid_at: said("Paid at"),
            link: said("Link"),
            attempts: said("Attempts"),
            notes,
            records: showing.len(),
        }
    }

    fn seen_at_the_erp(&self, sale: &Sale) -> Seen {
        let view = self.sandbox.erp.view();
        let about = |event: &&kamurj_sandbox::erp::EventView| event.payment_id.as_deref() == Some(&sale.payment);
        let notes = view.events.iter().filter(about).map(|event| event.kind.clone()).collect();
        let Some(payment) = view.payments.iter().find(|payment| payment.payment_id == sale.payment) else {
            return Seen { notes, ..Seen::default() };
        };
        let newest = view.events.iter().rev().filter(about).find(|event| event.version == Some(payment.version));
        let body: Value = newest.and_then(|event| serde_json::from_str(&event.body).ok()).unwrap_or_default();
        let data = &body["data"];
        let refunded = text(&data["refunded"]["value"]);
        Seen {
            status: payment.status.clone(),
            stage: String::new(),
            amount: payment.amount.clone(),
            refunded: if refunded == "0" { String::new() } else { refunded },
            reference: text(&data["provider_reference"]),
            paid_at: text(&data["paid_at"]),
            link: payment.checkout_url.clone().unwrap_or_default(),
            attempts: text(&data["attempts"]),
            notes,
            records: 1,
        }
    }

    /// The tasks of a CRM, oldest first.
    pub fn tasks(&self, desk: &Desk) -> Vec<Task> {
        match desk.office {
            Office::Bitrix24 => {
                let tasks = self.sandbox.bitrix24.view().tasks;
                let seen = |task: kamurj_sandbox::bitrix24::TaskView| Task {
                    text: format!("{}\n{}", task.title, task.description),
                    is_open: !task.is_closed,
                };
                tasks.into_iter().map(seen).collect()
            }
            Office::Amocrm => {
                let leads = self.sandbox.amocrm.view().leads;
                let tasks = leads.into_iter().flat_map(|lead| lead.tasks);
                tasks.map(|task| Task { text: task.text, is_open: !task.is_completed }).collect()
            }
            Office::Sheets | Office::Erp => Vec::new(),
        }
    }

    /// Every call that reached the service.
    pub fn calls_at(&self, office: Office) -> usize {
        match office {
            Office::Bitrix24 => self.sandbox.bitrix24.view().calls.len(),
            Office::Amocrm => self.sandbox.amocrm.view().calls.len(),
            Office::Sheets => self.sandbox.sheets.view().calls.len(),
            Office::Erp => self.sandbox.erp.view().calls.len(),
        }
    }

    /// Whether the service has shut us out, as those do whose callers go on after they were told to wait. Bitrix24 publishes no number:
    /// there it is more than ten calls a minute for half an hour.
    pub fn is_banned(&self, office: Office) -> bool {
        match office {
            Office::Bitrix24 => self.sandbox.bitrix24.view().patience.over_limit_calls > 300,
            Office::Amocrm => self.sandbox.amocrm.view().banned,
            Office::Sheets | Office::Erp => panic!("{office:?} shuts nobody out"),
        }
    }
}

/// The rows below the heading, each cell with its column's heading.
fn rows_of(tab: &TabView) -> Vec<Vec<(String, String)>> {
    let mut rows = tab.rows.iter().map(|row| row.cells.iter().map(|cell| cell.shown.clone()).collect::<Vec<_>>());
    let Some(headings) = rows.next() else { return Vec::new() };
    rows.map(|row| headings.iter().cloned().zip(row).collect()).collect()
}
