//! How sales go, and what waits for somebody: the page that work begins with.

use super::templates;
use crate::table::{Area, Page, Read};

pub(crate) const AREA: Area = Area {
    name: "overview",
    pages: &[Page {
        path: "/overview",
        template: "overview.html",
        needs: "read",
        reads: &[Read { name: "overview", path: "/v1/overview", passes: &[], may_lack: false }],
    }],
    acts: &[],
    templates: templates!("overview.html"),
    texts: include_str!("../../../../checkout-templates/console/texts/overview.json"),
};
