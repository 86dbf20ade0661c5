//! Bank reports held against what we know: read in, mapped, compared, and what came of it line by line and day by day.

use super::templates;
use crate::table::{Act, Area, Carries, Field, FieldKind, Page, Read, Then};

pub(crate) const AREA: Area = Area {
    name: "reconciliation",
    pages: PAGES,
    acts: ACTS,
    templates: templates!(
        "reconciliation.html",
        "reconciliation_daily.html",
        "reconciliation_form.html",
        "reconciliation_mapping.html",
        "reconciliation_report.html",
    ),
    texts: include_str!("../../../../checkout-templates/console/texts/reconciliation.json"),
};

const ACCOUNTS: Read = Read { name: "accounts", path: "/v1/provider-accounts?limit=100", passes: &[], may_lack: true };

const PAGES: &[Page] = &[
    Page {
        path: "/reconciliation",
        template: "reconciliation.html",
        needs: "reconciliation",
        reads: &[
            Read { name: "found", path: "/v1/reconciliations?limit=50", passes: &["cursor"], may_lack: false },
            ACCOUNTS,
        ],
    },
    Page {
        path: "/reconciliation/daily",
        template: "reconciliation_daily.html",
        needs: "reconciliation",
        reads: &[Read { name: "daily", path: "/v1/reconciliations/daily", passes: &["from", "to"], may_lack: false }],
    },
    Page {
        path: "/reconciliation/{report}",
        template: "reconciliation_report.html",
        needs: "reconciliation",
        reads: &[
            Read { name: "report", path: "/v1/reconciliations/{report}", passes: &[], may_lack: false },
            // Movements that the bank has no line for are no lines: that tab has nothing to show of these.
            Read {
                name: "lines",
                path: "/v1/reconciliations/{report}/lines?limit=100",
                passes: &["verdict", "cursor"],
                may_lack: true,
            },
            Read {
                name: "absences",
                path: "/v1/reconciliations/{report}/absences?limit=100",
                passes: &["cursor"],
                may_lack: true,
            },
            ACCOUNTS,
        ],
    },
];

const ACTS: &[Act] = &[
    Act {
        path: "/reconciliation/preview",
        method: "POST",
        api: "/v1/reconciliations/preview",
        carries: Carries::File(
            "file",
            &[
                Field { name: "provider", to: "?provider", kind: FieldKind::Text },
                Field { name: "file_name", to: "?file_name", kind: FieldKind::Text },
            ],
        ),
        page: "/reconciliation",
        then: Then::Show("reconciliation_mapping.html"),
        done: "reconciliation_read",
    },
    Act {
        path: "/reconciliation",
        method: "POST",
        api: "/v1/reconciliations",
        carries: Carries::Fields(&[
            Field { name: "upload", to: "/upload", kind: FieldKind::Needed },
            Field { name: "provider", to: "/provider", kind: FieldKind::Needed },
            Field { name: "file_name", to: "/file_name", kind: FieldKind::Text },
            Field { name: "account", to: "/account", kind: FieldKind::Clearable },
            Field { name: "from", to: "/from", kind: FieldKind::Time },
            Field { name: "to", to: "/to", kind: FieldKind::Time },
            Field { name: "header_row", to: "/mapping/header_row", kind: FieldKind::Whole },
            Field { name: "reference", to: "/mapping/reference", kind: FieldKind::Clearable },
            Field { name: "order_number", to: "/mapping/order_number", kind: FieldKind::Clearable },
            Field { name: "amount", to: "/mapping/amount", kind: FieldKind::Needed },
            Field { name: "currency", to: "/mapping/currency", kind: FieldKind::Json },
            Field { name: "kind", to: "/mapping/kind", kind: FieldKind::Json },
            // Into the object that was chosen above, which without a column takes no notice of them.
            Field { name: "refund", to: "/mapping/kind/refund", kind: FieldKind::Lines },
            Field { name: "reversal", to: "/mapping/kind/reversal", kind: FieldKind::Lines },
            Field { name: "chargeback", to: "/mapping/kind/chargeback", kind: FieldKind::Lines },
            Field { name: "fee", to: "/mapping/fee", kind: FieldKind::Clearable },
            Field { name: "time", to: "/mapping/time", kind: FieldKind::Clearable },
            Field { name: "time_format", to: "/mapping/time_format", kind: FieldKind::Text },
            Field { name: "decimal", to: "/mapping/decimal", kind: FieldKind::Text },
        ]),
        page: "/reconciliation",
        then: Then::Go("/reconciliation/{id}?verdict=differing"),
        done: "reconciliation_compared",
    },
];
