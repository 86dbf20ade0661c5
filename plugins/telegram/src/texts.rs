//! Every sentence that the bot says, in Armenian, Russian and English. Plain text only: values go in as they are, and
//! whoever passes a stranger's text cleans it first. It must not know how messages are sent.

use kamurj_sdk::Language;
use kamurj_sdk::Language::{En, Hy, Ru};

fn pick<'a>(language: Language, hy: &'a str, ru: &'a str, en: &'a str) -> &'a str {
    match language {
        Hy => hy,
        Ru => ru,
        En => en,
    }
}

/// What a payment's messages name.
pub(crate) struct Sale<'a> {
    pub(crate) description: &'a str,
    /// As the host formats it.
    pub(crate) money: &'a str,
    pub(crate) order: &'a str,
}

impl Sale<'_> {
    fn lines(&self, language: Language) -> String {
        let Self { description, order, .. } = self;
        match language {
            Hy => format!("{description}\nՊատվեր՝ {order}"),
            Ru => format!("{description}\nЗаказ: {order}"),
            En => format!("{description}\nOrder: {order}"),
        }
    }
}

/// The first message of a chat. An empty name is left out.
pub(crate) fn greeting(language: Language, name: &str, has_catalogue: bool) -> String {
    let hello = match (language, name.is_empty()) {
        (Hy, true) => "Բարև Ձեզ։".to_owned(),
        (Hy, false) => format!("Բարև Ձեզ, {name}։"),
        (Ru, true) => "Здравствуйте!".to_owned(),
        (Ru, false) => format!("Здравствуйте, {name}!"),
        (En, true) => "Hello!".to_owned(),
        (En, false) => format!("Hello, {name}!"),
    };
    let next = if has_catalogue {
        pick(
            language,
            "Ընտրեք, թե ինչ եք ուզում գնել, և ես կուղարկեմ վճարման հղումը։",
            "Выберите, что хотите купить, и я пришлю ссылку на оплату.",
            "Choose what you would like to buy, and I will send you a payment link.",
        )
    } else {
        pick(
            language,
            "Գրեք մեզ, թե ինչ եք ուզում գնել, և մենք կուղարկենք վճարման հղումը։",
            "Напишите нам, что хотите купить, и мы пришлём ссылку на оплату.",
            "Write to us what you would like to buy, and we will send you a payment link.",
        )
    };
    format!("{hello} {next}")
}

/// Answer to text that is no command.
pub(crate) fn hint(language: Language) -> &'static str {
    pick(
        language,
        "Ապրանքների ցանկը տեսնելու համար ուղարկեք /start։",
        "Чтобы увидеть, что продаётся, отправьте /start.",
        "To see what is on sale, send /start.",
    )
}

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

/// What a payment is called when the manager wrote no description.
pub(crate) fn nameless(language: Language) -> &'static str {
    pick(language, "Պատվեր", "Заказ", "Order")
}

/// To a manager whose payment the host refused; `reason` is the host's sentence.
pub(crate) fn refused(language: Language, reason: &str) -> String {
    match language {
        Hy => format!("Չհաջողվեց ստեղծել վճարումը՝ {reason}"),
        Ru => format!("Не удалось создать платёж: {reason}"),
        En => format!("The payment could not be made: {reason}"),
    }
}

/// To a customer whose payment the host refused.
pub(crate) fn sorry(language: Language) -> &'static str {
    pick(
        language,
        "Ներեցեք, հիմա չհաջողվեց պատրաստել վճարման հղումը։ Խնդրում ենք գրել մեզ։",
        "Извините, сейчас не получилось подготовить ссылку на оплату. Пожалуйста, напишите нам.",
        "Sorry, the payment link could not be prepared just now. Please write to us.",
    )
}

/// Note on a button whose item left the catalogue.
pub(crate) fn item_gone(language: Language) -> &'static str {
    pick(language, "Սա այլևս չի վաճառվում։", "Это больше не продаётся.", "This is no longer on sale.")
}

/// The message that carries the link; `until` is the host's date and time.
pub(crate) fn link(language: Language, sale: &Sale<'_>, until: &str) -> String {
    let lines = sale.lines(language);
    let money = sale.money;
    match language {
        Hy => format!("Վճարման ենթակա է՝ {money}\n{lines}\nՀղումը գործում է մինչև {until}։"),
        Ru => format!("К оплате: {money}\n{lines}\nСсылка действует до {until}."),
        En => format!("To pay: {money}\n{lines}\nThe link is valid until {until}."),
    }
}

/// The button that opens the page.
pub(crate) fn pay_button(language: Language) -> &'static str {
    pick(language, "Վճարել", "Оплатить", "Pay")
}

/// The button below the notice of a failed try.
pub(crate) fn retry_button(language: Language) -> &'static str {
    pick(language, "Փորձել կրկին", "Попробовать снова", "Try again")
}

/// The payment is paid.
pub(crate) fn paid(language: Language, sale: &Sale<'_>) -> String {
    let lines = sale.lines(language);
    let money = sale.money;
    match language {
        Hy => format!("✅ Վճարված է՝ {money}\n{lines}\nՇնորհակալություն։"),
        Ru => format!("✅ Оплачено: {money}\n{lines}\nСпасибо!"),
        En => format!("✅ Paid: {money}\n{lines}\nThank you!"),
    }
}

/// One try did not succeed; the customer may try again while `open`.
pub(crate) fn failed(language: Language, sale: &Sale<'_>, stage: Notice) -> String {
    let lines = sale.lines(language);
    let money = sale.money;
    let what = match language {
        Hy => format!("Վճարումը չստացվեց՝ {money}\n{lines}"),
        Ru => format!("Оплата не прошла: {money}\n{lines}"),
        En => format!("The payment did not go through: {money}\n{lines}"),
    };
    match stage {
        Notice::Closed => what,
        Notice::Open => format!(
            "{what}\n{}",
            pick(language, "Կարող եք փորձել կրկին։", "Можно попробовать ещё раз.", "You can try again.")
        ),
    }
}

/// The payment still waits for the customer.
pub(crate) fn reminder(language: Language, sale: &Sale<'_>, stage: Notice) -> String {
    let lines = sale.lines(language);
    let money = sale.money;
    match (stage, language) {
        (Notice::Closed, Hy) => format!("Հիշեցում՝ {money}\n{lines}"),
        (Notice::Closed, Ru) => format!("Напоминание: {money}\n{lines}"),
        (Notice::Closed, En) => format!("Reminder: {money}\n{lines}"),
        (Notice::Open, Hy) => format!("Հիշեցնում ենք, որ վճարումը դեռ կատարված չէ՝ {money}\n{lines}"),
        (Notice::Open, Ru) => format!("Напоминаем: заказ ещё не оплачен, {money}\n{lines}"),
        (Notice::Open, En) => format!("A reminder: this is not paid yet, {money}\n{lines}"),
    }
}

/// Whether a notice still invites to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notice {
    /// With the button.
    Open,
    /// The payment has ended since: no invitation.
    Closed,
}

/// The link's time is over.
pub(crate) fn expired(language: Language, sale: &Sale<'_>) -> String {
    let lines = sale.lines(language);
    let money = sale.money;
    match language {
        Hy => format!("⌛ Հղման ժամկետը լրացել է՝ {money}\n{lines}\nՆոր հղում ստանալու համար գրեք մեզ։"),
        Ru => format!("⌛ Срок ссылки истёк: {money}\n{lines}\nЧтобы получить новую ссылку, напишите нам."),
        En => format!("⌛ The link has expired: {money}\n{lines}\nTo get a new link, write to us."),
    }
}

/// The merchant called the payment off.
pub(crate) fn cancelled(language: Language, sale: &Sale<'_>) -> String {
    let lines = sale.lines(language);
    let money = sale.money;
    match language {
        Hy => format!("Վճարումը չեղարկված է՝ {money}\n{lines}"),
        Ru => format!("Оплата отменена: {money}\n{lines}"),
        En => format!("The payment was cancelled: {money}\n{lines}"),
    }
}
