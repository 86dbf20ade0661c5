//! What the Messenger plugin does in a page's chats, told against a double of the Graph API.

mod bundle;
mod connect;
mod double;
mod doubt;
mod sale;
mod shop;
mod window;
