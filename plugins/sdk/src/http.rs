//! Requests and answers in the shape that services want: JSON bodies, secret slots, named steps. It must not know
//! what any status means to a service: that is the plugin's table.

use serde_json::Value;

use crate::{Failure, Outcome, Request, Response, Slot};

/// The slot that the host fills with the secret of this name, once the request names its place: see
/// [`Request::secret_in_path`] and its sisters.
pub fn secret(name: &str) -> String {
    format!("{{{{secret:{name}}}}}")
}

impl Request {
    /// A POST with a JSON body. Without a [`step`](Self::step) it counts as a read and is made anew in every run.
    pub fn post_json(url: String, body: &Value) -> Self {
        Self {
            method: "POST".to_owned(),
            url,
            headers: vec![
                ("content-type".to_owned(), "application/json".to_owned()),
                ("accept".to_owned(), "application/json".to_owned()),
            ],
            body: Some(body.to_string().into_bytes()),
            slots: Vec::new(),
            step: None,
            timeout_ms: None,
            extra: Vec::new(),
        }
    }

    /// A GET: a read.
    pub fn get(url: String) -> Self {
        Self {
            method: "GET".to_owned(),
            url,
            headers: vec![("accept".to_owned(), "application/json".to_owned())],
            body: None,
            slots: Vec::new(),
            step: None,
            timeout_ms: None,
            extra: Vec::new(),
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Lets the host fill this secret's slots in the path.
    #[must_use]
    pub fn secret_in_path(self, secret: &str) -> Self {
        self.slot(secret, "path", "")
    }

    /// Lets the host fill this secret's slots in the value of a query parameter.
    #[must_use]
    pub fn secret_in_query(self, parameter: &str, secret: &str) -> Self {
        self.slot(secret, "query", parameter)
    }

    /// Lets the host fill this secret's slots in the value of a header.
    #[must_use]
    pub fn secret_in_header(self, header: &str, secret: &str) -> Self {
        self.slot(secret, "header", header)
    }

    /// Lets the host fill this secret's slots in one text of the body: a JSON pointer such as `/auth`, a form's field, or empty
    /// for a body that is neither.
    #[must_use]
    pub fn secret_in_body(self, field: &str, secret: &str) -> Self {
        self.slot(secret, "body", field)
    }

    fn slot(mut self, secret: &str, place: &str, field: &str) -> Self {
        self.slots.push(Slot { secret: secret.to_owned(), place: place.to_owned(), field: field.to_owned() });
        self
    }

    /// Names the effect: 1 to 64 of `a-z 0-9 - _ . :`, the same in every run of the delivery. The host sends a named
    /// effect that the remote accepted only once, and reports one whose answer was lost as `ambiguous`.
    #[must_use]
    pub fn step(mut self, name: &str) -> Self {
        self.step = Some(name.to_owned());
        self
    }
}

impl Response {
    /// The body as JSON; none if it is something else.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Whether the remote accepted the request.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Failure {
    /// Whether the effect may or may not have happened: probe, or decide that a second one does no harm. An unknown
    /// word counts as this, because nothing weaker is safe.
    pub fn is_ambiguous(&self) -> bool {
        !matches!(self.kind.as_str(), "not-granted" | "invalid" | "not-sent" | "limit" | "rate-limited")
    }

    /// The outcome for a plugin that can do no more about it in this run.
    pub fn outcome(&self) -> Outcome {
        match self.kind.as_str() {
            "not-sent" => Outcome::retry(&self.kind, &self.message),
            "rate-limited" => {
                let outcome = Outcome::retry(&self.kind, &self.message).whole_connection();
                self.retry_after_ms.into_iter().fold(outcome, Outcome::after_ms)
            }
            "not-granted" | "invalid" | "limit" => Outcome::bad_request(&self.kind, &self.message),
            _ => Outcome::ambiguous(&self.kind, &self.message),
        }
    }
}
