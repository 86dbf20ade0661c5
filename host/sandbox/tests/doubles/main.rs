//! The doubles over HTTP: what they do, what they refuse, and how their webhooks travel.

mod ameriabank;
mod ameriabank_refusals;
mod authority;
mod bank;
mod bank_cancel;
mod bank_gateway;
mod bank_refunds;
mod bank_refusals;
mod bank_staff;
mod bitrix24;
mod bitrix24_refusals;
mod fastshift;
mod idram;
mod merchants;
mod play;
mod rbs;
mod rbs_refusals;
mod receiver;
mod scripts;
mod telcell;
mod telegram;
mod telegram_refusals;
mod telegram_updates;
mod webhooks;
mod world;
