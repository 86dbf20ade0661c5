//! Keeps the token of Instagram Login alive: it ends after 60 days, can be renewed once it is a day old, and never again after its end.
//! The host renews it, and the plugin sees neither value. It must not write to anybody.

use kamurj_sdk::{Host, Level, Outcome};

use crate::settings::{Settings, Variant};

/// Name of the schedule in the manifest.
pub(crate) const SCHEDULE: &str = "renew-token";
/// When the token ends, Unix milliseconds in decimal.
const ENDS_AT: &str = "token";
const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// A token that has less left and was not renewed is a person's business.
const ALARM_DAYS: u64 = 10;

/// One day's renewal.
pub(crate) fn renew(host: &impl Host, settings: &Settings) -> Result<Outcome, Outcome> {
    if settings.variant == Variant::Page {
        return Ok(Outcome::done());
    }
    let error = match host.renew_secret("access_token") {
        Ok(ends_at) => {
            keep(host, ends_at);
            return days_left(host, ends_at)
                .map_or_else(|| Ok(Outcome::done()), |days| ending(days, "it was not renewed"));
        }
        Err(error) => error,
    };
    if error.code == "refused" {
        let text = "Instagram renews the access token no more: make a new long-lived token in the app's dashboard and enter it as \
                    `access_token`";
        return Err(Outcome::auth_needed("refused", text));
    }
    if let Some(days) = known(host).and_then(|ends_at| days_left(host, ends_at)) {
        return ending(days, &error.message);
    }
    if error.retryable {
        return Err(error.into());
    }
    let fields = [("error.code", error.code.as_str())];
    host.log(Level::Warn, "The access token was not renewed; one of Instagram Login ends after 60 days", &fields);
    Ok(Outcome::done())
}

/// Whole days until the end, where they are few. A moment of 0 is none.
fn days_left(host: &impl Host, ends_at: u64) -> Option<u64> {
    let days = ends_at.saturating_sub(host.now_ms()) / DAY_MS;
    (ends_at > 0 && days < ALARM_DAYS).then_some(days)
}

fn ending(days: u64, why: &str) -> Result<Outcome, Outcome> {
    let text = format!(
        "the access token ends in {days} days ({why}): make a new long-lived token in the app's dashboard and enter it as `access_token`"
    );
    Err(Outcome::auth_needed("ending", &text))
}

fn known(host: &impl Host) -> Option<u64> {
    let entry = host.state_get(ENDS_AT).ok().flatten()?;
    std::str::from_utf8(&entry.value).ok()?.parse().ok()
}

fn keep(host: &impl Host, ends_at: u64) {
    if let Err(error) = host.state_set(ENDS_AT, ends_at.to_string().as_bytes(), None) {
        host.log(Level::Warn, "When the token ends could not be kept", &[("error.code", &error.code)]);
    }
}
