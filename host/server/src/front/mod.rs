//! What stands in front of the customer's pages: who asks, how often, and how many follow a page at once. Knows nothing of
//! what the pages show.

pub mod address;
pub mod asker;
pub mod compressed;
pub mod headers;
pub mod hosts;
pub mod limits;
pub mod reports;
pub mod sites;
pub mod streams;

use crate::settings::front::FrontSettings;
use std::sync::Arc;
use streams::Streams;

/// Everything that stands in front.
pub struct Front {
    /// What the operator says about it.
    pub settings: FrontSettings,
    /// Which merchants have a host name of their own.
    pub hosts: hosts::Hosts,
    /// Who follows which page.
    pub streams: Arc<Streams>,
}

impl Front {
    /// With nobody there yet.
    pub fn new(settings: FrontSettings) -> Self {
        let streams = Arc::new(Streams::new(settings.streams));
        Self { settings, hosts: hosts::Hosts::default(), streams }
    }
}
