//! By what people look for a payment: order number, customer, CRM entity, the link that it came from, provider's reference, amount.

mod amount;
pub(crate) mod phone;

use crate::db::{Error, Query, Tx, Value, sql};
use crate::payments::{Payment, Row, columns};
use kamurj_domain::{Mode, Status};

/// A text as it is compared: small letters, no blanks, no `@` before a handle; a phone number keeps its digits alone.
pub fn plain(text: &str) -> String {
    let text = text.trim_start().trim_start_matches('@').to_lowercase();
    let text: String = text.chars().filter(|character| !character.is_whitespace()).collect();
    let is_phone = text.chars().all(|character| character.is_ascii_digit() || "+-()".contains(character));
    if is_phone { text.chars().filter(char::is_ascii_digit).collect() } else { text }
}

/// The values by which this payment is found, with their fields.
fn values(payment: &Payment) -> Vec<(&'static str, String)> {
    let order = &payment.particulars;
    let customer = &order.customer;
    let channel = order.channel.as_ref();
    let handle = channel.and_then(|channel| channel.handle.as_deref());
    let of_customer = [customer.name.as_deref(), customer.phone.as_deref(), customer.email.as_deref()]
        .into_iter()
        .chain([customer.id.as_deref(), handle, channel.map(|channel| channel.conversation.as_str())])
        .flatten()
        .map(|text| ("customer", plain(text)));
    let of_crm = order.crm.iter().flat_map(|crm| {
        [("crm", plain(&crm.entity_id)), ("crm", plain(&format!("{}:{}", crm.entity_type, crm.entity_id)))]
    });
    // Where people write by their phone number, the conversation is that number.
    let numbers = [customer.phone.as_deref(), channel.map(|channel| channel.conversation.as_str())];
    let of_phone = numbers.into_iter().flatten().filter_map(phone::kept).map(|number| ("phone", number));
    let mut values: Vec<_> = of_customer.chain(of_crm).chain(of_phone).filter(|(_, value)| !value.is_empty()).collect();
    values.sort();
    values.dedup();
    values
}

const INSERT: &str = "
INSERT INTO payment_search (payment_id, merchant_id, mode, field, value) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING";

/// Lets the payment be found.
pub(crate) async fn add(tx: &mut Tx, payment: &Payment) -> Result<(), Error> {
    let owner = (payment.merchant_id.as_str(), payment.mode);
    for (field, value) in values(payment) {
        insert(tx, &payment.id, owner, (field, &value)).await?;
    }
    Ok(())
}

/// Lets the payment be found by the link that it came from.
pub(crate) async fn add_link(tx: &mut Tx, payment_id: &str, owner: (&str, Mode), link_id: &str) -> Result<(), Error> {
    insert(tx, payment_id, owner, ("link", &plain(link_id))).await
}

async fn insert(
    tx: &mut Tx,
    payment_id: &str,
    (merchant_id, mode): (&str, Mode),
    (field, value): (&str, &str),
) -> Result<(), Error> {
    sql(INSERT).bind(payment_id).bind(merchant_id).bind(mode.word()).bind(field).bind(value).run(tx).await?;
    Ok(())
}

const FORGET: &str = "DELETE FROM payment_search WHERE payment_id = $1 AND field NOT IN ('crm', 'link')";

/// Lets the payment be found by its customer no more.
pub(crate) async fn forget_customer(tx: &mut Tx, payment_id: &str) -> Result<(), Error> {
    sql(FORGET).bind(payment_id).run(tx).await?;
    Ok(())
}

/// Which payments to list. An absent part is not asked about.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The merchant's order number.
    pub order_id: Option<String>,
    /// The status.
    pub status: Option<Status>,
    /// Name, phone or its last digits, e-mail address, handle or id of the customer.
    pub customer: Option<String>,
    /// The provider's reference.
    pub provider_reference: Option<String>,
    /// The CRM's id of the entity, or `deal:5`.
    pub crm_entity: Option<String>,
    /// Made at this time or later, Unix milliseconds.
    pub created_from: Option<i64>,
    /// Made before this time, Unix milliseconds.
    pub created_to: Option<i64>,
    /// Any of the above; after those, payments of just this amount.
    pub q: Option<String>,
    /// Where the page before ended.
    pub before: Option<Place>,
}

/// A place in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// When its payment was made, Unix milliseconds.
    pub created_at: i64,
    /// The payment, `pay_…`.
    pub id: String,
    /// Whether it stands among those that are found by their amount, which come after all others.
    pub by_amount: bool,
}

/// A page of payments: where the rows come from, what leads to them, and all parts of the filter. Every statement takes the
/// same values, so the most telling part of a filter chooses the statement and nothing else.
macro_rules! page {
    ($from:literal, $leads:literal) => {
        page!($from, $leads, "created_at")
    };
    ($from:literal, $leads:literal, $created_at:literal) => {
        page!($from, $leads, $created_at, "CAST($8 AS TEXT) IS NULL OR")
    };
    ($from:literal, $leads:literal, $created_at:literal, $any:literal) => {
        concat!(
            $from,
            columns!(),
            $leads,
            "
    AND (CAST($3 AS TEXT) IS NULL OR order_id = $3)
    AND (CAST($4 AS TEXT) IS NULL OR status = $4)
    AND (CAST($5 AS TEXT) IS NULL OR provider_reference = $5)
    AND (CAST($6 AS TEXT) IS NULL OR id IN (
        SELECT payment_id FROM payment_search
        WHERE merchant_id = $1 AND mode = $2 AND value = $6 AND field = 'customer') OR EXISTS (
        SELECT 1 FROM payment_search
        WHERE payment_id = payments.id AND field = 'phone' AND value >= $15 AND value < $16))
    AND (CAST($7 AS TEXT) IS NULL OR id IN (
        SELECT payment_id FROM payment_search
        WHERE merchant_id = $1 AND mode = $2 AND value = $7 AND field = 'crm'))
    AND (",
            $any,
            " (order_id = $8 OR COALESCE(provider_reference, '') = $8 OR id = $8 OR id IN (
        SELECT payment_id FROM payment_search
        WHERE merchant_id = $1 AND mode = $2 AND value = $9 AND field <> 'phone') OR EXISTS (
        SELECT 1 FROM payment_search
        WHERE payment_id = payments.id AND field = 'phone' AND value >= $17 AND value < $18)))
    AND ",
            $created_at,
            " >= $10 AND ",
            $created_at,
            " < $11
    AND (created_at < $12 OR id < $13)
ORDER BY created_at DESC, id DESC
LIMIT $14"
        )
    };
}

const BY_TIME: &str = page!("SELECT ", " FROM payments WHERE merchant_id = $1 AND mode = $2");
const BY_STATUS: &str = page!("SELECT ", " FROM payments WHERE merchant_id = $1 AND mode = $2 AND status = $4");
const BY_ORDER: &str = page!("SELECT ", " FROM payments WHERE merchant_id = $1 AND mode = $2 AND order_id = $3");
// What is looked up first is few rows, so it leads. Both engines would rather read the merchant's payments in order of time:
// SQLite keeps to the order of a CROSS JOIN, and no index serves a column that something is added to.
const BY_REFERENCE: &str = page!(
    "WITH hits (hit) AS MATERIALIZED (
    SELECT id FROM payments WHERE merchant_id = $1 AND mode = $2 AND provider_reference = $5)
SELECT ",
    " FROM hits CROSS JOIN payments WHERE id = hit AND merchant_id || '' = $1 AND mode || '' = $2",
    "created_at + 0"
);
const BY_CUSTOMER: &str = page!(
    "WITH hits (hit) AS MATERIALIZED (
    SELECT payment_id FROM payment_search
    WHERE merchant_id = $1 AND mode = $2 AND value = $6 AND field = 'customer'
    UNION SELECT payment_id FROM payment_search
    WHERE merchant_id = $1 AND mode = $2 AND value >= $15 AND value < $16 AND field = 'phone')
SELECT ",
    " FROM hits CROSS JOIN payments WHERE id = hit AND merchant_id || '' = $1 AND mode || '' = $2",
    "created_at + 0"
);
const BY_CRM: &str = page!(
    "WITH hits (hit) AS MATERIALIZED (
    SELECT DISTINCT payment_id FROM payment_search
    WHERE merchant_id = $1 AND mode = $2 AND value = $7 AND field = 'crm')
SELECT ",
    " FROM hits CROSS JOIN payments WHERE id = hit AND merchant_id || '' = $1 AND mode || '' = $2",
    "created_at + 0"
);
const BY_ANY: &str = page!(
    "WITH hits (hit) AS MATERIALIZED (
    SELECT payment_id FROM payment_search
    WHERE merchant_id = $1 AND mode = $2 AND value = $9 AND field <> 'phone'
    UNION SELECT payment_id FROM payment_search
    WHERE merchant_id = $1 AND mode = $2 AND value >= $17 AND value < $18 AND field = 'phone'
    UNION SELECT id FROM payments WHERE merchant_id = $1 AND mode = $2 AND order_id = $8
    UNION SELECT id FROM payments WHERE merchant_id = $1 AND mode = $2 AND provider_reference = $8
    UNION SELECT id FROM payments WHERE id = $8)
SELECT ",
    " FROM hits CROSS JOIN payments WHERE id = hit AND merchant_id || '' = $1 AND mode || '' = $2",
    "created_at + 0"
);
// Those that the text names otherwise were listed before. The index has an amount's payments in order of time: a common price is
// read no further than its page.
const BY_AMOUNT: &str =
    page!("SELECT ", " FROM payments WHERE merchant_id = $1 AND mode = $2 AND amount_minor = $19", "created_at", "NOT");

impl Filter {
    /// The statement that answers it, chosen by its most telling part.
    pub fn statement(&self) -> &'static str {
        if self.order_id.is_some() {
            BY_ORDER
        } else if self.provider_reference.is_some() {
            BY_REFERENCE
        } else if self.crm_entity.is_some() {
            BY_CRM
        } else if self.q.is_some() {
            BY_ANY
        } else if self.customer.is_some() {
            BY_CUSTOMER
        } else if self.status.is_some() {
            BY_STATUS
        } else {
            BY_TIME
        }
    }

    /// The statement and the values that find more payments, those of the amount that `q` names; `None` where it names none.
    pub fn by_amount(&self, merchant_id: &str, mode: Mode, limit: i64) -> Option<(&'static str, Vec<Value>)> {
        let amount = self.q.as_deref().and_then(amount::minor)?;
        let others = Self { before: self.before.clone().filter(|place| place.by_amount), ..self.clone() };
        let mut values = others.values(merchant_id, mode, limit).to_vec();
        values.push(amount.into());
        Some((BY_AMOUNT, values))
    }

    /// The values of every one of these statements, `$1` to `$18`.
    pub fn values(&self, merchant_id: &str, mode: Mode, limit: i64) -> [Value; 18] {
        let numbers = |text: &Option<String>| text.as_deref().and_then(phone::ends_in).unzip();
        let ((customer_from, customer_to), (any_from, any_to)) = (numbers(&self.customer), numbers(&self.q));
        let any = self.q.as_deref().map(str::trim);
        let (before, id) = self.before.clone().map_or((i64::MAX, String::new()), |place| (place.created_at, place.id));
        // A page begins where the one before ended: the index is entered there, not read up to it.
        let below = self.created_to.unwrap_or(i64::MAX).min(before.saturating_add(1));
        [
            merchant_id.into(),
            mode.word().into(),
            self.order_id.clone().into(),
            self.status.map(Status::word).into(),
            self.provider_reference.clone().into(),
            self.customer.as_deref().map(plain).into(),
            self.crm_entity.as_deref().map(plain).into(),
            any.map(str::to_owned).into(),
            any.map(plain).into(),
            self.created_from.unwrap_or(i64::MIN).into(),
            below.into(),
            before.into(),
            id.into(),
            limit.into(),
            customer_from.into(),
            customer_to.into(),
            any_from.into(),
            any_to.into(),
        ]
    }
}

/// A payment, and whether it was found by its amount alone.
#[derive(Debug, Clone)]
pub struct Found {
    /// The payment.
    pub payment: Payment,
    /// Whether nothing but its amount is what was looked for.
    pub by_amount: bool,
}

impl Found {
    /// Where it stands in the list.
    pub fn place(&self) -> Place {
        let Self { payment, by_amount } = self;
        Place { created_at: payment.created_at, id: payment.id.clone(), by_amount: *by_amount }
    }
}

/// A page of the merchant's payments in this mode, the newest first. Those that a text names come before those that merely cost
/// what it says.
pub async fn page(
    tx: &mut Tx,
    merchant_id: &str,
    mode: Mode,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<Found>, Error> {
    let is_past_named = filter.before.as_ref().is_some_and(|place| place.by_amount);
    let mut found = Vec::new();
    if !is_past_named {
        let values = filter.values(merchant_id, mode, limit).to_vec();
        found = read(tx, filter.statement(), values, false).await?;
    }
    let room = limit - i64::try_from(found.len()).unwrap_or(limit);
    if room > 0
        && let Some((statement, values)) = filter.by_amount(merchant_id, mode, room)
    {
        found.extend(read(tx, statement, values, true).await?);
    }
    Ok(found)
}

async fn read(tx: &mut Tx, statement: &'static str, values: Vec<Value>, by_amount: bool) -> Result<Vec<Found>, Error> {
    let rows: Vec<Row> = values.into_iter().fold(sql(statement), Query::bind).all(tx).await?;
    rows.into_iter().map(|row| Ok(Found { payment: row.into_payment()?, by_amount })).collect()
}

pub(crate) const CATALOGUE: &[&str] =
    &[INSERT, FORGET, BY_TIME, BY_STATUS, BY_ORDER, BY_REFERENCE, BY_CUSTOMER, BY_CRM, BY_ANY, BY_AMOUNT];

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn what_people_write_is_compared_by_what_they_mean() {
        assert_eq!(plain("+374 (91) 12-34-56"), "37491123456");
        assert_eq!(plain(" Ani Petrosyan "), "anipetrosyan");
        assert_eq!(plain(" @Anush"), "anush");
        assert_eq!(plain("ani@example.am"), "ani@example.am");
        assert_eq!(plain("Deal:5"), "deal:5");
    }
}
