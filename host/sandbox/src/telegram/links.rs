//! Links to the bot: `https://t.me/{bot}?start={payload}` ("Deep linking"). It must not know what the bot makes of a payload.

use url::Url;

use super::{BOT_NAME, CannotAct, Said, Telegram};

/// Longest payload, in characters.
const LONGEST_PAYLOAD: usize = 64;

impl Telegram {
    /// A person opens a link to the bot and presses Start: the bot gets `/start {payload}`, or `/start` of a link without one.
    pub fn follow(&self, chat: i64, link: &str) -> Result<Said, CannotAct> {
        let url = Url::parse(link).map_err(|_| CannotAct::Link)?;
        let named = url.path().trim_matches('/').eq_ignore_ascii_case(BOT_NAME);
        if !matches!(url.scheme(), "https" | "http") || url.domain() != Some("t.me") || !named {
            return Err(CannotAct::Link);
        }
        let payload = url.query_pairs().find(|(name, _)| name == "start").map(|(_, payload)| payload.into_owned());
        let Some(payload) = payload.filter(|payload| !payload.is_empty()) else {
            return self.say(chat, "/start", None);
        };
        let fits = payload.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if payload.len() > LONGEST_PAYLOAD || !fits {
            return Err(CannotAct::Link);
        }
        self.say(chat, &format!("/start {payload}"), None)
    }
}
