//! The calls of the shop gateway v2.6, for shops that have them: `check_bill`, `refund_bill`, `clear_bill`. A form whose first
//! parameter carries the command; the values are sealed like everything else.
//!
//! `cancel_bill`, which gives a paid bill back whole, is never sent: it names no sum, so that after an unanswered call or a
//! refund by Telcell's staff nobody would know how much it gives. `refund_bill` says exactly what is wanted, the whole sum too. If
//! Telcell refuses that for the whole sum, it says so, and nothing went back.

use super::Telcell;
use super::answers::{Answer, cause, error_words, order_number, status, time, value};
use super::callback::money;
use crate::contract::{
    Cancelled, Checked, Lookup, LookupOf, RefundAnswer, RefundOrder, RefundStatement, RefundStatus, SessionStatus,
    Statement,
};
use crate::currency;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kamurj_domain::{Currency, Money};
use kamurj_egress::{Method, Request, SendError, Url};
use std::time::Duration;

/// Telcell names none.
const TIMEOUT: Duration = Duration::from_secs(15);

impl Telcell {
    /// `values` follow the issuer, in the order in which they are sealed.
    async fn call(&self, command: &'static str, values: &[(&str, &str)]) -> Result<Answer, SendError> {
        let mut sealed = vec![self.issuer.as_str()];
        sealed.extend(values.iter().map(|(_, value)| *value));
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair(&format!("{command}:issuer"), &self.issuer)
            .extend_pairs(values)
            .append_pair("checksum", &self.key.seal(&sealed))
            .finish();
        let url = Url::parse(&format!("{}/invoices", self.base))
            .map_err(|error| SendError::NotSent(format!("the provider's address: {error}")))?;
        let headers = vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
        let request = Request { method: Method::POST, url, headers, body: body.into_bytes(), timeout: TIMEOUT };
        let response = self.line.send(command, request).await?;
        Ok(Answer::read(response.status, &response.body))
    }

    /// The invoice's id comes with the callback, so nothing can be asked before it. An invoice that we were told of does not stop to
    /// exist: no answer says that there is no such order.
    pub(super) async fn check_bill(&self, of: &LookupOf) -> Lookup {
        let (true, Some(invoice)) = (self.server_calls, &of.payment) else { return Lookup::Unsupported };
        let values = [("invoice", invoice.as_str()), ("issuer_id", &STANDARD.encode(&of.number))];
        let reason = match self.call("check_bill", &values).await {
            Ok(Answer::Fields(fields)) => match told(invoice, &fields) {
                Ok(statement) => return Lookup::Found(statement),
                Err(reason) => reason.to_owned(),
            },
            Ok(Answer::Error(code)) => error_words(&code),
            Ok(Answer::Unclear(reason)) => reason,
            Err(error) => error.to_string(),
        };
        Lookup::NoAnswer { reason }
    }

    pub(super) async fn refund_bill(&self, order: &RefundOrder) -> RefundAnswer {
        let refused = |reason: &str| RefundAnswer::Refused { reason: reason.to_owned() };
        if !self.server_calls {
            return RefundAnswer::Unsupported;
        }
        let Some(invoice) = &order.payment else {
            return refused("the invoice of this attempt is not known: Telcell names it when the money comes");
        };
        if order.amount.currency != Currency::Amd || order.amount.minor <= 0 {
            return refused("Telcell gives back drams above zero only");
        }
        let values = [
            ("invoice", invoice.as_str()),
            ("issuer_id", &STANDARD.encode(&order.number)),
            ("refund_sum", &refund_sum(order.amount)),
        ];
        match self.call("refund_bill", &values).await {
            Ok(Answer::Fields(fields)) => given_back(order, invoice, &fields),
            // Out of order: it may have happened before that.
            Ok(Answer::Error(code)) if code == "E0006" => RefundAnswer::NoAnswer { reason: error_words(&code) },
            Ok(Answer::Error(code)) => RefundAnswer::Refused { reason: error_words(&code) },
            Ok(Answer::Unclear(reason)) => RefundAnswer::NoAnswer { reason },
            Err(error @ (SendError::Refused(_) | SendError::NotSent(_))) => refused(&error.to_string()),
            Err(error) => RefundAnswer::NoAnswer { reason: error.to_string() },
        }
    }

    /// Withdraws an unpaid bill. "No such invoice" is no end: the customer's browser may still hold the form.
    pub(super) async fn clear_bill(&self, of: &LookupOf) -> Cancelled {
        if !self.server_calls {
            return Cancelled::Unsupported;
        }
        if of.payment.is_some() {
            return Cancelled::TooLate {
                reason: "Telcell told that it was paid; give the money back instead".to_owned(),
            };
        }
        let reason = match self.call("clear_bill", &[("issuer_id", &STANDARD.encode(&of.number))]).await {
            Ok(Answer::Fields(fields)) => match cleared(of, &fields) {
                Ok(cancelled) => return cancelled,
                Err(reason) => reason.to_owned(),
            },
            Ok(Answer::Error(code)) => error_words(&code),
            Ok(Answer::Unclear(reason)) => reason,
            Err(error) => error.to_string(),
        };
        Cancelled::NoAnswer { reason }
    }

    /// Asks about an invoice that nobody has: "no such invoice" means that shop and key are right.
    pub(super) async fn try_out(&self) -> Checked {
        if !self.server_calls {
            let detail = "the settings can be read; Telcell answers no questions of this shop, so pay a link of a small sum to \
                          find out whether /settings/issuer and /secrets/shop_key are right";
            return Checked::Unsupported { detail: detail.to_owned() };
        }
        let values = [("invoice", "0"), ("issuer_id", &STANDARD.encode("kamurj_check"))];
        match self.call("check_bill", &values).await {
            Ok(Answer::Error(code)) if code == "E0007" => {
                Checked::Works { detail: "Telcell knows the shop and takes its key".to_owned() }
            }
            Ok(Answer::Error(code)) if code == "E0006" => Checked::NoAnswer { reason: error_words(&code) },
            Ok(Answer::Error(code)) => Checked::Refused { detail: error_words(&code) },
            Ok(Answer::Fields(_)) => {
                Checked::NoAnswer { reason: "Telcell found an invoice that does not exist".to_owned() }
            }
            Ok(Answer::Unclear(reason)) => Checked::NoAnswer { reason },
            Err(SendError::Refused(refusal)) => Checked::Refused { detail: format!("/settings/base_url: {refusal}") },
            Err(error) => Checked::NoAnswer { reason: error.to_string() },
        }
    }
}

/// A decimal with at least one digit behind the point, as the manual's examples have it: `500.0`.
fn refund_sum(amount: Money) -> String {
    let decimal = currency::decimal(amount);
    decimal.strip_suffix('0').unwrap_or(&decimal).to_owned()
}

/// What `check_bill` says; which value is missing or wrong, otherwise.
fn told(invoice: &str, fields: &[(String, String)]) -> Result<Statement, &'static str> {
    if value(fields, "invoice") != Some(invoice) {
        return Err("the answer is not about this invoice");
    }
    let number = value(fields, "issuer_id").and_then(order_number).ok_or("the answer names no order")?;
    let code = value(fields, "currency").ok_or("the answer names no currency")?;
    let sum = value(fields, "sum").ok_or("the answer names no sum")?;
    let said = value(fields, "status").ok_or("the answer names no status")?;
    let status = status(said);
    let (amount, foreign_currency) = money(code, sum).map_err(|_| "the answer's sum cannot be read")?;
    Ok(Statement {
        reference: number.clone(),
        number,
        url: None,
        status,
        cause: cause(said),
        amount,
        foreign_currency,
        provider_time: value(fields, "time").and_then(time),
        payment_reference: (status == SessionStatus::Approved).then(|| invoice.to_owned()),
        // It is not known how a bill tells what went back; a refund changes nothing here.
        refunded: None,
        changed_at: None,
    })
}

/// Money may have moved by now, so whatever is not clear is no answer.
fn given_back(order: &RefundOrder, invoice: &str, fields: &[(String, String)]) -> RefundAnswer {
    let unclear = |reason: &str| RefundAnswer::NoAnswer { reason: reason.to_owned() };
    let Some(number) = value(fields, "issuer_id").and_then(order_number) else {
        return unclear("the answer names no order");
    };
    if value(fields, "invoice") != Some(invoice) || number != order.number {
        return unclear("the answer is about another invoice");
    }
    let amount = value(fields, "refund_sum").and_then(|sum| currency::from_decimal(sum, Currency::Amd));
    if amount != Some(order.amount) {
        return unclear("the answer names no sum or another one");
    }
    RefundAnswer::Done(RefundStatement {
        refund: order.refund.clone(),
        number,
        status: RefundStatus::Done,
        amount,
        foreign_currency: None,
        provider_time: value(fields, "time").and_then(time),
        reference: None,
        reason: None,
    })
}

fn cleared(of: &LookupOf, fields: &[(String, String)]) -> Result<Cancelled, &'static str> {
    if value(fields, "issuer_id").and_then(order_number).as_deref() != Some(of.number.as_str()) {
        return Err("the answer is not about this order");
    }
    match status(value(fields, "status").ok_or("the answer names no status")?) {
        SessionStatus::Abandoned | SessionStatus::Declined | SessionStatus::Reversed => Ok(Cancelled::Done),
        SessionStatus::Approved => Ok(Cancelled::TooLate { reason: "Telcell says that it was paid".to_owned() }),
        SessionStatus::Open | SessionStatus::ChargedBack | SessionStatus::Unknown => {
            Err("the bill is not withdrawn by this answer")
        }
    }
}
