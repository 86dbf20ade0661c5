//! Who works here: invited, given roles, let in anew and kept out.

use super::templates;
use crate::table::{Act, Area, Carries, Field, FieldKind, Page, Read, Then};

pub(crate) const AREA: Area = Area {
    name: "people",
    pages: PAGES,
    acts: ACTS,
    templates: templates!("people.html", "people_invited.html"),
    texts: include_str!("../../../../checkout-templates/console/texts/people.json"),
};

const PAGES: &[Page] = &[Page {
    path: "/people",
    template: "people.html",
    needs: "people",
    reads: &[
        Read { name: "people", path: "/v1/operators", passes: &[], may_lack: false },
        Read { name: "known", path: "/v1/roles", passes: &[], may_lack: false },
    ],
}];

/// What every form about one person is shown again on, and leads back to.
const PAGE: &str = "/people";

const ACTS: &[Act] = &[
    Act {
        path: "/people",
        method: "POST",
        api: "/v1/operators",
        carries: Carries::Fields(&[
            Field { name: "email", to: "/email", kind: FieldKind::Needed },
            Field { name: "name", to: "/name", kind: FieldKind::Needed },
            Field { name: "role", to: "/role", kind: FieldKind::Needed },
            Field { name: "locale", to: "/locale", kind: FieldKind::Text },
        ]),
        page: PAGE,
        then: Then::Show("people_invited.html"),
        done: "people_invited",
    },
    Act {
        path: "/people/{operator}/role",
        method: "PATCH",
        api: "/v1/operators/{operator}",
        carries: Carries::Fields(&[Field { name: "role", to: "/role", kind: FieldKind::Needed }]),
        page: PAGE,
        then: Then::Go(PAGE),
        done: "people_role_changed",
    },
    Act {
        path: "/people/{operator}/disable",
        method: "PATCH",
        api: "/v1/operators/{operator}",
        carries: Carries::Fields(&[Field { name: "disabled", to: "/disabled", kind: FieldKind::Json }]),
        page: PAGE,
        then: Then::Go(PAGE),
        done: "people_disabled",
    },
    Act {
        path: "/people/{operator}/enable",
        method: "PATCH",
        api: "/v1/operators/{operator}",
        carries: Carries::Fields(&[Field { name: "disabled", to: "/disabled", kind: FieldKind::Json }]),
        page: PAGE,
        then: Then::Go(PAGE),
        done: "people_enabled",
    },
    Act {
        path: "/people/{operator}/invitation",
        method: "POST",
        api: "/v1/operators/{operator}/invitation",
        carries: Carries::Nothing,
        page: PAGE,
        then: Then::Show("people_invited.html"),
        done: "people_invited",
    },
    Act {
        path: "/people/{operator}/sign-out",
        method: "POST",
        api: "/v1/operators/{operator}/sign-out",
        carries: Carries::Nothing,
        page: PAGE,
        then: Then::Go(PAGE),
        done: "people_signed_out",
    },
];
