//! Makes Telegram call this installation (`setWebhook`, Bot API 10.1) and finds out whether it does. The secret that Telegram sends along
//! is put in by the host. It must not read updates.

use kamurj_sdk::{Finding, Host, Outcome, Wish, plain, secret};
use serde_json::{Value, json};

use crate::api::Api;
use crate::{ROUTE, Settings};

/// The kinds of update that the bot uses. A chat that is blocked is told only where it is asked for.
const UPDATES: [&str; 3] = ["message", "callback_query", "my_chat_member"];

/// Whether Telegram takes the token, and whose bot it is.
pub(crate) fn check(host: &impl Host, settings: &Settings) -> Result<Outcome, Outcome> {
    let bot = Api::new(host, &settings.api_base).ask("getMe")?;
    let mut outcome = Outcome::done();
    outcome.message = format!("Connected as @{}", plain(bot["username"].as_str().unwrap_or_default(), 64));
    Ok(outcome)
}

/// Sets the webhook unless it is as it should be, or only looks.
pub(crate) fn connect(host: &impl Host, settings: &Settings, wish: &Wish) -> Result<Vec<Finding>, Outcome> {
    let api = Api::new(host, &settings.api_base);
    let bot = api.ask("getMe")?;
    let name = plain(bot["username"].as_str().unwrap_or_default(), 64);
    let mut findings = vec![Finding::ok("token", &format!("The token is @{name}'s."))];
    let Some(address) = wish.addresses.iter().find(|address| address.path == ROUTE) else {
        return Err(Outcome::bad_request("no-route", "the host named no address for updates"));
    };
    let url = address.url.as_str();
    let before = api.ask("getWebhookInfo")?;
    if is_set(&before, url) {
        findings.push(told(&before, Finding::ok("webhook", "Telegram sends updates to this installation.")));
        return Ok(findings);
    }
    if wish.only_look {
        let there = before["url"].as_str().unwrap_or_default();
        findings.push(match there {
            "" => Finding::missing("webhook", "Telegram sends updates nowhere yet."),
            there if there == url => {
                Finding::wrong("webhook", "Telegram leaves out kinds of update that the bot needs.")
            }
            _ => Finding::wrong("webhook", "Telegram sends updates to another address."),
        });
        return Ok(findings);
    }
    let body = json!({
        "url": url,
        "secret_token": secret("webhook_secret"),
        "allowed_updates": UPDATES,
        "max_connections": 20,
    });
    let request =
        api.request("setWebhook", &body).secret_in_body("/secret_token", "webhook_secret").step("set-webhook");
    match api.answer(&request).map_err(Outcome::from) {
        Ok(_) => {}
        // Telegram calls https addresses on the ports 443, 80, 88 and 8443 only.
        Err(refused) if refused.kind == "bad-request" => {
            findings.push(Finding::wrong("webhook", &format!("Telegram refused {url}: {}", refused.message)));
            return Ok(findings);
        }
        Err(outcome) => return Err(outcome),
    }
    let now = api.ask("getWebhookInfo")?;
    findings.push(if is_set(&now, url) {
        Finding::made("webhook", "Telegram sends updates to this installation now.")
    } else {
        Finding::wrong("webhook", "Telegram took the address and does not name it: look again in a minute.")
    });
    Ok(findings)
}

fn is_set(info: &Value, url: &str) -> bool {
    let kinds = info["allowed_updates"].as_array();
    info["url"] == url && kinds.is_some_and(|kinds| UPDATES.iter().all(|kind| kinds.iter().any(|known| known == kind)))
}

/// What Telegram says went wrong lately, where something did.
fn told(info: &Value, fine: Finding) -> Finding {
    match info["last_error_message"].as_str().filter(|_| info["pending_update_count"].as_i64().unwrap_or(0) > 0) {
        Some(error) => Finding::wrong(
            "webhook",
            &format!("Telegram could not deliver {} updates: {}", info["pending_update_count"], plain(error, 200)),
        ),
        None => fine,
    }
}
