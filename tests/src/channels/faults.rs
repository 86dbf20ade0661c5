//! What goes wrong at the services, by one word for all of them.

use super::Channel;
use super::phone::{PAGE, PHONE, PROFESSIONAL, WHO};
use crate::World;
use crate::inbound::meta_signature;
use crate::world::canary;
use kamurj_sandbox::graph::Refuse;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// So many of the next calls are refused because there were too many.
    Throttled(u32),
    /// So many of the next sends are done and their answers lost.
    RepliesLost(u32),
    /// So many of the next sends never arrive, and nobody can tell.
    RequestsLost(u32),
    /// The token is refused from now on.
    TokenRefused,
    /// The token is taken again.
    TokenTaken,
    /// Everything that the service tells is told twice.
    ToldTwice,
}

impl World {
    /// This goes wrong at the service from now on.
    pub fn suffers(&self, channel: Channel, trouble: Trouble) {
        use Trouble::{RepliesLost, RequestsLost, Throttled, TokenRefused, TokenTaken, ToldTwice};
        match channel {
            Channel::Telegram => self.sandbox.telegram.change_faults(|faults| match trouble {
                Throttled(times) => faults.limit_next = times,
                RepliesLost(times) => faults.drop_reply_next = times,
                RequestsLost(times) => faults.drop_request_next = times,
                TokenRefused => faults.token_revoked = true,
                TokenTaken => faults.token_revoked = false,
                ToldTwice => faults.duplicate_updates = true,
            }),
            Channel::WhatsApp => self.sandbox.whatsapp.change_faults(|faults| match trouble {
                Throttled(times) => {
                    faults.limit_next = times;
                    faults.limits_answer_400 = true;
                }
                RepliesLost(times) => faults.drop_reply_next = times,
                RequestsLost(times) => faults.drop_request_next = times,
                TokenRefused => faults.token_expired = true,
                TokenTaken => faults.token_expired = false,
                ToldTwice => faults.duplicate_webhooks = true,
            }),
            Channel::Messenger | Channel::Instagram => {
                let chats =
                    if channel == Channel::Messenger { &self.sandbox.messenger } else { &self.sandbox.instagram };
                chats.change_faults(|faults| match trouble {
                    Throttled(times) => faults.limit_next = times,
                    RepliesLost(times) => faults.drop_reply_next = times,
                    RequestsLost(times) => faults.drop_request_next = times,
                    TokenRefused => faults.refuse = Refuse::Expired,
                    TokenTaken => faults.refuse = Refuse::Nothing,
                    ToldTwice => faults.duplicate_events = true,
                });
            }
        }
    }

    /// The service counts a day as gone in this chat alone, though our clock does not: its window is closed and we do not know.
    pub fn window_closes_unseen(&self, channel: Channel) {
        match channel {
            Channel::Telegram => {}
            Channel::WhatsApp => self.sandbox.whatsapp.be_silent(PHONE, 25).expect("a known chat"),
            Channel::Messenger => {
                self.sandbox.messenger.be_silent(PAGE, WHO, 25).expect("a known chat");
            }
            Channel::Instagram => {
                self.sandbox.instagram.be_silent(PROFESSIONAL, WHO, 25).expect("a known chat");
            }
        }
    }

    /// Every call that reached the service.
    pub fn calls_to(&self, channel: Channel) -> usize {
        match channel {
            Channel::Telegram => self.sandbox.telegram.view().calls.len(),
            Channel::WhatsApp => self.sandbox.whatsapp.view().calls.len(),
            Channel::Messenger => self.sandbox.messenger.view().calls.len(),
            Channel::Instagram => self.sandbox.instagram.view().calls.len(),
        }
    }

    /// A request that is proven to come from the service, with this body; answers its status.
    pub async fn channel_knocks(&self, shop: &super::Shop, body: &[u8]) -> u16 {
        let place = match shop.channel {
            Channel::Telegram => "update",
            Channel::WhatsApp | Channel::Messenger | Channel::Instagram => "webhook",
        };
        let url = format!("{}/hooks/{}/{place}", self.url, shop.installation);
        let signed = |secret: &str| meta_signature(&canary(secret), body);
        let (name, value) = match shop.channel {
            Channel::Telegram => ("x-telegram-bot-api-secret-token", canary("hook secret")),
            Channel::WhatsApp => ("x-hub-signature-256", signed("whatsapp app secret")),
            Channel::Messenger => ("x-hub-signature-256", signed("page app secret")),
            Channel::Instagram => ("x-hub-signature-256", signed("instagram app secret")),
        };
        let sent = self.http.post(url).header(name, value).body(body.to_vec()).send().await.expect("an answer");
        sent.status().as_u16()
    }
}
