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

/// The host that serves the merchant's pages.
pub(super) fn host(app: &App, merchant_id: &str) -> String {
    app.site(merchant_id).split_once("://").map_or_else(String::new, |(_, host)| host.to_owned())
}
