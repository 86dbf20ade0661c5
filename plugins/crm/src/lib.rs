//! What every CRM plugin of Kamurj does alike: it shows each payment at its record, notes what happened to the money once, keeps a
//! task for each exception, lets records ask for payments, and compares the CRM with the journal. A plugin brings a [`Desk`], its
//! CRM's calls; everything else is here, over the public contract alone. It must not know any CRM, and decides nothing about
//! money: it shows what the host says.

#![cfg_attr(not(target_arch = "wasm32"), expect(clippy::result_large_err, reason = "an outcome is made once a call"))]

pub mod compare;
pub mod desk;
mod form;
mod notes;
mod record;
pub mod requests;
mod settings;
mod sync;
pub mod tasks;
pub mod texts;
mod view;
mod yerevan;

pub use desk::{Desk, Order, Shown, Standing, Target, Task, Trouble};
pub use form::pairs;
pub use record::Record;
pub use settings::{Requests, Settings, Tasks};
pub use sync::{EVENTS, sync};
pub use view::View;
pub use yerevan::{rfc3339, unix_ms};
