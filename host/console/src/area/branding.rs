//! Branding: how the merchant's pages look, as it is being worked on and as customers see it. A look is tokens, never markup.

use super::templates;
use crate::table::{Act, Area, Carries, Field, FieldKind, Page, Read, Then};

pub(crate) const AREA: Area = Area {
    name: "branding",
    pages: PAGES,
    acts: ACTS,
    templates: templates!("branding.html", "branding_versions.html"),
    texts: include_str!("../../../../checkout-templates/console/texts/branding.json"),
};

const HERE: &str = "/branding";
const BRAND: Read = Read { name: "brand", path: "/v1/branding", passes: &[], may_lack: false };

const PAGES: &[Page] = &[
    Page { path: HERE, template: "branding.html", needs: "read", reads: &[BRAND] },
    Page {
        path: "/branding/versions",
        template: "branding_versions.html",
        needs: "read",
        reads: &[
            BRAND,
            Read { name: "found", path: "/v1/branding/versions?limit=50", passes: &["cursor"], may_lack: false },
        ],
    },
];

/// A field that is sent where something stands in it.
const fn text(name: &'static str, to: &'static str) -> Field {
    Field { name, to, kind: FieldKind::Text }
}

const ACTS: &[Act] = &[
    Act {
        path: HERE,
        method: "PUT",
        api: "/v1/branding",
        carries: Carries::Fields(&[
            text("name", "/name"),
            text("colour", "/colour"),
            text("colour_dark", "/colour_dark"),
            text("radius", "/radius"),
            text("font", "/font"),
            text("scheme", "/scheme"),
            text("ready_hy", "/texts/ready/hy"),
            text("ready_ru", "/texts/ready/ru"),
            text("ready_en", "/texts/ready/en"),
            text("paid_hy", "/texts/paid/hy"),
            text("paid_ru", "/texts/paid/ru"),
            text("paid_en", "/texts/paid/en"),
            text("footer_hy", "/texts/footer/hy"),
            text("footer_ru", "/texts/footer/ru"),
            text("footer_en", "/texts/footer/en"),
            text("phone", "/contacts/phone"),
            text("email", "/contacts/email"),
            text("web", "/contacts/web"),
            text("address", "/contacts/address"),
            text("handle", "/handle"),
            text("terms", "/terms/url"),
            // Not a flag: without an address of terms there are no terms at all, and a flag is always sent.
            Field { name: "must_agree", to: "/terms/must_agree", kind: FieldKind::Json },
        ]),
        page: HERE,
        then: Then::Go(HERE),
        done: "branding_kept",
    },
    picture("/branding/logo", "PUT", "/v1/branding/logo", Carries::File("logo", &[])),
    picture("/branding/icon", "PUT", "/v1/branding/icon", Carries::File("icon", &[])),
    picture("/branding/logo/remove", "DELETE", "/v1/branding/logo", Carries::Nothing),
    picture("/branding/icon/remove", "DELETE", "/v1/branding/icon", Carries::Nothing),
    Act {
        path: "/branding/publish",
        method: "POST",
        api: "/v1/branding/publish",
        carries: Carries::Nothing,
        page: HERE,
        then: Then::Go(HERE),
        done: "branding_now_published",
    },
    Act {
        path: "/branding/rollback",
        method: "POST",
        api: "/v1/branding/rollback",
        carries: Carries::Fields(&[Field { name: "version", to: "/version", kind: FieldKind::Whole }]),
        page: "/branding/versions",
        then: Then::Go("/branding/versions"),
        done: "branding_rolled_back",
    },
];

/// A form about one of the two pictures.
const fn picture(path: &'static str, method: &'static str, api: &'static str, carries: Carries) -> Act {
    Act { path, method, api, carries, page: HERE, then: Then::Go(HERE), done: "branding_picture_kept" }
}
