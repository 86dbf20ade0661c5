//! The bank as a gateway like any other: what scripts and the play page do with all of them alike. It must not know what a
//! script is.

use super::session::{PayAction, Status};
use super::{Bank, BankFaults, Cancel, Lookup, Refund, Signature, Start, Webhooks};
use crate::Call;
use crate::gateways::{Act, Acted, Delivering, Faults, Gateway, OrderView, Pushing, Reply, Says};

impl Gateway for Bank {
    fn word(&self) -> &'static str {
        "vpos"
    }

    fn orders(&self) -> Vec<OrderView> {
        let sessions = self.view().sessions.into_iter();
        sessions
            .map(|session| OrderView {
                id: session.id,
                number: session.merchant_order_id,
                amount_minor: session.amount_minor,
                currency: session.currency,
                status: session.status.to_owned(),
                refunded_minor: session.refunded_minor,
                page: Some(session.checkout_url),
            })
            .collect()
    }

    fn act(&self, id: &str, act: Act) -> Result<Acted, String> {
        let status = self.with(|state, _| state.session(id).map(|session| session.status));
        let status = status.ok_or("there is no such order")?;
        let refused = |what: &str| Err(format!("the order is {}: {what}", status.name()));
        let done = |is_done: bool, what: &str| if is_done { Ok(Acted::Done) } else { refused(what) };
        match act {
            Act::Pay | Act::Decline if status != Status::Created => refused("nobody can pay it any more"),
            Act::Pay | Act::Decline if self.with(|state, _| state.faults.outage) => {
                Err("the bank's page is out of order".to_owned())
            }
            Act::Pay => Ok(self.pressed(id, PayAction::Pay)),
            Act::Decline => Ok(self.pressed(id, PayAction::Decline)),
            Act::Close => Ok(self.pressed(id, PayAction::Close)),
            Act::Expire => done(self.expire(id), "its time does not run any more"),
            Act::Reverse => done(self.reverse(id), "only a paid one can be reversed"),
            Act::GiveBack { minor } => done(self.refund_by_staff(id, minor), "so much is not left of it"),
        }
    }

    fn faults(&self) -> Faults {
        self.with(|state, _| told(&state.faults))
    }

    fn set_faults(&self, faults: Faults) {
        self.change_faults(|current| put(current, faults));
    }

    fn calls(&self) -> Vec<Call> {
        self.view().calls
    }

    fn deliver_due(&self) -> Delivering<'_> {
        Box::pin(Self::deliver_due(self))
    }
}

impl Bank {
    fn pressed(&self, id: &str, action: PayAction) -> Acted {
        self.act(id, action).map_or(Acted::Done, Acted::Back)
    }
}

/// The bank's faults as any gateway's.
fn told(faults: &BankFaults) -> Faults {
    Faults {
        start: start_told(faults.start),
        lookup: lookup_told(faults.lookup),
        refund: refund_told(faults.refund),
        cancel: cancel_told(faults.cancel),
        says: if faults.lookup == Lookup::Pending { Says::Pending } else { faults.says },
        push: match faults.webhooks {
            Webhooks::Send => Pushing::Send,
            Webhooks::Hold => Pushing::Hold,
            Webhooks::Drop => Pushing::Drop,
        },
        push_repeat: faults.duplicate,
        push_delay_s: faults.webhook_delay_s,
        push_forged: faults.signature == Signature::Wrong,
        paid: faults.paid,
        paid_currency: faults.paid_currency.clone(),
        outage: faults.outage,
    }
}

/// Puts a gateway's faults in force. What the bank can do beyond them stays where they do not speak of it.
fn put(current: &mut BankFaults, faults: Faults) {
    if faults.start != start_told(current.start) {
        current.start = match faults.start {
            Reply::Ok => Start::Ok,
            Reply::DropReply => Start::DropReply,
            Reply::DropRequest => Start::DropRequest,
            Reply::Fail => Start::Fail,
        };
    }
    if faults.lookup != lookup_told(current.lookup) || current.lookup == Lookup::Pending {
        current.lookup = match faults.lookup {
            Reply::Ok => Lookup::Ok,
            // Nothing is made by a look-up: which way was cut cannot be told.
            Reply::DropReply | Reply::DropRequest => Lookup::Drop,
            Reply::Fail => Lookup::Fail,
        };
    }
    if faults.refund != refund_told(current.refund) {
        current.refund = match faults.refund {
            Reply::Ok => Refund::Ok,
            Reply::DropReply => Refund::DropReply,
            Reply::DropRequest => Refund::DropRequest,
            Reply::Fail => Refund::Fail,
        };
    }
    if faults.cancel != cancel_told(current.cancel) {
        current.cancel = match faults.cancel {
            Reply::Ok => Cancel::Ok,
            Reply::DropReply => Cancel::DropReply,
            Reply::DropRequest => Cancel::DropRequest,
            Reply::Fail => Cancel::Fail,
        };
    }
    if faults.push_forged != (current.signature == Signature::Wrong) {
        current.signature = if faults.push_forged { Signature::Wrong } else { Signature::Right };
    }
    current.webhooks = match faults.push {
        Pushing::Send => Webhooks::Send,
        Pushing::Hold => Webhooks::Hold,
        Pushing::Drop => Webhooks::Drop,
    };
    current.says = faults.says;
    current.duplicate = faults.push_repeat;
    current.webhook_delay_s = faults.push_delay_s;
    current.paid = faults.paid;
    current.paid_currency = faults.paid_currency;
    current.outage = faults.outage;
}

fn start_told(start: Start) -> Reply {
    match start {
        Start::Ok => Reply::Ok,
        Start::DropReply => Reply::DropReply,
        Start::DropRequest => Reply::DropRequest,
        Start::Fail => Reply::Fail,
    }
}

fn lookup_told(lookup: Lookup) -> Reply {
    match lookup {
        Lookup::Ok | Lookup::Pending => Reply::Ok,
        Lookup::Drop => Reply::DropReply,
        Lookup::Fail => Reply::Fail,
    }
}

fn refund_told(refund: Refund) -> Reply {
    match refund {
        Refund::Ok | Refund::Decline | Refund::Slow => Reply::Ok,
        Refund::DropReply => Reply::DropReply,
        Refund::DropRequest => Reply::DropRequest,
        Refund::Fail => Reply::Fail,
    }
}

fn cancel_told(cancel: Cancel) -> Reply {
    match cancel {
        Cancel::Ok => Reply::Ok,
        Cancel::DropReply => Reply::DropReply,
        // The one that is late is, for now, lost.
        Cancel::DropRequest | Cancel::Late => Reply::DropRequest,
        Cancel::Fail => Reply::Fail,
    }
}
