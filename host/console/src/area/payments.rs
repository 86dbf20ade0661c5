//! Payments: found, looked at, made, sent, withdrawn, given back and decided about.

use super::templates;
use crate::table::{Act, Area, Carries, Field, FieldKind, Page, Read, Then};

pub(crate) const AREA: Area = Area {
    name: "payments",
    pages: PAGES,
    acts: ACTS,
    templates: templates!("payments.html", "payment.html"),
    texts: include_str!("../../../../checkout-templates/console/texts/payments.json"),
};

const PAGES: &[Page] = &[
    Page {
        path: "/payments",
        template: "payments.html",
        needs: "read",
        reads: &[Read {
            name: "found",
            path: "/v1/payments?limit=50",
            passes: &["q", "status", "created_from", "created_to", "cursor"],
            may_lack: false,
        }],
    },
    Page {
        path: "/payments/{payment}",
        template: "payment.html",
        needs: "read",
        reads: &[
            Read { name: "payment", path: "/v1/payments/{payment}", passes: &[], may_lack: false },
            Read { name: "explained", path: "/v1/payments/{payment}/explain", passes: &[], may_lack: false },
            Read { name: "journal", path: "/v1/payments/{payment}/journal?limit=200", passes: &[], may_lack: true },
        ],
    },
];

const ACTS: &[Act] = &[Act {
    path: "/payments/{payment}/cancel",
    method: "POST",
    api: "/v1/payments/{payment}/cancel",
    carries: Carries::Fields(&[
        Field { name: "reason", to: "/reason", kind: FieldKind::Text },
        Field { name: "message", to: "/message", kind: FieldKind::Text },
    ]),
    page: "/payments/{payment}",
    then: Then::Go("/payments/{payment}"),
    done: "payments_cancelled",
}];
