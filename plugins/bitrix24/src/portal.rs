//! The portal as the crate for CRMs wants one: each call is a few calls of the portal's. What is written when is decided there. It
//! must not take a word of the portal for a fact about money.

use std::cell::RefCell;

use kamurj_crm::{Desk, Order, Shown, Standing, Target, Task, Trouble};
use kamurj_sdk::{Host, Outcome, Payment};
use serde_json::Value;

use crate::kind::Kind;
use crate::rest::Rest;
use crate::settings::Settings;
use crate::{ID, items, looks, notes, orders, tasks};

/// One portal in one call.
pub(crate) struct Portal<'a, H> {
    pub(crate) host: &'a H,
    pub(crate) rest: Rest<'a, H>,
    pub(crate) settings: &'a Settings,
    /// The record that was read last for what it asks, so that it is not read again for which payment it shows.
    pub(crate) read: RefCell<Option<(Target, Value)>>,
}

impl<'a, H: Host> Portal<'a, H> {
    /// The portal of the settings. `run`: of whatever is done there; waits grow with it.
    pub(crate) fn new(host: &'a H, settings: &'a Settings, run: u32) -> Result<Self, Outcome> {
        Ok(Self { host, rest: Rest::new(host, settings, run)?, settings, read: RefCell::new(None) })
    }
}

impl<H: Host> Desk for Portal<'_, H> {
    fn id(&self) -> &'static str {
        ID
    }

    fn kinds(&self) -> &'static [&'static str] {
        &Kind::WORDS
    }

    fn find(&self, payment: &Payment) -> Result<Option<Target>, Trouble> {
        items::find(self, payment)
    }

    fn make(&self, payment: &Payment, shown: &Shown, stage: Option<&str>, step: &str) -> Result<Target, Trouble> {
        items::make(self, payment, shown, stage, step)
    }

    fn look(&self, target: &Target) -> Result<Standing, Trouble> {
        looks::look(self, target)
    }

    fn look_at_all(&self, targets: &[Target]) -> Result<Vec<Option<Standing>>, Trouble> {
        looks::look_at_all(self, targets)
    }

    fn stage_in(&self, stage: &str, funnel: &str) -> Option<String> {
        self.settings.stage_in(stage, funnel)
    }

    fn write(&self, target: &Target, shown: &Shown, stage: Option<&str>, step: &str) -> Result<(), Trouble> {
        items::write(self, target, shown, stage, step)
    }

    fn has_note(&self, target: &Target, marker: &str) -> Result<bool, Trouble> {
        notes::has(self, target, marker)
    }

    fn note(&self, target: &Target, text: &str, step: &str) -> Result<(), Trouble> {
        notes::add(self, target, text, step)
    }

    fn find_task(&self, target: Option<&Target>, marker: &str) -> Result<Option<Task>, Trouble> {
        tasks::find(self, target, marker)
    }

    fn open_task(
        &self,
        target: Option<&Target>,
        title: &str,
        text: &str,
        key: &str,
        step: &str,
    ) -> Result<String, Trouble> {
        tasks::open(self, target, (title, text), key, step)
    }

    fn close_task(&self, id: &str, why: &str, step: &str) -> Result<(), Trouble> {
        tasks::close(self, id, why, step)
    }

    fn order(&self, target: &Target) -> Result<Order, Trouble> {
        orders::read(self, target)
    }

    fn shows(&self, target: &Target) -> Option<String> {
        looks::shown(self, target)
    }

    fn waiting(&self, stages: &[String], since_ms: u64) -> Result<Vec<Target>, Trouble> {
        looks::waiting(self, stages, since_ms)
    }
}
