//! The words of tables that go out: titles of columns, kinds, what a comparison found, sums. All in Armenian, Russian and English.

use crate::{Difference, Kind};
use kamurj_domain::format::Language;

/// A text in every language.
type Text = [&'static str; 3];

fn say([hy, ru, en]: Text, language: Language) -> &'static str {
    match language {
        Language::Hy => hy,
        Language::Ru => ru,
        Language::En => en,
    }
}

/// What stands above a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Title {
    /// When, in Yerevan.
    Time,
    /// Which way money went.
    Kind,
    /// The merchant's order.
    Order,
    /// Our id of the payment.
    Payment,
    /// The order number that the bank got.
    OrderNumber,
    /// The bank's reference.
    Reference,
    /// How much.
    Amount,
    /// In which currency.
    Currency,
    /// What the bank kept.
    Fee,
    /// What is left after the fee.
    Net,
    /// How much was paid.
    Paid,
    /// How much went back.
    Refunded,
    /// The payment's status.
    Status,
    /// The bank or wallet.
    Provider,
    /// The merchant's account there.
    Account,
    /// The customer's name.
    Customer,
    /// The customer's phone.
    Phone,
    /// The customer's email.
    Email,
    /// What was sold.
    Description,
    /// Through which chat it was sold.
    Channel,
    /// A row of the bank's report.
    Row,
    /// What a comparison found.
    Result,
    /// A remark.
    Note,
}

impl Title {
    /// Every title.
    pub const ALL: [Self; 23] = [
        Self::Time,
        Self::Kind,
        Self::Order,
        Self::Payment,
        Self::OrderNumber,
        Self::Reference,
        Self::Amount,
        Self::Currency,
        Self::Fee,
        Self::Net,
        Self::Paid,
        Self::Refunded,
        Self::Status,
        Self::Provider,
        Self::Account,
        Self::Customer,
        Self::Phone,
        Self::Email,
        Self::Description,
        Self::Channel,
        Self::Row,
        Self::Result,
        Self::Note,
    ];

    /// The title in a language.
    pub fn text(self, language: Language) -> &'static str {
        let text = match self {
            Self::Time => ["Ամսաթիվ և ժամ", "Дата и время", "Date and time"],
            Self::Kind => ["Գործարքի տեսակ", "Вид операции", "Transaction type"],
            Self::Order => ["Պատվեր", "Заказ", "Order"],
            Self::Payment => ["Վճարման համար", "Номер платежа", "Payment ID"],
            Self::OrderNumber => ["Պատվերի համարը բանկում", "Номер заказа в банке", "Order number at the bank"],
            Self::Reference => ["Գործարքի համարը բանկում", "Номер операции в банке", "Bank reference"],
            Self::Amount => ["Գումար", "Сумма", "Amount"],
            Self::Currency => ["Արժույթ", "Валюта", "Currency"],
            Self::Fee => ["Միջնորդավճար", "Комиссия", "Fee"],
            Self::Net => ["Գումարն առանց միջնորդավճարի", "Сумма за вычетом комиссии", "Net amount"],
            Self::Paid => ["Վճարված", "Оплачено", "Paid"],
            Self::Refunded => ["Վերադարձված", "Возвращено", "Refunded"],
            Self::Status => ["Կարգավիճակ", "Статус", "Status"],
            Self::Provider => ["Բանկ կամ դրամապանակ", "Банк или кошелёк", "Bank or wallet"],
            Self::Account => ["Վճարային հաշիվ", "Платёжный счёт", "Provider account"],
            Self::Customer => ["Գնորդ", "Покупатель", "Customer"],
            Self::Phone => ["Հեռախոս", "Телефон", "Phone"],
            Self::Email => ["Էլ. փոստ", "Эл. почта", "Email"],
            Self::Description => ["Նկարագրություն", "Описание", "Description"],
            Self::Channel => ["Վաճառքի ալիք", "Канал продаж", "Sales channel"],
            Self::Row => ["Տողը հաշվետվության մեջ", "Строка отчёта", "Row of the report"],
            Self::Result => ["Արդյունք", "Результат", "Result"],
            Self::Note => ["Նշում", "Примечание", "Note"],
        };
        say(text, language)
    }
}

/// What a comparison found of a line or a movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Finding {
    /// Both sides say the same.
    Matched,
    /// They say otherwise.
    Differing,
    /// Only we have it.
    OursOnly,
    /// Only the report has it.
    TheirsOnly,
    /// Only we have it, in the first or last day of the period.
    Edge,
    /// The report says it twice.
    Duplicate,
}

impl Finding {
    /// Every finding.
    pub const ALL: [Self; 6] =
        [Self::Matched, Self::Differing, Self::OursOnly, Self::TheirsOnly, Self::Edge, Self::Duplicate];

    /// The finding in a language.
    pub fn text(self, language: Language) -> &'static str {
        let text = match self {
            Self::Matched => ["Համընկնում է", "Совпадает", "Matches"],
            Self::Differing => ["Տարբերվում է", "Расходится", "Differs"],
            Self::OursOnly => ["Չկա բանկի հաշվետվության մեջ", "Нет в отчёте банка", "Not in the bank's report"],
            Self::TheirsOnly => {
                ["Կա միայն բանկի հաշվետվության մեջ", "Есть только в отчёте банка", "Only in the bank's report"]
            }
            Self::Edge => [
                "Ժամանակահատվածի սահմանին է. կարող է լինել հարևան հաշվետվության մեջ",
                "На границе периода: может быть в соседнем отчёте",
                "At the edge of the period: may be in the report next to it",
            ],
            Self::Duplicate => ["Կրկնվող տող", "Повторная строка", "Repeated line"],
        };
        say(text, language)
    }
}

/// A kind in a language.
pub fn kind(kind: Kind, language: Language) -> &'static str {
    let text = match kind {
        Kind::Payment => ["Վճարում", "Платёж", "Payment"],
        Kind::Refund => ["Վերադարձ", "Возврат", "Refund"],
        Kind::Reversal => ["Չեղարկում", "Отмена", "Reversal"],
        Kind::Chargeback => ["Բողոքարկված վճարում (chargeback)", "Чарджбэк", "Chargeback"],
    };
    say(text, language)
}

/// In what a line differs, in a language.
pub fn difference(difference: Difference, language: Language) -> &'static str {
    let text = match difference {
        Difference::Amount => ["գումարը", "сумма", "amount"],
        Difference::Currency => ["արժույթը", "валюта", "currency"],
        Difference::Kind => ["գործարքի տեսակը", "вид операции", "transaction type"],
    };
    say(text, language)
}

/// What stands before a sum.
pub fn total(language: Language) -> &'static str {
    say(["Ընդամենը", "Итого", "Total"], language)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headings::{self, Meaning};

    /// The letters of a language's own alphabet.
    fn is_written_in(text: &str, language: Language) -> bool {
        let own = |letter: char| match language {
            Language::Hy => ('\u{531}'..='\u{587}').contains(&letter),
            Language::Ru => ('\u{400}'..='\u{45f}').contains(&letter),
            Language::En => letter.is_ascii_alphabetic(),
        };
        text.chars().filter(|letter| letter.is_alphabetic()).all(|letter| own(letter) || "chargeback".contains(letter))
            && text.contains(own)
    }

    #[test]
    fn every_word_is_written_in_its_language() {
        for language in Language::ALL {
            let titles = Title::ALL.map(|title| title.text(language));
            let findings = Finding::ALL.map(|finding| finding.text(language));
            let kinds = Kind::ALL.map(|one| kind(one, language));
            for text in titles.iter().chain(&findings).chain(&kinds).chain(&[total(language)]) {
                assert!(is_written_in(text, language), "{text}");
            }
        }
    }

    #[test]
    fn no_two_titles_of_a_language_are_the_same() {
        for language in Language::ALL {
            let titles: std::collections::BTreeSet<_> = Title::ALL.map(|title| title.text(language)).into();
            assert_eq!(titles.len(), Title::ALL.len());
        }
    }

    #[test]
    fn our_own_words_are_understood_when_they_come_back() {
        for language in Language::ALL {
            assert!(headings::is_total(total(language)));
            assert!(headings::is_total(&format!("{}, AMD", total(language))));
            for one in Kind::ALL {
                assert_eq!(headings::meaning(kind(one, language)), Some(Meaning::Kind(one)), "{}", kind(one, language));
            }
        }
    }
}
