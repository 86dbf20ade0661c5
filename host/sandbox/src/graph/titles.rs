//! A person taps what stands on a button, whatever kind of button it is. It must not know what the button does.

use super::people::Message;
use super::{Act, Acted, CannotAct, Chats, State};

impl Chats {
    /// A person taps the newest button, quick reply or card's button with this title that sends something.
    pub fn tap_title(&self, account: &str, who: &str, title: &str) -> Result<Acted, CannotAct> {
        self.act(account, who, Act::Tap { title: title.to_owned() })
    }

    /// A person follows a link with this `ref` to the account.
    pub fn follow(&self, account: &str, who: &str, reference: &str) -> Result<Acted, CannotAct> {
        self.act(account, who, Act::Follow { reference: reference.to_owned() })
    }

    /// So many hours pass in this chat alone, and the person does nothing.
    pub fn be_silent(&self, account: &str, who: &str, hours: u32) -> Result<Acted, CannotAct> {
        self.act(account, who, Act::Silent { hours })
    }
}

impl State {
    /// The act that a tap on this title is.
    pub(super) fn titled(&self, account: &str, who: &str, title: &str) -> Result<Act, CannotAct> {
        let house = self.accounts.get(account).ok_or(CannotAct::UnknownAccount)?;
        let person = house.people.get(&super::people::scoped(account, who)).ok_or(CannotAct::NoSuchTitle)?;
        // In a browser Instagram shows no templates, but quick replies.
        let found = person.messages.iter().rev().find_map(|message| message.titled(title, person.on_web));
        found.ok_or(CannotAct::NoSuchTitle)
    }
}

impl Message {
    fn titled(&self, title: &str, bare: bool) -> Option<Act> {
        let mid = self.mid.clone();
        if let Some(reply) = self.quick_replies.iter().find(|reply| reply.title == title) {
            return Some(Act::Reply { mid, payload: reply.payload.clone()? });
        }
        let mut buttons = self.buttons.iter().chain(self.cards.iter().flat_map(|card| &card.buttons));
        let payload =
            buttons.find(|button| button.title == title && button.payload.is_some() && !bare)?.payload.clone()?;
        Some(Act::Press { mid, payload })
    }
}
