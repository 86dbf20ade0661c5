//! What the bank says of an order, in our words: `GetPaymentDetails`, and `GetPaymentId` where there are no details yet.
//!
//! An order that was registered and never attempted has no details: the bank answers HTTP 500 or code 550, and that is also
//! what wrong credentials and an outage look like. So it is asked a second thing: where `GetPaymentId` names our session for
//! our number, the bank works, takes the credentials and knows the order, and nobody has tried to pay it.

use super::answer::{self, Text};
use super::codes::{self, Meaning};
use super::{Ameriabank, CREDENTIALS, Session, opaque};
use crate::contract::{Lookup, LookupOf, SessionStatus, Statement};
use crate::currency;
use kamurj_domain::{Money, time};
use kamurj_egress::Response;
use serde::Deserialize;

/// The fields of `GetPaymentDetails` that are used. The bank's manual calls some of them integers that it sends as texts.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Details {
    response_code: Text,
    #[serde(default)]
    order_status: Text,
    #[serde(rename = "OrderID", default)]
    order_id: Text,
    #[serde(default)]
    opaque: Text,
    #[serde(default)]
    currency: Text,
    #[serde(default)]
    amount: Text,
    #[serde(default)]
    approved_amount: Text,
    #[serde(default)]
    refunded_amount: Text,
    #[serde(default)]
    date_time: Text,
    #[serde(rename = "rrn", default)]
    rrn: Text,
    #[serde(rename = "MDOrderID", default)]
    md_order_id: Text,
}

impl Details {
    /// Whether the order's own status says that somebody tried to pay, whatever the code says.
    fn was_tried(&self) -> bool {
        !matches!(self.order_status.as_str(), "" | "0")
    }
}

/// What the bank told of a session.
enum Told {
    Details(Box<Details>, Option<i64>),
    /// Nothing, as it does of orders that nobody tried to pay.
    Nothing,
    Unclear(String),
}

impl Ameriabank {
    pub(super) async fn find(&self, of: &LookupOf) -> Lookup {
        let no_answer = |reason: &str| Lookup::NoAnswer { reason: reason.to_owned() };
        let known = of.reference.as_deref().map(answer::reference);
        let (reference, is_confirmed) = match known {
            Some(Some(reference)) => (reference, false),
            Some(None) => return no_answer("the session's id is not one that the bank could have given"),
            None => match self.session_of(&of.number).await {
                Session::Known(reference) => (reference, true),
                Session::Unknown => return Lookup::NoSuchOrder,
                Session::Unclear(reason) => return Lookup::NoAnswer { reason },
            },
        };
        let told = self.details(&reference).await;
        match told {
            Told::Details(details, at) => self.judge(of, &reference, &details, at),
            Told::Unclear(reason) => Lookup::NoAnswer { reason },
            Told::Nothing if is_confirmed => Lookup::Found(self.untried(&of.number, reference)),
            Told::Nothing => match self.session_of(&of.number).await {
                Session::Known(named) if named == reference => Lookup::Found(self.untried(&of.number, reference)),
                Session::Known(_) => no_answer("the bank names another session for this order number"),
                // We were given its session, so "no such order" is no answer about it.
                Session::Unknown => no_answer("the bank does not know the order that it gave a session for"),
                Session::Unclear(reason) => Lookup::NoAnswer { reason },
            },
        }
    }

    async fn details(&self, reference: &str) -> Told {
        let response = match self.call("GetPaymentDetails", &self.about(reference)).await {
            Ok(response) => response,
            Err(error) => return Told::Unclear(error.to_string()),
        };
        if answer::gave_up(&response) {
            return Told::Nothing;
        }
        let Some(details) = answer::read::<Details>(&response) else {
            return Told::Unclear(answer::unreadable(&response));
        };
        match codes::meaning(&details.response_code) {
            Meaning::SystemError if !details.was_tried() => Told::Nothing,
            Meaning::Credentials => Told::Unclear(format!("the bank answered with code 20; {CREDENTIALS}")),
            _ if details.order_id.is_empty() => {
                let code = self.line.shown(&details.response_code);
                Told::Unclear(format!("the bank names no order and answers with code {code}"))
            }
            _ => Told::Details(Box::new(details), answered_at(&response)),
        }
    }

    fn judge(&self, of: &LookupOf, reference: &str, details: &Details, at: Option<i64>) -> Lookup {
        if *details.opaque != opaque(&of.number) {
            // Another software of the same client used this number. Its payment must never pay ours.
            return Lookup::NoAnswer { reason: "the order of this number is not ours by its `Opaque`".to_owned() };
        }
        if codes::meaning(&details.response_code) == Meaning::Untried && !details.was_tried() {
            return Lookup::Found(self.untried(&details.order_id, reference.to_owned()));
        }
        let currency = currency::from_number(&details.currency);
        let money = |text: &Text| currency.and_then(|currency| currency::from_decimal(text, currency));
        let (approved, refunded) = (money(&details.approved_amount), money(&details.refunded_amount));
        let status = status_of(details, approved, refunded);
        let took = matches!(status, SessionStatus::Approved | SessionStatus::Reversed);
        let id = [&details.rrn, &details.md_order_id].into_iter().find(|id| !id.is_empty());
        Lookup::Found(Statement {
            reference: reference.to_owned(),
            number: details.order_id.to_string(),
            url: (status == SessionStatus::Open).then(|| self.page(reference, "hy")),
            status,
            cause: (status == SessionStatus::Declined).then(|| codes::cause(&details.response_code)).flatten(),
            amount: if took { approved } else { money(&details.amount) },
            foreign_currency: currency.is_none().then(|| details.currency.to_string()),
            provider_time: in_yerevan(&details.date_time),
            payment_reference: id.map(|id| id.to_string()),
            refunded,
            // The bank does not say when money last moved; its count is as old as its answer.
            changed_at: at,
        })
    }

    /// An order that exists and that nobody tried to pay: the bank says no more of it than that.
    fn untried(&self, number: &str, reference: String) -> Statement {
        Statement {
            number: number.to_owned(),
            url: Some(self.page(&reference, "hy")),
            reference,
            status: SessionStatus::Open,
            cause: None,
            amount: None,
            foreign_currency: None,
            provider_time: None,
            payment_reference: None,
            refunded: None,
            changed_at: None,
        }
    }
}

/// Whether this is the statement about an order that nobody tried to pay: it has neither amount nor time.
pub(super) fn is_untried(told: &Statement) -> bool {
    told.status == SessionStatus::Open
        && (told.amount, told.provider_time, told.changed_at, told.refunded) == (None, None, None, None)
        && (&told.foreign_currency, &told.payment_reference) == (&None, &None)
}

/// Where the session stands by its code, and by its order status where the code says that all went well or speaks of an
/// operation beside the payment. Vendor manual, tables 1 and 2.
fn status_of(details: &Details, approved: Option<Money>, refunded: Option<Money>) -> SessionStatus {
    let order_status = details.order_status.as_str();
    // Money was taken, is held, or may be taken any moment: a code that says otherwise does not settle that.
    let has_moved = matches!(order_status, "1" | "2" | "3" | "4" | "5");
    match codes::meaning(&details.response_code) {
        Meaning::Done | Meaning::Refused | Meaning::NoRight | Meaning::RefundFailed => {
            by_order_status(order_status, approved, refunded)
        }
        Meaning::Waiting => SessionStatus::Open,
        _ if has_moved => SessionStatus::Unknown,
        Meaning::TimeOut => SessionStatus::Abandoned,
        Meaning::Declined | Meaning::OurFault => SessionStatus::Declined,
        Meaning::Untried
        | Meaning::UnknownOrder
        | Meaning::Exists
        | Meaning::Credentials
        | Meaning::SystemError
        | Meaning::Other => SessionStatus::Unknown,
    }
}

fn by_order_status(status: &str, approved: Option<Money>, refunded: Option<Money>) -> SessionStatus {
    let is_above_zero = |money: Option<Money>| money.is_some_and(|money| money.minor > 0);
    match status {
        // Started; approved and not captured, as in two-step payments; authorised by the issuer's server, which is not paid.
        "0" | "1" | "5" => SessionStatus::Open,
        "2" => SessionStatus::Approved,
        // Void. Where nothing was ever approved, nothing was taken back.
        "3" if approved.is_some_and(|money| money.minor == 0) => SessionStatus::Abandoned,
        "3" => SessionStatus::Reversed,
        // Observed after partial refunds as well: what was taken stays taken, and the count says how much went back.
        "4" if is_above_zero(refunded) => SessionStatus::Approved,
        "6" => SessionStatus::Declined,
        _ => SessionStatus::Unknown,
    }
}

/// A `dd/MM/yyyy HH:mm:ss` of the bank. It names no zone; taken for Yerevan's, which is UTC+4 all year since 2012 (IANA time
/// zone database, Asia/Yerevan).
fn in_yerevan(text: &str) -> Option<i64> {
    let (date, clock) = text.split_once(' ')?;
    let mut parts = date.split('/');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let is_whole = parts.next().is_none() && (day.len(), month.len(), year.len(), clock.len()) == (2, 2, 4, 8);
    is_whole.then(|| time::parse(&format!("{year}-{month}-{day}T{clock}+04:00")))?
}

/// The last moment of the second in which the bank says that it answered (RFC 9110, section 6.6.1: `Date`).
fn answered_at(response: &Response) -> Option<i64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, date) = response.headers.iter().find(|(name, _)| name == "date")?;
    let words: Vec<&str> = date.split(' ').collect();
    let [_, day, month, year, clock, "GMT"] = words.as_slice() else { return None };
    let month = MONTHS.iter().position(|known| known == month)? + 1;
    time::parse(&format!("{year}-{month:02}-{day}T{clock}Z")).map(|at| at + 999)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_of_yerevan_or_none() {
        assert_eq!(in_yerevan("21/11/2026 14:05:09"), Some(1_795_255_509_000));
        for wrong in
            ["", "11/21/2026 14:05:09", "2026-11-21 14:05:09", "21/11/2026", "21/11/2026 14:05:09Z", "1/2/2026 1:1:1"]
        {
            assert_eq!(in_yerevan(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_answer_is_dated_by_its_header() {
        let of = |date: &str| {
            let headers = vec![("date".to_owned(), date.to_owned())];
            answered_at(&Response { status: 200, headers, body: Vec::new() })
        };
        assert_eq!(of("Sat, 21 Nov 2026 10:05:09 GMT"), Some(1_795_255_509_999));
        for wrong in
            ["", "Sat, 21 Nov 2026 10:05:09", "Saturday, 21-Nov-26 10:05:09 GMT", "Sat, 21 Nob 2026 10:05:09 GMT"]
        {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }
}
