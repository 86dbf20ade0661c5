//! What every chat channel of Kamurj does alike: it shows what is on sale, asks for the little that a sale needs, sends the payment's
//! link, and tells the chat how the payment ended. A channel's plugin brings a [`Service`] (how messages are sent) and turns what
//! arrives into [`Event`]s; everything between the two is here, over the public contract alone. It must not know any service, and
//! decides nothing about money: it asks the host and repeats what the host says.

#![cfg_attr(not(target_arch = "wasm32"), expect(clippy::result_large_err, reason = "an outcome is made once a call"))]

mod asking;
mod catalogue;
mod deliver;
mod dialogue;
mod event;
mod later;
mod link;
mod notices;
mod order;
mod pay_command;
mod people;
mod record;
mod sending;
mod service;
mod settings;
mod shop;
mod texts;

pub use catalogue::Item;
pub use deliver::deliver;
pub use event::{Chat, Event, Kind, News, Person};
pub use later::{note_news, saw, sighted};
pub use people::{last_heard, phone_of};
pub use sending::{Tag, send};
pub use service::{About, Buttons, Choice, Kit, Message, Probe, Purpose, Sent, Service, Trouble};
pub use settings::Settings;
pub use shop::handle;
