//! What people and keys did here, as the audit log keeps it.

use super::templates;
use crate::table::{Area, Page, Read};

pub(crate) const AREA: Area = Area {
    name: "audit",
    pages: &[Page {
        path: "/audit",
        template: "audit.html",
        needs: "audit",
        reads: &[Read {
            name: "log",
            path: "/v1/audit?limit=100",
            passes: &["actor", "action", "from", "to", "cursor"],
            may_lack: false,
        }],
    }],
    acts: &[],
    templates: templates!("audit.html"),
    texts: include_str!("../../../../checkout-templates/console/texts/audit.json"),
};
