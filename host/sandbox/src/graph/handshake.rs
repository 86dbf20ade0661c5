//! Whether an address wants webhooks: Meta asks it to prove itself before it takes it. It must not know what will be sent there.
//!
//! Source: "Webhooks", Verification Requests: a GET with `hub.mode`, `hub.challenge` and `hub.verify_token`, whose answer has to
//! be 200 with the challenge and nothing else. Codes 2200 and 2201 are as integrators have shown them.

use std::collections::BTreeSet;

use url::Url;

use super::hooks::Hook;
use super::{Chats, Refusal};
use crate::is_loopback;
use crate::sender::Sender;

/// An address that somebody wishes for, before it has proved itself.
pub(crate) struct Wanted {
    pub(crate) url: Url,
    pub(crate) verify_token: String,
    pub(crate) fields: BTreeSet<String>,
}

impl Wanted {
    /// Asks the address. Where a carrier stands in for the network nobody can be asked, and the address is taken as it is.
    pub(crate) async fn prove(&self, sender: &Sender, challenge: &str) -> Result<(), Refusal> {
        let Some(client) = sender.client() else { return Ok(()) };
        let mut url = self.url.clone();
        url.query_pairs_mut()
            .append_pair("hub.mode", "subscribe")
            .append_pair("hub.challenge", challenge)
            .append_pair("hub.verify_token", &self.verify_token);
        match sender.push(client.get(url)).await {
            None => Err(Refusal::callback("the URL did not answer")),
            Some((200, said)) if said == challenge => Ok(()),
            Some((200, said)) => Err(Refusal::challenge(challenge, &said)),
            Some((status, _)) => Err(Refusal::callback(&format!("HTTP Status Code = {status}"))),
        }
    }

    /// Where events go from now on, once it is proved.
    pub(crate) fn hook(self) -> Hook {
        Hook::new(self.url.into(), self.fields)
    }
}

/// An address for webhooks, which `name` has to be: https anywhere. Plain HTTP on loopback is the doubles' one exception.
pub(crate) fn read_callback(name: &str, text: &str) -> Result<Url, Refusal> {
    let url = Url::parse(text).ok();
    url.filter(|url| url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url)))
        .ok_or_else(|| Refusal::parameter(format!("Param {name} must be a valid https URL.")))
}

impl Chats {
    /// The developer enters the address and the token in the App Dashboard, with every field there is. Why Meta does not take it,
    /// otherwise.
    pub async fn set_callback(&self, app: &str, url: &str, verify_token: &str) -> Result<(), String> {
        let fields = self.with(|state, _| state.habits.fields().iter().map(|field| (*field).to_owned()).collect());
        let known = self.with(|state, _| state.apps.contains_key(app));
        if !known {
            return Err(format!("app: no app has the id {app}"));
        }
        let url = read_callback("url", url).map_err(|refusal| refusal.message)?;
        let wanted = Wanted { url, verify_token: verify_token.to_owned(), fields };
        self.take_callback(app, wanted).await.map_err(|refusal| refusal.message)
    }

    /// Asks the address and takes it for this app where it answers as it should.
    pub(super) async fn take_callback(&self, app: &str, wanted: Wanted) -> Result<(), Refusal> {
        let challenge = self.with(|state, _| state.ids.digits());
        wanted.prove(&self.sender, &challenge).await?;
        self.with(|state, _| {
            if let Some(app) = state.apps.get_mut(app) {
                app.hook = Some(wanted.hook());
            }
        });
        Ok(())
    }
}
