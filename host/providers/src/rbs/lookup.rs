//! Asking the gateway about an order, and what its answer says in our words.

use super::Rbs;
use super::codes::{self, Code};
use super::wire::{AmountInfo, Attribute, Loose, Refund, Status};
use crate::contract::{Lookup, LookupOf, SessionStatus, Statement};
use crate::{currency, entered};
use kamurj_domain::Money;

pub(super) const OPERATION: &str = "getOrderStatusExtended.do";

/// What an answer says.
pub(super) struct Found {
    pub(super) statement: Statement,
    /// How much went back, where the answer counts it by itself. The statement's own count may also rest on the order's state.
    pub(super) counted: Option<Money>,
}

/// Why there is nothing to say.
#[derive(Debug)]
pub(super) enum Unfound {
    /// The gateway is sure that it has no such order.
    Unknown,
    Unanswered(String),
    /// This instance answers no questions by order number.
    Unasked,
}

impl From<Unfound> for Lookup {
    fn from(unfound: Unfound) -> Self {
        match unfound {
            Unfound::Unknown => Self::NoSuchOrder,
            Unfound::Unanswered(reason) => Self::NoAnswer { reason },
            Unfound::Unasked => Self::Unsupported,
        }
    }
}

/// How much of an order went back, by the answer itself.
enum Count {
    Absent,
    Is(i64),
    /// It contradicts itself, or cannot be read.
    Unclear,
}

impl Rbs {
    /// Asks by the gateway's own id where it is known, else by our number.
    pub(super) async fn ask(&self, of: &LookupOf) -> Result<Found, Unfound> {
        let unclear = |reason: &str| Err(Unfound::Unanswered(reason.to_owned()));
        let reference = known(of.reference.as_deref(), &of.number);
        let question = match reference {
            Some(reference) => ("orderId", reference),
            None if self.lookup_by_number => ("orderNumber", of.number.as_str()),
            None => return Err(Unfound::Unasked),
        };
        let response = match self.call(OPERATION, OPERATION, &[question, ("language", "en")]).await {
            Ok(response) if response.status == 200 => response,
            Ok(response) => return unclear(&format!("the provider answered {}", response.status)),
            Err(error) => return unclear(&error.to_string()),
        };
        let Ok(answer) = serde_json::from_slice::<Status>(&response.body) else {
            return unclear("the answer is not about an order");
        };
        let state = answer.order_status.as_ref();
        match (Code::of(answer.error_code.as_ref()), state) {
            (Code::Absent | Code::Is(0), Some(_)) => {}
            // Code 2 says that the order was declined because of the payment's details; only a declined order bears it out.
            (Code::Is(2), Some(state)) if state.integer() == Some(6) => {}
            (Code::Is(6), None) if reference.is_none() => return Err(Unfound::Unknown),
            // A session that we were told of does not stop to exist. Another login asks, or a person must look.
            (Code::Is(6), None) => return unclear("the gateway does not know the session that it opened"),
            (Code::Is(code @ 1..), _) => {
                return Err(Unfound::Unanswered(self.said(code, answer.error_message.as_ref())));
            }
            _ => return unclear("the answer is not about an order"),
        }
        self.read(reference, answer)
    }

    fn read(&self, reference: Option<&str>, answer: Status) -> Result<Found, Unfound> {
        let unclear = |reason: &str| Unfound::Unanswered(reason.to_owned());
        let number = answer.order_number.filter(|number| !number.text().is_empty());
        let number = number.ok_or_else(|| unclear("the answer names no order number"))?.text().to_owned();
        let state = answer.order_status.as_ref().and_then(Loose::integer);
        let action = answer.action_code.as_ref().and_then(Loose::integer);
        let status = state.map_or(SessionStatus::Unknown, |state| codes::status(state, action));
        let written = answer.currency.as_ref().map(Loose::text).filter(|written| !written.is_empty());
        let currency = written.and_then(currency::from_number);
        let money = |minor: Option<i64>| Some(Money::new(minor.filter(|minor| *minor >= 0)?, currency?));
        let count = count(answer.payment_amount_info.as_ref(), answer.refunds.as_deref());
        if state == Some(codes::REFUNDED) && !matches!(count, Count::Is(1..)) {
            return Err(unclear("the gateway says that money went back, and not how much"));
        }
        let counted = match count {
            Count::Is(minor) if status == SessionStatus::Approved => money(Some(minor)),
            Count::Is(_) | Count::Absent | Count::Unclear => None,
        };
        let went_back = counted.map_or(0, |counted| counted.minor);
        let amount = taken(status, answer.amount.as_ref(), answer.payment_amount_info.as_ref(), went_back);
        // With a count no time is told: the gateway names none at which it was right, and that of the payment is older.
        let has_time = matches!(status, SessionStatus::Approved | SessionStatus::Declined) && went_back == 0;
        let statement = Statement {
            reference: own_id(reference, &number, answer.attributes.as_deref().unwrap_or_default()),
            number,
            // The answer does not name the page.
            url: None,
            status,
            cause: (status == SessionStatus::Declined).then(|| action.and_then(codes::cause)).flatten(),
            amount: money(amount),
            foreign_currency: written.filter(|_| currency.is_none()).map(|code| entered::one_line(&self.line, code)),
            provider_time: answer.auth_date_time.as_ref().filter(|_| has_time).and_then(codes::time),
            payment_reference: answer
                .auth_ref_num
                .map(|reference| entered::one_line(&self.line, reference.text()))
                .filter(|reference| !reference.is_empty()),
            refunded: match (count, state) {
                (Count::Absent, Some(codes::DEPOSITED)) => money(Some(0)),
                _ => counted,
            },
            changed_at: None,
        };
        Ok(Found { statement, counted })
    }
}

/// The gateway's own id, where it is one: what stands in for an id that an answer did not name is our number.
pub(super) fn known<'r>(reference: Option<&'r str>, number: &str) -> Option<&'r str> {
    reference.filter(|reference| !reference.is_empty() && *reference != number)
}

/// The session's id: as the answer names it, as it was asked about otherwise, and our number where nobody names one.
fn own_id(asked: Option<&str>, number: &str, attributes: &[Attribute]) -> String {
    let named = attributes
        .iter()
        .filter(|attribute| attribute.name.eq_ignore_ascii_case("mdOrder"))
        .find_map(|attribute| attribute.value.as_ref())
        .map(Loose::text)
        .filter(|id| !id.is_empty());
    match (named, asked) {
        // The same id in other letters is the same id, and is compared by its letters elsewhere.
        (Some(named), Some(asked)) if named.eq_ignore_ascii_case(asked) => asked.to_owned(),
        (Some(named), _) => named.to_owned(),
        (None, asked) => asked.unwrap_or(number).to_owned(),
    }
}

/// What went back: the gateway's own sum (version 03), or its list of refunds added up. Where it has both they must agree; a
/// list without a single refund beside a sum is none.
fn count(info: Option<&AmountInfo>, refunds: Option<&[Refund]>) -> Count {
    let sum = info.and_then(|info| info.refunded_amount.as_ref()).map(Loose::integer);
    let listed = refunds.filter(|refunds| sum.is_none() || !refunds.is_empty()).map(|refunds| {
        refunds.iter().try_fold(0i64, |sum, refund| match Code::of(refund.action_code.as_ref()) {
            Code::Absent | Code::Is(0) => {
                sum.checked_add(refund.amount.as_ref()?.integer().filter(|minor| *minor >= 0)?)
            }
            // One that the processing did not approve gave nothing back.
            Code::Is(_) => Some(sum),
            Code::Odd => None,
        })
    });
    match (sum, listed) {
        (None, None) => Count::Absent,
        (Some(Some(one)), None) | (None, Some(Some(one))) => Count::Is(one),
        (Some(Some(sum)), Some(Some(listed))) if sum == listed => Count::Is(sum),
        _ => Count::Unclear,
    }
}

/// What was taken, minor units: what was deposited where that is told (version 03), for an order may be paid in another
/// amount; else what the order was for. Whether the gateway lowers the deposited amount by what went back is not known, so
/// both readings of it are taken for the whole order.
fn taken(status: SessionStatus, amount: Option<&Loose>, info: Option<&AmountInfo>, went_back: i64) -> Option<i64> {
    let order = amount.and_then(Loose::integer);
    let deposited = info.and_then(|info| info.deposited_amount.as_ref());
    match deposited.filter(|_| status == SessionStatus::Approved).map(Loose::integer) {
        Some(Some(deposited)) if went_back > 0 && deposited.checked_add(went_back) == order => order,
        Some(deposited) => deposited,
        None => order,
    }
}
