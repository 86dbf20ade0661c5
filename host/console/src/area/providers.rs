//! Accounts at payment providers: added, changed, tried out, switched off, and what was said between us and them.

use super::templates;
use crate::table::{Act, Area, Carries, Field, FieldKind, Page, Read, Then};

pub(crate) const AREA: Area = Area {
    name: "providers",
    pages: PAGES,
    acts: ACTS,
    templates: templates!(
        "providers.html",
        "provider_fields.html",
        "provider_new.html",
        "provider.html",
        "provider_calls.html",
    ),
    texts: include_str!("../../../../checkout-templates/console/texts/providers.json"),
};

const ACCOUNT: &str = "/providers/{account}";
const API: &str = "/v1/provider-accounts/{account}";
const READ: Read = Read { name: "account", path: API, passes: &[], may_lack: false };
const KNOWN: Read = Read { name: "known", path: "/v1/providers", passes: &[], may_lack: false };

const PAGES: &[Page] = &[
    Page {
        path: "/providers",
        template: "providers.html",
        needs: "read",
        reads: &[
            Read { name: "found", path: "/v1/provider-accounts?limit=100", passes: &["cursor"], may_lack: false },
            KNOWN,
        ],
    },
    Page { path: "/providers/new", template: "provider_new.html", needs: "providers", reads: &[KNOWN] },
    Page { path: ACCOUNT, template: "provider.html", needs: "read", reads: &[READ, KNOWN] },
    Page {
        path: "/providers/{account}/calls",
        template: "provider_calls.html",
        needs: "providers",
        reads: &[
            READ,
            Read {
                name: "found",
                path: "/v1/provider-accounts/{account}/calls?limit=30",
                passes: &["cursor"],
                may_lack: false,
            },
        ],
    },
];

const SETTINGS: Field = Field { name: "settings", to: "/settings", kind: FieldKind::Tree };
const SECRETS: Field = Field { name: "secrets", to: "/secrets", kind: FieldKind::Tree };
const LABEL: Field = Field { name: "label", to: "/label", kind: FieldKind::Text };
const TITLES: Field = Field { name: "titles", to: "/titles", kind: FieldKind::Tree };
const OFFERED: Field = Field { name: "offered", to: "/offered", kind: FieldKind::Flag };
/// The version that was read, so that two people do not undo each other's changes.
const VERSION: Field = Field { name: "version", to: "/version", kind: FieldKind::Whole };

const ACTS: &[Act] = &[
    Act {
        path: "/providers/new",
        method: "POST",
        api: "/v1/provider-accounts",
        carries: Carries::Fields(&[
            Field { name: "provider", to: "/provider", kind: FieldKind::Needed },
            LABEL,
            SETTINGS,
            SECRETS,
            TITLES,
            OFFERED,
            Field { name: "default", to: "/default", kind: FieldKind::Flag },
        ]),
        page: "/providers/new",
        then: Then::Go("/providers/{id}"),
        done: "providers_added",
    },
    change("/providers/{account}/settings", &[VERSION, SETTINGS], "providers_changed"),
    change("/providers/{account}/secrets", &[VERSION, SECRETS], "providers_secrets_kept"),
    change("/providers/{account}/shown", &[VERSION, LABEL, TITLES, OFFERED], "providers_changed"),
    // Hidden fields that hold `true` or `false`.
    change(
        "/providers/{account}/state",
        &[
            VERSION,
            Field { name: "default", to: "/default", kind: FieldKind::Json },
            Field { name: "switched_off", to: "/switched_off", kind: FieldKind::Json },
        ],
        "providers_changed",
    ),
    Act {
        path: "/providers/{account}/check",
        method: "POST",
        api: "/v1/provider-accounts/{account}/check",
        carries: Carries::Nothing,
        page: ACCOUNT,
        then: Then::Show("provider.html"),
        done: "providers_checked",
    },
    Act {
        path: "/providers/{account}/remove",
        method: "DELETE",
        api: API,
        carries: Carries::Nothing,
        page: ACCOUNT,
        then: Then::Go("/providers"),
        done: "providers_removed",
    },
];

/// A form that changes an account.
const fn change(path: &'static str, fields: &'static [Field], done: &'static str) -> Act {
    Act {
        path,
        method: "PATCH",
        api: API,
        carries: Carries::Fields(fields),
        page: ACCOUNT,
        then: Then::Go(ACCOUNT),
        done,
    }
}
