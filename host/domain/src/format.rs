//! How an amount and a moment are written for a person, in Armenian, Russian or English.
//!
//! General-purpose locale tables write dram with two decimals, group Armenian numbers only from five digits and put the
//! year first in Armenian dates; a shop does none of that, so the rules are spelt out here and pinned by golden tests. This file knows
//! nothing of payments or pages, and reads no clock: "now" is an argument.

use std::fmt::Write as _;

/// A language that customers are served in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// Armenian.
    Hy,
    /// Russian.
    Ru,
    /// English.
    En,
}

impl Language {
    /// Every language, in the order in which a page offers them.
    pub const ALL: [Language; 3] = [Language::Hy, Language::Ru, Language::En];

    /// Reads a BCP 47 tag such as `hy`, `ru-RU` or `EN`; only its first subtag counts.
    pub fn parse(tag: &str) -> Option<Language> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
        Language::ALL.into_iter().find(|language| primary.eq_ignore_ascii_case(language.tag()))
    }

    /// The BCP 47 tag, as the `lang` attribute wants it.
    pub const fn tag(self) -> &'static str {
        match self {
            Language::Hy => "hy",
            Language::Ru => "ru",
            Language::En => "en",
        }
    }

    /// The supported language that an `Accept-Language` header (RFC 9110, 12.5.4) likes best, the first one among equals.
    /// `None` when it names none of ours: `*` is no wish, and the merchant's own language is a better guess than ours.
    pub fn negotiate(accept_language: &str) -> Option<Language> {
        let mut best: Option<(u32, Language)> = None;
        for range in accept_language.split(',') {
            let mut parts = range.split(';');
            let Some(language) = parts.next().and_then(Language::parse) else {
                continue;
            };
            let weight = parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(Some(1000), thousandths);
            if let Some(weight) = weight.filter(|weight| *weight > 0)
                && best.is_none_or(|(leader, _)| weight > leader)
            {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language)
    }
}

/// Reads an RFC 9110 weight ("0.8", "1") as thousandths; `None` when it is not one.
fn thousandths(weight: &str) -> Option<u32> {
    let (whole, fraction) = weight.trim().split_once('.').unwrap_or((weight.trim(), ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !matches!(whole, "0" | "1") || fraction.len() > 3 || !all_digits(fraction) {
        return None;
    }
    let value: u32 = format!("{whole}{fraction:0<3}").parse().ok()?;
    (value <= 1000).then_some(value)
}

/// Between thousands and before the currency sign: a line must never break inside an amount.
const NO_BREAK_SPACE: char = '\u{a0}';

/// Writes an amount given in minor units of a currency with two decimals: `12 500 ֏`, `0,50 ֏`, `0.50 ֏` in English.
///
/// Spaces are no-break, thousands are grouped from four digits, decimals appear only when they are not zero, and the sign
/// follows the number in every language. A currency without a sign of its own here is written by its ISO 4217 code.
pub fn money(minor: i64, currency: &str, language: Language) -> String {
    let units = (minor.unsigned_abs() / 100).to_string();
    let decimals = minor.unsigned_abs() % 100;
    let mut text = String::with_capacity(units.len() + 12);
    if minor < 0 {
        text.push('\u{2212}');
    }
    for (index, digit) in units.chars().enumerate() {
        if index > 0 && (units.len() - index).is_multiple_of(3) {
            text.push(NO_BREAK_SPACE);
        }
        text.push(digit);
    }
    if decimals > 0 {
        text.push(match language {
            Language::Hy | Language::Ru => ',',
            Language::En => '.',
        });
        write!(text, "{decimals:02}").expect("a String takes whatever is written to it");
    }
    text.push(NO_BREAK_SPACE);
    text.push_str(match currency {
        "AMD" => "֏",
        "RUB" => "₽",
        "USD" => "$",
        "EUR" => "€",
        code => code,
    });
    text
}

/// Writes a moment (Unix milliseconds) as a day and a 24-hour time in Yerevan: `21 նոյեմբերի, 14:05`.
///
/// The year is written when it differs from the year of `now_ms`, and always when `now_ms` is `None`: a lasting record must not
/// depend on the day it is read.
pub fn date_time(at_ms: i64, now_ms: Option<i64>, language: Language) -> String {
    let at = civil(at_ms);
    let day_and_month = format!("{} {}", at.day, month_name(at.month, language));
    let time = format!("{:02}:{:02}", at.hour, at.minute);
    if now_ms.is_some_and(|now_ms| civil(now_ms).year == at.year) {
        return format!("{day_and_month}, {time}");
    }
    match language {
        Language::Hy => format!("{day_and_month} {} թ., {time}", at.year),
        Language::Ru => format!("{day_and_month} {} г., {time}", at.year),
        Language::En => format!("{day_and_month} {}, {time}", at.year),
    }
}

/// Month names in the form that stands after a day: genitive in Armenian and Russian.
fn month_name(month: usize, language: Language) -> &'static str {
    const HY: [&str; 12] = [
        "հունվարի",
        "փետրվարի",
        "մարտի",
        "ապրիլի",
        "մայիսի",
        "հունիսի",
        "հուլիսի",
        "օգոստոսի",
        "սեպտեմբերի",
        "հոկտեմբերի",
        "նոյեմբերի",
        "դեկտեմբերի",
    ];
    const RU: [&str; 12] = [
        "января",
        "февраля",
        "марта",
        "апреля",
        "мая",
        "июня",
        "июля",
        "августа",
        "сентября",
        "октября",
        "ноября",
        "декабря",
    ];
    const EN: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    match language {
        Language::Hy => HY[month - 1],
        Language::Ru => RU[month - 1],
        Language::En => EN[month - 1],
    }
}

/// A wall-clock reading in Yerevan.
struct Civil {
    year: i64,
    /// 1 to 12.
    month: usize,
    day: i64,
    hour: i64,
    minute: i64,
}

/// Armenia has kept UTC+4 without summer time since 2012, before any payment that can be shown here.
pub(crate) const YEREVAN_OFFSET_MS: i64 = 4 * 60 * 60 * 1000;
const MINUTE_MS: i64 = 60 * 1000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// Turns Unix milliseconds into the Yerevan calendar (proleptic Gregorian).
///
/// The year is counted from March, so that the leap day is its last day and month lengths follow one linear rule.
fn civil(at_ms: i64) -> Civil {
    let local_ms = at_ms.saturating_add(YEREVAN_OFFSET_MS);
    let minute_of_day = local_ms.rem_euclid(DAY_MS) / MINUTE_MS;
    // Days since 1 March of the year 0; 1970-01-01 is day 719,468 of that count.
    let days = local_ms.div_euclid(DAY_MS) + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let before_january = month_from_march < 10;
    let month = if before_january { month_from_march + 3 } else { month_from_march - 9 };
    Civil {
        year: era * 400 + year_of_era + i64::from(!before_january),
        month: usize::try_from(month).expect("a month is between 1 and 12"),
        day: day_of_year - (153 * month_from_march + 2) / 5 + 1,
        hour: minute_of_day / 60,
        minute: minute_of_day % 60,
    }
}

#[cfg(test)]
mod tests {
    use super::Language::{En, Hy, Ru};
    use super::{Language, date_time, money};

    fn check_money(minor: i64, currency: &str, hy: &str, ru: &str, en: &str) {
        for (language, expected) in [(Hy, hy), (Ru, ru), (En, en)] {
            let written = money(minor, currency, language);
            assert_eq!(written, expected.replace(' ', "\u{a0}"), "{minor} {currency} {language:?}");
        }
    }

    fn check_date(at_ms: i64, now_ms: Option<i64>, hy: &str, ru: &str, en: &str) {
        for (language, expected) in [(Hy, hy), (Ru, ru), (En, en)] {
            assert_eq!(date_time(at_ms, now_ms, language), expected, "{at_ms} {language:?}");
        }
    }

    #[test]
    fn amounts_are_written_as_the_golden_table_says() {
        check_money(50, "AMD", "0,50 ֏", "0,50 ֏", "0.50 ֏");
        check_money(100, "AMD", "1 ֏", "1 ֏", "1 ֏");
        check_money(99_900, "AMD", "999 ֏", "999 ֏", "999 ֏");
        check_money(100_000, "AMD", "1 000 ֏", "1 000 ֏", "1 000 ֏");
        check_money(125_000, "AMD", "1 250 ֏", "1 250 ֏", "1 250 ֏");
        check_money(1_250_000, "AMD", "12 500 ֏", "12 500 ֏", "12 500 ֏");
        check_money(123_456_750, "AMD", "1 234 567,50 ֏", "1 234 567,50 ֏", "1 234 567.50 ֏");
        check_money(0, "AMD", "0 ֏", "0 ֏", "0 ֏");
        check_money(5, "AMD", "0,05 ֏", "0,05 ֏", "0.05 ֏");
        check_money(-1_250_000, "AMD", "−12 500 ֏", "−12 500 ֏", "−12 500 ֏");
        check_money(499_000, "RUB", "4 990 ₽", "4 990 ₽", "4 990 ₽");
        check_money(1_999, "USD", "19,99 $", "19,99 $", "19.99 $");
        check_money(1_999, "EUR", "19,99 €", "19,99 €", "19.99 €");
        check_money(100_050, "GEL", "1 000,50 GEL", "1 000,50 GEL", "1 000.50 GEL");
        let widest = "−92 233 720 368 547 758";
        check_money(i64::MIN, "AMD", &format!("{widest},08 ֏"), &format!("{widest},08 ֏"), &format!("{widest}.08 ֏"));
    }

    #[test]
    fn moments_are_written_as_the_golden_table_says() {
        // 2026-11-21T10:05:00Z
        let at = 1_795_255_500_000;
        check_date(at, Some(at + 86_400_000), "21 նոյեմբերի, 14:05", "21 ноября, 14:05", "21 November, 14:05");
        // Still the old year in UTC, already the new one in Yerevan: 2026-12-31T20:30:00Z.
        check_date(
            1_798_749_000_000,
            Some(at),
            "1 հունվարի 2027 թ., 00:30",
            "1 января 2027 г., 00:30",
            "1 January 2027, 00:30",
        );
        // 2028-02-29T19:59:59Z, with no "now".
        check_date(
            1_835_467_199_000,
            None,
            "29 փետրվարի 2028 թ., 23:59",
            "29 февраля 2028 г., 23:59",
            "29 February 2028, 23:59",
        );
        check_date(0, Some(at), "1 հունվարի 1970 թ., 04:00", "1 января 1970 г., 04:00", "1 January 1970, 04:00");
    }

    #[test]
    fn accept_language_is_read_by_weight_and_then_by_order() {
        let check = |header: &str, expected: Option<Language>| {
            assert_eq!(Language::negotiate(header), expected, "{header}");
        };
        check("hy", Some(Hy));
        check("hy-AM,hy;q=0.9,ru;q=0.8", Some(Hy));
        check("de, ru-RU;q=0.8, en;q=0.9", Some(En));
        check("EN-us", Some(En));
        check("ru;q=0.5, en;q=0.5", Some(Ru));
        check("ru;q=0, en;q=0.001", Some(En));
        check("hy ; q=0.3 , ru ; q=0.4", Some(Ru));
        check("hy;q=nonsense, ru;q=0.1", Some(Ru));
        check("hy;q=7", None);
        check("*", None);
        check("de,fr;q=0.5", None);
        check("", None);
        check(";;;,,,q=1", None);
    }

    #[test]
    fn a_language_is_found_by_its_tag_alone() {
        assert_eq!(Language::parse("hy_AM"), Some(Hy));
        assert_eq!(Language::parse(" RU "), Some(Ru));
        assert_eq!(Language::parse("english"), None);
        for language in Language::ALL {
            assert_eq!(Language::parse(language.tag()), Some(language));
        }
    }
}
