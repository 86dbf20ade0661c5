//! What the Bitrix24 plugin does in a merchant's portal, told against a double of its REST interface.

mod comments;
mod deals;
mod portal;
