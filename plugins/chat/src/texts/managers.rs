//! What the shop's own people read.

use kamurj_sdk::Language;
use kamurj_sdk::Language::{En, Hy, Ru};

use super::pick;

/// How a manager makes a link.
pub(crate) fn manager_usage(language: Language) -> &'static str {
    pick(
        language,
        "Վճարման հղում ստանալու համար գրեք գումարը և նկարագրությունը, օրինակ՝\n/pay 12500 Տորթ Անիի համար",
        "Чтобы получить ссылку на оплату, напишите сумму и описание, например:\n/pay 12500 Торт для Ани",
        "To get a payment link, write the amount and a description, for example:\n/pay 12500 Cake for Ani",
    )
}

/// Answer to `/pay` from somebody who may not use it.
pub(crate) fn not_a_manager(language: Language, chat: &str) -> String {
    match language {
        Hy => format!(
            "Այս հրամանը խանութի աշխատակիցների համար է։ Եթե աշխատում եք խանութում, խնդրեք ավելացնել այս համարը \
             կարգավորումներում՝ {chat}"
        ),
        Ru => format!(
            "Эта команда для сотрудников магазина. Если вы работаете в магазине, попросите добавить этот номер в \
             настройки: {chat}"
        ),
        En => format!(
            "This command is for the shop's staff. If you work at the shop, ask for this number to be added to its \
             settings: {chat}"
        ),
    }
}

/// Why `/pay` was not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AmountFault {
    NotDigits,
    Grouped,
    NotWhole,
    Zero,
    TooLarge,
}

/// What is wrong with the amount, and how it should look.
pub(crate) fn amount_fault(language: Language, fault: AmountFault) -> String {
    let what = match fault {
        AmountFault::NotDigits => pick(
            language,
            "Գումարը գրեք թվանշաններով՝ առանց ստորակետների և նշանների։",
            "Напишите сумму цифрами, без запятых и знаков.",
            "Write the amount in digits, without commas or signs.",
        ),
        AmountFault::Grouped => pick(
            language,
            "Չհասկացա, թե որտեղ է ավարտվում գումարը։ Գրեք այն առանց բացատների, իսկ նկարագրությունը սկսեք բառով։",
            "Непонятно, где кончается сумма. Напишите её без пробелов, а описание начните со слова.",
            "I cannot tell where the amount ends. Write it without spaces, and begin the description with a word.",
        ),
        AmountFault::NotWhole => pick(
            language,
            "Գումարը գրեք ամբողջ դրամներով՝ առանց լումաների։",
            "Напишите сумму в целых драмах, без лум.",
            "Write the amount in whole drams.",
        ),
        AmountFault::Zero => pick(
            language,
            "Գումարը պետք է մեծ լինի զրոյից։",
            "Сумма должна быть больше нуля.",
            "The amount must be more than zero.",
        ),
        AmountFault::TooLarge => {
            pick(language, "Գումարը չափազանց մեծ է։", "Сумма слишком большая.", "The amount is too large.")
        }
    };
    format!("{what}\n\n{}", manager_usage(language))
}

/// To a manager whose payment the host refused; `reason` is the host's sentence.
pub(crate) fn refused(language: Language, reason: &str) -> String {
    match language {
        Hy => format!("Չհաջողվեց ստեղծել վճարումը՝ {reason}"),
        Ru => format!("Не удалось создать платёж: {reason}"),
        En => format!("The payment could not be made: {reason}"),
    }
}
