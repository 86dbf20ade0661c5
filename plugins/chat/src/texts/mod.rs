//! Every sentence that the chat reads, in Armenian, Russian and English. Plain text only: values go in as they are, and whoever passes
//! a stranger's text cleans it first. It must not know how messages are sent.

use kamurj_sdk::Language;
use kamurj_sdk::Language::{En, Hy, Ru};

mod managers;
mod questions;
mod sale;
mod talk;

pub(crate) use managers::{AmountFault, amount_fault, manager_usage, not_a_manager, refused};
pub(crate) use questions::{
    answer_hint, ask_amount, ask_delivery, ask_quantity, cancel, changed, from_the_start, given_up, more,
    not_understood, on_sale, options, outdated, skip,
};
pub(crate) use sale::{
    Notice, Sale, cancelled, expired, failed, fulfilment, link, nameless, new_link, not_renewed, paid, pay_button,
    refunded, reminder, retry_button, sent_below,
};
pub(crate) use talk::{asks_for_menu, busy, greeting, hint, item_gone, language_of, other_languages, sorry};

fn pick<'a>(language: Language, hy: &'a str, ru: &'a str, en: &'a str) -> &'a str {
    match language {
        Hy => hy,
        Ru => ru,
        En => en,
    }
}
