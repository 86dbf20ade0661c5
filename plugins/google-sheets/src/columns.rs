//! The columns that a row can have, by the names of the settings and of the tags, with their headings in three languages. It must not
//! know where a column stands.

use kamurj_sdk::Language;

/// One thing that a row shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Column {
    /// The payment's id, by which its row is known.
    Payment,
    Order,
    Status,
    Amount,
    Currency,
    PaidAt,
    Refunded,
    Reference,
    Link,
    Description,
    Customer,
    Phone,
    Email,
    Attempts,
    CreatedAt,
    ExpiresAt,
    Channel,
    Crm,
    /// Why it is over, where there is a reason.
    Reason,
    UpdatedAt,
    Version,
    /// Of the history alone.
    Event,
    /// Of the history alone: when the row was written.
    At,
}

use Column::{
    Amount, At, Attempts, Channel, CreatedAt, Crm, Currency, Customer, Description, Email, Event, ExpiresAt, Link,
    Order, PaidAt, Payment, Phone, Reason, Reference, Refunded, Status, UpdatedAt, Version,
};

/// Each column with its name and its heading in hy, ru and en.
const ALL: [(Column, &str, [&str; 3]); 23] = [
    (Payment, "payment", ["Վճարում", "Платёж", "Payment"]),
    (Order, "order", ["Պատվեր", "Заказ", "Order"]),
    (Status, "status", ["Կարգավիճակ", "Статус", "Status"]),
    (Amount, "amount", ["Գումար", "Сумма", "Amount"]),
    (Currency, "currency", ["Արժույթ", "Валюта", "Currency"]),
    (PaidAt, "paid_at", ["Վճարվել է", "Оплачен", "Paid at"]),
    (Refunded, "refunded", ["Վերադարձված գումար", "Возвращено", "Refunded"]),
    (Reference, "reference", ["Բանկի համարը", "Номер у банка", "Bank reference"]),
    (Link, "link", ["Հղում", "Ссылка", "Link"]),
    (Description, "description", ["Նկարագրություն", "Описание", "Description"]),
    (Customer, "customer", ["Հաճախորդ", "Клиент", "Customer"]),
    (Phone, "phone", ["Հեռախոս", "Телефон", "Phone"]),
    (Email, "email", ["Էլ. հասցե", "Эл. почта", "E-mail"]),
    (Attempts, "attempts", ["Փորձեր", "Попытки", "Attempts"]),
    (CreatedAt, "created_at", ["Ստեղծվել է", "Создан", "Created at"]),
    (ExpiresAt, "expires_at", ["Գործում է մինչև", "Действует до", "Expires at"]),
    (Channel, "channel", ["Չատ", "Чат", "Chat"]),
    (Crm, "crm", ["CRM", "CRM", "CRM"]),
    (Reason, "reason", ["Պատճառ", "Причина", "Reason"]),
    (UpdatedAt, "updated_at", ["Թարմացվել է", "Обновлено", "Updated at"]),
    (Version, "version", ["Տարբերակ", "Версия", "Version"]),
    (Event, "event", ["Իրադարձություն", "Событие", "Event"]),
    (At, "at", ["Ժամանակ", "Время", "Time"]),
];

impl Column {
    /// What rows show where the settings choose nothing: everything that says nothing of how the customer is reached.
    pub(crate) const USUAL: [Self; 19] = [
        Payment,
        Order,
        Status,
        Amount,
        Currency,
        PaidAt,
        Refunded,
        Reference,
        Link,
        Description,
        Customer,
        Attempts,
        CreatedAt,
        ExpiresAt,
        Channel,
        Crm,
        Reason,
        UpdatedAt,
        Version,
    ];

    /// The columns of the history.
    pub(crate) const HISTORY: [Self; 9] = [Event, Payment, Order, Status, Amount, Currency, Refunded, At, Version];

    /// The name in settings and tags.
    pub(crate) fn name(self) -> &'static str {
        ALL.iter().find(|(column, ..)| *column == self).map_or("", |(_, name, _)| name)
    }

    /// Back from [`name`](Self::name).
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        ALL.iter().find(|(_, known, _)| *known == name).map(|(column, ..)| *column)
    }

    /// The heading that set-up writes.
    pub(crate) fn heading(self, language: Language) -> &'static str {
        let headings = ALL.iter().find(|(column, ..)| *column == self).map_or(&[""; 3], |(_, _, headings)| headings);
        match language {
            Language::Hy => headings[0],
            Language::Ru => headings[1],
            Language::En => headings[2],
        }
    }

    /// Whether this is the column's heading in any language, or its name.
    pub(crate) fn is_called(self, text: &str) -> bool {
        let text = text.trim();
        let same = |known: &str| known.to_lowercase() == text.to_lowercase();
        ALL.iter().any(|(column, name, headings)| {
            *column == self && (same(name) || headings.iter().any(|heading| same(heading)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{ALL, Column};
    use kamurj_sdk::Language;
    use serde_json::Value;

    #[test]
    fn every_column_is_in_the_table_once_and_no_heading_stands_for_two() {
        for (place, (column, name, _)) in ALL.iter().enumerate() {
            assert_eq!(Column::of_name(name), Some(*column));
            assert_eq!(column.name(), *name);
            for language in [Language::Hy, Language::Ru, Language::En] {
                let heading = column.heading(language);
                let called: Vec<_> = ALL.iter().filter(|(other, ..)| other.is_called(heading)).collect();
                assert_eq!(called.len(), 1, "{heading}");
            }
            assert!(ALL[place + 1..].iter().all(|(other, ..)| other != column));
        }
        assert!(Column::PaidAt.is_called(" paid AT ") && Column::PaidAt.is_called("paid_at"));
    }

    #[test]
    fn the_schema_offers_every_column_of_payments() {
        let schema: Value = serde_json::from_str(include_str!("../settings.schema.json")).expect("JSON");
        let offered = schema["properties"]["columns"]["items"]["enum"].as_array().expect("names");
        let of_history = [Column::Event, Column::At];
        let expected: Vec<&str> =
            ALL.iter().filter(|(column, ..)| !of_history.contains(column)).map(|(_, name, _)| *name).collect();
        assert_eq!(offered.iter().filter_map(Value::as_str).collect::<Vec<_>>(), expected);
    }
}
