//! How a bank writes amounts, and what they come to in minor units. The digits themselves are read by `kamurj_domain::Money` alone.

use kamurj_domain::{Currency, Money};
use serde::{Deserialize, Serialize};

/// How decimals and thousands are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decimals {
    /// `12500` or `12500.50`: no thousands.
    Plain,
    /// `12,500.00`: a point before the decimals, commas or spaces between thousands.
    Point,
    /// `12 500,00`: a comma before the decimals, spaces between thousands.
    Comma,
}

impl Decimals {
    /// Every style, the strictest first.
    pub const ALL: [Self; 3] = [Self::Plain, Self::Point, Self::Comma];

    /// An amount in this style, for those who write it.
    pub fn example(self) -> &'static str {
        match self {
            Self::Plain => "12500.00",
            Self::Point => "12,500.00",
            Self::Comma => "12 500,00",
        }
    }
}

/// An amount as a bank states it: never below zero, with its sign apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stated {
    pub(crate) negative: bool,
    pub(crate) money: Money,
}

/// Reads a cell. A minus, parentheses around the whole, and the currency before or behind it are understood.
pub(crate) fn read(cell: &str, style: Decimals, currency: Currency) -> Result<Stated, String> {
    let wrong = || {
        let shown: String = cell.chars().take(40).collect();
        format!(
            "\"{shown}\" is not an amount such as {}: correct the cell, or choose how amounts are written",
            style.example()
        )
    };
    let (negative, number) = unsigned(without_currency(cell.trim(), currency));
    let plain = plain(number, style).ok_or_else(wrong)?;
    let money = Money::stated(&plain, currency).map_err(|error| format!("{}: {error}", wrong()))?;
    Ok(Stated { negative, money })
}

/// The currency that this word or sign means.
pub(crate) fn currency(word: &str) -> Option<Currency> {
    let word = word.trim().trim_end_matches('.').to_lowercase();
    Some(match word.as_str() {
        "amd" | "051" | "51" | "֏" | "դր" | "դրամ" | "հհ դրամ" | "драм" | "драмы" | "dram" => {
            Currency::Amd
        }
        "rub" | "643" | "rur" | "810" | "₽" | "ռուբլի" | "руб" | "рубль" | "рубли" | "ruble" | "rouble" => {
            Currency::Rub
        }
        "usd" | "840" | "$" | "us$" | "դոլար" | "доллар" | "доллар сша" | "dollar" => Currency::Usd,
        "eur" | "978" | "€" | "եվրո" | "евро" | "euro" => Currency::Eur,
        _ => return None,
    })
}

/// Without the currency's own word before or behind the number. Another currency's stays, and makes the amount unreadable.
fn without_currency(text: &str, own: Currency) -> &str {
    let is_word = |letter: char| !letter.is_ascii_digit() && !"-−+().,'".contains(letter) && !letter.is_whitespace();
    let front = text.find(|letter| !is_word(letter)).unwrap_or(0);
    if front > 0 && currency(&text[..front]) == Some(own) {
        return text[front..].trim_start_matches('.').trim();
    }
    let undotted = text.trim_end_matches('.');
    let behind = undotted.trim_end_matches(is_word);
    let has_word = behind.len() < undotted.len() && currency(&undotted[behind.len()..]) == Some(own);
    if has_word { behind.trim() } else { text }
}

/// The sign, and what is left.
fn unsigned(text: &str) -> (bool, &str) {
    if let Some(inner) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
        return (true, inner.trim());
    }
    match text.strip_prefix(['-', '−']) {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// Decimal text with a point and no thousands; `None` if it is not in this style.
fn plain(number: &str, style: Decimals) -> Option<String> {
    let is_space = |letter: char| matches!(letter, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'');
    let (whole, decimals) = match style {
        Decimals::Plain | Decimals::Point => number.split_once('.').unwrap_or((number, "")),
        // A typed cell of a workbook has a point in every country; thousands are never written with two digits.
        Decimals::Comma if number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => {
            number.split_once('.').unwrap_or((number, ""))
        }
        Decimals::Comma => number.split_once(',').unwrap_or((number, "")),
    };
    let between = |letter: char| match style {
        Decimals::Plain => false,
        Decimals::Point => letter == ',' || is_space(letter),
        Decimals::Comma => is_space(letter),
    };
    let groups: Vec<&str> = whole.split(between).collect();
    let grouped = groups.len() == 1 || (groups[0].len() <= 3 && groups[1..].iter().all(|group| group.len() == 3));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !grouped || groups.iter().any(|group| group.is_empty() || !digits(group)) || !digits(decimals) {
        return None;
    }
    let whole = groups.concat();
    // Some write four decimals, the last of them zeros.
    let decimals = decimals.trim_end_matches('0');
    Some(if decimals.is_empty() { whole } else { format!("{whole}.{decimals}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cell: &str, style: Decimals, expected: Option<i64>) {
        let read = read(cell, style, Currency::Amd).ok();
        let minor = read.map(|stated| if stated.negative { -stated.money.minor } else { stated.money.minor });
        assert_eq!(minor, expected, "{cell} {style:?}");
    }

    #[test]
    fn amounts_are_read_in_the_style_that_was_said_and_no_other() {
        check("12500", Decimals::Plain, Some(1_250_000));
        check("12500.5", Decimals::Plain, Some(1_250_050));
        check("12,500", Decimals::Plain, None);
        check("12 500", Decimals::Plain, None);
        check("12,500.00", Decimals::Point, Some(1_250_000));
        check("1,212,500", Decimals::Point, Some(121_250_000));
        check("12,50", Decimals::Point, None);
        check("1,2500.00", Decimals::Point, None);
        check("12 500,00", Decimals::Comma, Some(1_250_000));
        check("12\u{a0}500,5", Decimals::Comma, Some(1_250_050));
        check("12\u{202f}500", Decimals::Comma, Some(1_250_000));
        check("12500.5", Decimals::Comma, Some(1_250_050));
        check("12.500", Decimals::Comma, Some(1_250));
        check("12,500", Decimals::Comma, Some(1_250));
        check("1.250.000", Decimals::Comma, None);
        check("12,5,0", Decimals::Comma, None);
        check("12500.0000", Decimals::Plain, Some(1_250_000));
        check("0.125", Decimals::Plain, None);
        for nonsense in ["", "-", "1e5", "12500-", "--5", "1 2", "abc", ".", ",5", "٥", "#NUM!", "10 USD"] {
            for style in Decimals::ALL {
                check(nonsense, style, None);
            }
        }
    }

    #[test]
    fn signs_and_the_currency_itself_do_not_matter() {
        check("-12500", Decimals::Plain, Some(-1_250_000));
        check("−12 500,00", Decimals::Comma, Some(-1_250_000));
        check("(12,500.00)", Decimals::Point, Some(-1_250_000));
        check("+5", Decimals::Plain, Some(500));
        check("12 500 ֏", Decimals::Comma, Some(1_250_000));
        check("AMD 12,500.00", Decimals::Point, Some(1_250_000));
        check("12 500 դր.", Decimals::Comma, Some(1_250_000));
        check("12500AMD", Decimals::Plain, Some(1_250_000));
        check("USD 12,500.00", Decimals::Point, None);
    }

    #[test]
    fn a_refusal_shows_the_cell_and_the_style() {
        let sentence = read("12,5O", Decimals::Comma, Currency::Amd).unwrap_err();
        assert_eq!(
            sentence,
            "\"12,5O\" is not an amount such as 12 500,00: correct the cell, or choose how amounts are written"
        );
        let sentence = read("1.005", Decimals::Plain, Currency::Usd).unwrap_err();
        assert!(sentence.ends_with("USD has 2 decimals; write at most that many"), "{sentence}");
    }
}
