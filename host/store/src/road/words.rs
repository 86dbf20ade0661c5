//! What is asked of the road, and what came of asking.

use crate::attempts::Stored;
use crate::payments::{Keys, Payment};
use crate::refunds::Refund;
use crate::sends::Send;
use kamurj_domain::fold::Refundable;
use kamurj_domain::{Evidence, FactKind, Mode, Money, Particulars, Purpose, Ruling, Source, Status};

/// A payment that is asked for.
#[derive(Debug, Clone)]
pub struct NewPayment {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub merchant_id: String,
    /// Test or live.
    pub mode: Mode,
    /// The merchant's order number.
    pub order_id: String,
    /// What is due.
    pub amount: Money,
    /// Until when, Unix milliseconds.
    pub expires_at: i64,
    /// What is sold and to whom.
    pub particulars: Particulars,
    /// The provider account that the merchant chose; `None`: the payer chooses.
    pub provider_account: Option<String>,
    /// The link's token, sealed.
    pub token_sealed: String,
    /// Keys under which it is found again.
    pub keys: Keys,
}

/// What came of asking for a payment.
#[derive(Debug, Clone)]
pub enum Created {
    /// It is new.
    Made(Box<Payment>),
    /// The same request made it before.
    Known(Box<Payment>),
    /// Another payment has this order number.
    OrderTaken(Box<Payment>),
}

/// What came of asking for an attempt.
#[derive(Debug, Clone)]
pub enum Started {
    /// It is committed; now the provider may be called.
    Made,
    /// This form made it before.
    SameForm(Box<Stored>),
    /// An attempt is under way whose end is not known; a second could take the money twice.
    UnderWay(Box<Stored>),
    /// The payment takes no attempts any more.
    Closed(Status),
    /// There is no such payment.
    NoPayment,
}

/// Something learned about an attempt, before it has an id and a time of arrival.
#[derive(Debug, Clone)]
pub struct Learned {
    /// The attempt.
    pub attempt: String,
    /// What.
    pub kind: FactKind,
    /// How far it can be believed.
    pub evidence: Evidence,
    /// Who said it, and the key of a repetition.
    pub source: Source,
    /// The amount named.
    pub amount: Option<Money>,
    /// The currency named, where Kamurj does not know it.
    pub foreign_currency: Option<String>,
    /// The provider's own time.
    pub provider_time: Option<i64>,
    /// The provider's reference.
    pub reference: Option<String>,
    /// A short reason.
    pub reason: Option<String>,
    /// The refund that it speaks of.
    pub refund: Option<String>,
    /// SHA-256 of the raw message that it was read from, in hex.
    pub message: Option<String>,
}

impl Learned {
    /// A fact without amount, time or reference.
    pub fn plain(attempt: &str, kind: FactKind, evidence: Evidence, source: Source) -> Self {
        Self {
            attempt: attempt.to_owned(),
            kind,
            evidence,
            source,
            amount: None,
            foreign_currency: None,
            provider_time: None,
            reference: None,
            reason: None,
            refund: None,
            message: None,
        }
    }
}

/// A line of a bank's report that was found to be about an attempt.
#[derive(Debug, Clone)]
pub struct Reported {
    /// The report, `rep_…`.
    pub report: String,
    /// The row of its file.
    pub line: i64,
    /// The attempt.
    pub attempt: String,
    /// The refund of ours that it tells of, where it is one. A line about money that went back without any names none.
    pub refund: Option<String>,
    /// `Approved`, `Refunded`, `Reversed` or `ChargedBack`.
    pub kind: FactKind,
    /// How much.
    pub amount: Option<Money>,
    /// The currency named, where Kamurj does not know it.
    pub foreign_currency: Option<String>,
    /// When it happened by the bank's clock, Unix milliseconds.
    pub at: Option<i64>,
    /// The bank's reference.
    pub reference: Option<String>,
}

impl From<Reported> for Learned {
    /// The same line of another report, whose time overlaps, says nothing new: it is known by what it says. A line without
    /// time and reference could be another of the same amount, and is known by its place.
    fn from(line: Reported) -> Self {
        let place = format!("{} line {}", line.report, line.line);
        let minor = line.amount.map(|amount| amount.to_string());
        let said = [minor, line.foreign_currency.clone(), line.at.map(|at| at.to_string()), line.reference.clone()];
        let said = if line.at.is_none() && line.reference.is_none() {
            place.clone()
        } else {
            said.map(Option::unwrap_or_default).join("|")
        };
        let about = line.refund.as_deref().unwrap_or(&line.attempt);
        let key = format!("reported:{}:{about}:{said}", line.kind.word());
        let source = Source { name: format!("bank report {place}"), key };
        Self {
            amount: line.amount,
            foreign_currency: line.foreign_currency,
            provider_time: line.at,
            reference: line.reference,
            refund: line.refund,
            ..Self::plain(&line.attempt, line.kind, Evidence::BankReport, source)
        }
    }
}

/// What came of an act of the merchant's on a payment.
#[derive(Debug, Clone)]
pub enum Acted {
    /// It is done; the payment as it stands now.
    Done(Box<Payment>),
    /// It was so already.
    Known(Box<Payment>),
    /// The payment is in a status that does not allow it.
    NotNow(Status),
    /// There is no such payment.
    NoPayment,
}

/// What the merchant changes of an order.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// The amount; only while no attempt was ever started.
    pub amount: Option<Money>,
    /// The line for the customer.
    pub description: Option<String>,
    /// The new end, Unix milliseconds.
    pub expires_at: Option<i64>,
}

/// What came of changing an order.
#[derive(Debug, Clone)]
pub enum Changed {
    /// It is done; the payment as it stands now.
    Done(Box<Payment>),
    /// An attempt was started at the old amount.
    AmountFixed,
    /// The order's lines add up to the old amount.
    HasItems,
    /// The link that it came from has no place left for it.
    NoPlace,
    /// The payment is in a status that does not allow it.
    NotNow(Status),
    /// There is no such payment.
    NoPayment,
}

/// What came of a payer's asking for a new time to pay.
#[derive(Debug, Clone)]
pub enum Renewed {
    /// The payment is open, or has gone on otherwise: it is not expired.
    Open(Box<Payment>),
    /// It stays expired, or there is none.
    Not,
}

/// What came of asking for a payment's link to be sent.
#[derive(Debug, Clone)]
pub enum Sending {
    /// It is owed to the channel.
    Owed(Box<Send>),
    /// An earlier one has not been sent yet: this is it. Nothing else is owed.
    Waits(Box<Send>),
    /// The payment is in a status in which nobody can pay it.
    NotNow(Status),
    /// The payment has no conversation, and none was named.
    NoConversation,
    /// The payment has another conversation than the one that was named.
    OtherConversation,
    /// No payment of the merchant's in this mode was ever in the conversation that was named.
    UnknownConversation,
    /// The merchant has no active installation of this channel plugin in this mode.
    NoPlugin(String),
    /// The plugin does not send links on demand: its manifest does not name the event.
    CannotSend(String),
    /// It was sent too often of late; the next may be sent at this time, Unix milliseconds.
    TooOften(i64),
    /// There is no such payment.
    NoPayment,
}

/// A person's ruling on a payment.
#[derive(Debug, Clone)]
pub struct NewDecision {
    /// What the payment is.
    pub ruling: Ruling,
    /// Who decides.
    pub by: String,
    /// In which role.
    pub role: String,
    /// Why.
    pub reason: String,
    /// What it rests on.
    pub evidence: String,
}

/// A refund that is asked for.
#[derive(Debug, Clone)]
pub struct NewRefund {
    /// How much; all that may go back of the order where it is left out.
    pub amount: Option<Money>,
    /// Of which attempt; of the one that holds the order's money where it is left out.
    pub attempt: Option<String>,
    /// Why.
    pub reason: String,
}

/// What came of asking for a refund.
#[derive(Debug, Clone)]
pub enum RefundAsked {
    /// Its amount is reserved; now the provider may be called.
    Made(Box<Refund>),
    /// Nothing may go back in this status.
    NotNow(Status),
    /// More than may go back; this is what may.
    TooMuch(Vec<Refundable>),
    /// The amount is in another currency than the payment.
    OtherCurrency,
    /// There is no such payment.
    NoPayment,
}

/// What was learned about a refund.
#[derive(Debug, Clone)]
pub struct RefundTold {
    /// The refund.
    pub refund: String,
    /// `Refunded`, `RefundFailed` or `RefundInDoubt`.
    pub kind: FactKind,
    /// How far it can be believed.
    pub evidence: Evidence,
    /// Who said it, and the key of a repetition.
    pub source: Source,
    /// The amount named.
    pub amount: Option<Money>,
    /// The provider's own time.
    pub provider_time: Option<i64>,
    /// The provider's reference.
    pub reference: Option<String>,
    /// A short reason.
    pub reason: Option<String>,
    /// SHA-256 of the raw message that it was read from, in hex.
    pub message: Option<String>,
    /// Which money it is, where we did not ask for it ourselves.
    pub purpose: Option<Purpose>,
}
