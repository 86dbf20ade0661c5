//! What surrounds every page, and the parts that pages are made of.

use super::templates;
use crate::table::Area;

pub(crate) const AREA: Area = Area {
    name: "frame",
    pages: &[],
    acts: &[],
    templates: templates!("frame.html", "parts.html"),
    texts: include_str!("../../../../checkout-templates/console/texts/frame.json"),
};
