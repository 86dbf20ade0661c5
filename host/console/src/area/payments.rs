//! Payments: found, looked at, made, sent, withdrawn, given back and decided about.

use super::templates;
use crate::table::{Act, Area, Carries, Field, FieldKind, Page, Read, Then};

pub(crate) const AREA: Area = Area {
    name: "payments",
    pages: PAGES,
    acts: ACTS,
    templates: templates!(
        "payments.html",
        "payment_new.html",
        "payment.html",
        "payment_acts.html",
        "payment_share.html"
    ),
    texts: include_str!("../../../../checkout-templates/console/texts/payments.json"),
};

/// What every form about one payment is shown again on, and leads back to.
const PAGE: &str = "/payments/{payment}";

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
    Page { path: "/payments/new", template: "payment_new.html", needs: "payments", reads: &[] },
    Page {
        path: PAGE,
        template: "payment.html",
        needs: "read",
        reads: &[
            Read { name: "payment", path: "/v1/payments/{payment}", passes: &[], may_lack: false },
            Read { name: "explained", path: "/v1/payments/{payment}/explain", passes: &[], may_lack: true },
            Read {
                name: "journal",
                path: "/v1/payments/{payment}/journal?limit=200",
                passes: &["cursor"],
                may_lack: true,
            },
            Read { name: "share", path: "/v1/payments/{payment}/share", passes: &[], may_lack: true },
            Read { name: "given_back", path: "/v1/payments/{payment}/refunds", passes: &[], may_lack: true },
            Read { name: "owed", path: "/v1/deliveries?payment={payment}&limit=20", passes: &[], may_lack: true },
            Read { name: "doubts", path: "/v1/exceptions?payment={payment}&state=all", passes: &[], may_lack: true },
        ],
    },
];

const ACTS: &[Act] = &[
    Act {
        path: "/payments/new",
        method: "POST",
        api: "/v1/payments",
        carries: Carries::Fields(&[
            Field { name: "order_id", to: "/order_id", kind: FieldKind::Needed },
            Field { name: "amount", to: "/amount/value", kind: FieldKind::Needed },
            Field { name: "currency", to: "/amount/currency", kind: FieldKind::Text },
            Field { name: "description", to: "/description", kind: FieldKind::Text },
            Field { name: "customer_name", to: "/customer/name", kind: FieldKind::Text },
            Field { name: "customer_phone", to: "/customer/phone", kind: FieldKind::Text },
            Field { name: "customer_email", to: "/customer/email", kind: FieldKind::Text },
            Field { name: "channel", to: "/channel/plugin", kind: FieldKind::Text },
            Field { name: "conversation", to: "/channel/conversation", kind: FieldKind::Text },
            Field { name: "locale", to: "/locale", kind: FieldKind::Text },
            Field { name: "expires_in", to: "/expires_in", kind: FieldKind::Whole },
        ]),
        page: "/payments/new",
        then: Then::Go("/payments/{id}?made=1"),
        done: "payments_made",
    },
    Act {
        path: "/payments/{payment}/send",
        method: "POST",
        api: "/v1/payments/{payment}/send",
        // Both left empty: the payment's own conversation.
        carries: Carries::Fields(&[
            Field { name: "channel", to: "/channel/plugin", kind: FieldKind::Text },
            Field { name: "conversation", to: "/channel/conversation", kind: FieldKind::Text },
        ]),
        page: PAGE,
        then: Then::Go(PAGE),
        done: "payments_sent",
    },
    Act {
        path: "/payments/{payment}/cancel",
        method: "POST",
        api: "/v1/payments/{payment}/cancel",
        carries: Carries::Fields(&[
            Field { name: "reason", to: "/reason", kind: FieldKind::Text },
            Field { name: "message", to: "/message", kind: FieldKind::Text },
        ]),
        page: PAGE,
        then: Then::Go(PAGE),
        done: "payments_cancelled",
    },
    Act {
        path: "/payments/{payment}/refunds",
        method: "POST",
        api: "/v1/payments/{payment}/refunds",
        carries: Carries::Fields(&[
            Field { name: "amount", to: "/amount/value", kind: FieldKind::Needed },
            Field { name: "currency", to: "/amount/currency", kind: FieldKind::Text },
            Field { name: "reason", to: "/reason", kind: FieldKind::Needed },
        ]),
        page: PAGE,
        then: Then::Go("/payments/{payment}#refunds"),
        done: "payments_refund_asked",
    },
    Act {
        path: "/payments/{payment}/refresh",
        method: "POST",
        api: "/v1/payments/{payment}/refresh",
        carries: Carries::Nothing,
        page: PAGE,
        then: Then::Go(PAGE),
        done: "payments_refreshed",
    },
    Act {
        path: "/payments/{payment}/resolve",
        method: "POST",
        api: "/v1/payments/{payment}/resolve",
        carries: Carries::Fields(&[
            Field { name: "outcome", to: "/outcome", kind: FieldKind::Needed },
            Field { name: "reason", to: "/reason", kind: FieldKind::Needed },
            Field { name: "evidence", to: "/evidence", kind: FieldKind::Needed },
        ]),
        page: PAGE,
        then: Then::Go(PAGE),
        done: "payments_decided",
    },
    Act {
        path: "/payments/{payment}/change",
        method: "PATCH",
        api: "/v1/payments/{payment}",
        carries: Carries::Fields(&[
            Field { name: "description", to: "/description", kind: FieldKind::Text },
            Field { name: "amount", to: "/amount/value", kind: FieldKind::Text },
            Field { name: "currency", to: "/amount/currency", kind: FieldKind::Text },
            Field { name: "expires_in", to: "/expires_in", kind: FieldKind::Whole },
        ]),
        page: PAGE,
        then: Then::Go(PAGE),
        done: "payments_changed",
    },
    Act {
        path: "/payments/{payment}/fiscal-receipt",
        method: "POST",
        api: "/v1/payments/{payment}/fiscal-receipt",
        carries: Carries::Fields(&[
            Field { name: "number", to: "/number", kind: FieldKind::Needed },
            Field { name: "url", to: "/url", kind: FieldKind::Text },
        ]),
        page: PAGE,
        then: Then::Go(PAGE),
        done: "payments_receipt_kept",
    },
];
