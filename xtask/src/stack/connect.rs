//! Connecting an installation: the plugin's own set-up at its service, and whether anything is left to be done there. It must not know
//! any service.

use serde_json::{Value, json};

use super::setup::Services;
use crate::say;

/// Lets a plugin set itself up, in a step of its own. `unseen`: findings that nobody can see from here, because the service has no call
/// that would tell.
pub(super) fn connects(
    services: &Services<'_>,
    key: &str,
    (word, installation): (&str, &str),
    unseen: &[&str],
) -> Result<(), String> {
    say::step(&format!("connect {word}"), || {
        let Services { http, server_url, .. } = *services;
        let url = format!("{server_url}/v1/installations/{installation}/setup");
        settled(&http.post_with_key(&url, key, &json!({}))?, unseen).map(|detail| ((), detail))
    })
}

/// A finding's name and state.
fn shown(finding: &Value) -> (&str, &str) {
    (finding["name"].as_str().unwrap_or_default(), finding["state"].as_str().unwrap_or_default())
}

/// What was found, if nothing is left to be done.
fn settled(told: &Value, unseen: &[&str]) -> Result<String, String> {
    let findings = told["findings"].as_array().map_or(&[][..], Vec::as_slice);
    let is_settled =
        |(name, state): (&str, &str)| matches!(state, "ok" | "made") || state == "unknown" && unseen.contains(&name);
    if findings.is_empty() || !findings.iter().map(shown).all(is_settled) {
        return Err(format!("something is left to be done: {told}"));
    }
    Ok(findings.iter().map(shown).map(|(name, state)| format!("{name} {state}")).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::settled;
    use serde_json::json;

    #[test]
    fn what_is_left_to_be_done_is_told() {
        let found = |name: &str, state: &str| json!({ "findings": [{ "name": name, "state": state }] });
        assert_eq!(settled(&found("webhook", "made"), &[]).as_deref(), Ok("webhook made"));
        assert!(settled(&found("webhook", "missing"), &[]).is_err());
        assert!(settled(&found("webhook", "unknown"), &[]).is_err());
        assert!(settled(&json!({ "findings": [], "outcome": { "code": "190" } }), &[]).is_err());
    }

    #[test]
    fn only_what_nobody_can_see_may_stay_unknown() {
        let found = |name: &str, state: &str| json!({ "findings": [{ "name": name, "state": state }] });
        assert_eq!(settled(&found("events", "unknown"), &["events"]).as_deref(), Ok("events unknown"));
        assert!(settled(&found("fields", "unknown"), &["events"]).is_err());
        assert!(settled(&found("events", "wrong"), &["events"]).is_err());
    }
}
