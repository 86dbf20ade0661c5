//! The words of the pages in each language. The set of texts is a type, so a locale that lacks one, or has one too many, cannot be
//! loaded, and code cannot ask for a text that does not exist. Knows nothing of where on a page a text stands.

use serde::{Deserialize, Serialize};

use crate::error::PagesError;

/// Declares the table once: the struct that a locale file is read into, field by field.
macro_rules! texts {
    ($($key:ident),+ $(,)?) => {
        /// One locale's texts, by key.
        #[derive(Debug, Deserialize, Serialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct Texts {
            $(pub(crate) $key: String,)+
        }

        impl Texts {
            /// Every key with its text.
            pub(crate) fn entries(&self) -> Vec<(&'static str, &str)> {
                vec![$((stringify!($key), self.$key.as_str()),)+]
            }
        }
    };
}

texts! {
    languages, test_banner, card_words, terms, terms_agree, terms_missed,
    order, order_label, amount, currency_word, seller, items, total, reference, provider, contact, site, valid_until,
    card_note, wallet_note, pay, pay_amount, pay_with, way_card, contact_seller, call_seller, check_again, keep_link, do_not_pay_again,
    unfinished_heading, unfinished_text, unfinished_started, unfinished_open_until, unfinished_continue, unfinished_check,
    unfinished_again, unfinished_again_note,
    handover_heading, handover_text, handover_button, handover_note,
    checking_heading, checking_text, checking_if_charged, checking_last,
    paid_heading, paid_by_bank, paid_by_seller, paid_at, paid_next, paid_return, paid_keep, paid_not_fiscal,
    refunded_heading, refunded_sum, refunded_when,
    failed_heading, failed_declined, failed_not_authenticated, failed_cancelled, failed_timed_out,
    failed_bank_unavailable, failed_not_charged, failed_charge_unknown, failed_retry,
    expired_heading, expired_text, expired_at,
    cancelled_heading, cancelled_text, cancelled_message,
    review_heading, review_text, review_answer_by,
    live_changed, live_busy, live_stopped, print,
    too_many_heading, too_many_text, too_many_ask, too_many_opens, too_many_wait,
    unknown_heading, unknown_text,
    problem_heading, problem_text, problem_money, problem_request,
    connect_heading, connect_text, connect_button, connect_service, connect_host, connect_plugin, connect_installation,
    connected_heading, connected_text, not_connected_heading,
    connect_unknown, connect_used, connect_expired, connect_denied, connect_other_account, connect_changed,
    connect_refused, connect_no_answer,
    share_what, share_amount, share_url, share_until,
    offer_quantity, offer_delivery, offer_email, offer_phone, offer_optional, offer_choose, offer_free, offer_bounds, offer_each, offer_contact_note, offer_personal_note, offer_counted, offer_continue, offer_faults, offer_error_title, offer_changed, wrong_amount, wrong_amount_drams, wrong_too_dear, wrong_quantity, wrong_delivery, wrong_unanswered, wrong_too_long, wrong_characters, wrong_email, wrong_phone, wrong_number, wrong_choice, wrong_date, wrong_card, wrong_form, closed_off_heading, closed_off_text, closed_not_yet_heading, closed_not_yet_text, closed_from, closed_over_text, closed_used_up_heading, closed_used_up_text, closed_busy_heading, closed_busy_text, closed_try_again, renew_text, renew_button, paid_by_wallet, receipt_given, receipt_contact, receipt_refund, receipt_stays, receipt_fiscal, receipt_fiscal_open, receipt_fiscal_note, failed_bank_heading,
}

impl Texts {
    /// Reads a locale file.
    pub(crate) fn parse(tag: &'static str, json: &str) -> Result<Texts, PagesError> {
        serde_json::from_str(json).map_err(|source| PagesError::Locale { tag, source })
    }

    /// Refuses empty texts, and placeholders that differ from those of `model`: a forgotten `{amount}` is a button without its amount.
    pub(crate) fn check_against(&self, model: &Texts, tag: &'static str) -> Result<(), PagesError> {
        for ((key, text), (_, model)) in self.entries().into_iter().zip(model.entries()) {
            if text.trim().is_empty() || placeholders(text) != placeholders(model) {
                let key = key.to_owned();
                return Err(PagesError::Text { tag, key });
            }
        }
        Ok(())
    }
}

/// Puts values into a text's `{name}` places in one pass, so that a value which itself looks like a placeholder stays what it is.
pub(crate) fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some((before, name, after)) = next_placeholder(rest) {
        filled.push_str(before);
        let value = values.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        filled.push_str(value.unwrap_or_default());
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// The names in braces, sorted.
fn placeholders(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some((_, name, after)) = next_placeholder(rest) {
        names.push(name);
        rest = after;
    }
    names.sort_unstable();
    names
}

/// Splits a text around its first `{name}`.
fn next_placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn a_value_is_never_read_as_a_placeholder() {
        let filled = fill("{host}: {amount}!", &[("host", "{amount}"), ("amount", "{host}")]);
        assert_eq!(filled, "{amount}: {host}!");
        assert_eq!(fill("no places", &[("host", "x")]), "no places");
        assert_eq!(fill("open {brace", &[]), "open {brace");
    }
}
