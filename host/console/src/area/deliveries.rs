//! Deliveries: what payments owe to chats and back offices, what became of each, and what a person does about it.

use super::templates;
use crate::table::{Act, Area, Carries, Field, FieldKind, Page, Read, Then};

pub(crate) const AREA: Area = Area {
    name: "deliveries",
    pages: PAGES,
    acts: ACTS,
    templates: templates!("deliveries.html", "delivery.html", "deliveries_again.html"),
    texts: include_str!("../../../../checkout-templates/console/texts/deliveries.json"),
};

const PAGES: &[Page] = &[
    Page {
        path: "/deliveries",
        template: "deliveries.html",
        needs: "read",
        reads: &[
            Read {
                name: "found",
                path: "/v1/deliveries?limit=50",
                passes: &["state", "installation", "payment", "cursor"],
                may_lack: false,
            },
            Read { name: "installed", path: "/v1/installations?limit=200", passes: &[], may_lack: true },
        ],
    },
    Page {
        path: "/deliveries/{delivery}",
        template: "delivery.html",
        needs: "read",
        reads: &[Read { name: "delivery", path: "/v1/deliveries/{delivery}", passes: &[], may_lack: false }],
    },
    Page {
        path: "/plugins/{installation}/again",
        template: "deliveries_again.html",
        needs: "read",
        reads: &[Read { name: "installation", path: "/v1/installations/{installation}", passes: &[], may_lack: false }],
    },
];

const REASON: Field = Field { name: "reason", to: "/reason", kind: FieldKind::Text };

const ACTS: &[Act] = &[
    about("/deliveries/{delivery}/retry", "/v1/deliveries/{delivery}/retry", "deliveries_retried"),
    about("/deliveries/{delivery}/skip", "/v1/deliveries/{delivery}/skip", "deliveries_left_out"),
    about("/deliveries/{delivery}/resend", "/v1/deliveries/{delivery}/resend", "deliveries_resent"),
    Act {
        path: "/deliveries/{delivery}/replay",
        method: "POST",
        api: "/v1/deliveries/{delivery}/replay",
        carries: Carries::Fields(&[Field { name: "run", to: "/run", kind: FieldKind::Whole }]),
        page: "/deliveries/{delivery}",
        then: Then::Show("delivery.html"),
        done: "deliveries_replayed",
    },
    // Counting takes the form's `dry_run`, which is always sent; the form that really sends has no such field.
    of_all("/plugins/{installation}/again/count", Then::Show("deliveries_again.html"), "deliveries_counted"),
    of_all("/plugins/{installation}/again", Then::Go("/deliveries?state=owed"), "deliveries_resent_all"),
];

/// A form about one delivery.
const fn about(path: &'static str, api: &'static str, done: &'static str) -> Act {
    Act {
        path,
        method: "POST",
        api,
        carries: Carries::Fields(&[REASON]),
        page: "/deliveries/{delivery}",
        then: Then::Go("/deliveries/{delivery}"),
        done,
    }
}

/// A form about everything that an installation was told in a span of time.
const fn of_all(path: &'static str, then: Then, done: &'static str) -> Act {
    Act {
        path,
        method: "POST",
        api: "/v1/installations/{installation}/resend",
        carries: Carries::Fields(&[
            Field { name: "since", to: "/since", kind: FieldKind::Time },
            Field { name: "until", to: "/until", kind: FieldKind::Time },
            Field { name: "event", to: "/event", kind: FieldKind::Text },
            Field { name: "dry_run", to: "/dry_run", kind: FieldKind::Flag },
            REASON,
        ]),
        page: "/plugins/{installation}/again",
        then,
        done,
    }
}
