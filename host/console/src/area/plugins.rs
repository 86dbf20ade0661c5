//! Plugins: components that were uploaded, what they ask for, and installations with their settings, rights, versions and work.

mod acts;

use super::templates;
use crate::table::{Area, Page, Read};

pub(crate) const AREA: Area = Area {
    name: "plugins",
    pages: PAGES,
    acts: acts::ALL,
    templates: templates!(
        "plugins.html",
        "plugin_parts.html",
        "plugin_component.html",
        "plugin.html",
        "plugin_settings.html",
        "plugin_rights.html",
        "plugin_versions.html",
        "plugin_activity.html",
        "plugin_comparison.html",
    ),
    texts: include_str!("../../../../checkout-templates/console/texts/plugins.json"),
};

const INSTALLATION: Read =
    Read { name: "installation", path: "/v1/installations/{installation}", passes: &[], may_lack: false };
const INSTALLED: Read = Read { name: "installed", path: "/v1/installations?limit=200", passes: &[], may_lack: false };
const COMPONENTS: Read = Read { name: "uploaded", path: "/v1/plugins?limit=100", passes: &["cursor"], may_lack: false };

const PAGES: &[Page] = &[
    Page { path: "/plugins", template: "plugins.html", needs: "read", reads: &[INSTALLED, COMPONENTS] },
    Page {
        path: "/plugins/components/{digest}",
        template: "plugin_component.html",
        needs: "read",
        reads: &[Read { name: "component", path: "/v1/plugins/{digest}", passes: &[], may_lack: false }, INSTALLED],
    },
    Page { path: "/plugins/{installation}", template: "plugin.html", needs: "read", reads: &[INSTALLATION] },
    Page {
        path: "/plugins/{installation}/settings",
        template: "plugin_settings.html",
        needs: "read",
        reads: &[
            INSTALLATION,
            Read {
                name: "form",
                path: "/v1/installations/{installation}/form?locale={lang}",
                passes: &["version"],
                may_lack: false,
            },
        ],
    },
    Page {
        path: "/plugins/{installation}/rights",
        template: "plugin_rights.html",
        needs: "read",
        reads: &[INSTALLATION],
    },
    Page {
        path: "/plugins/{installation}/versions",
        template: "plugin_versions.html",
        needs: "read",
        reads: &[
            INSTALLATION,
            Read { name: "history", path: "/v1/installations/{installation}/versions", passes: &[], may_lack: false },
            COMPONENTS,
        ],
    },
    Page {
        path: "/plugins/{installation}/activity",
        template: "plugin_activity.html",
        needs: "read",
        reads: &[
            INSTALLATION,
            Read { name: "usage", path: "/v1/installations/{installation}/usage", passes: &[], may_lack: true },
            Read {
                name: "runs",
                path: "/v1/installations/{installation}/runs?limit=20",
                passes: &["ended"],
                may_lack: true,
            },
            Read {
                name: "logs",
                path: "/v1/installations/{installation}/logs?limit=50",
                passes: &["level", "cursor"],
                may_lack: true,
            },
            Read {
                name: "compared",
                path: "/v1/installations/{installation}/comparisons",
                passes: &[],
                may_lack: true,
            },
        ],
    },
    Page {
        path: "/plugins/{installation}/comparisons/{comparison}",
        template: "plugin_comparison.html",
        needs: "read",
        reads: &[
            INSTALLATION,
            Read {
                name: "comparison",
                path: "/v1/installations/{installation}/comparisons/{comparison}",
                passes: &[],
                may_lack: false,
            },
        ],
    },
];
