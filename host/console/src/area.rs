//! The areas of the console. What surrounds every page belongs to the area `frame`, which has no pages of its own.

pub(crate) mod audit;
pub(crate) mod branding;
pub(crate) mod deliveries;
pub(crate) mod doors;
pub(crate) mod exceptions;
pub(crate) mod exports;
pub(crate) mod frame;
pub(crate) mod keys;
pub(crate) mod links;
pub(crate) mod overview;
pub(crate) mod payments;
pub(crate) mod people;
pub(crate) mod plugins;
pub(crate) mod providers;
pub(crate) mod reconciliation;
pub(crate) mod settings;

use crate::table::Area;

/// Embeds templates of the console under their bare names.
macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../../checkout-templates/console/pages/", $name)))),*]
    };
}
pub(crate) use templates;

/// Every area, in the order of the navigation.
pub(crate) const ALL: &[Area] = &[
    frame::AREA,
    doors::AREA,
    overview::AREA,
    payments::AREA,
    links::AREA,
    exceptions::AREA,
    deliveries::AREA,
    reconciliation::AREA,
    exports::AREA,
    plugins::AREA,
    providers::AREA,
    branding::AREA,
    people::AREA,
    keys::AREA,
    audit::AREA,
    settings::AREA,
];
