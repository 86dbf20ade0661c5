//! Every page in every state and language, held to what all pages promise: complete, light, without script, and deaf to whatever
//! markup a merchant or a customer types.

mod brand;
mod content;
mod formats;
mod hostile;
mod links;
mod markup;
mod samples;
mod whole;

use kamurj_domain::format::Language;
use kamurj_pages::{CheckoutState, Mode, Pages};

use samples::{NONCE, states, view};

/// The pages as the server has them.
pub(crate) fn pages() -> Pages {
    Pages::new().expect("the embedded pages are complete")
}

/// The sample payment's page in a state.
pub(crate) fn render(state: CheckoutState, language: Language) -> String {
    pages().checkout(&view(state, language, Mode::Live), NONCE).unwrap()
}

/// A sample state by name.
pub(crate) fn state(wanted: &str) -> CheckoutState {
    let found = states().into_iter().find(|(name, _)| *name == wanted);
    found.expect("the sample exists").1
}
