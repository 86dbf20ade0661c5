//! One CRM as the rest of this crate needs it: what can be asked of its records and what can be written there. A plugin brings its
//! [`Desk`]; what is written when, and what is never written over, is decided here and nowhere else.

use kamurj_sdk::{Customer, LineItem, Money, Outcome, Payment};

use crate::view::View;

/// A record of the CRM.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// The CRM's word for the kind: `deal`, `invoice`, `lead`.
    pub kind: String,
    /// Its id there.
    pub id: String,
}

impl Target {
    /// A record of this kind.
    pub fn new(kind: &str, id: &str) -> Self {
        Self { kind: kind.to_owned(), id: id.to_owned() }
    }
}

/// What a record shall show of a payment.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// Which payment.
    pub payment: String,
    /// The payment's version.
    pub version: u64,
    /// Under which name managers see it.
    pub view: View,
    /// Why it is over, where there is a reason: `cancelled`. Otherwise empty.
    pub reason: &'static str,
    /// The merchant's order number.
    pub order: String,
    /// What is to be paid.
    pub amount: Money,
    /// What went back so far.
    pub refunded: Money,
    /// The payment's page.
    pub link: String,
    /// The provider's reference, once there is one.
    pub reference: Option<String>,
    /// When it was paid, Unix milliseconds.
    pub paid_at: Option<u64>,
    /// How many tries at a bank were started.
    pub attempts: u32,
}

impl Shown {
    /// What this payment comes to; none for a status that this version has no name for, of which nothing final may be written.
    pub fn of(payment: &Payment) -> Option<Self> {
        Some(Self {
            payment: payment.id.clone(),
            version: payment.version,
            view: View::of_status(&payment.status)?,
            reason: if payment.status == "cancelled" { "cancelled" } else { "" },
            order: payment.order_id.clone(),
            amount: payment.amount.clone(),
            refunded: payment.refunded.clone(),
            link: payment.checkout_url.clone(),
            reference: payment.provider_reference.clone(),
            paid_at: payment.paid_at,
            attempts: payment.attempts,
        })
    }
}

/// How a record stands, as far as this crate asks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// The payment that its fields speak of.
    pub payment: Option<String>,
    /// The version of it that was written last.
    pub version: u64,
    /// The view that its field names, where it names one.
    pub view: Option<View>,
    /// The amount that its field names, as text; none where there is no such field.
    pub amount: Option<String>,
    /// The stage, spelled as stages are in the settings.
    pub stage: String,
    /// The funnel that the stage belongs to; empty where the CRM has one.
    pub funnel: String,
    /// Whether the CRM counts it as won.
    pub is_won: bool,
}

/// What a record asks to be paid.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// The stage that it is in, spelled as stages are in the settings.
    pub stage: String,
    /// When it came there, Unix milliseconds, where the CRM tells.
    pub moved_at: Option<u64>,
    /// What is to be paid, or one sentence on what is wrong with what stands there.
    pub amount: Result<Money, String>,
    /// For the customer.
    pub description: String,
    /// Its product rows.
    pub items: Vec<LineItem>,
    /// Who buys.
    pub customer: Customer,
}

/// Why a call did not end well.
#[derive(Debug, Clone, PartialEq)]
pub enum Trouble {
    /// The request left and no answer was seen: probe.
    Lost(Outcome),
    /// The record is not there any more.
    Gone(Outcome),
    /// A setting names what the CRM does not have (any more).
    Setting(Outcome),
    /// Anything else, with its outcome.
    Ended(Outcome),
}

impl From<Trouble> for Outcome {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            // What one wrong setting breaks, it breaks for every record: everything waits for the setting together.
            Trouble::Setting(outcome) => outcome.whole_connection(),
            Trouble::Lost(outcome) | Trouble::Gone(outcome) | Trouble::Ended(outcome) => outcome,
        }
    }
}

impl From<Outcome> for Trouble {
    fn from(outcome: Outcome) -> Self {
        Self::Ended(outcome)
    }
}

/// A task in the CRM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Its id there.
    pub id: String,
    /// Whether nobody has finished it.
    pub is_open: bool,
}

/// One CRM. Every call that changes something takes the step's name, which means the same in every run of a delivery; everything else
/// is made anew in every run.
pub trait Desk {
    /// The plugin's id, as references to it have it.
    fn id(&self) -> &'static str;

    /// The kinds of record that payments may refer to.
    fn kinds(&self) -> &'static [&'static str];

    /// Finds the record that was made for this payment.
    fn find(&self, payment: &Payment) -> Result<Option<Target>, Trouble>;

    /// Makes a record for this payment, showing this, in this stage if one is named.
    fn make(&self, payment: &Payment, shown: &Shown, stage: Option<&str>, step: &str) -> Result<Target, Trouble>;

    /// How the record stands.
    fn look(&self, target: &Target) -> Result<Standing, Trouble>;

    /// How several stand, in their order; none for one that is gone. For comparing many with few calls.
    fn look_at_all(&self, targets: &[Target]) -> Result<Vec<Option<Standing>>, Trouble>;

    /// The full name of a stage of the settings in this funnel; none where it belongs to another.
    fn stage_in(&self, stage: &str, funnel: &str) -> Option<String>;

    /// Writes what the record shall show, and moves it if a stage is named. Values are set, so a second time changes nothing.
    fn write(&self, target: &Target, shown: &Shown, stage: Option<&str>, step: &str) -> Result<(), Trouble>;

    /// Whether a note with this marker stands there.
    fn has_note(&self, target: &Target, marker: &str) -> Result<bool, Trouble>;

    /// Adds a note, which ends with its marker.
    fn note(&self, target: &Target, text: &str, step: &str) -> Result<(), Trouble>;

    /// The task with this marker, at the record where one is named.
    fn find_task(&self, target: Option<&Target>, marker: &str) -> Result<Option<Task>, Trouble>;

    /// Opens a task for a person; `text` ends with its marker. Answers its id. `key` is the same for the same task, for a CRM that takes one.
    fn open_task(
        &self,
        target: Option<&Target>,
        title: &str,
        text: &str,
        key: &str,
        step: &str,
    ) -> Result<String, Trouble>;

    /// Finishes a task, saying why. One that is finished or gone is none of this call's trouble.
    fn close_task(&self, id: &str, why: &str, step: &str) -> Result<(), Trouble>;

    /// What the record asks to be paid.
    fn order(&self, target: &Target) -> Result<Order, Trouble>;

    /// The payment that the record's own fields speak of, once it was read for [`order`](Self::order). It costs no further request: a desk
    /// that would need one answers none, and is then asked for payments by what is remembered alone.
    fn shows(&self, _target: &Target) -> Option<String> {
        None
    }

    /// Records that are in one of these stages and changed since, for what a lost event would have told; at most 50.
    fn waiting(&self, stages: &[String], since_ms: u64) -> Result<Vec<Target>, Trouble>;
}
