//! The words that banks and wallets put above their columns and into them, in Armenian, Russian and English. Knows words alone; what is
//! made of them is in `guess.rs`.

use crate::{Kind, column::alike};

/// What a heading may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Fee,
    /// What is left after the fee, which is no payment's amount.
    Net,
    Reference,
    OrderNumber,
    Currency,
    Kind,
    Time,
    Amount,
}

/// In this order a heading is tried: "fee amount" is a fee before it is an amount.
pub(crate) const ROLES: [(Role, &[&str]); 8] = [
    (
        Role::Fee,
        &["fee", "commission", "միջնորդավճար", "կոմիսիոն", "комиссия", "комиссии", "комиссионн", "вознаграждени"],
    ),
    (
        Role::Net,
        &[
            "net",
            "settle",
            "to transfer",
            "payable",
            "balance",
            "փոխանցման ենթակա",
            "փոխանցվելիք",
            "զուտ",
            "մնացորդ",
            "к перечислению",
            "к зачислению",
            "к выплате",
            "остаток",
        ],
    ),
    (
        Role::OrderNumber,
        &[
            "order number",
            "order no",
            "order id",
            "ordernumber",
            "orderid",
            "merchant order",
            "bill no",
            "bill number",
            "պատվերի համար",
            "պատվերի №",
            "պատվեր",
            "հաշվի համար",
            "номер заказа",
            "№ заказа",
            "заказ",
            "номер счета",
            "order",
            "invoice",
        ],
    ),
    (
        Role::Reference,
        &[
            "rrn",
            "retrieval reference",
            "reference number",
            "reference no",
            "reference",
            "refnum",
            "transaction id",
            "transaction number",
            "transaction no",
            "payment id",
            "գործարքի համար",
            "գործարքի №",
            "գործարքի կոդ",
            "հղման համար",
            "ունիկալ համար",
            "номер ссылки",
            "референс",
            "номер операции",
            "№ операции",
            "номер транзакции",
            "id транзакции",
            "id операции",
            "код операции",
        ],
    ),
    (Role::Currency, &["currency", "ccy", "արժույթ", "валюта", "валюты"]),
    (
        Role::Kind,
        &[
            "transaction type",
            "operation type",
            "type",
            "operation",
            "գործարքի տեսակ",
            "գործողության տեսակ",
            "գործառնության տեսակ",
            "տեսակ",
            "тип операции",
            "вид операции",
            "тип транзакции",
            "тип",
        ],
    ),
    (
        Role::Time,
        &[
            "transaction date",
            "date and time",
            "date time",
            "datetime",
            "date",
            "time",
            "գործարքի ամսաթիվ",
            "ամսաթիվ",
            "ամիս ամսաթիվ",
            "ժամանակ",
            "օր",
            "дата и время",
            "дата операции",
            "дата",
            "время",
        ],
    ),
    (
        Role::Amount,
        &[
            "transaction amount",
            "payment amount",
            "gross amount",
            "amount",
            "sum",
            "գործարքի գումար",
            "վճարման գումար",
            "գումար",
            "сумма операции",
            "сумма платежа",
            "сумма",
        ],
    ),
];

/// Beginnings of words that tell kinds, the more telling first: "refund of payment" is a refund.
const MEANINGS: [(Meaning, &[&str]); 5] = [
    (
        Meaning::Kind(Kind::Chargeback),
        &["chargeback", "charge back", "dispute", "չարջբեք", "բողոքարկ", "чарджб", "опротест", "оспор"],
    ),
    (Meaning::Kind(Kind::Reversal), &["revers", "void", "cancel", "չեղարկ", "չեղյալ", "отмен", "реверс", "сторно"]),
    (Meaning::Kind(Kind::Refund), &["refund", "return", "credit", "վերադարձ", "հետ վերադ", "возврат", "возвращ"]),
    (
        Meaning::PassedOver,
        &[
            "preauth",
            "pre auth",
            "authori",
            "declin",
            "fail",
            "reject",
            "payout",
            "settlement",
            "fee",
            "մերժ",
            "անհաջող",
            "միջնորդավճար",
            "փոխանցում խանութ",
            "преавториз",
            "авториз",
            "отказ",
            "отклон",
            "неуспеш",
            "комисс",
            "перечислен",
        ],
    ),
    (
        Meaning::Kind(Kind::Payment),
        &[
            "payment",
            "purchase",
            "sale",
            "pay",
            "debit",
            "deposit",
            "completion",
            "վճար",
            "գնում",
            "առք",
            "оплат",
            "платеж",
            "платёж",
            "покупк",
            "продаж",
        ],
    ),
];

/// The beginnings of rows that sum others up.
const TOTALS: [&str; 13] = [
    "ընդամենը",
    "ընդհանուր",
    "գումարային",
    "հանրագումար",
    "ամբողջը",
    "итого",
    "всего",
    "общая сумма",
    "total",
    "subtotal",
    "sub-total",
    "grand total",
    "sum",
];

/// How well a heading fits a word: whole, at its beginning, as a word within.
pub(crate) fn fit(heading: &str, word: &str) -> Option<u8> {
    if heading == word {
        return Some(0);
    }
    if heading.strip_prefix(word).is_some_and(|rest| rest.starts_with(' ')) {
        return Some(1);
    }
    // Armenian and Russian words end in cases: "գումարը", "комиссионные". A short one would fit too much: "օրենք".
    let long = word.chars().count() >= 5;
    let begins = |part: &str| {
        if long {
            part.starts_with(word)
        } else {
            part.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        }
    };
    let mut starts = heading.char_indices().filter(|(at, _)| *at == 0 || heading[..*at].ends_with(' '));
    starts.any(|(at, _)| begins(&heading[at..])).then_some(2)
}

/// A heading for comparison: small letters, no punctuation.
pub(crate) fn plain(heading: &str) -> String {
    let parted: String =
        heading.chars().map(|letter| if letter.is_alphanumeric() || letter == '№' { letter } else { ' ' }).collect();
    alike(&parted)
}

/// What a word of the kind's column means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    Kind(Kind),
    /// Nothing that moved money of a payment.
    PassedOver,
}

/// What a word of the kind's column means, if that can be told.
pub(crate) fn meaning(word: &str) -> Option<Meaning> {
    let word = plain(word);
    let starts_a_word = |start: &&str| word.starts_with(*start) || word.contains(&format!(" {start}"));
    MEANINGS.iter().find(|(_, starts)| starts.iter().any(starts_a_word)).map(|(meaning, _)| *meaning)
}

/// Whether this begins a row that sums others up.
pub(crate) fn is_total(cell: &str) -> bool {
    let cell = plain(cell);
    TOTALS.iter().map(|word| plain(word)).any(|word| cell == word || cell.starts_with(&format!("{word} ")))
}
