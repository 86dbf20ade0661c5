//! The four chats: a sale from the first word to the money, and everything that can go wrong with a message on the way. Each story is
//! told in every channel.

mod after;
mod identity;
mod sale;
mod sends;
mod setting_up;
mod troubles;
mod window;
