//! An invoice and its life: new, then paid, rejected, expired or withdrawn; a paid one may be cancelled, which gives everything
//! back. It must not know how invoices are asked for or shown.

use super::super::{Act, Acted, OrderView};
use super::State;

const DAY_MS: i64 = 86_400_000;

/// Where an invoice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    New,
    Paid,
    Rejected,
    Expired,
    /// Paid, and given back whole.
    Cancelled,
    /// Withdrawn by the shop, so that its number can be used again.
    CancelledForRepeat,
}

impl Status {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Paid => "PAID",
            Self::Rejected => "REJECTED",
            Self::Expired => "EXPIRED",
            Self::Cancelled => "CANCELLED",
            Self::CancelledForRepeat => "CANCELLED FOR REPEAT",
        }
    }
}

/// What a shop asked for.
pub(super) struct Invoice {
    pub(super) id: String,
    pub(super) issuer: String,
    /// As the shop sent it, in Base64.
    pub(super) issuer_id: String,
    /// The same, decoded.
    pub(super) number: String,
    pub(super) product: String,
    /// Hundredths; what was paid may differ from the order under a fault.
    pub(super) minor: i64,
    /// The number of the currency, three digits.
    pub(super) currency: &'static str,
    pub(super) status: Status,
    pub(super) refunded: i64,
    /// When it was made, paid or rejected.
    pub(super) changed_at: i64,
    expires_at: i64,
}

impl Invoice {
    #[expect(clippy::too_many_arguments, reason = "each is a field of the form")]
    pub(super) fn new(
        id: String,
        issuer: &str,
        issuer_id: &str,
        number: String,
        product: String,
        minor: i64,
        days: i64,
        now: i64,
    ) -> Self {
        Self {
            id,
            issuer: issuer.to_owned(),
            issuer_id: issuer_id.to_owned(),
            number,
            product,
            minor,
            currency: "051",
            status: Status::New,
            refunded: 0,
            changed_at: now,
            expires_at: now + days * DAY_MS,
        }
    }

    /// Nobody is told: Telcell says nothing about invoices that are ignored.
    pub(super) fn expire(&mut self, now: i64) {
        if self.status == Status::New && self.expires_at <= now {
            self.status = Status::Expired;
            self.changed_at = self.expires_at;
        }
    }

    /// What can still go back.
    pub(super) fn left(&self) -> i64 {
        if self.status == Status::Paid { self.minor - self.refunded } else { 0 }
    }

    pub(super) fn view(&self, base_url: &str) -> OrderView {
        OrderView {
            id: self.id.clone(),
            number: self.number.clone(),
            amount_minor: self.minor,
            currency: letters(self.currency).to_owned(),
            status: self.status.word().to_owned(),
            refunded_minor: self.refunded,
            page: Some(page_of(base_url, &self.id)),
        }
    }
}

pub(super) fn page_of(base_url: &str, invoice: &str) -> String {
    format!("{base_url}/payments/invoice/?invoice={invoice}")
}

/// The three letters of a currency that payments can be made in here.
pub(super) fn letters(number: &str) -> &'static str {
    match number {
        "643" => "RUB",
        "840" => "USD",
        "978" => "EUR",
        _ => "AMD",
    }
}

fn number_of(letters: &str) -> &'static str {
    match letters {
        "RUB" => "643",
        "USD" => "840",
        "EUR" => "978",
        _ => "051",
    }
}

/// A sum as callbacks have it: `1500`, `1500.5`.
pub(super) fn short(minor: i64) -> String {
    let point = with_point(minor);
    point.strip_suffix(".0").unwrap_or(&point).to_owned()
}

/// A sum as the shop gateway has it: `1500.0`.
pub(super) fn with_point(minor: i64) -> String {
    let text = format!("{}.{:02}", minor / 100, minor % 100);
    text.strip_suffix('0').unwrap_or(&text).to_owned()
}

/// Hundredths of a sum: digits, and one or two more behind a point.
pub(super) fn hundredths(text: &str) -> Option<i64> {
    let (whole, rest) = match text.split_once('.') {
        Some((whole, rest)) if matches!(rest.len(), 1 | 2) => (whole, format!("{rest:0<2}")),
        Some(_) => return None,
        None => (text, "00".to_owned()),
    };
    let digits = |text: &str| !text.is_empty() && text.len() <= 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(&rest) {
        return None;
    }
    format!("{whole}{rest}").parse().ok().filter(|minor| *minor > 0)
}

impl State {
    pub(super) fn place(&self, id: &str) -> Option<usize> {
        self.invoices.iter().position(|invoice| invoice.id == id)
    }

    /// What payers and staff do. Telcell calls back for the payer's decisions alone.
    pub(super) fn act(&mut self, id: &str, act: Act, now: i64) -> Result<Acted, String> {
        let place = self.place(id).ok_or_else(|| format!("{id} is no invoice of Telcell's"))?;
        let (lie, paid_in) = (self.faults.paid, self.faults.paid_currency.clone());
        let invoice = &mut self.invoices[place];
        match act {
            Act::Close => return Ok(self.back(place)),
            Act::Pay | Act::Decline | Act::Expire if invoice.status != Status::New => {
                return Err(format!("{id} is {}", invoice.status.word()));
            }
            Act::Pay => {
                invoice.minor = lie.applied(invoice.minor);
                invoice.currency = paid_in.map_or(invoice.currency, |letters| number_of(&letters));
                invoice.status = Status::Paid;
            }
            Act::Decline => invoice.status = Status::Rejected,
            Act::Expire => {
                invoice.expires_at = now;
                invoice.expire(now);
                return Ok(Acted::Done);
            }
            Act::Reverse if invoice.left() > 0 => {
                invoice.refunded = invoice.minor;
                invoice.status = Status::Cancelled;
                return Ok(Acted::Done);
            }
            Act::GiveBack { minor } if (1..=invoice.left()).contains(&minor) => {
                invoice.refunded += minor;
                return Ok(Acted::Done);
            }
            Act::Reverse | Act::GiveBack { .. } => return Err(format!("{id} has not so much to give back")),
        }
        invoice.changed_at = now;
        self.announce(place, now);
        Ok(self.back(place))
    }

    /// The shop's one address for browsers. What is appended is nobody's proof, and assumed: Telcell does not say.
    fn back(&self, place: usize) -> Acted {
        let invoice = &self.invoices[place];
        let shop = self.merchants.iter().find(|merchant| merchant.issuer == invoice.issuer);
        let Some(mut url) = shop.and_then(|shop| shop.return_url.clone()) else { return Acted::Done };
        url.query_pairs_mut().append_pair("invoice", &invoice.id).append_pair("issuer_id", &invoice.issuer_id);
        Acted::Back(url.into())
    }
}

#[cfg(test)]
mod tests {
    use super::{hundredths, short, with_point};

    #[test]
    fn sums_are_written_as_telcell_does() {
        for (minor, written, pointed) in
            [(150_000, "1500", "1500.0"), (150_050, "1500.5", "1500.5"), (150_005, "1500.05", "1500.05")]
        {
            assert_eq!((short(minor).as_str(), with_point(minor).as_str()), (written, pointed));
            assert_eq!((hundredths(written), hundredths(pointed)), (Some(minor), Some(minor)));
        }
        for wrong in ["", "0", "0.00", "-1", "1.", ".5", "1.005", "1,5", "1e3", " 1", "1 500", "9999999999999"] {
            assert_eq!(hundredths(wrong), None, "{wrong}");
        }
    }
}
