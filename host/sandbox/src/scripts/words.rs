//! Words of a step, times and amounts. It must not know what a step does.

/// The longest time that a step may name, in milliseconds: a year and a day.
const LONGEST_MS: i64 = 366 * 24 * 3_600_000;

/// The words of a step in small letters, without articles and without `then`, which change nothing.
pub(super) fn words(part: &str) -> Vec<String> {
    let words = part.split_whitespace().map(str::to_lowercase);
    let mut words: Vec<String> = words.filter(|word| !["the", "a", "an", "its"].contains(&word.as_str())).collect();
    while words.first().is_some_and(|word| ["then", "and"].contains(&word.as_str())) {
        words.remove(0);
    }
    words
}

/// Milliseconds of `90s`, `10m`, `26h`, `2d`, `1h30m`.
pub(super) fn time(text: &str) -> Result<i64, String> {
    read_time(text)
        .filter(|ms| (1..=LONGEST_MS).contains(ms))
        .ok_or_else(|| format!("`{text}` is no time: write a number with s, m, h or d, such as 90s, 10m, 26h or 2d"))
}

fn read_time(text: &str) -> Option<i64> {
    let mut total: i64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let count: i64 = rest.get(..digits)?.parse().ok()?;
        let unit = match rest.as_bytes().get(digits)? {
            b's' => 1_000,
            b'm' => 60_000,
            b'h' => 3_600_000,
            b'd' => 86_400_000,
            _ => return None,
        };
        total = total.checked_add(count.checked_mul(unit)?)?;
        rest = rest.get(digits + 1..)?;
    }
    Some(total)
}

/// Hundredths of `500` or `500.50`.
pub(super) fn amount(text: &str) -> Result<i64, String> {
    let wrong = || format!("`{text}` is no amount: write it as 500 or 500.50");
    let (whole, rest) = text.split_once('.').unwrap_or((text, "00"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(rest) || rest.len() != 2 || whole.len() > 13 {
        return Err(wrong());
    }
    let minor: i64 = format!("{whole}{rest}").parse().map_err(|_| wrong())?;
    if minor == 0 { Err(wrong()) } else { Ok(minor) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_counted_with_their_units() {
        for (text, ms) in
            [("90s", 90_000), ("10m", 600_000), ("26h", 93_600_000), ("2d", 172_800_000), ("1h30m", 5_400_000)]
        {
            assert_eq!(time(text), Ok(ms), "{text}");
        }
        for text in ["", "5", "h", "0s", "-1h", "1.5h", "1w", "h1", "5 h", "99999999999999999999s", "367d", "1ч"] {
            assert!(time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn amounts_are_in_hundredths() {
        assert_eq!((amount("500"), amount("500.50"), amount("0.01")), (Ok(50_000), Ok(50_050), Ok(1)));
        for text in ["", "0", "-5", "5.", "5.5", "5.555", "1e3", "12345678901234", "five", "500amd"] {
            assert!(amount(text).is_err(), "{text}");
        }
    }
}
