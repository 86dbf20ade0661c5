//! Everything the account knows, as the board and tests see it. It must not know what is done with it, and shows no token.

use serde::Serialize;
use serde_json::Value;

use super::fields::{self, Field, Values};
use super::{Amocrm, AmocrmFaults, Lead, Pipeline, State, TokensView};
use crate::calls::Call;

/// The account.
#[derive(Clone, Debug, Serialize)]
pub struct AmocrmView {
    /// Its host, as it calls itself.
    pub host: String,
    /// Its number.
    pub account_id: i64,
    /// What people call it.
    pub name: String,
    /// ISO 4217 code of its currency.
    pub currency: String,
    /// Pipelines, with their statuses in their order.
    pub pipelines: Vec<Pipeline>,
    /// Leads, oldest first, those in the trash too.
    pub leads: Vec<LeadView>,
    /// Custom fields of leads.
    pub fields: Vec<FieldView>,
    /// Whether the account has a list of invoices.
    pub has_invoices: bool,
    /// Addresses that listen.
    pub hooks: Vec<HookView>,
    /// Webhooks that wait to be sent.
    pub waiting: usize,
    /// Tokens that are alive.
    pub tokens: TokensView,
    /// Whether the caller's address is blocked.
    pub banned: bool,
    /// Until when the caller was told to wait, as Unix milliseconds; 0 where it was not.
    pub wait_until_ms: i64,
    /// The faults in force.
    pub faults: AmocrmFaults,
    /// Every call that arrived.
    pub calls: Vec<Call>,
}

/// A lead.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct LeadView {
    /// Its id.
    pub id: i64,
    /// What it is called.
    pub name: String,
    /// Its price, in whole units.
    pub price: i64,
    /// The pipeline it is in.
    pub pipeline: i64,
    /// Its status there.
    pub status: i64,
    /// Whether it is in the trash.
    pub is_deleted: bool,
    /// When it was changed last, in Unix seconds.
    pub updated_at: i64,
    /// Names of its tags.
    pub tags: Vec<String>,
    /// Its custom fields that have a value.
    pub values: Vec<ValueView>,
    /// Its contacts.
    pub contacts: Vec<ContactView>,
    /// Products and invoices that hang at it.
    pub elements: Vec<ElementView>,
    /// Notes, oldest first.
    pub notes: Vec<NoteView>,
    /// Tasks, oldest first.
    pub tasks: Vec<TaskView>,
    /// How often calls saved it.
    pub saves: u32,
    /// Every pipeline and status it was in, the first included.
    pub moves: Vec<(i64, i64)>,
}

impl LeadView {
    /// The value of a custom field by its code, as people read it.
    pub fn value(&self, code: &str) -> Option<&str> {
        self.values.iter().find(|value| value.code.as_deref() == Some(code)).map(|value| value.text.as_str())
    }
}

/// A custom field.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct FieldView {
    /// Its id.
    pub id: i64,
    /// What people call it.
    pub name: String,
    /// What integrations call it.
    pub code: Option<String>,
    /// The service's word for what it takes.
    pub kind: &'static str,
    /// Whether people can only read it.
    pub api_only: bool,
}

/// A value of a custom field.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct ValueView {
    /// The field's name.
    pub name: String,
    /// The field's code.
    pub code: Option<String>,
    /// The value as people read it.
    pub text: String,
}

/// A contact.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct ContactView {
    /// Their id.
    pub id: i64,
    /// Their name.
    pub name: String,
    /// Their phone.
    pub phone: String,
}

/// An element of a list.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct ElementView {
    /// Its id.
    pub id: i64,
    /// The list it is in.
    pub catalog: i64,
    /// What kind of list that is: `products`, `invoices`.
    pub kind: &'static str,
    /// What it is called.
    pub name: String,
    /// How many.
    pub quantity: String,
    /// Its custom fields that have a value.
    pub values: Vec<ValueView>,
}

/// A note.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct NoteView {
    /// Its id.
    pub id: i64,
    /// Its type.
    pub kind: &'static str,
    /// The service that it names, where it names one.
    pub service: String,
    /// What it says.
    pub text: String,
    /// Whether it may start what the merchant has automated.
    pub triggers: bool,
    /// When it was written, in Unix seconds.
    pub created_at: i64,
}

/// A task.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct TaskView {
    /// Its id.
    pub id: i64,
    /// What is to be done.
    pub text: String,
    /// Until when, in Unix seconds.
    pub complete_till: i64,
    /// Who has to do it.
    pub responsible: String,
    /// Whether it is done.
    pub is_completed: bool,
    /// What came of it.
    pub result: Option<String>,
}

/// An address that listens.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct HookView {
    /// Where.
    pub destination: String,
    /// To which actions.
    pub settings: Vec<String>,
    /// Whether it failed too often and was switched off.
    pub disabled: bool,
    /// Failures within the last two hours of its deliveries.
    pub failures: usize,
    /// Why the last one failed.
    pub last_error: Option<String>,
}

impl Amocrm {
    /// What the account knows now.
    pub fn view(&self) -> AmocrmView {
        self.with(|state, now| AmocrmView {
            host: state.account.host(),
            account_id: state.account.id,
            name: state.account.name.clone(),
            currency: state.account.currency.clone(),
            pipelines: state.pipelines.clone(),
            leads: state.leads.values().map(|lead| state.lead_view(lead)).collect(),
            fields: state.fields.iter().map(field_view).collect(),
            has_invoices: state.catalog(super::catalogs::INVOICES).is_ok(),
            hooks: state.hooks.iter().map(hook_view).collect(),
            waiting: state.queue.len(),
            tokens: state.tokens.view(now),
            banned: state.limits.banned,
            wait_until_ms: state.limits.wait_until,
            faults: state.faults.clone(),
            calls: state.calls.to_vec(),
        })
    }

    /// One lead, also from the trash.
    pub fn lead(&self, id: i64) -> Option<LeadView> {
        self.with(|state, _| state.leads.get(&id).map(|lead| state.lead_view(lead)))
    }
}

fn field_view(field: &Field) -> FieldView {
    let (name, code) = (field.name.clone(), field.code.clone());
    FieldView { id: field.id, name, code, kind: field.kind.word(), api_only: field.api_only }
}

fn hook_view(hook: &super::Hook) -> HookView {
    HookView {
        destination: hook.destination.clone(),
        settings: hook.settings.iter().cloned().collect(),
        disabled: hook.disabled,
        failures: hook.failures.len(),
        last_error: hook.last_error.clone(),
    }
}

fn values_of(values: &Values, fields: &[Field]) -> Vec<ValueView> {
    let filled = fields.iter().filter_map(|field| Some((field, values.get(&field.id)?)));
    let view = |(field, values): (&Field, &Vec<Value>)| ValueView {
        name: field.name.clone(),
        code: field.code.clone(),
        text: fields::as_text(values),
    };
    filled.map(view).collect()
}

impl State {
    fn lead_view(&self, lead: &Lead) -> LeadView {
        let contacts = lead.contacts.iter().filter_map(|id| self.contacts.get(id));
        let elements = lead.linked.iter().filter_map(|linked| {
            let (element, catalog) = (self.elements.get(&linked.element)?, self.catalog(linked.catalog).ok()?);
            Some(ElementView {
                id: element.id,
                catalog: catalog.id,
                kind: catalog.kind,
                name: element.name.clone(),
                quantity: linked.quantity.to_string(),
                values: values_of(&element.values, &catalog.fields),
            })
        });
        let of_params = |note: &super::Note, name: &str| {
            note.params.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let notes = self.notes.values().filter(|note| note.lead == lead.id).map(|note| NoteView {
            id: note.id,
            kind: note.kind,
            service: of_params(note, "service"),
            text: of_params(note, "text"),
            triggers: note.triggers,
            created_at: note.created_at,
        });
        let name_of = |id: i64| self.users.iter().find(|user| user.id == id).map_or("", |user| user.name).to_owned();
        let tasks = self.tasks.values().filter(|task| task.entity == Some(lead.id)).map(|task| TaskView {
            id: task.id,
            text: task.text.clone(),
            complete_till: task.complete_till,
            responsible: name_of(task.responsible),
            is_completed: task.is_completed,
            result: task.result.clone(),
        });
        LeadView {
            id: lead.id,
            name: lead.name.clone(),
            price: lead.price,
            pipeline: lead.pipeline,
            status: lead.status,
            is_deleted: lead.is_deleted,
            updated_at: lead.updated_at,
            tags: lead.tags.clone(),
            values: values_of(&lead.values, &self.fields),
            contacts: contacts
                .map(|one| ContactView { id: one.id, name: one.name.clone(), phone: one.phone.clone() })
                .collect(),
            elements: elements.collect(),
            notes: notes.collect(),
            tasks: tasks.collect(),
            saves: lead.saves,
            moves: lead.moves.clone(),
        }
    }
}
