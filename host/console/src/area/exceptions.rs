//! Exceptions: what a person must decide, who looks into it, and the ways out.

use super::templates;
use crate::table::{Act, Area, Carries, Field, FieldKind, Page, Read, Then};

pub(crate) const AREA: Area = Area {
    name: "exceptions",
    pages: PAGES,
    acts: ACTS,
    templates: templates!("exceptions.html"),
    texts: include_str!("../../../../checkout-templates/console/texts/exceptions.json"),
};

const PAGES: &[Page] = &[Page {
    path: "/exceptions",
    template: "exceptions.html",
    needs: "read",
    reads: &[
        Read {
            name: "found",
            path: "/v1/exceptions?limit=50",
            passes: &["state", "kind", "payment", "cursor"],
            may_lack: false,
        },
        Read { name: "people", path: "/v1/operators", passes: &[], may_lack: true },
    ],
}];

const ACTS: &[Act] = &[
    Act {
        path: "/exceptions/{exception}/resolve",
        method: "POST",
        api: "/v1/exceptions/{exception}/resolve",
        carries: Carries::Fields(&[
            Field { name: "action", to: "/action", kind: FieldKind::Needed },
            Field { name: "reason", to: "/reason", kind: FieldKind::Needed },
            Field { name: "evidence", to: "/evidence", kind: FieldKind::Text },
        ]),
        page: "/exceptions",
        then: Then::Go("/exceptions"),
        done: "exceptions_acted",
    },
    Act {
        path: "/exceptions/{exception}/assign",
        method: "POST",
        api: "/v1/exceptions/{exception}/assign",
        carries: Carries::Fields(&[Field { name: "operator", to: "/operator", kind: FieldKind::Clearable }]),
        page: "/exceptions",
        then: Then::Go("/exceptions"),
        done: "exceptions_assigned",
    },
];
