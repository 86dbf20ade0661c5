//! One thing that goes wrong: a value of one field of a gateway's faults.

use std::mem::{Discriminant, discriminant};

use crate::gateways::{Faults, Lie, Pushing, Reply, Says};

/// A fault, or the end of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Start(Reply),
    Lookup(Reply),
    Refund(Reply),
    Cancel(Reply),
    Says(Says),
    Push(Pushing),
    Repeat(u32),
    DelayS(i64),
    Forged(bool),
    Paid(Lie),
    Currency(Option<String>),
    Outage(bool),
}

impl Effect {
    /// Every field in order.
    pub(super) fn everything_works() -> Vec<Self> {
        vec![
            Self::Start(Reply::Ok),
            Self::Lookup(Reply::Ok),
            Self::Refund(Reply::Ok),
            Self::Cancel(Reply::Ok),
            Self::Says(Says::Truth),
            Self::Push(Pushing::Send),
            Self::Repeat(0),
            Self::DelayS(0),
            Self::Forged(false),
            Self::Paid(Lie::None),
            Self::Currency(None),
            Self::Outage(false),
        ]
    }

    /// Nothing at the gateway works.
    pub(super) fn outage() -> Vec<Self> {
        vec![
            Self::Start(Reply::Fail),
            Self::Lookup(Reply::Fail),
            Self::Refund(Reply::Fail),
            Self::Cancel(Reply::Fail),
            Self::Push(Pushing::Hold),
            Self::Outage(true),
        ]
    }

    /// Puts it among the faults.
    pub(super) fn put(&self, faults: &mut Faults) {
        match self.clone() {
            Self::Start(reply) => faults.start = reply,
            Self::Lookup(reply) => faults.lookup = reply,
            Self::Refund(reply) => faults.refund = reply,
            Self::Cancel(reply) => faults.cancel = reply,
            Self::Says(says) => faults.says = says,
            Self::Push(push) => faults.push = push,
            Self::Repeat(times) => faults.push_repeat = times,
            Self::DelayS(seconds) => faults.push_delay_s = seconds,
            Self::Forged(forged) => faults.push_forged = forged,
            Self::Paid(lie) => faults.paid = lie,
            Self::Currency(currency) => faults.paid_currency = currency,
            Self::Outage(outage) => faults.outage = outage,
        }
    }

    /// Whether the field still has this value: if not, somebody else has changed it since.
    pub(super) fn is_among(&self, faults: &Faults) -> bool {
        let mut with = faults.clone();
        self.put(&mut with);
        with == *faults
    }

    /// What ends it.
    pub(super) fn end(&self) -> Self {
        let same = |end: &Self| end.field() == self.field();
        Self::everything_works().into_iter().find(same).unwrap_or_else(|| self.clone())
    }

    /// Which field it is about.
    pub(super) fn field(&self) -> Discriminant<Self> {
        discriminant(self)
    }

    /// Whether it meets an order before the order is there, so that it has to be in force ahead.
    pub(super) fn is_ahead(&self) -> bool {
        matches!(self, Self::Start(_) | Self::Outage(_))
    }

    /// Whether no order comes into being under it.
    pub(super) fn keeps_orders_away(&self) -> bool {
        matches!(self, Self::Start(Reply::DropRequest | Reply::Fail))
    }
}
