//! The payment fields of a record: what is written, and how what the portal gives back is read. The portal ignores unknown
//! fields without a word, so every write is compared with the record that comes back. It must not decide about stages.

use kamurj_crm::{Shown, rfc3339};
use kamurj_sdk::Language::{self, En, Hy, Ru};
use kamurj_sdk::{minor_to_decimal, plain};
use serde_json::{Map, Value, json};

use crate::kind::Kind;

/// Name of the view, one of seven.
pub(crate) const STATUS: &str = "PAY_STATUS";
/// Which payment the fields speak of: a record may have several.
pub(crate) const PAYMENT: &str = "PAY_ID";
/// What was asked for, a decimal.
pub(crate) const AMOUNT: &str = "PAY_AMOUNT";
/// The payment's version that was written last.
pub(crate) const VERSION: &str = "KAMURJ_VERSION";
const ORDER: &str = "PAY_ORDER";
const CURRENCY: &str = "PAY_CURRENCY";
const LINK: &str = "PAY_LINK";
const REASON: &str = "PAY_REASON";
const REFERENCE: &str = "PAY_REF";
const PAID_AT: &str = "PAY_AT";
const REFUNDED: &str = "PAY_REFUNDED";
const ATTEMPTS: &str = "PAY_ATTEMPTS";

/// Longest text that a field gets, in characters.
const FIELD_CHARS: usize = 255;

/// A field: its code without the kind's prefix, the portal's word for what it holds, and its label in hy, ru and en.
pub(crate) struct Field {
    /// The code without the kind's prefix.
    pub(crate) code: &'static str,
    /// The portal's word for what it holds.
    pub(crate) holds: &'static str,
    labels: [&'static str; 3],
}

impl Field {
    /// What managers read beside it.
    pub(crate) fn label(&self, language: Language) -> &'static str {
        match language {
            Hy => self.labels[0],
            Ru => self.labels[1],
            En => self.labels[2],
        }
    }

    /// Its whole name for this kind of record.
    pub(crate) fn name(&self, kind: Kind) -> String {
        name(kind, self.code)
    }
}

const fn field(code: &'static str, holds: &'static str, labels: [&'static str; 3]) -> Field {
    Field { code, holds, labels }
}

/// Every field, in the order in which a set-up makes them. Amounts are texts: exact, whatever the currency.
pub(crate) const ALL: [Field; 12] = [
    field(STATUS, "string", ["Վճարման վիճակը", "Статус оплаты", "Payment status"]),
    field(AMOUNT, "string", ["Վճարման գումարը", "Сумма оплаты", "Payment amount"]),
    field(CURRENCY, "string", ["Վճարման արժույթը", "Валюта оплаты", "Payment currency"]),
    field(PAID_AT, "datetime", ["Վճարված է", "Оплачено", "Paid at"]),
    field(REFERENCE, "string", ["Բանկի համարը", "Номер у банка", "Bank reference"]),
    field(LINK, "url", ["Վճարման հղումը", "Ссылка на оплату", "Payment link"]),
    field(ATTEMPTS, "integer", ["Վճարելու փորձեր", "Попытки оплаты", "Payment attempts"]),
    field(REFUNDED, "string", ["Վերադարձված է", "Возвращено", "Refunded"]),
    field(REASON, "string", ["Չվճարելու պատճառը", "Причина неоплаты", "Why unpaid"]),
    field(ORDER, "string", ["Պատվերի համարը", "Номер заказа", "Order number"]),
    field(PAYMENT, "string", ["Kamurj-ի վճարումը", "Платёж в Kamurj", "Payment in Kamurj"]),
    field(VERSION, "string", ["Վճարման տարբերակը", "Версия платежа", "Payment version"]),
];

/// The whole name of a field for this kind of record: `UF_CRM_PAY_STATUS`.
pub(crate) fn name(kind: Kind, code: &str) -> String {
    format!("{}{code}", kind.field_prefix())
}

/// What the record shall say of this payment.
pub(crate) fn of(kind: Kind, shown: &Shown) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut put = |code: &str, value: &str| fields.insert(name(kind, code), json!(plain(value, FIELD_CHARS)));
    put(STATUS, shown.view.name());
    put(PAYMENT, &shown.payment);
    put(ORDER, &shown.order);
    put(AMOUNT, &minor_to_decimal(&shown.amount));
    put(CURRENCY, &shown.amount.currency);
    put(LINK, &shown.link);
    put(REASON, shown.reason);
    put(ATTEMPTS, &shown.attempts.to_string());
    // What a payment before this one left there is its own; what this one has not is left empty.
    put(REFERENCE, shown.reference.as_deref().unwrap_or_default());
    put(PAID_AT, &shown.paid_at.map(rfc3339).unwrap_or_default());
    put(REFUNDED, &if shown.refunded.minor > 0 { minor_to_decimal(&shown.refunded) } else { String::new() });
    put(VERSION, &shown.version.to_string());
    fields
}

/// A field of the record as text, whichever of its spellings the portal chose: `UF_CRM_PAY_ID` comes back as
/// `ufCrmPayId` or `ufCrm_PAY_ID` where original names were not asked for or not honoured. None if there is no such
/// field; an empty one is an empty text.
pub(crate) fn read(record: &Value, name: &str) -> Option<String> {
    let folded = fold(name);
    let record = record.as_object()?;
    let known = record.get(name);
    let value = known.or_else(|| record.iter().find(|(key, _)| fold(key) == folded).map(|(_, value)| value))?;
    Some(match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    })
}

/// The sent fields that the portal did not take: absent from the record that came back, or another value there. A moment
/// may come back in the portal's own time zone, so only its presence counts.
pub(crate) fn ignored<'a>(sent: &'a Map<String, Value>, record: &Value) -> Vec<&'a str> {
    sent.iter()
        .filter(|(name, value)| match read(record, name) {
            None => true,
            Some(_) if name.ends_with(PAID_AT) => false,
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

    use super::{ALL, ignored, name, read};
    use crate::kind::Kind;

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

    #[test]
    fn names_keep_within_the_portals_fifty_characters() {
        for kind in Kind::ALL {
            for field in &ALL {
                assert!(name(kind, field.code).len() <= 50, "{}", field.code);
            }
        }
    }
}
