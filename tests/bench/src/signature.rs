//! The row about signatures: whether the time that a wrong one takes tells where it is wrong. The check is the one at the
//! providers' door, through the adapter's own interface; the forger knows everything but the secret.

use std::hint::black_box;

use kamurj_domain::Clock;
use kamurj_egress::Egress;
use kamurj_providers::{Line, Provider, Push, PushRefused, Pushed, Secrets, adapter};
use kamurj_sandbox::bank::sign;
use kamurj_server::ambient::SystemClock;
use serde_json::json;

use crate::Failed;
use crate::bank::WEBHOOK_SECRET;
use crate::row::{Book, Row, say, sig};
use crate::times::{as_float, at, nanos, now};

const BODY: &str =
    r#"{"type":"payment.paid","timestamp":"2026-11-21T10:05:09Z","data":{"id":"ps_01","amountMinor":1250000}}"#;
/// What is slower than this part of all tries was interrupted; it is left out on both sides.
const KEPT: f64 = 0.9;
/// From here on a difference counts as seen, as it does for those who look for leaks by Welch's t-test.
const T_SEEN: f64 = 4.5;

/// Measures the row.
pub(crate) fn measure(book: &mut Book, quick: bool) -> Result<(), Failed> {
    let tries = if quick { 200_000 } else { 1_000_000 };
    say(&format!("     signature: {tries} tries, wrong in the first byte and in the last by turns …"));
    let door = Door::open()?;
    let genuine = door.genuine.clone();
    let [first, last] = [forged(&genuine, "v1,".len())?, forged(&genuine, genuine.len() - 2)?];
    let mut knock = door.knock();
    knock.shows(&genuine);
    if !matches!(door.answers(&knock), Ok(Push::News { .. })) {
        return Err("the genuine signature is not taken".into());
    }
    for wrong in [&first, &last] {
        knock.shows(wrong);
        if door.answers(&knock) != Err(PushRefused::Unproven("the signature does not fit")) {
            return Err(format!("{wrong} is not refused for what it is").into());
        }
    }
    let (each, warm) = (tries / 2, tries / 40);
    let mut times = [Vec::with_capacity(each), Vec::with_capacity(each)];
    for turn in 0..warm + each {
        // Each of the two comes first every other time.
        for side in [turn % 2, 1 - turn % 2] {
            knock.shows([&first, &last][side]);
            let began = now();
            let answer = black_box(door.answers(black_box(&knock)));
            let took = nanos(began.elapsed());
            drop(answer);
            if turn >= warm {
                times[side].push(took);
            }
        }
    }
    write(book, times)
}

fn write(book: &mut Book, [mut first, mut last]: [Vec<u64>; 2]) -> Result<(), Failed> {
    let mut all = [first.as_slice(), last.as_slice()].concat();
    all.sort_unstable();
    let slowest = at(&all, KEPT);
    first.sort_unstable();
    last.sort_unstable();
    let median = |sorted: &[u64]| as_float(at(sorted, 0.5));
    let (of_first, of_last) = (median(&first), median(&last));
    let [first, last] = [&first, &last].map(|times| Spread::of(times.iter().copied().filter(|time| *time <= slowest)));
    let t = last.welch(&first);
    let note = format!(
        "Welch's t {t:.2} of the {} + {} tries that took at most {slowest} ns; means {} and {} ns",
        first.count,
        last.count,
        sig(first.mean),
        sig(last.mean),
    );
    book.write(
        &Row::new("signature", "a webhook whose signature's last byte is wrong, median", of_last, "ns")
            .beside("its first byte is wrong", of_first)
            .aiming("|t| < 4.5, or within 1 %", |ratio| t.abs() < T_SEEN || (0.99..=1.01).contains(&ratio))
            .noting(note),
    )
}

/// The account whose webhooks are checked.
struct Door {
    account: Box<dyn Provider>,
    genuine: String,
    /// Unix milliseconds.
    now: i64,
}

impl Door {
    fn open() -> Result<Self, Failed> {
        let secrets = [("api_token", "a-token"), ("webhook_secret", WEBHOOK_SECRET)];
        let secrets = Secrets::new(secrets.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        let settings = json!({ "base_url": "https://bank.example.am" }).to_string();
        let account = adapter("vpos", &settings, &secrets, Line::unwatched(Egress::new(Vec::new())))?;
        let now = SystemClock.now();
        let genuine = sign(WEBHOOK_SECRET, "msg_1", now / 1000, BODY).ok_or("the secret signs nothing")?;
        Ok(Self { account, genuine, now })
    }

    fn knock(&self) -> Knock {
        let headers = [
            ("webhook-id", "msg_1".to_owned()),
            ("webhook-timestamp", (self.now / 1000).to_string()),
            ("webhook-signature", self.genuine.clone()),
        ];
        Knock { headers: headers.map(|(name, value)| (name.to_owned(), value)) }
    }

    fn answers(&self, knock: &Knock) -> Result<Push, PushRefused> {
        let pushed = Pushed { method: "POST", query: &[], headers: &knock.headers, body: BODY.as_bytes() };
        self.account.on_push(&pushed, self.now)
    }
}

/// One message, in one place of memory whatever signature it shows: where a text lies must not be what is measured.
struct Knock {
    headers: [(String, String); 3],
}

impl Knock {
    fn shows(&mut self, signature: &str) {
        let shown = &mut self.headers[2].1;
        shown.clear();
        shown.push_str(signature);
    }
}

/// The signature with another digit at this place. Its base64 has four bits of the last byte in the digit before the `=`, and
/// two of nothing, which must stay zero: `A` and `E` have such.
fn forged(genuine: &str, place: usize) -> Result<String, Failed> {
    let other = if genuine.get(place..=place) == Some("A") { "E" } else { "A" };
    match (genuine.get(..place), genuine.get(place + 1..)) {
        (Some(before), Some(behind)) => Ok([before, other, behind].concat()),
        _ => Err("the signature is too short".into()),
    }
}

/// Mean and variance.
struct Spread {
    count: u64,
    mean: f64,
    variance: f64,
}

impl Spread {
    fn of(times: impl Iterator<Item = u64> + Clone) -> Self {
        let count = times.clone().count() as u64;
        let mean = times.clone().map(as_float).sum::<f64>() / as_float(count.max(1));
        let squares: f64 = times.map(|time| (as_float(time) - mean).powi(2)).sum();
        Self { count, mean, variance: squares / as_float(count.saturating_sub(1).max(1)) }
    }

    /// Welch's t: by how many standard errors the means differ.
    fn welch(&self, other: &Self) -> f64 {
        let part = |spread: &Self| spread.variance / as_float(spread.count.max(1));
        let error = (part(self) + part(other)).sqrt();
        if error > 0.0 { (self.mean - other.mean) / error } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::{Spread, forged};

    #[test]
    fn a_difference_of_means_is_told_in_standard_errors() {
        // Means 2 and 4, variances 1 and 1, three each: 2 / sqrt(2/3).
        let t = Spread::of([3, 4, 5].into_iter()).welch(&Spread::of([1, 2, 3].into_iter()));
        assert!((t - 2.449_489_7).abs() < 1e-6, "{t}");
        assert!(Spread::of([7].into_iter()).welch(&Spread::of([7].into_iter())).abs() < f64::EPSILON);
    }

    #[test]
    fn a_forged_signature_differs_in_one_digit() {
        assert_eq!(forged("v1,ABC=", 3).unwrap(), "v1,EBC=");
        assert_eq!(forged("v1,ABC=", 5).unwrap(), "v1,ABA=");
        assert!(forged("v1", 3).is_err());
    }
}
