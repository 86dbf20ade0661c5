//! What is done about plugins: uploaded, installed, set up, granted, put in force and taken back. Knows no plugin and none of its
//! settings: those are told by the form that the API draws.

use crate::table::{Act, Carries, Field, FieldKind, Then};

const HERE: &str = "/plugins/{installation}";
const SETTINGS: &str = "/plugins/{installation}/settings";
const VERSIONS: &str = "/plugins/{installation}/versions";
const COMPONENT: &str = "/plugins/components/{digest}";
const API: &str = "/v1/installations/{installation}";

const SETTINGS_TREE: Field = Field { name: "settings", to: "/settings", kind: FieldKind::Tree };
const SECRETS_TREE: Field = Field { name: "secrets", to: "/secrets", kind: FieldKind::Tree };
const PLUGIN: Field = Field { name: "plugin", to: "/plugin", kind: FieldKind::Needed };
const NOTE: Field = Field { name: "note", to: "/note", kind: FieldKind::Text };
const VERSION: Field = Field { name: "version", to: "/version", kind: FieldKind::Whole };

pub(super) const ALL: &[Act] = &[
    Act {
        path: "/plugins/upload",
        method: "POST",
        api: "/v1/plugins",
        carries: Carries::File("component", &[]),
        page: "/plugins",
        then: Then::Go("/plugins/components/{digest}"),
        done: "plugins_uploaded",
    },
    Act {
        path: "/plugins/components/{digest}/remove",
        method: "DELETE",
        api: "/v1/plugins/{digest}",
        carries: Carries::Nothing,
        page: COMPONENT,
        then: Then::Go("/plugins"),
        done: "plugins_component_removed",
    },
    Act {
        path: "/plugins/components/{digest}/install",
        method: "POST",
        api: "/v1/installations",
        carries: Carries::Fields(&[PLUGIN, SETTINGS_TREE, NOTE]),
        page: COMPONENT,
        then: Then::Go("/plugins/{id}"),
        done: "plugins_installed",
    },
    // Another component of the same plugin makes a version beside the one in force.
    Act {
        path: "/plugins/{installation}/version",
        method: "PATCH",
        api: API,
        carries: Carries::Fields(&[PLUGIN, NOTE]),
        page: VERSIONS,
        then: Then::Go("/plugins/{installation}/rights"),
        done: "plugins_version_made",
    },
    Act {
        path: "/plugins/{installation}/settings",
        method: "PATCH",
        api: API,
        carries: Carries::Fields(&[SETTINGS_TREE, NOTE]),
        page: SETTINGS,
        then: Then::Go(HERE),
        done: "plugins_settings_kept",
    },
    Act {
        path: "/plugins/{installation}/choices",
        method: "POST",
        api: "/v1/installations/{installation}/choices",
        carries: Carries::Fields(&[Field { name: "locale", to: "/locale", kind: FieldKind::Text }]),
        page: SETTINGS,
        then: Then::Show("plugin_settings.html"),
        done: "plugins_choices_asked",
    },
    Act {
        path: "/plugins/{installation}/secrets",
        method: "PATCH",
        api: API,
        carries: Carries::Fields(&[SECRETS_TREE]),
        page: SETTINGS,
        then: Then::Go(SETTINGS),
        done: "plugins_secrets_kept",
    },
    Act {
        path: "/plugins/{installation}/rights",
        method: "PATCH",
        api: API,
        carries: Carries::Fields(&[Field { name: "grants", to: "/grants", kind: FieldKind::Words }]),
        page: "/plugins/{installation}/rights",
        then: Then::Go(HERE),
        done: "plugins_granted",
    },
    Act {
        path: "/plugins/{installation}/check",
        method: "POST",
        api: "/v1/installations/{installation}/check",
        carries: Carries::Fields(&[VERSION]),
        page: HERE,
        then: Then::Go(HERE),
        done: "plugins_checked",
    },
    Act {
        path: "/plugins/{installation}/activate",
        method: "POST",
        api: "/v1/installations/{installation}/activate",
        carries: Carries::Fields(&[VERSION, Field { name: "skip_check", to: "/skip_check", kind: FieldKind::Flag }]),
        page: HERE,
        then: Then::Go(HERE),
        done: "plugins_activated",
    },
    Act {
        path: "/plugins/{installation}/rollback",
        method: "POST",
        api: "/v1/installations/{installation}/rollback",
        carries: Carries::Nothing,
        page: VERSIONS,
        then: Then::Go(VERSIONS),
        done: "plugins_rolled_back",
    },
    Act {
        path: "/plugins/{installation}/shadow",
        method: "POST",
        api: "/v1/installations/{installation}/shadow",
        carries: Carries::Fields(&[
            Field { name: "digest", to: "/digest", kind: FieldKind::Needed },
            Field { name: "last", to: "/last", kind: FieldKind::Whole },
        ]),
        page: VERSIONS,
        then: Then::Show("plugin_versions.html"),
        done: "plugins_shadowed",
    },
    Act {
        path: "/plugins/{installation}/connections/{name}/start",
        method: "POST",
        api: "/v1/installations/{installation}/connections/{name}/start",
        carries: Carries::Nothing,
        page: HERE,
        then: Then::Show("plugin.html"),
        done: "plugins_connection_started",
    },
    Act {
        path: "/plugins/{installation}/connections/{name}/end",
        method: "DELETE",
        api: "/v1/installations/{installation}/connections/{name}",
        carries: Carries::Nothing,
        page: HERE,
        then: Then::Go(HERE),
        done: "plugins_disconnected",
    },
    Act {
        path: "/plugins/{installation}/setup",
        method: "POST",
        api: "/v1/installations/{installation}/setup",
        carries: Carries::Fields(&[Field { name: "only_look", to: "/only_look", kind: FieldKind::Flag }]),
        page: HERE,
        then: Then::Show("plugin.html"),
        done: "plugins_set_up",
    },
    Act {
        path: "/plugins/{installation}/suspend",
        method: "PATCH",
        api: API,
        // A field that is hidden in the form and always `false`.
        carries: Carries::Fields(&[Field { name: "active", to: "/active", kind: FieldKind::Json }]),
        page: HERE,
        then: Then::Go(HERE),
        done: "plugins_suspended",
    },
    Act {
        path: "/plugins/{installation}/remove",
        method: "DELETE",
        api: API,
        carries: Carries::Nothing,
        page: HERE,
        then: Then::Go("/plugins"),
        done: "plugins_removed",
    },
];
