//! The doubles over HTTP: what they do, what they refuse, and how their webhooks travel.

mod authority;
mod bank;
mod bank_cancel;
mod bank_refunds;
mod bank_refusals;
mod bank_staff;
mod bitrix24;
mod bitrix24_refusals;
mod play;
mod receiver;
mod scripts;
mod telegram;
mod telegram_refusals;
mod telegram_updates;
mod webhooks;
mod world;
