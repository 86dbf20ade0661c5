//! The payment fields of a lead: custom fields under codes of our own, which hold whatever a merchant renames. It must not decide what is
//! written when.

use kamurj_crm::{Shown, Standing, View};
use kamurj_sdk::{Language, Money, minor_to_decimal, plain};
use serde_json::{Value, json};

/// Name of the view, one of seven.
const STATUS: &str = "PAY_STATUS";
/// Which payment the fields speak of: a lead may have several.
pub(crate) const PAYMENT: &str = "PAY_ID";
/// What is asked for: `12500 AMD`.
const AMOUNT: &str = "PAY_AMOUNT";
/// The payment's version that was written last.
const VERSION: &str = "KAMURJ_VERSION";

/// Longest text that a field gets, in characters.
const FIELD_CHARS: usize = 255;

/// A custom field that this plugin keeps.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) code: &'static str,
    /// The service's word for what it holds.
    pub(crate) kind: &'static str,
    /// In Armenian, Russian and English.
    names: [&'static str; 3],
}

/// Every field, in the order in which they are made.
pub(crate) const FIELDS: [Field; 11] = [
    Field {
        code: STATUS, kind: "text", names: ["Վճարման վիճակ", "Статус оплаты", "Payment status"]
    },
    Field {
        code: "PAY_REASON", kind: "text", names: ["Վիճակի պատճառ", "Причина статуса", "Reason of the status"]
    },
    Field {
        code: AMOUNT, kind: "text", names: ["Վճարման գումար", "Сумма оплаты", "Payment amount"]
    },
    Field {
        code: "PAY_REFUNDED", kind: "text", names: ["Վերադարձված գումար", "Возвращено", "Refunded"]
    },
    Field { code: "PAY_AT", kind: "date_time", names: ["Վճարման ժամ", "Время оплаты", "Paid at"] },
    Field {
        code: "PAY_REF", kind: "text", names: ["Բանկի համար", "Номер у банка", "Bank reference"]
    },
    Field {
        code: "PAY_LINK", kind: "url", names: ["Վճարման հղում", "Ссылка на оплату", "Payment link"]
    },
    Field {
        code: "PAY_ORDER", kind: "text", names: ["Պատվերի համար", "Номер заказа", "Order number"]
    },
    Field {
        code: "PAY_ATTEMPTS", kind: "numeric", names: ["Վճարման փորձեր", "Попытки оплаты", "Payment attempts"]
    },
    Field { code: PAYMENT, kind: "text", names: ["Վճարում", "Платёж", "Payment"] },
    Field {
        code: VERSION, kind: "numeric", names: ["Վճարման տարբերակ", "Версия платежа", "Payment version"]
    },
];

impl Field {
    /// What it is called.
    pub(crate) fn name(&self, language: Language) -> &'static str {
        let [hy, ru, en] = self.names;
        match language {
            Language::Hy => hy,
            Language::Ru => ru,
            Language::En => en,
        }
    }
}

/// `custom_fields_values` of a lead that shall show this. A field that must be empty is named only if the lead, as far as it was read,
/// has something there.
pub(crate) fn of(shown: &Shown, lead: Option<&Value>) -> Value {
    let text = |text: &str| {
        let text = plain(text, FIELD_CHARS);
        (!text.is_empty()).then(|| json!(text))
    };
    let all = [
        (STATUS, text(shown.view.name())),
        ("PAY_REASON", text(shown.reason)),
        (AMOUNT, text(&written(&shown.amount))),
        ("PAY_REFUNDED", (shown.refunded.minor > 0).then(|| json!(written(&shown.refunded)))),
        ("PAY_AT", shown.paid_at.map(|at_ms| json!(at_ms / 1000))),
        ("PAY_REF", shown.reference.as_deref().and_then(text)),
        ("PAY_LINK", text(&shown.link)),
        ("PAY_ORDER", text(&shown.order)),
        ("PAY_ATTEMPTS", Some(json!(shown.attempts))),
        (PAYMENT, text(&shown.payment)),
        (VERSION, Some(json!(shown.version))),
    ];
    let one = |(code, value): (&str, Option<Value>)| match value {
        Some(value) => Some(json!({ "field_code": code, "values": [{ "value": value }] })),
        None if lead.and_then(|lead| read(lead, code)).is_some() => Some(json!({ "field_code": code, "values": null })),
        None => None,
    };
    all.into_iter().filter_map(one).collect()
}

/// An amount with its currency, exactly: a lead's own price holds whole numbers alone.
fn written(amount: &Money) -> String {
    format!("{} {}", minor_to_decimal(amount), amount.currency)
}

/// The first value of a custom field, by its code, as text. None if there is none.
pub(crate) fn read(record: &Value, code: &str) -> Option<String> {
    let fields = record["custom_fields_values"].as_array()?;
    let field = fields.iter().find(|field| field["field_code"] == code)?;
    let first = &field["values"][0];
    let value = if first["value"].is_null() { &first["enum_code"] } else { &first["value"] };
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    (!text.is_empty()).then_some(text)
}

/// What the payment fields say. Stage and funnel are the lead's own and not among them.
pub(crate) fn standing(lead: &Value) -> Standing {
    Standing {
        payment: read(lead, PAYMENT),
        version: read(lead, VERSION).and_then(|version| version.parse().ok()).unwrap_or_default(),
        view: read(lead, STATUS).and_then(|name| View::of_name(&name)),
        amount: read(lead, AMOUNT).map(|text| text.split(' ').next().unwrap_or_default().to_owned()),
        ..Standing::default()
    }
}

/// The currency of the amount that the fields name.
pub(crate) fn currency(lead: &Value) -> Option<String> {
    read(lead, AMOUNT)?.split_once(' ').map(|(_, code)| code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{FIELDS, of, read};
    use kamurj_crm::Shown;
    use kamurj_sdk::testing;
    use serde_json::json;

    #[test]
    fn every_field_that_is_written_is_one_that_is_made() {
        let mut payment = testing::payment("pay_1");
        (payment.status, payment.paid_at, payment.refunded.minor) =
            ("cancelled".to_owned(), Some(1_795_249_991_000), 5);
        payment.provider_reference = Some("arca:7f21".to_owned());
        let written = of(&Shown::of(&payment).expect("a view"), None);
        let mut codes: Vec<&str> =
            written.as_array().expect("fields").iter().map(|one| one["field_code"].as_str().expect("a code")).collect();
        let mut made: Vec<&str> = FIELDS.iter().map(|field| field.code).collect();
        codes.sort_unstable();
        made.sort_unstable();
        assert_eq!(codes, made);
        let lead = json!({ "custom_fields_values": written });
        assert_eq!(read(&lead, "PAY_AT").as_deref(), Some("1795249991"));
        assert_eq!(read(&lead, "PAY_REFUNDED").as_deref(), Some("0.05 AMD"));
    }

    #[test]
    fn what_must_be_empty_is_named_only_where_something_stands() {
        let shown = Shown::of(&testing::payment("pay_1")).expect("a view");
        let names = |lead: &serde_json::Value| of(&shown, Some(lead)).to_string().contains("PAY_REF\"");
        assert!(!names(&json!({ "custom_fields_values": null })));
        assert!(names(&json!({ "custom_fields_values": [{ "field_code": "PAY_REF", "values": [{ "value": "x" }] }] })));
    }

    #[test]
    fn values_are_read_in_every_form() {
        let lead = json!({ "custom_fields_values": [
            { "field_code": "A", "values": [{ "value": 7 }] },
            { "field_code": "B", "values": [{ "value": " x " }] },
            { "field_code": "C", "values": [{ "enum_code": "paid" }] },
            { "field_code": "D", "values": [{ "value": "" }] },
            { "field_code": null, "values": [{ "value": "y" }] },
        ] });
        let found: Vec<Option<String>> = ["A", "B", "C", "D", "E"].iter().map(|code| read(&lead, code)).collect();
        assert_eq!(found, [Some("7".to_owned()), Some("x".to_owned()), Some("paid".to_owned()), None, None]);
        assert_eq!(read(&json!({}), "A"), None);
    }
}
