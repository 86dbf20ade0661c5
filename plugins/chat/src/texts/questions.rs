//! The questions before a payment, and what stands on buttons.

use kamurj_sdk::Language;

use super::pick;

/// Heading of the catalogue, and what opens it where the service shows a list.
pub(crate) fn on_sale(language: Language) -> &'static str {
    pick(language, "Ինչ կա վաճառքում", "Что продаётся", "What is on sale")
}

/// What opens a list of answers where the service shows one.
pub(crate) fn options(language: Language) -> &'static str {
    pick(language, "Ընտրել", "Выбрать", "Choose")
}

/// The button for the next page of the catalogue.
pub(crate) fn more(language: Language) -> &'static str {
    pick(language, "Ավելին…", "Ещё…", "More…")
}

/// The button on the last page.
pub(crate) fn from_the_start(language: Language) -> &'static str {
    pick(language, "Սկզբից", "С начала", "From the start")
}

/// How much; with the least and the most where the merchant sets them.
pub(crate) fn ask_amount(language: Language, title: &str, bounds: Option<&(String, String)>) -> String {
    let ask = pick(
        language,
        "Ի՞նչ գումար եք ուզում վճարել։",
        "Какую сумму вы хотите заплатить?",
        "How much would you like to pay?",
    );
    match bounds {
        Some((least, most)) => format!("{title}\n{ask} ({least} – {most})"),
        None => format!("{title}\n{ask}"),
    }
}

/// How many.
pub(crate) fn ask_quantity(language: Language, title: &str, least: u32, most: u32) -> String {
    let ask = pick(language, "Քանի՞ հատ։", "Сколько штук?", "How many?");
    format!("{title}\n{ask} ({least} – {most})")
}

/// Which way of delivery.
pub(crate) fn ask_delivery(language: Language) -> &'static str {
    pick(language, "Ինչպե՞ս ստանալ։", "Как получить?", "How would you like to get it?")
}

/// How an answer of this kind is written.
pub(crate) fn answer_hint(language: Language, kind: &str) -> &'static str {
    match kind {
        "phone" => pick(language, "Օրինակ՝ +374 91 123456", "Например: +374 91 123456", "For example: +374 91 123456"),
        "email" => pick(language, "Օրինակ՝ ani@example.am", "Например: ani@example.am", "For example: ani@example.am"),
        "date" => pick(language, "Օրինակ՝ 2026-12-31", "Например: 2026-12-31", "For example: 2026-12-31"),
        "number" => pick(language, "Գրեք թիվ։", "Напишите число.", "Write a number."),
        _ => "",
    }
}

/// The button that leaves a question out.
pub(crate) fn skip(language: Language) -> &'static str {
    pick(language, "Բաց թողնել", "Пропустить", "Skip")
}

/// The button that gives up.
pub(crate) fn cancel(language: Language) -> &'static str {
    pick(language, "Չեղարկել", "Отменить", "Cancel")
}

/// The customer gave up.
pub(crate) fn given_up(language: Language) -> &'static str {
    pick(
        language,
        "Լավ, չեղարկեցի։ Նորից սկսելու համար գրեք «մենյու»։",
        "Хорошо, отменил. Чтобы начать снова, напишите «меню».",
        "All right, nothing was ordered. To begin again, write “menu”.",
    )
}

/// Note on a button of an older question.
pub(crate) fn outdated(language: Language) -> &'static str {
    pick(
        language,
        "Այս հարցն արդեն անցել է։ Նորից սկսելու համար գրեք «մենյու»։",
        "Этот вопрос уже позади. Чтобы начать снова, напишите «меню».",
        "That question has passed. To begin again, write “menu”.",
    )
}

/// The merchant changed what is on sale while it was being ordered.
pub(crate) fn changed(language: Language) -> &'static str {
    pick(
        language,
        "Առաջարկը փոխվել է, խնդրում ենք պատասխանել նորից։",
        "Предложение изменилось, ответьте, пожалуйста, ещё раз.",
        "The offer has changed; please answer once more.",
    )
}

/// An answer that cannot be read at all.
pub(crate) fn not_understood(language: Language) -> &'static str {
    pick(language, "Չհասկացա պատասխանը։", "Не удалось понять ответ.", "I could not read that answer.")
}
