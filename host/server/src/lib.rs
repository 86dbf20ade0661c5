//! The Kamurj server: HTTP doors, the customer's pages, the API, the workers, and the command line. It joins store,
//! providers and plugins; rules about money are in `kamurj_domain`, writing payment state is in `kamurj_store::road`.

pub mod access;
pub mod accounts;
pub mod ambient;
pub mod api;
pub mod app;
pub mod branding;
pub mod checkout;
pub mod cli;
pub mod connections;
pub mod console;
pub mod doors;
pub mod erasing;
pub mod explained;
pub mod extract;
pub mod front;
pub mod install;
pub mod keys;
pub mod lifecycle;
pub mod milestones;
pub mod nodes;
pub mod operators;
pub mod press;
pub mod problem;
pub(crate) mod profile;
pub mod reconciling;
pub mod request;
pub mod restored;
pub mod router;
pub mod seal;
pub mod serve;
pub mod settings;
pub mod shelf;
pub mod work;
