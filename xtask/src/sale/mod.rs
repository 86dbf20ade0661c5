//! One whole sale, acted out over the same HTTP that people's browsers and phones use. Every step names what was seen at
//! the double or the server that it speaks of; the first that does not happen ends it.

mod aftermath;
mod chat;
mod checkout;
mod offices;
mod seen;

use crate::http::Http;
use crate::stack::Stack;
use crate::wait::Patience;

/// The chat of the customer.
const CUSTOMER: i64 = 5_550_001_234;
/// What the first item of the catalogue costs, as the API writes it.
const PRICE: &str = "12500";
/// The same in minor units of AMD.
const PRICE_MINOR: i64 = 1_250_000;
/// The same as people read it.
const PRICE_SHOWN: &str = "12 500";

/// What every step needs.
struct Sale<'a> {
    http: Http,
    stack: &'a Stack,
    patience: Patience,
}

/// The link that the bot sent.
struct Link {
    message_id: i64,
    url: String,
}

/// What the bank took the money for.
struct Charge {
    session: String,
    reference: String,
}

/// Acts it out.
pub(crate) fn act(stack: &Stack, patience: Patience) -> Result<(), String> {
    let sale = Sale { http: Http::new(), stack, patience };
    let link = sale.customer_gets_a_link()?;
    let charge = sale.customer_pays(&link)?;
    sale.everybody_is_told(&link, &charge)
}
