//! What a page says of the merchant whose money it takes, whichever state it shows.

use crate::app::App;
use kamurj_domain::Mode;

pub(super) use crate::branding::look::{Asked, must_agree, seller, terms_to_agree_to, with_fonts};

/// Whether real money moves.
pub(super) fn mode(mode: Mode) -> kamurj_pages::Mode {
    match mode {
        Mode::Test => kamurj_pages::Mode::Test,
        Mode::Live => kamurj_pages::Mode::Live,
    }
}

/// The host that serves the merchant's pages.
pub(super) fn host(app: &App, merchant_id: &str) -> String {
    app.site(merchant_id).split_once("://").map_or_else(String::new, |(_, host)| host.to_owned())
}
