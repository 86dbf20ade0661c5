//! What the WhatsApp plugin does in a shop's chats, told against a double of the Cloud API.

mod bundle;
mod graph;
mod news;
mod sale;
mod setup;
mod shop;
mod window;
