//! The words for what people do at amoCRM, and for why they cannot. It must not know how it is done.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Amocrm;

/// A lead that a manager makes.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct NewLead {
    /// What it is called.
    pub name: String,
    /// The pipeline; the first one where it is left out.
    pub pipeline: Option<i64>,
    /// The status; the pipeline's first where it is left out.
    pub status: Option<i64>,
    /// Its price, in whole units of the account's currency.
    pub price: i64,
    /// The name of its contact; nobody where it is empty.
    pub contact: String,
    /// The contact's phone.
    pub phone: String,
    /// Products of the account's list, made as they are named.
    pub products: Vec<Product>,
}

/// A product that hangs at a lead.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// What it is called.
    pub name: String,
    /// Price of one, in whole units.
    pub price: i64,
    /// How many.
    pub quantity: u32,
}

/// What somebody does. It has no `Debug`, because a token can be in it.
#[derive(Clone, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case", tag = "act")]
pub enum Act {
    /// A manager makes a lead.
    AddLead(NewLead),
    /// A manager moves a lead.
    MoveLead {
        /// Which.
        lead: i64,
        /// Into which pipeline.
        pipeline: i64,
        /// Into which of its statuses.
        status: i64,
    },
    /// A manager changes a lead's price.
    SetPrice {
        /// Which.
        lead: i64,
        /// In whole units.
        price: i64,
    },
    /// A manager puts a lead into the trash.
    DeleteLead {
        /// Which.
        lead: i64,
    },
    /// A manager takes it out again.
    RestoreLead {
        /// Which.
        lead: i64,
    },
    /// A manager is done with a task.
    FinishTask {
        /// Which.
        task: i64,
        /// What came of it.
        #[serde(default)]
        result: String,
    },
    /// A manager makes an invoice for a lead, by its price.
    AddInvoice {
        /// Which.
        lead: i64,
    },
    /// An administrator renames a status.
    RenameStatus {
        /// The pipeline.
        pipeline: i64,
        /// Which of its statuses.
        status: i64,
        /// What it is called from now on.
        name: String,
    },
    /// An administrator removes a status; its leads go to the pipeline's first one.
    RemoveStatus {
        /// The pipeline.
        pipeline: i64,
        /// Which of its statuses.
        status: i64,
    },
    /// An administrator removes a custom field of leads, or of a list.
    RemoveField {
        /// Which.
        field: i64,
    },
    /// An administrator removes the list of invoices.
    RemoveInvoices,
    /// A lead comes to a stage that has a webhook of its own.
    RunPipelineHook {
        /// Which.
        lead: i64,
        /// The address that stands in the stage.
        url: String,
    },
    /// An administrator takes the long-lived token back.
    RevokeLongLived,
    /// An administrator gives the integration another long-lived token.
    IssueLongLived {
        /// The token.
        token: String,
    },
    /// A day passes for every access token.
    ExpireAccess,
    /// An administrator switches the integration off: what was granted by consent is dead.
    Withdraw,
    /// Support lifts the block of the caller's address.
    LiftBan,
}

/// Why somebody could not do that.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CannotAct {
    /// There is no such lead, or it is in the trash.
    #[error("lead: there is no lead {0}")]
    NoLead(i64),
    /// The lead is not in the trash.
    #[error("lead: {0} is not in the trash")]
    NotDeleted(i64),
    /// There is no such pipeline.
    #[error("pipeline: there is no pipeline {0}")]
    NoPipeline(i64),
    /// The pipeline has no such status.
    #[error("status: the pipeline has no status {0} that leads can be in")]
    NoStatus(i64),
    /// Every pipeline has won and lost, and one status before them.
    #[error("status: {0} has to stay")]
    StatusStays(i64),
    /// There is no such field.
    #[error("field: there is no custom field {0}")]
    NoField(i64),
    /// There is no such task.
    #[error("task: there is no open task {0}")]
    NoTask(i64),
    /// The account has no list of invoices.
    #[error("the account has no list of invoices")]
    NoInvoices,
    /// Prices are not below zero.
    #[error("price: write it in whole units, not below zero")]
    Price,
    /// A name is empty.
    #[error("name: write one")]
    NoName,
    /// No address that a webhook could go to.
    #[error("url: give an address with https, or one on this machine")]
    Address,
}

type Acted = Result<Value, CannotAct>;

impl Amocrm {
    /// Does what somebody does; answers the id of what was made, where something was.
    pub fn act(&self, act: Act) -> Acted {
        let ok = |()| json!({"ok": true});
        let made = |id: i64| json!({"id": id});
        match act {
            Act::AddLead(lead) => self.add_lead(&lead).map(made),
            Act::MoveLead { lead, pipeline, status } => self.move_lead(lead, pipeline, status).map(ok),
            Act::SetPrice { lead, price } => self.set_price(lead, price).map(ok),
            Act::DeleteLead { lead } => self.delete_lead(lead).map(ok),
            Act::RestoreLead { lead } => self.restore_lead(lead).map(ok),
            Act::FinishTask { task, result } => self.finish_task(task, &result).map(ok),
            Act::AddInvoice { lead } => self.add_invoice(lead).map(made),
            Act::RenameStatus { pipeline, status, name } => self.rename_status(pipeline, status, &name).map(ok),
            Act::RemoveStatus { pipeline, status } => self.remove_status(pipeline, status).map(ok),
            Act::RemoveField { field } => self.remove_field(field).map(ok),
            Act::RemoveInvoices => self.remove_invoices().map(ok),
            Act::RunPipelineHook { lead, url } => self.run_pipeline_hook(lead, &url).map(ok),
            Act::RevokeLongLived => {
                self.revoke_long_lived();
                Ok(ok(()))
            }
            Act::IssueLongLived { token } => {
                self.issue_long_lived(&token);
                Ok(ok(()))
            }
            Act::ExpireAccess => {
                self.expire_access();
                Ok(ok(()))
            }
            Act::Withdraw => {
                self.withdraw();
                Ok(ok(()))
            }
            Act::LiftBan => {
                self.lift_ban();
                Ok(ok(()))
            }
        }
    }
}
