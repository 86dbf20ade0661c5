//! What a page says of the merchant whose money it takes, whichever state it shows.

use crate::app::App;
use kamurj_domain::Mode;

pub(super) use crate::branding::look::{Asked, must_agree, seller, with_fonts};

/// Whether real money moves.
pub(super) fn mode(mode: Mode) -> kamurj_pages::Mode {
    match mode {
        Mode::Test => kamurj_pages::Mode::Test,
        Mode::Live => kamurj_pages::Mode::Live,
    }
}

/// The host that serves the page.
pub(super) fn host(app: &App) -> &str {
    app.public_url.split_once("://").map_or("", |(_, host)| host)
}
