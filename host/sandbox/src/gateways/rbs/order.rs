//! An order and its life: registered, perhaps held or at the payer's bank, then deposited, reversed, refunded or declined. It
//! must not know how orders are asked for or shown.

use url::Url;

use super::request::Registration;
use super::{Act, Acted, Books, OrderView};
use crate::gateways::DeclinedBy;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Armenia's time, all year round since 2012.
pub(super) const ZONE_MS: i64 = 4 * 60 * 60 * 1000;

/// Action codes of the manual's first appendix.
pub(super) const APPROVED: i64 = 0;
const NO_ATTEMPTS_YET: i64 = -100;
const NO_MONEY: i64 = 116;
/// 3-D Secure was not passed; the payer pressed "cancel" there; the card's bank is not available (appendix 1 of the manual).
const NOT_AUTHENTICATED: i64 = -2011;
const CANCELLED: i64 = -2014;
const ISSUER_AWAY: i64 = 907;
const TIME_RAN_OUT: i64 = -2007;

/// `orderStatus`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Created = 0,
    Held = 1,
    Deposited = 2,
    Reversed = 3,
    Refunded = 4,
    AtAcs = 5,
    Declined = 6,
}

impl State {
    const ALL: [Self; 7] =
        [Self::Created, Self::Held, Self::Deposited, Self::Reversed, Self::Refunded, Self::AtAcs, Self::Declined];

    pub(super) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|state| *state as u8 == number)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Held => "payment_approved",
            Self::Deposited => "payment_deposited",
            Self::Reversed => "payment_void",
            Self::Refunded => "refunded",
            Self::AtAcs => "acs",
            Self::Declined => "payment_declined",
        }
    }
}

pub(super) struct Order {
    /// `orderId`, `mdOrder`: a GUID.
    pub(super) id: String,
    pub(super) login: String,
    pub(super) asked: Registration,
    pub(super) state: State,
    pub(super) action_code: i64,
    /// What was paid may differ from what was asked under a fault.
    pub(super) amount_minor: i64,
    pub(super) currency: &'static str,
    pub(super) created_at: i64,
    expires_at: i64,
    declines: u32,
    pub(super) paid: Option<Payment>,
    pub(super) refunds: Vec<Refund>,
}

/// An authorisation that the payer's bank gave.
pub(super) struct Payment {
    pub(super) at: i64,
    /// Twelve digits.
    pub(super) reference: String,
}

pub(super) struct Refund {
    pub(super) minor: i64,
    pub(super) at: i64,
    pub(super) reference: String,
}

impl Order {
    pub(super) fn new(id: String, login: String, asked: Registration, now: i64) -> Self {
        Self {
            id,
            login,
            state: State::Created,
            action_code: NO_ATTEMPTS_YET,
            amount_minor: asked.amount_minor,
            currency: asked.currency,
            created_at: now,
            expires_at: now + asked.session_seconds * 1000,
            declines: 0,
            paid: None,
            refunds: Vec::new(),
            asked,
        }
    }

    pub(super) fn refunded_minor(&self) -> i64 {
        self.refunds.iter().map(|refund| refund.minor).sum()
    }

    /// Nobody paid and nobody was declined for good.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Created | State::AtAcs)
    }

    /// Whole, once, not after a refund, and only until the end of the day in Armenia.
    pub(super) fn can_be_reversed(&self, now: i64) -> bool {
        let day = |at: i64| (at + ZONE_MS).div_euclid(DAY_MS);
        matches!(self.state, State::Held | State::Deposited)
            && self.paid.as_ref().is_some_and(|paid| day(paid.at) == day(now))
    }

    pub(super) fn set_by_hand(&mut self, state: State, action_code: i64, now: i64) {
        self.state = state;
        self.action_code = action_code;
        let took_money = matches!(state, State::Held | State::Deposited | State::Refunded);
        if took_money && self.paid.is_none() {
            self.paid = Some(Payment { at: now, reference: "000000000000".to_owned() });
        }
    }

    pub(super) fn page(&self, base_url: &str) -> String {
        let (login, language) = (&self.login, self.asked.language);
        format!("{base_url}/payment/merchants/{login}/payment_{language}.html?mdOrder={}", self.id)
    }

    pub(super) fn view(&self, base_url: &str) -> OrderView {
        OrderView {
            id: self.id.clone(),
            number: self.asked.order_number.clone(),
            amount_minor: self.amount_minor,
            currency: super::request::letters(self.currency).to_owned(),
            status: self.state.name().to_owned(),
            refunded_minor: self.refunded_minor(),
            page: Some(self.page(base_url)),
        }
    }
}

impl Books {
    pub(super) fn place(&self, id: &str) -> Option<usize> {
        self.orders.iter().position(|order| order.id == id)
    }

    /// Sessions end by themselves, wherever the payer is.
    pub(super) fn end_sessions(&mut self, now: i64) {
        for place in 0..self.orders.len() {
            if self.orders[place].is_open() && self.orders[place].expires_at <= now {
                self.run_out(place, now);
            }
        }
    }

    fn run_out(&mut self, place: usize, now: i64) {
        self.orders[place].state = State::Declined;
        self.orders[place].action_code = TIME_RAN_OUT;
        self.announce(place, "declinedByTimeout", true, now);
    }

    pub(super) fn act(&mut self, id: &str, act: Act, now: i64) -> Result<Acted, String> {
        let place = self.place(id).ok_or("no such order")?;
        let order = &self.orders[place];
        let is_over = || format!("the order is over: {}", order.state.name());
        match act {
            Act::Close => return Ok(Acted::Back(self.return_url(place))),
            Act::Pay | Act::Decline | Act::Expire if !order.is_open() => return Err(is_over()),
            Act::Pay => {
                self.pay(place, now);
                return Ok(Acted::Back(self.return_url(place)));
            }
            Act::Decline => {
                self.decline(place, now);
                return Ok(Acted::Back(self.return_url(place)));
            }
            Act::Expire => self.run_out(place, now),
            Act::Reverse if !matches!(order.state, State::Held | State::Deposited) => return Err(is_over()),
            Act::Reverse => self.reverse(place, now),
            Act::GiveBack { minor } => self.give_back(place, minor, now).map_err(str::to_owned)?,
        }
        Ok(Acted::Done)
    }

    fn pay(&mut self, place: usize, now: i64) {
        let reference = self.ids.digits();
        let (lie, currency) = (self.faults.paid, self.faults.paid_currency.clone());
        let order = &mut self.orders[place];
        order.amount_minor = lie.applied(order.asked.amount_minor);
        order.currency = currency.and_then(|code| super::request::digits(&code)).unwrap_or(order.asked.currency);
        order.paid = Some(Payment { at: now, reference });
        order.action_code = APPROVED;
        let (state, operation) =
            if order.asked.two_stages { (State::Held, "approved") } else { (State::Deposited, "deposited") };
        order.state = state;
        self.announce(place, operation, true, now);
    }

    /// The payer may try again until their tries are used up.
    fn decline(&mut self, place: usize, now: i64) {
        let order = &mut self.orders[place];
        order.declines += 1;
        order.action_code = match self.faults.declined_by {
            DeclinedBy::Bank => NO_MONEY,
            DeclinedBy::Authentication => NOT_AUTHENTICATED,
            DeclinedBy::Payer => CANCELLED,
            DeclinedBy::Nobody => ISSUER_AWAY,
        };
        order.state = if order.declines >= self.habits.tries { State::Declined } else { State::Created };
        self.announce(place, "deposited", false, now);
    }

    pub(super) fn deposit(&mut self, place: usize, minor: i64, now: i64) {
        let order = &mut self.orders[place];
        order.amount_minor = if minor == 0 { order.amount_minor } else { minor };
        order.state = State::Deposited;
        self.announce(place, "deposited", true, now);
    }

    pub(super) fn reverse(&mut self, place: usize, now: i64) {
        self.orders[place].state = State::Reversed;
        self.announce(place, "reversed", true, now);
    }

    pub(super) fn give_back(&mut self, place: usize, minor: i64, now: i64) -> Result<(), &'static str> {
        let reference = self.ids.digits();
        let order = &mut self.orders[place];
        if !matches!(order.state, State::Deposited | State::Refunded) {
            return Err("nothing was taken");
        }
        if !(1..=order.amount_minor - order.refunded_minor()).contains(&minor) {
            return Err("more than is left");
        }
        order.refunds.push(Refund { minor, at: now, reference });
        order.state = State::Refunded;
        self.announce(place, "refunded", true, now);
        Ok(())
    }

    /// Where the browser goes back to. What is appended is a hint: anybody can forge it.
    pub(super) fn return_url(&self, place: usize) -> String {
        let order = &self.orders[place];
        let mut url: Url = order.asked.return_url.clone();
        let id = if self.habits.returns_number { &order.asked.order_number } else { &order.id };
        url.query_pairs_mut().append_pair(self.habits.return_parameter, id).append_pair("lang", order.asked.language);
        url.into()
    }
}
