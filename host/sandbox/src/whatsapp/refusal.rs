//! What the Cloud API says when it refuses, beyond what the Graph API does, and the titles of errors that come later by webhook. It
//! must not know what was asked.
//!
//! Codes, titles and HTTP statuses are those of "Error codes" in Meta's documentation of the Cloud API (2026-03); where details
//! are not written there, they are as integrators quote them.

use serde_json::{Value, json};

use crate::graph::Refusal;

impl Refusal {
    /// Code 131008.
    pub(super) fn missing(details: impl Into<String>) -> Self {
        Self::api(400, 131_008, None, "Required parameter is missing").details(details)
    }

    /// Code 131009.
    pub(super) fn value(details: impl Into<String>) -> Self {
        Self::api(400, 131_009, None, "Parameter value is not valid").details(details)
    }

    /// The number's own limit.
    pub(super) fn number_limit(status: u16) -> Self {
        Self::api(status, 130_429, None, "Rate limit hit").details(
            "Message failed to send because there were too many messages sent from this phone number in a short period of time",
        )
    }

    /// The limit between this number and one person.
    pub(super) fn pair_limit(status: u16) -> Self {
        let title = "(Business Account, Consumer Account) pair rate limit hit";
        Self::api(status, 131_056, None, title).details(
            "Message failed to send because there were too many messages sent from this phone number to the same phone number \
             in a short period of time",
        )
    }

    /// The Cloud API says in `error_data` what its title leaves open.
    pub(super) fn details(self, details: impl Into<String>) -> Self {
        self.with_data(json!({"messaging_product": "whatsapp", "details": details.into()}))
    }
}

/// The errors that a status webhook carries for a message that failed after it was accepted.
pub(super) fn errors(code: i64) -> Value {
    let (title, details) = match code {
        131_026 => ("Message undeliverable", "Message Undeliverable."),
        131_042 => (
            "Business eligibility payment issue",
            "Message failed to send because there were one or more errors related to your payment method.",
        ),
        131_047 => (
            "Re-engagement message",
            "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
        ),
        131_048 => (
            "Spam rate limit hit",
            "Message failed to send because there are restrictions on how many messages can be sent from this phone number.",
        ),
        131_049 => (
            "This message was not delivered to maintain healthy ecosystem engagement.",
            "In order to maintain a healthy ecosystem engagement, the message failed to be delivered.",
        ),
        130_472 => (
            "User's number is part of an experiment",
            "Failed to send message because this user's phone number is part of an experiment",
        ),
        _ => ("Something went wrong", "Message failed to send due to an unknown error."),
    };
    json!([{
        "code": code, "title": title, "message": title, "error_data": {"details": details},
        "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
    }])
}
