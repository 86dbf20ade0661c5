//! Funnels and their stages, of deals and of invoices, and what administrators do to them. It must not know which stage means
//! what to a payment.

use serde::Serialize;
use serde_json::{Value, json};

use super::items::Kind;
use super::refusal::{Found, Refusal, integer, object};
use super::{Asked, State};

/// A stage of a funnel.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Stage {
    /// Its `STATUS_ID`, which stays when the stage is renamed.
    pub id: String,
    /// Its name on the board.
    pub name: String,
    /// `S` for success, `F` for failure, nothing in between.
    pub semantics: Option<&'static str>,
}

/// A funnel.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Funnel {
    /// 2 for deals, 31 for smart invoices.
    pub entity_type_id: i64,
    /// Its `categoryId`; the first funnel of deals has 0.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// `ENTITY_ID` of its stages.
    pub stages_of: String,
    /// Its stages, in order.
    pub stages: Vec<Stage>,
}

impl Funnel {
    fn new(kind: Kind, id: i64, name: &str, stages: &[(&str, &str, Option<&'static str>)]) -> Self {
        let prefix = prefix(kind, id);
        let stages = stages.iter().map(|(word, name, semantics)| Stage {
            id: format!("{prefix}{word}"),
            name: (*name).to_owned(),
            semantics: *semantics,
        });
        let stages_of = match (kind, id) {
            (Kind::Deal, 0) => "DEAL_STAGE".to_owned(),
            (Kind::Deal, _) => format!("DEAL_STAGE_{id}"),
            (Kind::Invoice, _) => format!("SMART_INVOICE_STAGE_{id}"),
        };
        let stages = stages.collect();
        Self { entity_type_id: kind.number(), id, name: name.to_owned(), stages_of, stages }
    }

    fn is_of(&self, kind: Kind) -> bool {
        self.entity_type_id == kind.number()
    }
}

/// What ids of stages begin with. The first funnel of deals has no prefix.
fn prefix(kind: Kind, id: i64) -> String {
    match (kind, id) {
        (Kind::Deal, 0) => String::new(),
        (Kind::Deal, _) => format!("C{id}:"),
        (Kind::Invoice, _) => format!("DT31_{id}:"),
    }
}

/// The funnels of a portal: the default one with the stages that a shop adds for payments (`UC_…`, as portals name them), a second
/// one, and the one of invoices.
pub(super) fn usual() -> Vec<Funnel> {
    vec![
        Funnel::new(
            Kind::Deal,
            0,
            "General",
            &[
                ("NEW", "New", None),
                ("PREPARATION", "Awaiting payment", None),
                ("PREPAYMENT_INVOICE", "Invoiced", None),
                ("UC_PAYFAIL", "Payment failed", None),
                ("UC_REVIEW", "Needs a look", None),
                ("EXECUTING", "Paid, in work", None),
                ("FINAL_INVOICE", "Final invoice", None),
                ("UC_PARTREF", "Partly refunded", None),
                ("WON", "Won", Some("S")),
                ("LOSE", "Lost", Some("F")),
                ("APOLOGY", "Refunded", Some("F")),
            ],
        ),
        Funnel::new(Kind::Deal, 1, "Wholesale", &STAGES_OF_A_NEW_FUNNEL),
        Funnel::new(
            Kind::Invoice,
            2,
            "Invoices",
            &[("N", "New", None), ("S", "Sent", None), ("P", "Paid", Some("S")), ("D", "Not paid", Some("F"))],
        ),
    ]
}

/// What the portal puts into a funnel that somebody makes.
const STAGES_OF_A_NEW_FUNNEL: [(&str, &str, Option<&'static str>); 6] = [
    ("NEW", "New", None),
    ("PREPARATION", "Preparation", None),
    ("PREPAYMENT_INVOICE", "Invoiced", None),
    ("EXECUTING", "In work", None),
    ("WON", "Won", Some("S")),
    ("LOSE", "Lost", Some("F")),
];

impl State {
    /// `crm.category.list`.
    pub(super) fn list_categories(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        let kind = match integer(asked.parameters.get("entityTypeId")) {
            None => return Err(Refusal::missing("entityTypeId")),
            Some(3 | 4) => {
                return Err(Refusal::new(400, "ENTITY_TYPE_NOT_SUPPORTED", "Entity type is not supported"));
            }
            Some(number) => {
                Kind::of(number).ok_or_else(|| Refusal::new(400, "NOT_FOUND", "Smart process not found"))?
            }
        };
        let first = self.first_funnel(kind).map(|funnel| funnel.id);
        let rows = self.funnels.iter().filter(|funnel| funnel.is_of(kind)).enumerate().map(|(place, funnel)| {
            json!({
                "id": funnel.id, "name": funnel.name, "sort": (place + 1) * 100, "entityTypeId": funnel.entity_type_id,
                "isDefault": if first == Some(funnel.id) { "Y" } else { "N" }, "originId": "", "originatorId": "",
            })
        });
        let rows: Vec<Value> = rows.collect();
        let total = rows.len();
        Ok(Found::page(json!({ "categories": rows }), total, None))
    }

    /// `crm.status.list`, of stages alone.
    #[expect(clippy::unnecessary_wraps, reason = "every method of the portal has this shape")]
    pub(super) fn list_statuses(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        let filter = object(asked.parameters, "filter");
        let wanted = |name: &str, value: &str| match filter.get(name) {
            None => true,
            Some(Value::Array(several)) => several.iter().any(|one| one == value),
            Some(one) => one == value,
        };
        let mut rows = Vec::new();
        for funnel in &self.funnels {
            for (place, stage) in funnel.stages.iter().enumerate() {
                if wanted("ENTITY_ID", &funnel.stages_of) && wanted("STATUS_ID", &stage.id) {
                    rows.push(json!({
                        "ID": (rows.len() + 1).to_string(), "ENTITY_ID": funnel.stages_of, "STATUS_ID": stage.id, "NAME": stage.name,
                        "NAME_INIT": "", "SORT": ((place + 1) * 10).to_string(), "SYSTEM": if stage.id.contains("UC_") { "N" } else { "Y" },
                        "CATEGORY_ID": funnel.id.to_string(), "SEMANTICS": stage.semantics,
                    }));
                }
            }
        }
        let total = rows.len();
        Ok(Found::page(Value::Array(rows), total, None))
    }

    pub(super) fn stage(&self, kind: Kind, id: &str) -> Option<(&Funnel, &Stage)> {
        let of_kind = self.funnels.iter().filter(|funnel| funnel.is_of(kind));
        of_kind
            .flat_map(|funnel| funnel.stages.iter().map(move |stage| (funnel, stage)))
            .find(|(_, stage)| stage.id == id)
    }

    pub(super) fn first_funnel(&self, kind: Kind) -> Option<&Funnel> {
        self.funnels.iter().find(|funnel| funnel.is_of(kind))
    }

    pub(super) fn funnel(&self, kind: Kind, id: i64) -> Option<&Funnel> {
        self.funnels.iter().find(|funnel| funnel.is_of(kind) && funnel.id == id)
    }

    /// An administrator makes one more funnel of deals; returns its id.
    pub(super) fn make_funnel(&mut self, name: &str) -> i64 {
        let id = self.funnels.iter().map(|funnel| funnel.id).max().unwrap_or(0) + 1;
        self.funnels.push(Funnel::new(Kind::Deal, id, name, &STAGES_OF_A_NEW_FUNNEL));
        id
    }

    /// A stage before the final ones, named as portals name those that people make.
    pub(super) fn make_stage(&mut self, stages_of: &str, name: &str) -> Option<String> {
        self.stages_made += 1;
        let word = format!("UC_{:06X}", self.stages_made);
        let funnel = self.funnels.iter_mut().find(|funnel| funnel.stages_of == stages_of)?;
        let kind = Kind::of(funnel.entity_type_id)?;
        let id = format!("{}{word}", prefix(kind, funnel.id));
        let place = funnel.stages.iter().position(|stage| stage.semantics.is_some()).unwrap_or(funnel.stages.len());
        funnel.stages.insert(place, Stage { id: id.clone(), name: name.to_owned(), semantics: None });
        Some(id)
    }

    pub(super) fn rename_stage(&mut self, id: &str, name: &str) -> bool {
        let mut stages = self.funnels.iter_mut().flat_map(|funnel| &mut funnel.stages);
        let Some(stage) = stages.find(|stage| stage.id == id) else { return false };
        name.clone_into(&mut stage.name);
        true
    }

    /// The portal does not let a stage go that something is in.
    pub(super) fn remove_stage(&mut self, id: &str) -> bool {
        if self.items.values().any(|item| item.stage() == id) {
            return false;
        }
        let before = self.funnels.iter().map(|funnel| funnel.stages.len()).sum::<usize>();
        self.funnels.iter_mut().for_each(|funnel| funnel.stages.retain(|stage| stage.id != id));
        before != self.funnels.iter().map(|funnel| funnel.stages.len()).sum::<usize>()
    }
}
