//! What the Instagram plugin does in an account's chats, told against a double of the Graph API's two hosts.

mod connect;
mod double;
mod doubt;
mod sale;
mod shop;
mod token;
