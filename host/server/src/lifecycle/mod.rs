//! The life of a plugin: uploaded and judged, installed with settings and secrets, granted, checked, activated, switched,
//! suspended, removed. What the API, the command line and the workers share; it knows no HTTP.

pub mod activation;
pub mod check;
pub mod credentials;
pub mod entered;
pub mod halting;
pub mod keeping;
pub mod offering;
pub mod permissions;
pub mod renewal;
pub mod report;
pub mod setup;
pub mod uploads;
pub mod versions;
pub mod wrong_settings;
