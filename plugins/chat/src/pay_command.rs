//! Reads what a manager writes after `/pay`. It refuses rather than guesses: a misread amount is somebody's money. It
//! must not make the payment.

use kamurj_sdk::{Money, parse_amount, plain};

use crate::texts::AmountFault;

/// What `/pay` charges in.
const CURRENCY: &str = "AMD";
/// Longest description that is kept, in characters.
const DESCRIPTION_CHARS: usize = 200;
/// More drams than anybody means: twelve digits.
const AMOUNT_DIGITS: usize = 12;

/// A command that was understood.
#[derive(Debug, PartialEq)]
pub(crate) struct PayCommand {
    pub(crate) amount: Money,
    /// Empty if none was written.
    pub(crate) description: String,
}

/// Reads `12500 Cake for Ani`. None if nothing was written.
pub(crate) fn parse(arguments: &str) -> Option<Result<PayCommand, AmountFault>> {
    let arguments = arguments.trim();
    let (first, rest) = arguments.split_once(char::is_whitespace).unwrap_or((arguments, ""));
    if first.is_empty() {
        return None;
    }
    Some(amount(first, rest).map(|amount| PayCommand { amount, description: plain(rest, DESCRIPTION_CHARS) }))
}

fn amount(word: &str, rest: &str) -> Result<Money, AmountFault> {
    let word = word.strip_suffix('֏').unwrap_or(word);
    let (whole, fraction) = word.split_once('.').unwrap_or((word, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return Err(AmountFault::NotDigits);
    }
    if word.contains('.') {
        return Err(AmountFault::NotWhole);
    }
    // `12 500 Cake` would otherwise ask for twelve drams.
    let next = rest.split_whitespace().next().unwrap_or_default().trim_end_matches('֏');
    if next.len() == 3 && digits(next) {
        return Err(AmountFault::Grouped);
    }
    if whole.bytes().all(|byte| byte == b'0') {
        return Err(AmountFault::Zero);
    }
    if whole.len() > AMOUNT_DIGITS {
        return Err(AmountFault::TooLarge);
    }
    parse_amount(whole, CURRENCY).map_err(|_| AmountFault::NotDigits)
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::texts::AmountFault::{self, Grouped, NotDigits, NotWhole, TooLarge, Zero};

    #[track_caller]
    fn check(arguments: &str, expected: Result<(i64, &str), AmountFault>) {
        let parsed = parse(arguments).expect("something is written").map(|it| (it.amount.minor, it.description));
        assert_eq!(parsed, expected.map(|(minor, text)| (minor, text.to_owned())), "{arguments}");
    }

    #[test]
    fn an_amount_and_a_description_are_read() {
        check("12500 Cake for Ani", Ok((1_250_000, "Cake for Ani")));
        check("  12500\n Cake  <b>\u{202E}x ", Ok((1_250_000, "Cake <b>x")));
        check("12500֏ Cake", Ok((1_250_000, "Cake")));
        check("500", Ok((50_000, "")));
        check("1500 2 cakes", Ok((150_000, "2 cakes")));
        assert_eq!(parse("  "), None);
    }

    #[test]
    fn what_could_be_misread_is_refused() {
        check("12 500 Cake", Err(Grouped));
        check("12\u{a0}500 Cake", Err(Grouped));
        check("12,500 Cake", Err(NotDigits));
        check("-5 Cake", Err(NotDigits));
        check("1e5 Cake", Err(NotDigits));
        check("٥٠٠ Cake", Err(NotDigits));
        check("Cake 12500", Err(NotDigits));
        check("12.50 Cake", Err(NotWhole));
        check("12. Cake", Err(NotWhole));
        check("000 Cake", Err(Zero));
        check("1234567890123 Cake", Err(TooLarge));
        check("99999999999999999999999 Cake", Err(TooLarge));
    }
}
