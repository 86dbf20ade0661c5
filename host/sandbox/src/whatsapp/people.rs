//! What a customer does with the phone. It must not know how the business is told; every act goes to the queue of webhooks.

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::content::{Button, Kind};
use super::phone::{Message, Person, Progress, Side};
use super::{State, WhatsApp};

/// The customer-service window: 24 hours from the person's last message ("Customer service windows" in Meta's documentation).
const WINDOW_MS: i64 = 24 * HOUR_MS;
const HOUR_MS: i64 = 3_600_000;
const LONGEST_TEXT: usize = 4096;

/// What came of a person's act.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Said {
    /// The message that was written.
    pub id: String,
    /// Whether anybody is told of it: the account is subscribed and has a webhook.
    pub told: bool,
}

/// Why a person cannot do that.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CannotAct {
    /// Not a number.
    #[error("phone: 7 to 15 digits with the country code, without +")]
    Phone,
    /// No such person yet.
    #[error("phone: nobody here has this number")]
    Unknown,
    /// The person has to unblock first.
    #[error("phone: this person has blocked the business and must unblock it first")]
    Blocked,
    /// Phones send 1 to 4096 characters.
    #[error("text: 1 to 4096 characters")]
    Text,
    /// Not a link to this number with a text.
    #[error("link: https://wa.me/, the business's number, and ?text= with what is written")]
    Link,
    /// Nothing of this title answers.
    #[error("title: no message has a button or row with this title that answers")]
    NoSuchTitle,
    /// The button is not there.
    #[error("id: the message has no button or row with this id")]
    NoSuchButton,
}

impl WhatsApp {
    /// A person writes to the business, which opens the window for a day.
    pub fn say(&self, phone: &str, text: &str) -> Result<Said, CannotAct> {
        if text.trim().is_empty() || text.chars().count() > LONGEST_TEXT {
            return Err(CannotAct::Text);
        }
        self.with(|state, now| {
            let place = state.person(phone)?;
            state.write(place, Kind::Text, text, None, now)
        })
    }

    /// A person sends what is not text: a picture, or something that the Cloud API does not pass on.
    pub fn send_other(&self, phone: &str, kind: Kind) -> Result<Said, CannotAct> {
        let kind = if kind == Kind::Image { kind } else { Kind::Unsupported };
        self.with(|state, now| {
            let place = state.person(phone)?;
            state.write(place, kind, "", None, now)
        })
    }

    /// A person taps a reply button, a row of a list or a quick reply of a template. Links are opened without a word to anybody.
    pub fn tap(&self, phone: &str, message: &str, id: &str) -> Result<Said, CannotAct> {
        self.with(|state, now| {
            let place = state.known(phone)?;
            let found = state.people[place].messages.iter().find(|one| one.id == message && one.is_seen());
            let button = found.and_then(|one| one.buttons.iter().find(|button| button.id.as_deref() == Some(id)));
            let (Some(found), Some(button)) = (found, button) else { return Err(CannotAct::NoSuchButton) };
            let tapped = (found.id.clone(), found.kind, button.clone());
            state.write(place, Kind::Reply, &tapped.2.text, Some(&tapped), now)
        })
    }

    /// A person taps the newest reply button, row or quick reply with this title.
    pub fn tap_title(&self, phone: &str, title: &str) -> Result<Said, CannotAct> {
        let found = self.with(|state, _| {
            let place = state.known(phone)?;
            let titled = |message: &Message| {
                let button = message.buttons.iter().find(|one| one.text == title && one.id.is_some())?;
                Some((message.id.clone(), button.id.clone()?))
            };
            let mut seen = state.people[place].messages.iter().rev().filter(|message| message.is_seen());
            seen.find_map(titled).ok_or(CannotAct::NoSuchTitle)
        });
        let (message, id) = found?;
        self.tap(phone, &message, &id)
    }

    /// So many hours pass in this chat alone, and the person writes nothing: the window closes that much earlier.
    pub fn be_silent(&self, phone: &str, hours: u32) -> Result<(), CannotAct> {
        self.with(|state, _| {
            let place = state.known(phone)?;
            let until = &mut state.people[place].window_until;
            *until = until.map(|until| until - i64::from(hours) * HOUR_MS);
            Ok(())
        })
    }

    /// A person looks at the chat: everything delivered becomes read.
    pub fn read(&self, phone: &str) -> Result<(), CannotAct> {
        self.with(|state, now| {
            let place = state.known(phone)?;
            let mut read = Vec::new();
            for message in &mut state.people[place].messages {
                if message.from == Side::Business && message.progress == Progress::Delivered {
                    message.progress = Progress::Read;
                    read.push(message.clone());
                }
            }
            for message in &read {
                state.tell_read(place, message, now);
            }
            Ok(())
        })
    }

    /// A person blocks the business, or lets it write again. The business is not told.
    pub fn block(&self, phone: &str, blocked: bool) -> Result<(), CannotAct> {
        self.with(|state, _| {
            let place = state.known(phone)?;
            state.people[place].blocked = blocked;
            Ok(())
        })
    }

    /// A person takes a username, which hides the number, or gives it up.
    pub fn hide_number(&self, phone: &str, username: Option<&str>) -> Result<(), CannotAct> {
        self.with(|state, _| {
            let place = state.person(phone)?;
            state.people[place].username = username.map(str::to_owned);
            Ok(())
        })
    }

    /// A person who has WhatsApp and never wrote to the business.
    pub fn add_person(&self, phone: &str) -> Result<(), CannotAct> {
        self.with(|state, _| state.person(phone).map(|_| ()))
    }
}

impl State {
    /// The place of a person, who is there from now on.
    fn person(&mut self, phone: &str) -> Result<usize, CannotAct> {
        if !(7..=15).contains(&phone.len()) || !phone.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(CannotAct::Phone);
        }
        if let Ok(place) = self.known(phone) {
            return Ok(place);
        }
        self.people.push(Person {
            phone: phone.to_owned(),
            user_id: user_id(phone),
            name: "Ani".to_owned(),
            username: None,
            blocked: false,
            window_until: None,
            messages: Vec::new(),
        });
        Ok(self.people.len() - 1)
    }

    fn known(&self, phone: &str) -> Result<usize, CannotAct> {
        self.people.iter().position(|person| person.phone == phone).ok_or(CannotAct::Unknown)
    }

    fn write(
        &mut self,
        place: usize,
        kind: Kind,
        text: &str,
        tapped: Option<&(String, Kind, Button)>,
        now: i64,
    ) -> Result<Said, CannotAct> {
        if self.people[place].blocked {
            return Err(CannotAct::Blocked);
        }
        let id = self.message_id();
        let person = &mut self.people[place];
        person.window_until = Some(now + WINDOW_MS);
        person.messages.push(Message {
            id: id.clone(),
            from: Side::Customer,
            kind,
            text: text.to_owned(),
            header: None,
            footer: None,
            buttons: Vec::new(),
            template: None,
            progress: Progress::Delivered,
            error: None,
            callback_data: None,
        });
        let told = self.tell_message(place, &id, kind, text, tapped, now);
        Ok(Said { id, told })
    }
}

/// The id by which the business knows a person whatever their number is: nothing in it tells the number.
fn user_id(phone: &str) -> String {
    let digest = Sha256::digest(phone);
    let number = digest[..8].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{}.4{:019}", country(phone), number % 10_000_000_000_000_000_000)
}

/// The country whose letters begin a user id. A few that stories need; the rest are told apart by nobody here.
fn country(phone: &str) -> &'static str {
    match phone {
        _ if phone.starts_with("374") => "AM",
        _ if phone.starts_with("995") => "GE",
        _ if phone.starts_with('7') => "RU",
        _ => "US",
    }
}
