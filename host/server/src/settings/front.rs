//! What the operator may say about what stands in front of the pages: whose word about addresses is believed, and how many may
//! do what how often.

use super::SettingError;
use crate::front::address::Block;
use crate::front::hosts::of_url;
use crate::front::limits::Limits;
use crate::front::streams::StreamLimits;
use std::ops::RangeInclusive;

/// The settings of this file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FrontSettings {
    /// Proxies whose word about where a request comes from is believed.
    pub proxies: Vec<Block>,
    /// The address under which operators reach us, where it is not the public one, without a slash at its end.
    pub console_url: Option<String>,
    /// How many may follow pages.
    pub streams: StreamLimits,
    /// How often what may be tried.
    pub limits: Limits,
}

/// A number, its range and what it changes.
struct Number {
    name: &'static str,
    range: RangeInclusive<u32>,
    set: fn(&mut FrontSettings, u32),
}

const PROXIES: &str = "KAMURJ_TRUSTED_PROXIES";
const CONSOLE: &str = "KAMURJ_CONSOLE_URL";

const NUMBERS: [Number; 10] = [
    Number { name: "KAMURJ_LIMIT_STREAMS", range: 0..=100_000, set: |front, n| front.streams.in_all = size(n) },
    Number {
        name: "KAMURJ_LIMIT_STREAMS_PER_PAYMENT",
        range: 0..=1_000,
        set: |front, n| front.streams.per_payment = size(n),
    },
    Number {
        name: "KAMURJ_LIMIT_STREAMS_PER_ADDRESS",
        range: 0..=10_000,
        set: |front, n| front.streams.per_address = size(n),
    },
    Number { name: "KAMURJ_LIMIT_PROBES", range: 1..=10_000, set: |front, n| front.limits.probes = n },
    Number { name: "KAMURJ_LIMIT_DECLINES", range: 1..=10_000, set: |front, n| front.limits.declines = n },
    Number { name: "KAMURJ_LIMIT_DECLINES_LOCK", range: 1..=10_000, set: |front, n| front.limits.declines_lock = n },
    Number { name: "KAMURJ_LIMIT_ATTEMPTS", range: 1..=10_000, set: |front, n| front.limits.attempts = n },
    Number { name: "KAMURJ_LIMIT_TESTING_PERCENT", range: 1..=100, set: |front, n| front.limits.testing_percent = n },
    Number { name: "KAMURJ_LIMIT_UNPROVEN", range: 1..=1_000_000, set: |front, n| front.limits.unproven = n },
    Number { name: "KAMURJ_LIMIT_TESTING_LEAST", range: 1..=10_000, set: |front, n| front.limits.testing_least = n },
];

fn size(number: u32) -> usize {
    usize::try_from(number).expect("this server has at least 32 bits")
}

/// The names of these settings.
pub(super) fn names() -> Vec<String> {
    [PROXIES, CONSOLE].into_iter().chain(NUMBERS.iter().map(|number| number.name)).map(str::to_owned).collect()
}

/// Reads them.
pub(super) fn read<'v>(
    value: impl Fn(&str) -> Option<&'v str>,
    public_url: &str,
) -> Result<FrontSettings, SettingError> {
    let error = |name: &str, detail: String| SettingError { name: name.to_owned(), detail };
    let mut front = FrontSettings::default();
    let proxies = value(PROXIES).unwrap_or_default().split(',').map(str::trim).filter(|part| !part.is_empty());
    for part in proxies {
        let block = part.parse().map_err(|()| {
            error(PROXIES, format!("`{part}` is no block of addresses; write a list such as 127.0.0.1,10.0.0.0/8"))
        })?;
        front.proxies.push(block);
    }
    if let Some(text) = value(CONSOLE) {
        let url = super::public_url(text)
            .ok_or_else(|| error(CONSOLE, "write an address such as https://console.example.am".to_owned()))?;
        if of_url(&url) == of_url(public_url) {
            let detail = "must have another host name than KAMURJ_PUBLIC_URL, or be left out".to_owned();
            return Err(error(CONSOLE, detail));
        }
        front.console_url = Some(url);
    }
    for Number { name, range, set } in &NUMBERS {
        let Some(text) = value(name) else { continue };
        let number = text.parse().ok().filter(|number| range.contains(number));
        let number = number
            .ok_or_else(|| error(name, format!("write a whole number from {} to {}", range.start(), range.end())))?;
        set(&mut front, number);
    }
    Ok(front)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &str, text: &'static str) -> Result<FrontSettings, SettingError> {
        read(|asked| (asked == name).then_some(text), "https://pay.example.am")
    }

    #[test]
    fn numbers_and_proxies_are_read() {
        assert_eq!(with("", "").unwrap(), FrontSettings::default());
        assert_eq!(with(PROXIES, "127.0.0.1, 10.0.0.0/8").unwrap().proxies.len(), 2);
        assert_eq!(with("KAMURJ_LIMIT_STREAMS", "7").unwrap().streams.in_all, 7);
        assert_eq!(with("KAMURJ_LIMIT_ATTEMPTS", "33").unwrap().limits.attempts, 33);
    }

    #[test]
    fn what_is_wrong_is_named_with_what_to_write() {
        let console = "https://console.example.am/";
        assert_eq!(with(CONSOLE, console).unwrap().console_url.as_deref(), Some("https://console.example.am"));
        let same = with(CONSOLE, "https://pay.example.am:8443").unwrap_err();
        assert!(same.detail.contains("another host name"), "{same}");
        for (name, text) in [
            (CONSOLE, "console"),
            (PROXIES, "proxy.local"),
            ("KAMURJ_LIMIT_PROBES", "0"),
            ("KAMURJ_LIMIT_DECLINES", "x"),
        ] {
            let error = with(name, text).unwrap_err();
            assert!(error.name == name && error.detail.contains("write"), "{error}");
        }
    }
}
