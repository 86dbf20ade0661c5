//! The four chats, treated alike: what a customer does on the phone and sees there, and what an operator enters. Which of the doubles'
//! words is which is said here once, so that a story is told once for all channels.

mod faults;
mod phone;
mod setup;
mod staff;

pub use faults::Trouble;
pub use phone::{Bubble, PHONE};
pub(crate) use setup::accounts;
pub use setup::is_settled;

/// A chat service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Telegram.
    Telegram,
    /// WhatsApp Business.
    WhatsApp,
    /// Facebook Messenger.
    Messenger,
    /// Instagram Direct, with Instagram's login.
    Instagram,
}

impl Channel {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Telegram, Self::WhatsApp, Self::Messenger, Self::Instagram];

    /// Id of its plugin.
    pub fn plugin(self) -> &'static str {
        match self {
            Self::Telegram => "telegram",
            Self::WhatsApp => "whatsapp",
            Self::Messenger => "messenger",
            Self::Instagram => "instagram",
        }
    }

    /// Whether a message is changed when its payment ends; elsewhere a new one says it.
    pub fn edits(self) -> bool {
        self == Self::Telegram
    }

    /// Whether the service takes no free words a day after the customer's last ones.
    pub fn has_window(self) -> bool {
        self != Self::Telegram
    }
}

/// An installation of a channel's plugin, with three links on sale.
#[derive(Debug, Clone)]
pub struct Shop {
    /// Which channel.
    pub channel: Channel,
    /// The installation's address at the API.
    pub path: String,
    /// The installation's id.
    pub installation: String,
    /// A lesson: a fixed price, asks nothing, gives an access link.
    pub lesson: String,
    /// A cake: how many, which way of delivery, a telephone number.
    pub cake: String,
    /// A gift: the customer says how much.
    pub gift: String,
}

/// Tells a story of every channel on every database: `in_every_channel!(name, |world, shop| { … });`
#[macro_export]
macro_rules! in_every_channel {
    ($(#[$meta:meta])* $name:ident, |$world:ident, $shop:ident| $body:block) => {
        $(#[$meta])*
        mod $name {
            #[expect(unused_imports, reason = "a story takes what it needs from its file")]
            use super::*;

            async fn tell($world: &mut $crate::World, channel: $crate::channels::Channel) {
                let $shop = &$world.opens_shop(channel).await;
                $body
            }

            $crate::in_every_channel!(@each telegram, Telegram);
            $crate::in_every_channel!(@each whatsapp, WhatsApp);
            $crate::in_every_channel!(@each messenger, Messenger);
            $crate::in_every_channel!(@each instagram, Instagram);
        }
    };
    (@each $module:ident, $channel:ident) => {
        mod $module {
            async fn told(world: &mut $crate::World) {
                super::tell(world, $crate::channels::Channel::$channel).await;
            }

            #[test]
            fn sqlite() {
                $crate::world::run($crate::Engine::Sqlite, told);
            }

            #[test]
            fn postgres() {
                $crate::world::run($crate::Engine::Postgres, told);
            }
        }
    };
}
