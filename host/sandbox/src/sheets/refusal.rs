//! How Google says no: the envelope of its errors, and the words for each. It must not know which call was refused.

use serde_json::{Value, json};

/// The largest body in bytes. Google advises 2 MB; what it advises, this double demands.
pub(super) const LARGEST_BODY: usize = 2 * 1024 * 1024;

/// A call that Google refuses.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    word: &'static str,
    message: String,
    details: Option<Value>,
}

impl Refusal {
    fn new(status: u16, word: &'static str, message: impl Into<String>) -> Self {
        Self { status, word, message: message.into(), details: None }
    }

    /// The reason as machines read it.
    fn because(mut self, reason: &str) -> Self {
        self.details = Some(json!([{
            "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com",
            "metadata": {"service": "sheets.googleapis.com"},
        }]));
        self
    }

    /// What is wrong is named by the field's path.
    fn of_field(mut self, field: &str) -> Self {
        self.details = Some(json!([{
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": [{"field": field, "description": self.message}],
        }]));
        self
    }

    /// 400, about what the call means.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "INVALID_ARGUMENT", message)
    }

    /// Says which request of a batch is meant, where the message is about its meaning and not about its form.
    pub(super) fn in_request(mut self, index: usize, kind: &str) -> Self {
        if self.status == 400 && self.details.is_none() {
            self.message = format!("Invalid requests[{index}].{kind}: {}", self.message);
        }
        self
    }

    /// A field that the message does not have. `path` is where it stands, empty for the top.
    pub(super) fn unknown_name(name: &str, path: &str) -> Self {
        let place = if path.is_empty() { String::new() } else { format!(" at '{path}'") };
        let message = format!("Invalid JSON payload received. Unknown name \"{name}\"{place}: Cannot find field.");
        Self::invalid(message).of_field(path)
    }

    pub(super) fn unknown_parameter(name: &str) -> Self {
        let message = format!(
            "Invalid JSON payload received. Unknown name \"{name}\": Cannot bind query parameter. Field '{name}' could not be found in request message."
        );
        Self::invalid(message).of_field(name)
    }

    /// A field of another type, or a word that the field does not know.
    pub(super) fn mistyped(path: &str, kind: &str, value: &Value) -> Self {
        Self::invalid(format!("Invalid value at '{path}' ({kind}), {value}")).of_field(path)
    }

    pub(super) fn unreadable() -> Self {
        Self::invalid("Invalid JSON payload received. Expected an object.").of_field("")
    }

    pub(super) fn unknown_mask(path: &str) -> Self {
        let message = format!("Error expanding 'fields' parameter. Cannot find matching fields for path '{path}'.");
        Self::invalid(message).of_field("fields")
    }

    pub(super) fn range(text: &str) -> Self {
        Self::invalid(format!("Unable to parse range: {text}"))
    }

    pub(super) fn no_grid(sheet_id: i64) -> Self {
        Self::invalid(format!("No grid with id: {sheet_id}"))
    }

    pub(super) fn no_fields() -> Self {
        Self::invalid("At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)")
    }

    pub(super) fn too_large() -> Self {
        Self::invalid(format!("Request payload size exceeds the limit: {LARGEST_BODY} bytes."))
    }

    pub(super) fn no_token() -> Self {
        Self::new(401, "UNAUTHENTICATED", "Request is missing required authentication credential.")
            .because("CREDENTIALS_MISSING")
    }

    pub(super) fn bad_token() -> Self {
        Self::new(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
            .because("ACCESS_TOKEN_INVALID")
    }

    pub(super) fn narrow_scope() -> Self {
        Self::new(403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.")
            .because("ACCESS_TOKEN_SCOPE_INSUFFICIENT")
    }

    pub(super) fn not_shared() -> Self {
        Self::new(403, "PERMISSION_DENIED", "The caller does not have permission")
    }

    pub(super) fn api_disabled() -> Self {
        Self::new(403, "PERMISSION_DENIED", "Google Sheets API is disabled in this project.")
            .because("SERVICE_DISABLED")
    }

    pub(super) fn not_found() -> Self {
        Self::new(404, "NOT_FOUND", "Requested entity was not found.")
    }

    /// An address or a verb that Google does not have: it answers with a page, not with its envelope.
    pub(super) fn nowhere() -> Self {
        Self::new(404, "", "That address is not known.")
    }

    /// `kind` is `Read` or `Write`.
    pub(super) fn exhausted(kind: &str) -> Self {
        let message = format!(
            "Quota exceeded for quota metric '{kind} requests' and limit '{kind} requests per minute per user' of service 'sheets.googleapis.com'."
        );
        Self::new(429, "RESOURCE_EXHAUSTED", message).because("RATE_LIMIT_EXCEEDED")
    }

    pub(super) fn internal() -> Self {
        Self::new(500, "INTERNAL", "Internal error encountered.")
    }

    pub(super) fn unavailable() -> Self {
        Self::new(503, "UNAVAILABLE", "The service is currently unavailable.")
    }

    /// What Google can do and this double cannot: said plainly, so that nobody takes it for Google's own answer.
    pub(super) fn not_doubled(what: &str) -> Self {
        Self::new(501, "UNIMPLEMENTED", format!("The sandbox's Google Sheets does not have {what}."))
    }

    /// The body; `None` where the answer is a page.
    pub(super) fn json(&self) -> Option<Value> {
        if self.word.is_empty() {
            return None;
        }
        let mut error = json!({"code": self.status, "message": self.message, "status": self.word});
        if let Some(details) = &self.details {
            error["details"] = details.clone();
        }
        Some(json!({"error": error}))
    }
}
