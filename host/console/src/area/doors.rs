//! The pages outside modes, which the server fills by itself: signing in, taking an invitation up, one's own account, and what is said
//! where there is no page.

use super::templates;
use crate::table::Area;

pub(crate) const AREA: Area = Area {
    name: "doors",
    pages: &[],
    acts: &[],
    templates: templates!(
        "sign_in.html",
        "invitation.html",
        "recovery.html",
        "account.html",
        "merchants.html",
        "nothing.html",
        "forbidden.html",
        "problem.html",
    ),
    texts: include_str!("../../../../checkout-templates/console/texts/doors.json"),
};
