//! An order and its life: registered, then started, deposited, declined, out of time or void; what was deposited may go back in
//! parts. It must not know how orders are asked for or shown.

use super::habits::AfterPaying;
use super::{Merchant, State};
use crate::gateways::{Act, Acted, OrderView};

/// The longest session, and what it is where the merchant asks for none or for nonsense, which the bank does not mind.
const LONGEST_SESSION_S: i64 = 1_200;

/// Currencies by their number in ISO 4217 and by letters. A payer's bank may charge in more than orders are taken in.
const CURRENCIES: [(&str, &str); 5] = [("051", "AMD"), ("643", "RUB"), ("840", "USD"), ("978", "EUR"), ("826", "GBP")];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// Registered, and nobody tried to pay.
    Untried,
    /// Authorised and not captured.
    Approved,
    Deposited,
    Void,
    Refunded,
    AutoAuthorized,
    Declined,
    /// The payer's time for entering a card ran out.
    OutOfTime,
}

impl Status {
    /// `OrderStatus`, `PaymentState` and `ResponseCode`.
    pub(super) fn told(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Untried => ("0", "payment_started", "0-100"),
            Self::Approved => ("1", "payment_approved", "00"),
            Self::Deposited => ("2", "payment_deposited", "00"),
            Self::Void => ("3", "payment_void", "00"),
            Self::Refunded => ("4", "payment_refunded", "00"),
            Self::AutoAuthorized => ("5", "payment_autoauthorized", "00"),
            Self::Declined => ("6", "payment_declined", "0116"),
            Self::OutOfTime => ("6", "payment_declined", "0-2007"),
        }
    }

    fn is_open(self) -> bool {
        matches!(self, Self::Untried | Self::Approved | Self::AutoAuthorized)
    }
}

/// What a merchant asked for with InitPayment.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) minor: i64,
    /// Three digits.
    pub(super) currency: String,
    pub(super) description: String,
    pub(super) back_url: String,
    pub(super) opaque: String,
    pub(super) timeout_s: i64,
}

pub(super) struct Order {
    /// In upper case.
    pub(super) payment_id: String,
    pub(super) client_id: String,
    pub(super) order_id: i64,
    pub(super) asked: Asked,
    pub(super) made_at: i64,
    pub(super) status: Status,
    pub(super) changed_at: i64,
    /// What was approved, in hundredths, and in which currency; that differs from what was asked under a fault.
    pub(super) approved: i64,
    pub(super) charged_in: String,
    pub(super) refunded: i64,
    /// The processing centre's number.
    pub(super) rrn: String,
}

impl Order {
    pub(super) fn new(payment_id: String, merchant: &Merchant, order_id: i64, asked: Asked, now: i64) -> Self {
        Self {
            payment_id,
            client_id: merchant.client_id.clone(),
            order_id,
            charged_in: asked.currency.clone(),
            asked,
            made_at: now,
            status: Status::Untried,
            changed_at: now,
            approved: 0,
            refunded: 0,
            rrn: String::new(),
        }
    }

    /// What is captured and has not gone back.
    pub(super) fn deposited(&self) -> i64 {
        match self.status {
            Status::Deposited | Status::Refunded => self.approved - self.refunded,
            _ => 0,
        }
    }

    pub(super) fn is_over(&self, now: i64) -> bool {
        let asked_s = self.asked.timeout_s;
        let seconds = if (1..=LONGEST_SESSION_S).contains(&asked_s) { asked_s } else { LONGEST_SESSION_S };
        now >= self.made_at + seconds * 1_000
    }

    /// Where the browser goes: everything in it is unsigned, and `resposneCode` is how the bank writes it.
    pub(super) fn back(&self, code: &str, description: &str) -> String {
        let Ok(mut url) = url::Url::parse(&self.asked.back_url) else { return self.asked.back_url.clone() };
        url.query_pairs_mut()
            .append_pair("orderID", &self.order_id.to_string())
            .append_pair("resposneCode", code)
            .append_pair("paymentID", &self.payment_id.to_lowercase())
            .append_pair("opaque", &self.asked.opaque)
            .append_pair("description", description);
        url.into()
    }

    /// The way back from where the order stands.
    pub(super) fn way_back(&self) -> String {
        match self.status {
            Status::Deposited | Status::Refunded => self.back("00", "Payment is successful "),
            Status::Approved => self.back("00", "Payment is approved "),
            Status::Declined => self.back("0116", "Not sufficient funds"),
            Status::OutOfTime => self.back("0-2007", "Time for entering card data is over"),
            Status::Void => self.back("0-2018", "Payment is cancelled"),
            Status::AutoAuthorized => self.back("0-9000", "Payment is started"),
            // What a payer brings back who gave up nobody published; this is the code of an order without attempts.
            Status::Untried => self.back("0-100", "No payment attempts"),
        }
    }

    pub(super) fn page(&self, base_url: &str) -> String {
        format!("{base_url}/Payments/Pay?id={}&lang=am", self.payment_id)
    }

    pub(super) fn letters(&self) -> &'static str {
        CURRENCIES.iter().find(|(number, _)| *number == self.charged_in).map_or("???", |(_, letters)| letters)
    }

    pub(super) fn view(&self, base_url: &str) -> OrderView {
        OrderView {
            id: self.payment_id.clone(),
            number: self.order_id.to_string(),
            amount_minor: if self.approved == 0 { self.asked.minor } else { self.approved },
            currency: self.letters().to_owned(),
            status: self.status.told().1.to_owned(),
            refunded_minor: self.refunded,
            page: Some(self.page(base_url)),
        }
    }
}

impl State {
    /// The order with this PaymentID, in either case.
    pub(super) fn order(&self, id: &str) -> Option<&Order> {
        self.orders.iter().find(|order| order.payment_id.eq_ignore_ascii_case(id))
    }

    pub(super) fn order_mut(&mut self, id: &str) -> Option<&mut Order> {
        self.orders.iter_mut().find(|order| order.payment_id.eq_ignore_ascii_case(id))
    }

    pub(super) fn act(&mut self, id: &str, act: Act, now: i64) -> Result<Acted, String> {
        let outage = self.faults.outage;
        let order = self.order_mut(id).ok_or("no such order")?;
        let at_page = matches!(act, Act::Pay | Act::Decline | Act::Close);
        if at_page && outage {
            return Ok(Acted::Back(order.back("0999", "Authorization was not started")));
        }
        match act {
            Act::Pay if order.status.is_open() => self.pay(id, now, false)?,
            Act::Decline | Act::Expire if order.status.is_open() => {
                order.status = if act == Act::Decline { Status::Declined } else { Status::OutOfTime };
                order.changed_at = now;
            }
            Act::Pay | Act::Decline | Act::Close => {}
            Act::Expire => return Err("the order is over already".to_owned()),
            Act::Reverse if order.status == Status::Deposited => {
                order.status = Status::Void;
                order.changed_at = now;
            }
            Act::Reverse => return Err("only an order that was paid and not refunded can be reversed".to_owned()),
            Act::GiveBack { minor } => order.give_back(minor, now)?,
        }
        let order = self.order(id).ok_or("no such order")?;
        Ok(if at_page || act == Act::Expire { Acted::Back(order.way_back()) } else { Acted::Done })
    }

    /// The order is paid. Staff may find so of one that had failed.
    pub(super) fn pay(&mut self, id: &str, now: i64, by_staff: bool) -> Result<(), String> {
        let (lie, letters, after) = (self.faults.paid, self.faults.paid_currency.clone(), self.habits.after_paying);
        let rrn = self.ids.digits();
        let order = self.order_mut(id).ok_or("no such order")?;
        let is_revived = by_staff && matches!(order.status, Status::Declined | Status::OutOfTime);
        if !(order.status.is_open() || is_revived) {
            return Err("the order cannot be paid any more".to_owned());
        }
        // Who began in time may finish; who did not is too late.
        if order.status == Status::Untried && order.is_over(now) && !by_staff {
            order.status = Status::OutOfTime;
            order.changed_at = now;
            return Ok(());
        }
        if let Some(letters) = letters {
            let known = CURRENCIES.iter().find(|(_, known)| *known == letters);
            known.map_or("", |(number, _)| number).clone_into(&mut order.charged_in);
        }
        if order.rrn.is_empty() {
            order.rrn = rrn;
        }
        order.approved = lie.applied(order.asked.minor);
        order.changed_at = now;
        order.status = match after {
            AfterPaying::Deposited => Status::Deposited,
            AfterPaying::Approved => Status::Approved,
            AfterPaying::AutoAuthorized => Status::AutoAuthorized,
        };
        Ok(())
    }
}
