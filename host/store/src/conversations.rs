//! Which conversations a merchant has had. A conversation is known by the payments that were in it: the search index leads
//! to them. Messages are no evidence, because what they say is sealed.

use crate::db::{Error, Tx, sql};
use crate::search::plain;
use kamurj_domain::order::ChannelRef;
use kamurj_domain::{Mode, Particulars};

/// The most payments that are looked at. Nearly every one that the index leads to is of the very conversation; others share
/// a number with it by chance.
const MOST: i64 = 100;

#[derive(sqlx::FromRow)]
struct Found {
    particulars: String,
}

const FOUND: &str = "
SELECT particulars FROM payments
WHERE id IN (
    SELECT payment_id FROM payment_search
    WHERE merchant_id = $1 AND mode = $2 AND value = $3 AND field = 'customer')
ORDER BY created_at DESC, id DESC
LIMIT $4";

/// Whether a payment of the merchant's in this mode was in this conversation of this plugin.
pub async fn is_known(tx: &mut Tx, merchant_id: &str, mode: Mode, channel: &ChannelRef) -> Result<bool, Error> {
    let value = plain(&channel.conversation);
    let found: Vec<Found> = sql(FOUND).bind(merchant_id).bind(mode.word()).bind(value).bind(MOST).all(tx).await?;
    Ok(found.iter().any(|found| {
        let particulars = serde_json::from_str::<Particulars>(&found.particulars).ok();
        particulars.and_then(|particulars| particulars.channel).is_some_and(|known| is_same(&known, channel))
    }))
}

/// Whether both are the same conversation, whatever is said of its customer.
pub(crate) fn is_same(one: &ChannelRef, other: &ChannelRef) -> bool {
    one.plugin == other.plugin && one.conversation == other.conversation
}

pub(crate) const CATALOGUE: &[&str] = &[FOUND];
