//! Samples of the pages that operators see on the way back from a service that they connect.

use kamurj_domain::format::Language;

use super::{Sample, SamplePage};
use crate::connection::{ConnectionAbout, ConnectionState, ConnectionView, NotConnected};

/// The question, and everything that may come of it.
pub(super) fn samples() -> Vec<Sample> {
    let no = ConnectionState::NotConnected;
    let ask = ConnectionState::Ask {
        action: "/oauth/callback".to_owned(),
        fields: vec![("code", "def50200c0de".to_owned()), ("state", "st4te".to_owned())],
    };
    let states = [
        ("connect", ask),
        ("connect_done", ConnectionState::Connected),
        ("connect_unknown", no(NotConnected::Unknown)),
        ("connect_used", no(NotConnected::Used)),
        ("connect_expired", no(NotConnected::Expired)),
        ("connect_denied", no(NotConnected::Denied("access_denied".to_owned()))),
        ("connect_other_account", no(NotConnected::OtherAccount)),
        ("connect_changed", no(NotConnected::Changed)),
        ("connect_refused", no(NotConnected::Refused("invalid_grant".to_owned()))),
        ("connect_no_answer", no(NotConnected::NoAnswer)),
    ];
    states.into_iter().map(|(name, state)| sample(name, state)).collect()
}

fn sample(name: &'static str, state: ConnectionState) -> Sample {
    let about = (!matches!(state, ConnectionState::NotConnected(NotConnected::Unknown))).then(|| ConnectionAbout {
        merchant: "Նռնենի խեցեգործություն".to_owned(),
        plugin: "amoCRM".to_owned(),
        installation: "ins_01KAJ8QH8ZT3R5V9X1M2N4P6Q7".to_owned(),
        service: "amoCRM".to_owned(),
        host: "www.amocrm.ru".to_owned(),
    });
    let view = ConnectionView { language: Language::Hy, test_mode: about.is_some(), about, state };
    Sample { name, group: "connect", page: SamplePage::Connection(Box::new(view)) }
}
