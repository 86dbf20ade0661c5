//! Links to the business: `https://wa.me/{number}?text={text}` ("Click to chat"). It must not know what the text says.

use url::Url;

use super::{CannotAct, Said, WhatsApp};

impl WhatsApp {
    /// A person opens a link to the number and presses Send: the text of the link is what the person writes.
    pub fn follow(&self, phone: &str, link: &str) -> Result<Said, CannotAct> {
        let number = self.with(|state, _| state.account.display_phone_number.clone());
        let url = Url::parse(link).map_err(|_| CannotAct::Link)?;
        let ours = url.domain() == Some("wa.me") && url.path().trim_matches('/') == number;
        let text = url.query_pairs().find(|(name, _)| name == "text").map(|(_, text)| text.into_owned());
        match text.filter(|_| ours) {
            Some(text) => self.say(phone, &text),
            None => Err(CannotAct::Link),
        }
    }
}
