//! What the timeline says, in Armenian, Russian and English. Comments take bracketed markup, so brackets of strangers
//! are rounded. It must not know how a comment is written.

use kamurj_sdk::Language::{self, En, Hy, Ru};
use kamurj_sdk::{Host, Payment, plain};

/// Longest stranger's text in a comment, in characters.
const PART_CHARS: usize = 120;

/// The comment for this event, without its marker.
pub(crate) fn comment(host: &impl Host, payment: &Payment, event: &str, language: Language) -> String {
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

fn inert(text: &str) -> String {
    plain(text, PART_CHARS).replace('[', "(").replace(']', ")")
}
