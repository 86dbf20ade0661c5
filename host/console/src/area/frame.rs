//! What surrounds every page, and the pages of signing in, which the server fills by itself.

use super::templates;
use crate::table::Area;

pub(crate) const AREA: Area = Area {
    name: "frame",
    pages: &[],
    acts: &[],
    templates: templates!("frame.html", "parts.html", "sign_in.html"),
    texts: include_str!("../../../../checkout-templates/console/texts/frame.json"),
};
