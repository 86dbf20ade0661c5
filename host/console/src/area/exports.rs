//! Tables for accounting and the journal for whoever checks it: forms that lead to files, which the server passes through.

use super::templates;
use crate::table::{Area, Page};

pub(crate) const AREA: Area = Area {
    name: "exports",
    pages: &[Page { path: "/exports", template: "exports.html", needs: "exports", reads: &[] }],
    acts: &[],
    templates: templates!("exports.html"),
    texts: include_str!("../../../../checkout-templates/console/texts/exports.json"),
};
