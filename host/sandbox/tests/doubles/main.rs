//! The doubles over HTTP: what they do, what they refuse, and how their webhooks travel.

mod bank;
mod bank_refusals;
mod bitrix24;
mod bitrix24_refusals;
mod play;
mod receiver;
mod telegram;
mod telegram_refusals;
mod telegram_updates;
mod webhooks;
mod world;
