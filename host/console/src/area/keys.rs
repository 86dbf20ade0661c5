//! Keys with which programs call the API: made, shown once, taken away.

use super::templates;
use crate::table::{Act, Area, Carries, Field, FieldKind, Page, Read, Then};

pub(crate) const AREA: Area = Area {
    name: "keys",
    pages: &[Page {
        path: "/keys",
        template: "keys.html",
        needs: "keys",
        reads: &[Read { name: "found", path: "/v1/api-keys", passes: &["cursor"], may_lack: false }],
    }],
    acts: ACTS,
    templates: templates!("keys.html", "keys_made.html"),
    texts: include_str!("../../../../checkout-templates/console/texts/keys.json"),
};

const ACTS: &[Act] = &[
    Act {
        path: "/keys",
        method: "POST",
        api: "/v1/api-keys",
        carries: Carries::Fields(&[
            Field { name: "label", to: "/label", kind: FieldKind::Needed },
            Field { name: "scopes", to: "/scopes", kind: FieldKind::Words },
            Field { name: "expires_in_days", to: "/expires_in_days", kind: FieldKind::Whole },
        ]),
        page: "/keys",
        then: Then::Show("keys_made.html"),
        done: "keys_made",
    },
    Act {
        path: "/keys/{key}/revoke",
        method: "DELETE",
        api: "/v1/api-keys/{key}",
        carries: Carries::Nothing,
        page: "/keys",
        then: Then::Go("/keys"),
        done: "keys_revoked",
    },
];
