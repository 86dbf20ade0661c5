//! Payment links that are used many times or wait for one buyer: made, shared, printed, changed and switched off.

use super::templates;
use crate::table::{Act, Area, Carries, Field, FieldKind, Page, Read, Then};

pub(crate) const AREA: Area = Area {
    name: "links",
    pages: PAGES,
    acts: ACTS,
    templates: templates!("links.html", "link_new.html", "link_fields.html", "link.html"),
    texts: include_str!("../../../../checkout-templates/console/texts/links.json"),
};

/// What every form about one link is shown again on, and leads back to.
const PAGE: &str = "/links/{link}";

const PAGES: &[Page] = &[
    Page {
        path: "/links",
        template: "links.html",
        needs: "read",
        reads: &[Read { name: "found", path: "/v1/payment-links?limit=50", passes: &["cursor"], may_lack: false }],
    },
    Page { path: "/links/new", template: "link_new.html", needs: "links", reads: &[] },
    Page {
        path: PAGE,
        template: "link.html",
        needs: "read",
        reads: &[
            Read { name: "link", path: "/v1/payment-links/{link}", passes: &[], may_lack: false },
            Read { name: "share", path: "/v1/payment-links/{link}/share", passes: &[], may_lack: true },
        ],
    },
];

const fn text(name: &'static str, to: &'static str) -> Field {
    Field { name, to, kind: FieldKind::Text }
}

/// What a link can be made with, but its kind: the same fields as can be changed.
const OFFER: [Field; 24] = [
    text("title_hy", "/title/hy"),
    text("title_ru", "/title/ru"),
    text("title_en", "/title/en"),
    text("description_hy", "/description/hy"),
    text("description_ru", "/description/ru"),
    text("description_en", "/description/en"),
    text("currency", "/amount/currency"),
    text("value", "/amount/value"),
    text("least", "/amount/min"),
    text("most", "/amount/max"),
    text("suggested", "/amount/suggested"),
    Field { name: "fewest", to: "/quantity/min", kind: FieldKind::Whole },
    Field { name: "pieces", to: "/quantity/max", kind: FieldKind::Whole },
    Field { name: "cap", to: "/cap", kind: FieldKind::Whole },
    Field { name: "valid_from", to: "/valid_from", kind: FieldKind::Time },
    Field { name: "valid_until", to: "/valid_until", kind: FieldKind::Time },
    Field { name: "life", to: "/payment_expires_in", kind: FieldKind::Whole },
    text("contact", "/contact"),
    text("gives_hy", "/fulfilment/hy"),
    text("gives_ru", "/fulfilment/ru"),
    text("gives_en", "/fulfilment/en"),
    text("provider", "/provider"),
    Field { name: "deliveries", to: "/delivery_options", kind: FieldKind::Json },
    Field { name: "questions", to: "/questions", kind: FieldKind::Json },
];

const NEW: &[Field] = &{
    let mut fields = [text("kind", "/kind"); OFFER.len() + 1];
    let mut place = 0;
    while place < OFFER.len() {
        fields[place + 1] = OFFER[place];
        place += 1;
    }
    fields
};

/// What is taken away where its fields were emptied: the form, which shows all that the link has, brings `null` and `[]` for each, and what
/// is typed comes after.
const EMPTIED: [Field; 8] = [
    emptied("blank", "/description"),
    emptied("blank", "/quantity"),
    emptied("blank", "/cap"),
    emptied("blank", "/valid_from"),
    emptied("blank", "/valid_until"),
    emptied("blank", "/fulfilment"),
    emptied("none", "/delivery_options"),
    emptied("none", "/questions"),
];

const fn emptied(name: &'static str, to: &'static str) -> Field {
    Field { name, to, kind: FieldKind::Json }
}

const CHANGE: &[Field] = &{
    let mut fields = [EMPTIED[0]; EMPTIED.len() + OFFER.len()];
    let mut place = 0;
    while place < fields.len() {
        fields[place] = if place < EMPTIED.len() { EMPTIED[place] } else { OFFER[place - EMPTIED.len()] };
        place += 1;
    }
    fields
};

/// On or off: the form says which.
const ACTIVE: Field = Field { name: "active", to: "/active", kind: FieldKind::Json };

const ACTS: &[Act] = &[
    Act {
        path: "/links/new",
        method: "POST",
        api: "/v1/payment-links",
        carries: Carries::Fields(NEW),
        page: "/links/new",
        then: Then::Go("/links/{id}?made=1"),
        done: "links_made",
    },
    Act {
        path: "/links/{link}/change",
        method: "PATCH",
        api: "/v1/payment-links/{link}",
        carries: Carries::Fields(CHANGE),
        page: PAGE,
        then: Then::Go(PAGE),
        done: "links_changed",
    },
    Act {
        path: "/links/{link}/off",
        method: "PATCH",
        api: "/v1/payment-links/{link}",
        carries: Carries::Fields(&[
            ACTIVE,
            text("reason_hy", "/off_reason/hy"),
            text("reason_ru", "/off_reason/ru"),
            text("reason_en", "/off_reason/en"),
        ]),
        page: PAGE,
        then: Then::Go(PAGE),
        done: "links_switched_off",
    },
    Act {
        path: "/links/{link}/on",
        method: "PATCH",
        api: "/v1/payment-links/{link}",
        carries: Carries::Fields(&[ACTIVE]),
        page: PAGE,
        then: Then::Go(PAGE),
        done: "links_switched_on",
    },
];
