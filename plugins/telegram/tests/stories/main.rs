//! What the Telegram plugin does in a shop's chats, told against a double of the Bot API.

mod result;
mod sale;
mod shop;
