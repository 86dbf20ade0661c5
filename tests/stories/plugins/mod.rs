//! The life of a plugin through the API: uploaded, installed, granted, checked, switched, suspended, removed.

mod command_line;
mod halting;
mod installing;
mod keeping;
mod removing;
mod setting_up;
mod tenancy;
mod uploading;
mod usage;
mod versions;
