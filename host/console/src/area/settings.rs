//! The merchant's own settings, when customers are reminded, and the erasure of a customer's personal data.

use super::templates;
use crate::table::{Act, Area, Carries, Field, FieldKind, Page, Read, Then};

pub(crate) const AREA: Area = Area {
    name: "settings",
    pages: PAGES,
    acts: ACTS,
    templates: templates!("settings.html", "settings_erasure.html"),
    texts: include_str!("../../../../checkout-templates/console/texts/settings.json"),
};

const PAGES: &[Page] = &[
    Page {
        path: "/settings",
        template: "settings.html",
        needs: "settings",
        reads: &[
            Read { name: "merchant", path: "/v1/merchant", passes: &[], may_lack: false },
            Read { name: "reminders", path: "/v1/reminders", passes: &[], may_lack: true },
        ],
    },
    Page { path: "/settings/erasure", template: "settings_erasure.html", needs: "erasure", reads: &[] },
];

const PAGE: &str = "/settings";

/// A part of the merchant's settings; what a form does not name stays as it is.
const fn change(path: &'static str, fields: &'static [Field]) -> Act {
    Act {
        path,
        method: "PATCH",
        api: "/v1/merchant",
        carries: Carries::Fields(fields),
        page: PAGE,
        then: Then::Go(PAGE),
        done: "settings_saved",
    }
}

const ACTS: &[Act] = &[
    change(
        "/settings/merchant",
        &[
            Field { name: "name", to: "/name", kind: FieldKind::Needed },
            Field { name: "handle", to: "/handle", kind: FieldKind::Clearable },
            Field { name: "contact", to: "/contact", kind: FieldKind::Clearable },
            Field { name: "locale", to: "/locale", kind: FieldKind::Needed },
        ],
    ),
    change(
        "/settings/policy",
        &[
            Field { name: "late_payment", to: "/policy/late_payment", kind: FieldKind::Needed },
            Field { name: "grace_seconds", to: "/policy/grace_seconds", kind: FieldKind::Whole },
            Field { name: "renewals", to: "/policy/renewals", kind: FieldKind::Whole },
        ],
    ),
    change(
        "/settings/second-person",
        &[
            Field { name: "above", to: "/policy/second_person_above/value", kind: FieldKind::Needed },
            Field { name: "above_currency", to: "/policy/second_person_above/currency", kind: FieldKind::Text },
        ],
    ),
    // An amount is an object, so what takes it away is a form of its own with the word `null`.
    change(
        "/settings/second-person/remove",
        &[Field { name: "nothing", to: "/policy/second_person_above", kind: FieldKind::Json }],
    ),
    Act {
        path: "/settings/reminders",
        method: "PUT",
        api: "/v1/reminders",
        carries: Carries::Fields(&[
            Field { name: "after_minutes", to: "/after_minutes", kind: FieldKind::Json },
            Field { name: "quiet_from", to: "/quiet_hours/from", kind: FieldKind::Needed },
            Field { name: "quiet_until", to: "/quiet_hours/until", kind: FieldKind::Needed },
        ]),
        page: PAGE,
        then: Then::Go(PAGE),
        done: "settings_reminders_saved",
    },
    Act {
        path: "/settings/erasure",
        method: "POST",
        api: "/v1/erasures",
        carries: Carries::Fields(&[
            Field { name: "payment", to: "/payment", kind: FieldKind::Needed },
            Field { name: "reason", to: "/reason", kind: FieldKind::Needed },
        ]),
        page: "/settings/erasure",
        then: Then::Go("/settings/erasure"),
        done: "settings_erased",
    },
];
