//! What the operator enters: settings and secrets of the first-party plugins, and the tokens that the doubles expect.

use crate::world::canary;
use kamurj_sandbox::{Sandbox, Settings as SandboxSettings};
use kamurj_server::install::Entered;
use serde_json::{Value, json};

fn stages() -> Value {
    json!({
        "awaiting_payment": "PREPARATION", "paid": "EXECUTING", "payment_failed": "UC_PAYFAIL", "expired": "LOSE",
        "manual_review": "UC_REVIEW", "partial_refund": "UC_PARTREF", "full_refund": "APOLOGY",
    })
}

pub(crate) fn entered(value: &Value) -> Entered {
    serde_json::from_value(value.clone()).expect("settings and secrets")
}

/// What the operator enters for the Telegram plugin.
pub(crate) fn entered_telegram(sandbox: &Sandbox) -> Value {
    json!({
        "settings": {
            "api_base": sandbox.telegram_url,
            "managers": ["7770001"],
            "catalogue": [
                { "id": "cake", "title": { "hy": "Մեղրով տորթ", "ru": "Медовый торт", "en": "Honey cake" },
                  "amount": "12500", "currency": "AMD" },
                { "id": "box", "title": { "hy": "Թխվածքի տուփ", "ru": "Коробка печенья", "en": "Box of cookies" },
                  "amount": "4800", "currency": "AMD" },
            ],
        },
        "secrets": { "bot_token": canary("bot token"), "webhook_secret": canary("hook secret") },
    })
}

/// What the operator enters for the Bitrix24 plugin.
pub(crate) fn entered_bitrix24(sandbox: &Sandbox) -> Value {
    json!({
        "settings": { "portal": sandbox.bitrix24_url, "user_id": "1", "stages": stages(), "create_deal": true },
        "secrets": { "webhook_secret": canary("portal secret") },
    })
}

/// The tokens that the doubles expect.
pub(crate) fn sandbox_settings() -> SandboxSettings {
    let mut text = json!({
        "telegram_token": canary("bot token"), "bitrix24_user": "1", "bitrix24_secret": canary("portal secret"),
        "bank_token": canary("bank token"), "customer_language": "hy",
    });
    for accounts in [crate::channels::accounts(), crate::offices::accounts()] {
        if let (Value::Object(text), Value::Object(accounts)) = (&mut text, accounts) {
            text.extend(accounts);
        }
    }
    SandboxSettings::from_json(&text.to_string()).expect("sandbox settings")
}
