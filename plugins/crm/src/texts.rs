//! What notes and tasks say, in Armenian, Russian and English. Some CRMs take bracketed markup, so brackets of strangers are rounded.
//! It must not know how a note is written.

use kamurj_sdk::Language::{self, En, Hy, Ru};
use kamurj_sdk::{Host, Payment, plain};

use crate::tasks::Exception;

/// Longest stranger's text in a comment, in characters.
const PART_CHARS: usize = 120;

/// The note for this event, without its marker.
pub fn note(host: &impl Host, payment: &Payment, event: &str, language: Language) -> String {
    let money = host.format_money(&payment.amount, language.tag());
    let refunded = host.format_money(&payment.refunded, language.tag());
    let what = match (event, language) {
        ("payment.paid", Hy) => format!("Վճարումը հաստատված է՝ {money}։"),
        ("payment.paid", Ru) => format!("Оплата подтверждена: {money}."),
        ("payment.paid", En) => format!("Payment confirmed: {money}."),
        ("payment.manual_review", Hy) => {
            format!("Վճարումը պետք է ստուգել՝ {money}։ Մինչ այդ պատվերը մի՛ տրամադրեք։")
        }
        ("payment.manual_review", Ru) => {
            format!("Оплату нужно проверить: {money}. До этого не выдавайте заказ.")
        }
        ("payment.manual_review", En) => {
            format!("The payment needs a review: {money}. Do not release the order before.")
        }
        ("payment.refunded", Hy) => format!("Գումարն ամբողջությամբ վերադարձված է՝ {refunded}։"),
        ("payment.refunded", Ru) => format!("Деньги возвращены полностью: {refunded}."),
        ("payment.refunded", En) => format!("Refunded in full: {refunded}."),
        (_, Hy) => format!("Մասնակի վերադարձ․ {money} գումարից վերադարձված է {refunded}։"),
        (_, Ru) => format!("Частичный возврат: из {money} возвращено {refunded}."),
        (_, En) => format!("Partial refund: {refunded} of {money} returned."),
    };
    let order = inert(&payment.order_id);
    let mut text = match language {
        Hy => format!("{what} Պատվեր՝ {order}։"),
        Ru => format!("{what} Заказ: {order}."),
        En => format!("{what} Order: {order}."),
    };
    if let Some(reference) = payment.provider_reference.as_deref().map(inert).filter(|text| !text.is_empty()) {
        let from_bank = match language {
            Hy => format!(" Բանկի համարը՝ {reference}։"),
            Ru => format!(" Номер у банка: {reference}."),
            En => format!(" Bank reference: {reference}."),
        };
        text.push_str(&from_bank);
    }
    text
}

/// The kinds of exception that become tasks, and what each says in hy, ru and en. Others are the operator's alone.
const TASKS: [(&str, [&str; 3]); 10] = [
    ("duplicate_payment", ["Կրկնակի վճարում", "Повторная оплата", "Paid twice"]),
    ("late_payment", ["Ուշացած վճարում", "Поздняя оплата", "Paid late"]),
    ("amount_mismatch", ["Այլ գումար է վճարվել", "Оплачена другая сумма", "Another amount was paid"]),
    ("currency_mismatch", ["Այլ արժույթով է վճարվել", "Оплата в другой валюте", "Paid in another currency"]),
    (
        "contradiction",
        ["Բանկի պատասխանները հակասում են իրար", "Ответы банка противоречат друг другу", "The bank contradicts itself"],
    ),
    ("indeterminate", ["Վճարման արդյունքն անհայտ է", "Исход оплаты неизвестен", "Nobody knows whether it was paid"]),
    (
        "refund_in_doubt",
        ["Վերադարձի արդյունքն անհայտ է", "Исход возврата неизвестен", "Nobody knows whether it was refunded"],
    ),
    ("reversed", ["Բանկը հետ է վերցրել վճարումը", "Банк отменил оплату", "The bank took the payment back"]),
    (
        "chargeback",
        [
            "Հաճախորդի բանկը վիճարկում է վճարումը",
            "Оплата оспорена банком клиента",
            "The customer's bank disputes the payment",
        ],
    ),
    (
        "delivery_failed",
        ["Վճարման տվյալները չեն հասնում", "Данные об оплате не доходят", "What became of the payment does not arrive"],
    ),
];

/// What a task about this kind of exception is called; none where it gets none.
pub fn task_kind(kind: &str) -> Option<&'static [&'static str; 3]> {
    TASKS.iter().find(|(known, _)| *known == kind).map(|(_, names)| names)
}

fn in_language(names: &'static [&'static str; 3], language: Language) -> &'static str {
    match language {
        Hy => names[0],
        Ru => names[1],
        En => names[2],
    }
}

/// Title and text of the task for this exception, the text without its marker.
pub fn task(host: &impl Host, payment: &Payment, exception: &Exception, language: Language) -> (String, String) {
    let what = task_kind(&exception.kind).map_or(exception.kind.as_str(), |names| in_language(names, language));
    let money = host.format_money(&payment.amount, language.tag());
    let (order, detail) = (inert(&payment.order_id), inert(&exception.detail));
    let text = match language {
        Hy => format!("Պատվեր՝ {order}, {money}։ Որոշեք Kamurj-ում՝ բացառությունների ցանկում։ {detail}"),
        Ru => format!("Заказ: {order}, {money}. Решите это в Kamurj, в списке исключений. {detail}"),
        En => format!("Order: {order}, {money}. Decide it in Kamurj, in the list of exceptions. {detail}"),
    };
    (format!("{what}: {order}"), text)
}

/// Why a task is finished.
pub fn settled(exception: &Exception, language: Language) -> String {
    let how = inert(exception.resolution.as_deref().unwrap_or_default());
    let what = match language {
        Hy => "Լուծված է Kamurj-ում։",
        Ru => "Решено в Kamurj.",
        En => "Settled in Kamurj.",
    };
    format!("{what} {how}").trim_end().to_owned()
}

/// Why a record gets no link.
pub fn no_link(wrong: &str, language: Language) -> String {
    let wrong = inert(wrong);
    match language {
        Hy => format!("Վճարման հղում չի ստեղծվել․ {wrong}։ Ուղղեք և նորից տեղափոխեք։"),
        Ru => format!("Ссылка на оплату не создана: {wrong}. Исправьте и переместите ещё раз."),
        En => format!("No payment link was made: {wrong}. Mend it and move it again."),
    }
}

/// A stranger's text, harmless in a note.
pub fn inert(text: &str) -> String {
    plain(text, PART_CHARS).replace('[', "(").replace(']', ")")
}
