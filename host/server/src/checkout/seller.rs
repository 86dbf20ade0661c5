//! What a page says of the merchant whose money it takes, whichever state it shows.

use crate::app::App;
use kamurj_domain::Mode;
use kamurj_pages::{Accent, Contact, MerchantView};
use kamurj_store::merchants::Merchant;

/// The merchant, as customers know them.
pub(super) fn seller(merchant: &Merchant) -> MerchantView {
    MerchantView {
        name: merchant.name.clone(),
        handle: merchant.handle.clone(),
        accent: merchant.colour.as_deref().and_then(Accent::parse).unwrap_or_default(),
        contact: merchant.contact.as_deref().map(Contact::parse),
    }
}

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
