//! Marks the payment inside the CRM as paid, where a manager made one for the same sum. It only sets a mark, and only on a payment that
//! has none; the journal never reads it.

use kamurj_crm::{Shown, Target, Trouble, requests};
use kamurj_sdk::{Host, Level};
use serde_json::{Value, json};

use crate::kind::{id_of, place};
use crate::portal::Portal;
use crate::refusal;

/// Marks the one unpaid payment of this sum. A portal that does not let us keeps its payments as they are: the fields say how it is.
pub(crate) fn pay<H: Host>(portal: &Portal<'_, H>, target: &Target, shown: &Shown) -> Result<(), Trouble> {
    match mark(portal, target, shown) {
        Err(trouble) if refusal::is_passing(&trouble) => Err(trouble),
        Err(trouble) => {
            let outcome = kamurj_sdk::Outcome::from(trouble);
            let why = [("record", target.id.as_str()), ("why", outcome.message.as_str())];
            portal.host.log(Level::Warn, "The payment inside the CRM could not be marked as paid", &why);
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

fn mark<H: Host>(portal: &Portal<'_, H>, target: &Target, shown: &Shown) -> Result<(), Trouble> {
    let (kind, id) = place(target)?;
    let body = json!({ "entityId": id, "entityTypeId": kind.number() });
    let payments = portal.rest.read("crm.item.payment.list", &body)?;
    let of_this_sum = |payment: &&Value| {
        payment["currency"] == shown.amount.currency.as_str()
            && requests::amount(&text(&payment["sum"]), &shown.amount.currency).as_ref() == Ok(&shown.amount)
    };
    let all: Vec<&Value> = payments.as_array().into_iter().flatten().filter(of_this_sum).collect();
    // One that is paid already was marked by an earlier run, or by a person: another of the same sum is another's.
    if all.is_empty() || all.iter().any(|payment| payment["paid"] == "Y") {
        return Ok(());
    }
    let [payment] = all[..] else {
        let count = all.len().to_string();
        let fields = [("record", target.id.as_str()), ("payments", count.as_str())];
        portal.host.log(Level::Info, "Several payments of the record have this sum; none was marked as paid", &fields);
        return Ok(());
    };
    let Some(id) = id_of(payment, "id") else { return Ok(()) };
    let step = format!("mark-paid.{id}");
    match portal.rest.change("crm.item.payment.pay", &json!({ "id": id }), &step) {
        // It sets a mark, so a second time changes nothing.
        Err(Trouble::Lost(_)) => portal.rest.change("crm.item.payment.pay", &json!({ "id": id }), &step).map(drop),
        other => other.map(drop),
    }
}

/// A number as it was written, or a text.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
