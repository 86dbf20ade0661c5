//! What people do on their phones, and staff in the account's inbox. It must not know what an app makes of it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::habits::Followed;
use super::people::{Message, Person, Side};
use super::told::Part;
use super::{Chats, State};

/// The app that Meta's own inbox writes as ("Handover Protocol").
const INBOX_APP: &str = "263902037430900";
const HOUR_MS: i64 = 3_600_000;
/// Longest `ref` of a link, in bytes.
const LONGEST_REF: usize = 2_083;

/// What somebody does.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case", tag = "act")]
pub enum Act {
    /// The person writes.
    Say {
        /// What.
        text: String,
    },
    /// The person presses a button that sends something.
    Press {
        /// The message it is under.
        mid: String,
        /// What it sends.
        payload: String,
    },
    /// The person taps the newest button, quick reply or card's button with this title that sends something.
    Tap {
        /// What stands on it.
        title: String,
    },
    /// The person taps a quick reply.
    Reply {
        /// The message it is under.
        mid: String,
        /// What it sends.
        payload: String,
    },
    /// The person follows `m.me/{page}?ref=…` or `ig.me/m/{username}?ref=…`.
    Follow {
        /// The `ref`.
        reference: String,
    },
    /// The person presses Get Started, or the first ice breaker, in a thread that has nothing yet.
    Begin,
    /// The person blocks the account, or no longer.
    Block {
        /// Which.
        blocked: bool,
    },
    /// So many hours pass in this chat alone, and the person does nothing.
    Silent {
        /// How many.
        hours: u32,
    },
    /// The person reads everything.
    Read,
    /// The person takes a message back.
    Unsend {
        /// Which.
        mid: String,
    },
    /// The person writes under a post: no chat begins by it.
    Comment {
        /// What.
        text: String,
    },
    /// The person goes to the messenger's site, or back to the phone; changes nothing where both show the same.
    Web {
        /// Which.
        on_web: bool,
    },
    /// Staff answer by hand.
    Staff {
        /// What.
        text: String,
    },
    /// Another app of the account takes the thread, or gives it back.
    Standby {
        /// Which.
        standby: bool,
    },
}

/// What came of it.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Acted {
    /// The person's id at this account.
    pub id: String,
    /// Id of the message that was written.
    pub mid: Option<String>,
    /// Whether the app will be told.
    pub told: bool,
}

/// Why somebody cannot do that.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CannotAct {
    /// Nobody has opened such an account here.
    #[error("account: no account has this id")]
    UnknownAccount,
    /// A person is named by a word.
    #[error("who: a word of 1 to 40 characters")]
    Who,
    /// The person has to unblock first.
    #[error("who: this person has blocked the account and must unblock it first")]
    Blocked,
    /// The apps send 1 to 2000 characters.
    #[error("text: 1 to 2000 characters")]
    Text,
    /// Nothing of this title is shown that sends something.
    #[error("title: this person is shown no button with this title that sends something")]
    NoSuchTitle,
    /// Letters, digits, `-`, `_` and `=`, at most 2083 of them.
    #[error("reference: 1 to 2083 letters, digits, `-`, `_` and `=`")]
    Reference,
    /// The button is not there (any more).
    #[error("payload: the message shows this person no button with this payload now")]
    NoSuchButton,
    /// Nothing to begin with.
    #[error("act: the account offers no button to begin with, or there is a thread already")]
    NothingToBegin,
    /// No such message of the person's own.
    #[error("mid: the person wrote no such message")]
    NoSuchMessage,
}

impl Chats {
    /// Somebody does something in the chat of `who`, who is a person of the same name at every account.
    pub fn act(&self, account: &str, who: &str, act: Act) -> Result<Acted, CannotAct> {
        if who.is_empty() || who.chars().count() > 40 {
            return Err(CannotAct::Who);
        }
        self.with(|state, now| state.act(account, who, act, now))
    }

    /// A person writes.
    pub fn say(&self, account: &str, who: &str, text: &str) -> Result<Acted, CannotAct> {
        self.act(account, who, Act::Say { text: text.to_owned() })
    }

    /// The person's id at this account.
    pub fn id_of(account: &str, who: &str) -> String {
        super::people::scoped(account, who)
    }
}

impl State {
    fn act(&mut self, account: &str, who: &str, act: Act, now: i64) -> Result<Acted, CannotAct> {
        let act = match act {
            Act::Tap { title } => self.titled(account, who, &title)?,
            act => act,
        };
        let habits = self.habits;
        let mid = self.ids.text(habits.mid_prefix());
        let house = self.accounts.get_mut(account).ok_or(CannotAct::UnknownAccount)?;
        let id = super::people::scoped(account, who);
        let person = house.people.entry(id.clone()).or_insert_with(|| Person::new(account, who));
        if person.blocked && !matches!(act, Act::Block { .. } | Act::Read | Act::Web { .. } | Act::Silent { .. }) {
            return Err(CannotAct::Blocked);
        }
        let (mut written, mut told) = (None, false);
        match act {
            Act::Say { text } => {
                check_text(&text)?;
                person.write(&mid, Side::Customer, &text, now);
                let mut what = json!({"message": {"mid": mid, "text": text}});
                if let Some(reference) = person.reference.take() {
                    what["message"]["referral"] = referral(&reference);
                }
                told = self.tell_of(account, &id, "messages", what, now);
                written = Some(mid);
            }
            Act::Press { mid: of, payload } => {
                let button = person.shown(&of).and_then(|message| message.sends(&payload)).cloned();
                let button = button.ok_or(CannotAct::NoSuchButton)?;
                person.window_from = Some(now);
                let what = json!({"postback": {"mid": mid, "title": button.title, "payload": payload}});
                told = self.tell_of(account, &id, "messaging_postbacks", what, now);
            }
            // It is one of the two beside it by now.
            Act::Tap { .. } => return Err(CannotAct::NoSuchTitle),
            Act::Silent { hours } => {
                person.window_from = person.window_from.map(|from| from - i64::from(hours) * HOUR_MS);
            }
            Act::Reply { mid: of, payload } => {
                let message = person.messages.iter_mut().find(|message| message.mid == of);
                let replies = message.map(|message| std::mem::take(&mut message.quick_replies)).unwrap_or_default();
                let reply = replies.iter().find(|reply| reply.payload.as_deref() == Some(&payload)).cloned();
                let Some(reply) = reply else {
                    if let Some(message) = person.messages.iter_mut().find(|message| message.mid == of) {
                        message.quick_replies = replies;
                    }
                    return Err(CannotAct::NoSuchButton);
                };
                person.write(&mid, Side::Customer, &reply.title, now);
                let message = json!({"mid": mid, "text": reply.title, "quick_reply": {"payload": payload}});
                told = self.tell_of(account, &id, "messages", json!({"message": message}), now);
                written = Some(mid);
            }
            Act::Follow { reference } => told = self.follow(account, &id, &reference, now)?,
            Act::Begin => {
                let begins = house_begins(house, &id).ok_or(CannotAct::NothingToBegin)?;
                let person = house.people.get_mut(&id).ok_or(CannotAct::NothingToBegin)?;
                person.write(&mid, Side::Customer, &begins.0, now);
                let mut what = json!({"postback": {"mid": mid, "title": begins.0, "payload": begins.1}});
                if let Some(reference) = person.reference.take() {
                    what["postback"]["referral"] = referral(&reference);
                }
                told = self.tell_of(account, &id, "messaging_postbacks", what, now);
                written = Some(mid);
            }
            Act::Block { blocked } => person.blocked = blocked,
            Act::Read => {
                if let Some(last) = person.messages.iter().rfind(|message| message.from != Side::Customer) {
                    let what = habits.read(&last.mid, now);
                    told = self.tell_of(account, &id, habits.read_field(), what, now);
                }
            }
            Act::Unsend { mid: of } => {
                let own = |message: &Message| message.mid == of && message.from == Side::Customer;
                let position = person.messages.iter().position(own).ok_or(CannotAct::NoSuchMessage)?;
                person.messages.remove(position);
                let what = json!({"message": {"mid": of, "is_deleted": true}});
                told = self.tell_of(account, &id, "messages", what, now);
            }
            Act::Comment { text } => {
                check_text(&text)?;
                let value = json!({"from": {"id": id, "username": who}, "id": mid, "text": text});
                told = self.tell(account, "comments", Part::Changes, &value, now);
            }
            Act::Web { on_web } => person.on_web = on_web && habits.bare_on_web(),
            Act::Staff { text } => {
                check_text(&text)?;
                person.messages.push(Message::plain(&mid, Side::Staff, &text));
                self.echo(account, &id, json!({"mid": mid, "text": text}), INBOX_APP, now);
                written = Some(mid);
            }
            Act::Standby { standby } => person.standby = standby,
        }
        Ok(Acted { id, mid: written, told })
    }

    fn follow(&mut self, account: &str, id: &str, reference: &str, now: i64) -> Result<bool, CannotAct> {
        let fits = reference.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_=".contains(&byte));
        if reference.is_empty() || reference.len() > LONGEST_REF || !fits {
            return Err(CannotAct::Reference);
        }
        let habits = self.habits;
        let house = self.accounts.get(account).ok_or(CannotAct::UnknownAccount)?;
        let Some(person) = house.people.get(id) else { return Ok(false) };
        let followed = habits.followed(house, person);
        let person = self.accounts.get_mut(account).and_then(|house| house.people.get_mut(id));
        let person = person.ok_or(CannotAct::UnknownAccount)?;
        match followed {
            Followed::Nothing => Ok(false),
            Followed::WithFirst => {
                person.reference = Some(reference.to_owned());
                Ok(false)
            }
            Followed::Told => {
                person.window_from = Some(now);
                let what = json!({"referral": referral(reference)});
                Ok(self.tell_of(account, id, habits.referral_field(), what, now))
            }
        }
    }
}

/// Caption and payload of what a person can begin with.
fn house_begins(house: &super::Account, id: &str) -> Option<(String, String)> {
    if house.people.get(id)?.thread {
        return None;
    }
    let started = house.get_started.clone().map(|payload| ("Get Started".to_owned(), payload));
    started.or_else(|| house.ice_breakers.first().cloned())
}

fn referral(reference: &str) -> Value {
    json!({"ref": reference, "source": "SHORTLINK", "type": "OPEN_THREAD"})
}

fn check_text(text: &str) -> Result<(), CannotAct> {
    if text.trim().is_empty() || text.chars().count() > 2_000 { Err(CannotAct::Text) } else { Ok(()) }
}

impl Message {
    pub(super) fn plain(mid: &str, from: Side, text: &str) -> Self {
        let none = (Vec::new(), Vec::new(), Vec::new());
        let (mid, text) = (mid.to_owned(), text.to_owned());
        Self { mid, from, text, buttons: none.0, cards: none.1, quick_replies: none.2, template: None }
    }
}

impl Person {
    /// The person writes: the thread is there, the window open, and no quick reply is shown any more.
    fn write(&mut self, mid: &str, from: Side, text: &str, now: i64) {
        self.thread = true;
        self.window_from = Some(now);
        for message in &mut self.messages {
            message.quick_replies.clear();
        }
        self.messages.push(Message::plain(mid, from, text));
    }

    /// The message whose buttons the person sees.
    fn shown(&self, mid: &str) -> Option<&Message> {
        self.messages.iter().filter(|_| !self.on_web).find(|message| message.mid == mid)
    }
}
