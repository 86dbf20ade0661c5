//! The pages that an operator comes back to from a service whose account is being connected: one that asks, and one that says what
//! came of it. Knows neither tokens nor how they are fetched.

use kamurj_domain::format::Language;
use serde::Serialize;

use crate::address::own_path;
use crate::error::PagesError;
use crate::plain::one_line;
use crate::printed::{Form, Page, Row};
use crate::texts::{Texts, fill};

/// What one rendering needs.
#[derive(Clone, Debug)]
pub struct ConnectionView {
    /// The language of the page.
    pub language: Language,
    /// Whether it is about test mode; none where nothing is known.
    pub test_mode: bool,
    /// What is connected; none where the way back leads to nothing that is known.
    pub about: Option<ConnectionAbout>,
    /// What the operator is told and may do.
    pub state: ConnectionState,
}

/// What is connected with what.
#[derive(Clone, Debug)]
pub struct ConnectionAbout {
    /// The merchant's name.
    pub merchant: String,
    /// The plugin's name.
    pub plugin: String,
    /// The installation's id.
    pub installation: String,
    /// The service's name, in the plugin's words.
    pub service: String,
    /// The host that tokens are fetched from.
    pub host: String,
}

/// What the operator is told.
#[derive(Clone, Debug)]
pub enum ConnectionState {
    /// The service agreed; one button finishes.
    Ask {
        /// The path that takes the POST.
        action: String,
        /// Hidden fields, by name.
        fields: Vec<(&'static str, String)>,
    },
    /// It is connected.
    Connected,
    /// It is not.
    NotConnected(NotConnected),
}

/// Why an account was not connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotConnected {
    /// Nothing is known of this way back.
    Unknown,
    /// It was gone before.
    Used,
    /// It took too long.
    Expired,
    /// Somebody said no at the service; its error word.
    Denied(String),
    /// Another account was chosen than the one in the settings.
    OtherAccount,
    /// The installation is gone, or asks for something else by now.
    Changed,
    /// The service gave no tokens for the code; its error word.
    Refused(String),
    /// The service did not answer.
    NoAnswer,
}

/// A hidden field of a form.
#[derive(Debug, Serialize)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// Writes a view out.
pub(crate) fn connection(view: &ConnectionView, texts: &Texts) -> Result<Page, PagesError> {
    let service = view.about.as_ref().map(|about| one_line(&about.service)).unwrap_or_default();
    let with_service = |text: &str| fill(text, &[("service", &service)]);
    let mut page = Page { test_mode: view.test_mode, ..Page::default() };
    match &view.state {
        ConnectionState::Ask { action, fields } => {
            page.heading = with_service(&texts.connect_heading);
            page.reason.clone_from(&texts.connect_text);
            page.form = Some(Form {
                action: own_path("action", action)?.to_owned(),
                key: String::new(),
                button: with_service(&texts.connect_button),
            });
            page.fields =
                fields.iter().map(|(name, value)| Field { name: (*name).to_owned(), value: value.clone() }).collect();
        }
        ConnectionState::Connected => {
            page.mark = "good";
            page.heading = with_service(&texts.connected_heading);
            page.reason.clone_from(&texts.connected_text);
        }
        ConnectionState::NotConnected(why) => {
            page.mark = "bad";
            page.heading.clone_from(&texts.not_connected_heading);
            page.reason = not_connected(why, texts);
        }
    }
    page.title.clone_from(&page.heading);
    if let Some(about) = &view.about {
        let rows = [
            (&texts.seller, &about.merchant),
            (&texts.connect_service, &about.service),
            (&texts.connect_host, &about.host),
            (&texts.connect_plugin, &about.plugin),
            (&texts.connect_installation, &about.installation),
        ];
        page.rows = rows.into_iter().map(|(label, value)| Row::text(label, value)).collect();
    }
    Ok(page)
}

fn not_connected(why: &NotConnected, texts: &Texts) -> String {
    let with_word = |text: &str, word: &str| fill(text, &[("word", &one_line(word))]);
    match why {
        NotConnected::Unknown => texts.connect_unknown.clone(),
        NotConnected::Used => texts.connect_used.clone(),
        NotConnected::Expired => texts.connect_expired.clone(),
        NotConnected::Denied(word) => with_word(&texts.connect_denied, word),
        NotConnected::OtherAccount => texts.connect_other_account.clone(),
        NotConnected::Changed => texts.connect_changed.clone(),
        NotConnected::Refused(word) => with_word(&texts.connect_refused, word),
        NotConnected::NoAnswer => texts.connect_no_answer.clone(),
    }
}
