//! The bank as one gateway among the others: the acts and faults that all of them share, in its own words. What only the bank
//! has stays in [`BankFaults`](super::BankFaults).

use super::session::{PayAction, Status};
use super::{Bank, Cancel, Lookup, Refund, RefundLookup, Signature, Start, State, Webhooks};
use crate::Call;
use crate::gateways::{Act, Acted, Delivering, Faults, Gateway, OrderView, Pushing, Reply, Says};
use crate::locked;
use serde_json::Value;

impl Gateway for Bank {
    fn word(&self) -> &'static str {
        "vpos"
    }

    fn open_account(&self, _merchant: Value) -> Result<(), String> {
        Err("this bank has one merchant, from the settings; where its webhooks go, /play/bank/endpoint says".to_owned())
    }

    fn orders(&self) -> Vec<OrderView> {
        let sessions = self.view().sessions;
        let order = |session: super::SessionView| OrderView {
            id: session.id,
            number: session.merchant_order_id,
            amount_minor: session.amount_minor,
            currency: session.currency,
            status: session.status.to_owned(),
            refunded_minor: session.refunded_minor,
            page: Some(session.checkout_url),
        };
        sessions.into_iter().map(order).collect()
    }

    fn act(&self, id: &str, act: Act) -> Result<Acted, String> {
        let status = self.with(|state, _| state.session(id).map(|session| session.status));
        let status = status.ok_or_else(|| format!("{id} is no session of this bank"))?;
        if matches!(act, Act::Pay | Act::Decline) {
            if status != Status::Created {
                return Err(format!("{id} is {}: nobody can pay it any more", status.name()));
            }
            if locked(&self.state).common.outage {
                return Err("the bank's page is out of order".to_owned());
            }
        }
        let pressed = match act {
            Act::Pay => PayAction::Pay,
            Act::Decline => PayAction::Decline,
            Act::Close => PayAction::Close,
            Act::Expire => return self.with(|state, now| state.end_now(id, now)).map(|()| Acted::Done),
            Act::Reverse => {
                return if self.reverse(id) {
                    Ok(Acted::Done)
                } else {
                    Err(format!("{id} is {}: only a paid one can be reversed", status.name()))
                };
            }
            Act::GiveBack { minor } => {
                let given = self.refund_by_staff(id, minor);
                return if given {
                    Ok(Acted::Done)
                } else {
                    Err(format!("{id} is {}: it has not so much to give back", status.name()))
                };
            }
        };
        Bank::act(self, id, pressed).map(Acted::Back).ok_or_else(|| format!("{id} is no session of this bank"))
    }

    fn faults(&self) -> Faults {
        locked(&self.state).common_faults()
    }

    fn set_faults(&self, faults: Faults) {
        locked(&self.state).set_common_faults(faults);
    }

    fn calls(&self) -> Vec<Call> {
        self.view().calls
    }

    fn deliver_due(&self) -> Delivering<'_> {
        Box::pin(Bank::deliver_due(self))
    }
}

impl State {
    /// A session's time is over before it should be.
    fn end_now(&mut self, id: &str, now: i64) -> Result<(), String> {
        let index = self.session_index(id).ok_or_else(|| format!("{id} is no session of this bank"))?;
        let session = &mut self.sessions[index];
        if session.status != Status::Created {
            return Err(format!("{id} is {}: its time does not run any more", session.status.name()));
        }
        session.expires_at = now;
        self.expire_sessions(now);
        Ok(())
    }

    /// The faults that all gateways share, as they are in force here.
    fn common_faults(&self) -> Faults {
        let own = &self.faults;
        // What look-ups would say is not forgotten while none is answered.
        let (lookup, says) = match (own.lookup, self.common.lookup) {
            (Lookup::Ok, _) => (Reply::Ok, Says::Truth),
            (Lookup::Pending, _) => (Reply::Ok, Says::Pending),
            (Lookup::Fail, _) => (Reply::Fail, self.common.says),
            (Lookup::Cut, Reply::DropReply) => (Reply::DropReply, self.common.says),
            (Lookup::Cut, _) => (Reply::DropRequest, self.common.says),
        };
        Faults {
            start: match own.start {
                Start::Ok => Reply::Ok,
                Start::DropReply => Reply::DropReply,
                Start::DropRequest => Reply::DropRequest,
                Start::Fail => Reply::Fail,
            },
            lookup,
            refund: match own.refund {
                Refund::Ok | Refund::Decline | Refund::Slow => Reply::Ok,
                Refund::DropReply => Reply::DropReply,
                Refund::DropRequest => Reply::DropRequest,
                Refund::Fail => Reply::Fail,
            },
            cancel: match own.cancel {
                Cancel::Ok | Cancel::Late => Reply::Ok,
                Cancel::DropReply => Reply::DropReply,
                Cancel::DropRequest => Reply::DropRequest,
                Cancel::Fail => Reply::Fail,
            },
            says,
            push: match own.webhooks {
                Webhooks::Send => Pushing::Send,
                Webhooks::Hold => Pushing::Hold,
                Webhooks::Drop => Pushing::Drop,
            },
            push_repeat: own.duplicate,
            push_forged: own.signature == Signature::Wrong,
            ..self.common.clone()
        }
    }

    fn set_common_faults(&mut self, faults: Faults) {
        // What the bank can do beyond the common faults stays where these say nothing new of it.
        let before = self.common_faults();
        let own = &mut self.faults;
        own.start = match faults.start {
            Reply::Ok => Start::Ok,
            Reply::DropReply => Start::DropReply,
            Reply::DropRequest => Start::DropRequest,
            Reply::Fail => Start::Fail,
        };
        own.lookup = match (faults.lookup, faults.says) {
            (Reply::Ok, Says::Truth) => Lookup::Ok,
            (Reply::Ok, Says::Pending) => Lookup::Pending,
            (Reply::DropReply | Reply::DropRequest, _) => Lookup::Cut,
            (Reply::Fail, _) => Lookup::Fail,
        };
        if faults.lookup != before.lookup {
            own.refund_lookup = if faults.lookup == Reply::Ok { RefundLookup::Ok } else { RefundLookup::Fail };
        }
        if faults.refund != before.refund {
            own.refund = match faults.refund {
                Reply::Ok => Refund::Ok,
                Reply::DropReply => Refund::DropReply,
                Reply::DropRequest => Refund::DropRequest,
                Reply::Fail => Refund::Fail,
            };
        }
        if faults.cancel != before.cancel {
            own.cancel = match faults.cancel {
                Reply::Ok => Cancel::Ok,
                Reply::DropReply => Cancel::DropReply,
                Reply::DropRequest => Cancel::DropRequest,
                Reply::Fail => Cancel::Fail,
            };
        }
        own.webhooks = match faults.push {
            Pushing::Send => Webhooks::Send,
            Pushing::Hold => Webhooks::Hold,
            Pushing::Drop => Webhooks::Drop,
        };
        own.duplicate = faults.push_repeat;
        if faults.push_forged != before.push_forged {
            own.signature = if faults.push_forged { Signature::Wrong } else { Signature::Right };
        }
        self.common = faults;
    }
}
