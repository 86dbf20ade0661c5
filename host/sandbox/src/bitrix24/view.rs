//! The portal as the play page and tests see it. It must not know how anything came to be; no secret and no token is in it.

use serde::Serialize;
use serde_json::{Map, Value};

use super::custom::CustomField;
use super::events::EventsView;
use super::faults::Bitrix24Faults;
use super::funnels::{Funnel, Stage};
use super::items::{Item, Kind};
use super::limits::Patience;
use super::payments::PaymentView;
use super::rows::Row;
use super::tasks::TaskView;
use super::timeline::{Comment, CommentView, LogMessage, LogView};
use super::{Bitrix24, State};
use crate::calls::Call;
use crate::locked;

/// Everything the portal knows, as the play page shows it.
#[derive(Clone, Debug, Serialize)]
pub struct Bitrix24View {
    /// Stages of the first funnel of deals, in their order.
    pub stages: Vec<Stage>,
    /// All funnels, those of invoices last.
    pub funnels: Vec<Funnel>,
    /// All deals, oldest first.
    pub deals: Vec<ItemView>,
    /// All smart invoices, oldest first.
    pub invoices: Vec<ItemView>,
    /// Custom fields that exist.
    pub custom_fields: Vec<CustomField>,
    /// All tasks, oldest first.
    pub tasks: Vec<TaskView>,
    /// Payments inside the CRM.
    pub payments: Vec<PaymentView>,
    /// Customers, as id and name.
    pub contacts: Vec<(i64, String)>,
    /// The portal's users, as id and name.
    pub users: Vec<(i64, String)>,
    /// Scopes of the webhook and the app.
    pub scopes: Vec<String>,
    /// Whether their user may administer the CRM.
    pub crm_admin: bool,
    /// The root of the portal's new address, where it was renamed.
    pub renamed_to: Option<String>,
    /// Events: who hears them, and what became of them.
    pub events: EventsView,
    /// How callers behaved at the limits.
    pub patience: Patience,
    /// The faults in force.
    pub faults: Bitrix24Faults,
    /// Every call that arrived.
    pub calls: Vec<Call>,
}

/// A deal or an invoice as the play page shows it.
#[derive(Clone, Debug, Serialize)]
pub struct ItemView {
    /// Id in the portal.
    pub id: i64,
    /// Name on the board.
    pub title: String,
    /// The funnel it is in.
    pub category_id: i64,
    /// The stage it is in.
    pub stage_id: String,
    /// The sum, as the portal writes it.
    pub opportunity: Value,
    /// ISO 4217 code.
    pub currency_id: String,
    /// All fields that were ever set, custom ones under `UF_CRM_…`.
    pub fields: Map<String, Value>,
    /// Comments in the timeline, oldest first.
    pub comments: Vec<CommentView>,
    /// Log messages in the timeline, oldest first.
    pub logs: Vec<LogView>,
    /// What is sold.
    pub rows: Vec<Row>,
    /// Stages it was in, in order, the first one included.
    pub moves: Vec<String>,
    /// Updates that changed something.
    pub saves: u32,
}

impl Item {
    fn view(&self) -> ItemView {
        ItemView {
            id: self.id,
            title: self.text("title").to_owned(),
            category_id: self.number("categoryId"),
            stage_id: self.stage().to_owned(),
            opportunity: self.fields.get("opportunity").cloned().unwrap_or_default(),
            currency_id: self.text("currencyId").to_owned(),
            fields: self.fields.clone(),
            comments: self.comments.iter().map(Comment::view).collect(),
            logs: self.logs.iter().map(LogMessage::view).collect(),
            rows: self.rows.clone(),
            moves: self.moves.clone(),
            saves: self.saves,
        }
    }
}

impl State {
    fn views(&self, kind: Kind) -> Vec<ItemView> {
        self.items.iter().filter(|((of, _), _)| *of == kind).map(|(_, item)| item.view()).collect()
    }
}

impl Bitrix24 {
    /// What the portal knows now.
    pub fn view(&self) -> Bitrix24View {
        let state = locked(&self.state);
        let named = |(id, name): (&i64, &String)| (*id, name.clone());
        Bitrix24View {
            stages: state.first_funnel(Kind::Deal).map(|funnel| funnel.stages.clone()).unwrap_or_default(),
            funnels: state.funnels.clone(),
            deals: state.views(Kind::Deal),
            invoices: state.views(Kind::Invoice),
            custom_fields: state.custom_fields.clone(),
            tasks: state.tasks.values().map(super::tasks::Task::view).collect(),
            payments: state.payments.iter().map(|(id, payment)| payment.view(*id)).collect(),
            contacts: state.contacts.iter().map(|(id, contact)| named((id, &contact.name))).collect(),
            users: state.users.iter().map(named).collect(),
            scopes: state.scopes.iter().cloned().collect(),
            crm_admin: state.crm_admin,
            renamed_to: state.renamed_to.clone(),
            events: state.events.view(),
            patience: state.limits.patience(),
            faults: state.faults.clone(),
            calls: state.calls.to_vec(),
        }
    }
}
