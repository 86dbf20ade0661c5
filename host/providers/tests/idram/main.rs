//! The Idram adapter: against the sandbox's Idram over HTTP, with a shop between them that answers as the host does, and
//! against calls made by hand.

mod over_http;
mod pushes;
mod settings;
mod shop;
mod start;
