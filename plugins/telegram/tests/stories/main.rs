//! What the Telegram plugin does in a shop's chats, told against a double of the Bot API.

mod after;
mod order;
mod result;
mod sale;
mod shop;
