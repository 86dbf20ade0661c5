//! What the chat reads about a payment.

use kamurj_sdk::Language;
use kamurj_sdk::Language::{En, Hy, Ru};

use super::pick;

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

/// What a payment is called when the manager wrote no description.
pub(crate) fn nameless(language: Language) -> &'static str {
    pick(language, "Պատվեր", "Заказ", "Order")
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
        Hy => {
            format!("⌛ Հղման ժամկետը լրացել է՝ {money}\n{lines}\nՆոր հղում ստանալու համար սեղմեք կոճակը կամ գրեք մեզ։")
        }
        Ru => format!(
            "⌛ Срок ссылки истёк: {money}\n{lines}\nЧтобы получить новую ссылку, нажмите кнопку или напишите нам."
        ),
        En => format!("⌛ The link has expired: {money}\n{lines}\nTo get a new link, press the button or write to us."),
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

/// What the customer gets for the money: the merchant's own words, as they stand.
pub(crate) fn fulfilment(language: Language, given: &str) -> String {
    let what = pick(language, "Ձեր գնումը՝", "Ваша покупка:", "What you bought:");
    format!("{what}\n{}", given.trim())
}

/// Money went back: so much of the payment until now, or all of it.
pub(crate) fn refunded(language: Language, sale: &Sale<'_>, back: &str, whole: bool) -> String {
    let lines = sale.lines(language);
    let money = sale.money;
    let what = match (language, whole) {
        (Hy, true) => format!("Գումարը վերադարձված է՝ {back}"),
        (Hy, false) => format!("Վերադարձվել է {back} ({money}-ից)"),
        (Ru, true) => format!("Деньги возвращены: {back}"),
        (Ru, false) => format!("Возвращено {back} из {money}"),
        (En, true) => format!("The money was returned: {back}"),
        (En, false) => format!("{back} of {money} was returned"),
    };
    let when = pick(
        language,
        "Ձեր հաշվին գումարը կարող է երևալ մի քանի օր անց։",
        "На вашем счёте деньги могут появиться через несколько дней.",
        "It may take a few days to show on your account.",
    );
    format!("{what}\n{lines}\n{when}")
}

/// In place of an older message whose link was sent again.
pub(crate) fn sent_below(language: Language, sale: &Sale<'_>) -> String {
    let lines = sale.lines(language);
    let money = sale.money;
    let below = pick(
        language,
        "Վճարման հղումը նորից ուղարկված է ներքևում։",
        "Ссылка на оплату отправлена ещё раз ниже.",
        "The payment link was sent again below.",
    );
    format!("{money}\n{lines}\n{below}")
}

/// The button that asks for a new link.
pub(crate) fn new_link(language: Language) -> &'static str {
    pick(language, "Նոր հղում", "Новая ссылка", "New link")
}

/// To a customer whose payment cannot be opened again.
pub(crate) fn not_renewed(language: Language) -> &'static str {
    pick(
        language,
        "Այս վճարումը նորից բացել հնարավոր չէ։ Նոր հղում ստանալու համար գրեք մեզ։",
        "Этот платёж нельзя открыть заново. Чтобы получить новую ссылку, напишите нам.",
        "This payment cannot be opened again. To get a new link, write to us.",
    )
}
