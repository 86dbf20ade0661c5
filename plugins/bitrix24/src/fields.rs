//! The payment fields of a deal: what is written, and how what the portal gives back is read. The portal ignores unknown
//! fields without a word, so every write is compared with the deal that comes back. It must not decide about stages.

use kamurj_sdk::{Payment, plain};
use serde_json::{Map, Value, json};

use crate::view::View;
use crate::yerevan::rfc3339;

/// Name of the view, one of seven.
pub(crate) const STATUS: &str = "UF_CRM_PAY_STATUS";
/// Which payment the fields speak of: a deal may have several.
pub(crate) const PAYMENT: &str = "UF_CRM_PAY_ID";
/// The payment's version that was written last.
pub(crate) const VERSION: &str = "UF_CRM_KAMURJ_VERSION";

/// Longest text that a field gets, in characters.
const FIELD_CHARS: usize = 255;

/// What the deal shall say of this payment.
pub(crate) fn of(payment: &Payment, view: View) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut put = |name: &str, value: &str| fields.insert(name.to_owned(), json!(plain(value, FIELD_CHARS)));
    put(STATUS, view.name());
    put(PAYMENT, &payment.id);
    put("UF_CRM_PAY_ORDER", &payment.order_id);
    put("UF_CRM_PAY_LINK", &payment.checkout_url);
    put("UF_CRM_PAY_REASON", if payment.status == "cancelled" { "cancelled" } else { "" });
    if let Some(reference) = &payment.provider_reference {
        put("UF_CRM_PAY_REF", reference);
    }
    if let Some(paid_at) = payment.paid_at {
        put("UF_CRM_PAY_AT", &rfc3339(paid_at));
    }
    if payment.refunded.minor > 0 {
        put("UF_CRM_PAY_REFUNDED", &kamurj_sdk::minor_to_decimal(&payment.refunded));
    }
    put(VERSION, &payment.version.to_string());
    fields
}

/// A field of the deal as text, whichever of its spellings the portal chose: `UF_CRM_PAY_ID` comes back as
/// `ufCrmPayId` or `ufCrm_PAY_ID` where original names were not asked for or not honoured. None if there is no such
/// field; an empty one is an empty text.
pub(crate) fn read(deal: &Value, name: &str) -> Option<String> {
    let folded = fold(name);
    let deal = deal.as_object()?;
    let value = deal.get(name).or_else(|| deal.iter().find(|(key, _)| fold(key) == folded).map(|(_, value)| value))?;
    Some(match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    })
}

/// The sent fields that the portal did not take: absent from the deal that came back, or another value there. A moment
/// may come back in the portal's own time zone, so only its presence counts.
pub(crate) fn ignored<'a>(sent: &'a Map<String, Value>, deal: &Value) -> Vec<&'a str> {
    sent.iter()
        .filter(|(name, value)| match read(deal, name) {
            None => true,
            Some(_) if name.as_str() == "UF_CRM_PAY_AT" => false,
            Some(kept) => value.as_str().is_some_and(|value| value != kept),
        })
        .map(|(name, _)| name.as_str())
        .collect()
}

fn fold(name: &str) -> String {
    name.bytes().filter(|byte| *byte != b'_').map(|byte| char::from(byte.to_ascii_lowercase())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{ignored, read};

    #[test]
    fn fields_are_found_in_every_spelling() {
        for deal in
            [json!({ "UF_CRM_PAY_ID": "pay_1" }), json!({ "ufCrmPayId": "pay_1" }), json!({ "ufCrm_PAY_ID": "pay_1" })]
        {
            assert_eq!(read(&deal, "UF_CRM_PAY_ID").as_deref(), Some("pay_1"));
        }
        assert_eq!(read(&json!({ "UF_CRM_PAY_ID": null }), "UF_CRM_PAY_ID").as_deref(), Some(""));
        assert_eq!(read(&json!({ "UF_CRM_PAY": "x" }), "UF_CRM_PAY_ID"), None);
        assert_eq!(read(&json!({ "UF_CRM_KAMURJ_VERSION": 7 }), "UF_CRM_KAMURJ_VERSION").as_deref(), Some("7"));
    }

    #[test]
    fn what_the_portal_did_not_take_is_named() {
        let sent: Map<String, Value> = [
            ("stageId", "PAID"),
            ("UF_CRM_PAY_STATUS", "paid"),
            ("UF_CRM_PAY_REASON", ""),
            ("UF_CRM_PAY_REF", "arca:7f"),
            ("UF_CRM_KAMURJ_VERSION", "7"),
            ("UF_CRM_PAY_AT", "2026-11-21T12:33:11+04:00"),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
        let deal = json!({ "stageId": "NEW", "UF_CRM_PAY_STATUS": "paid", "UF_CRM_PAY_REASON": null,
            "UF_CRM_KAMURJ_VERSION": 7, "UF_CRM_PAY_AT": "2026-11-21T11:33:11+03:00" });
        assert_eq!(ignored(&sent, &deal), ["stageId", "UF_CRM_PAY_REF"]);
    }
}
