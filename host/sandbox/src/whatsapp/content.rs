//! What a message says and shows, once it is read: the same for free-form messages and templates. It must not know how it was
//! asked for.

use serde::Serialize;

/// What sort of message it is.
#[derive(Clone, Copy, Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Words alone.
    Text,
    /// A button that opens a link.
    CtaUrl,
    /// Up to three buttons that answer.
    Buttons,
    /// A menu with rows.
    List,
    /// An approved template.
    Template,
    /// A customer's tap on a button or a row.
    Reply,
    /// A customer's picture.
    Image,
    /// What the Cloud API does not pass on.
    Unsupported,
}

/// A button or a row of a menu.
#[derive(Clone, Debug, Default, Serialize, PartialEq, Eq)]
pub struct Button {
    /// Its caption.
    pub text: String,
    /// The address that it opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What a tap answers with: a button's or row's id, or a template button's payload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The line below a row's caption.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// What the business sends.
#[derive(Clone, Debug)]
pub(super) struct Content {
    pub(super) kind: Kind,
    pub(super) text: String,
    pub(super) header: Option<String>,
    pub(super) footer: Option<String>,
    pub(super) buttons: Vec<Button>,
    /// Name and language of the template, where it is one.
    pub(super) template: Option<String>,
}

impl Content {
    pub(super) fn new(kind: Kind, text: String) -> Self {
        Self { kind, text, header: None, footer: None, buttons: Vec::new(), template: None }
    }
}
