//! The types of events, and what they are called where a merchant chooses among them. It must not know what a message of a type says.

use kamurj_sdk::Language::{self, En, Hy, Ru};
use kamurj_sdk::{ListItem, ListRequest};

/// Every type that tells of a payment, with its name in hy, ru and en.
const EVENTS: [(&str, [&str; 3]); 12] = [
    ("payment.created", ["Վճարումը ստեղծված է", "Платёж создан", "Payment made"]),
    ("payment.pending", ["Գնորդը վճարում է", "Покупатель платит", "The customer is paying"]),
    ("payment.paid", ["Վճարված է", "Оплачено", "Paid"]),
    (
        "payment.paid_again",
        [
            "Կրկին վճարված է, մինչ այդ այլ բան էր հաղորդվել",
            "Снова оплачено, до этого сообщалось другое",
            "Paid, after something else was told",
        ],
    ),
    ("payment.failed", ["Վճարման փորձը չհաջողվեց", "Попытка оплаты не удалась", "A try failed"]),
    ("payment.expired", ["Ժամկետը լրացել է", "Срок истёк", "Expired"]),
    ("payment.cancelled", ["Չեղարկված է", "Отменено", "Cancelled"]),
    ("payment.manual_review", ["Պետք է ստուգել", "Нужна проверка", "Needs a review"]),
    ("payment.partially_refunded", ["Մասամբ վերադարձված է", "Частично возвращено", "Partly refunded"]),
    ("payment.refunded", ["Վերադարձված է", "Возвращено", "Refunded"]),
    ("exception.opened", ["Որոշում է պետք", "Нужно решение", "Somebody must decide"]),
    ("exception.resolved", ["Որոշված է", "Решено", "Decided"]),
];

/// Whether this version can tell of such an event.
pub(crate) fn is_known(event: &str) -> bool {
    EVENTS.iter().any(|(known, _)| *known == event)
}

/// What can be chosen for the list `events`.
pub(crate) fn offer(wanted: &ListRequest) -> Vec<ListItem> {
    if wanted.name != "events" {
        return Vec::new();
    }
    let language = Language::from_tag(&wanted.language);
    let item = |(event, names): &(&str, [&str; 3])| {
        let name = match language {
            Hy => names[0],
            Ru => names[1],
            En => names[2],
        };
        ListItem { value: (*event).to_owned(), title: format!("{name} ({event})"), group: None, extra: Vec::new() }
    };
    EVENTS.iter().map(item).collect()
}
