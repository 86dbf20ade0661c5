//! The four back offices: every sale as its record, row or message shows it, whatever goes wrong at the service, and what people do about
//! it. Each story is told in every office that it concerns.

mod buttons;
mod comparing;
mod connected;
mod deliveries;
mod exceptions;
mod forms;
mod outages;
mod records;
mod sale;
mod settings;
mod storm;
mod webhooks;
