//! The account as every CRM is to the rest: leads, and the invoices that payments refer to. It must not decide what is written when.

use kamurj_crm::{Desk, Order, Shown, Standing, Target, Task, Trouble};
use kamurj_sdk::{Host, Payment};

use crate::account::{Account, gone};
use crate::invoice::INVOICE;
use crate::lead::{LEAD, standing};

impl<H: Host> Desk for Account<'_, H> {
    fn id(&self) -> &'static str {
        crate::ID
    }

    fn kinds(&self) -> &'static [&'static str] {
        &[LEAD, INVOICE]
    }

    fn find(&self, payment: &Payment) -> Result<Option<Target>, Trouble> {
        self.lead_of(payment)
    }

    fn make(&self, payment: &Payment, shown: &Shown, stage: Option<&str>, step: &str) -> Result<Target, Trouble> {
        self.make_lead(payment, shown, stage, step)
    }

    fn look(&self, target: &Target) -> Result<Standing, Trouble> {
        if target.kind == INVOICE {
            return self.look_at_invoice(&target.id);
        }
        Ok(standing(&self.read_lead(&target.id)?))
    }

    fn look_at_all(&self, targets: &[Target]) -> Result<Vec<Option<Standing>>, Trouble> {
        let of_kind = |kind: &str| -> Vec<&str> {
            targets.iter().filter(|target| target.kind == kind).map(|target| target.id.as_str()).collect()
        };
        let (leads, invoices) = (of_kind(LEAD), of_kind(INVOICE));
        let leads = if leads.is_empty() { Vec::new() } else { self.look_at_leads(&leads)? };
        let invoices = if !self.settings.mark_invoices {
            // Not kept in step, so not compared: this says that they speak of another payment.
            invoices.iter().map(|_| Some(Standing { payment: Some("-".to_owned()), ..Standing::default() })).collect()
        } else if invoices.is_empty() {
            Vec::new()
        } else {
            self.look_at_invoices(&invoices)?
        };
        let (mut leads, mut invoices) = (leads.into_iter(), invoices.into_iter());
        let next = |target: &Target| match target.kind.as_str() {
            LEAD => leads.next().flatten(),
            INVOICE => invoices.next().flatten(),
            // No record of this plugin's: the delivery has said so.
            _ => Some(Standing { payment: Some("-".to_owned()), ..Standing::default() }),
        };
        Ok(targets.iter().map(next).collect())
    }

    fn stage_in(&self, stage: &str, funnel: &str) -> Option<String> {
        self.stage_in(stage, funnel)
    }

    fn write(&self, target: &Target, shown: &Shown, stage: Option<&str>, step: &str) -> Result<(), Trouble> {
        if target.kind == INVOICE {
            return self.write_invoice(&target.id, shown, step);
        }
        self.write_lead(&target.id, shown, stage, step)
    }

    fn has_note(&self, target: &Target, marker: &str) -> Result<bool, Trouble> {
        if target.kind == INVOICE {
            return self.invoice_has_note(&target.id, marker);
        }
        self.lead_has_note(target, marker)
    }

    fn note(&self, target: &Target, text: &str, step: &str) -> Result<(), Trouble> {
        if target.kind == INVOICE {
            return self.note_invoice(&target.id, text, step);
        }
        self.note_lead(target, text, step)
    }

    fn find_task(&self, target: Option<&Target>, marker: &str) -> Result<Option<Task>, Trouble> {
        self.task_with(target.filter(|target| target.kind == LEAD), marker)
    }

    fn open_task(
        &self,
        target: Option<&Target>,
        title: &str,
        text: &str,
        _key: &str,
        step: &str,
    ) -> Result<String, Trouble> {
        // No task can hang on an invoice.
        self.open(target.filter(|target| target.kind == LEAD), title, text, step)
    }

    fn close_task(&self, id: &str, why: &str, step: &str) -> Result<(), Trouble> {
        self.close(id, why, step)
    }

    fn order(&self, target: &Target) -> Result<Order, Trouble> {
        if target.kind == LEAD { self.order_of(target) } else { Err(gone(&target.kind, &target.id)) }
    }

    fn waiting(&self, stages: &[String], since_ms: u64) -> Result<Vec<Target>, Trouble> {
        self.leads_in(stages, since_ms)
    }
}
