//! What providers send us, and what they want to hear.

use super::{RefundStatement, Statement};
use kamurj_domain::Money;

/// A request of a provider, as it came. Header names are in lower case.
#[derive(Debug, Clone, Copy)]
pub struct Pushed<'r> {
    /// `GET` or `POST`.
    pub method: &'r str,
    /// The query's parameters, decoded, in the order received.
    pub query: &'r [(String, String)],
    /// The headers that are kept: `content-type` and those of [`super::Family::headers`] and of the account's settings.
    pub headers: &'r [(String, String)],
    /// The raw body.
    pub body: &'r [u8],
}

impl Pushed<'_> {
    /// The header with this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The parameters of the query, and those of a form in the body after them.
    pub fn parameters(&self) -> Vec<(String, String)> {
        let is_form = self.header("content-type").is_some_and(|kind| {
            kind.split(';')
                .next()
                .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
        });
        let mut all = self.query.to_vec();
        if is_form {
            all.extend(url::form_urlencoded::parse(self.body).into_owned());
        }
        all
    }
}

/// What a push is, after its proof was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Push {
    /// Proven news: kept, answered, and worked on afterwards.
    News {
        /// The provider's own name for this message; the same on every repetition.
        natural_key: String,
    },
    /// Proven news of money that the provider gives back by itself unless we agree. It is read and judged against the
    /// attempt before it is answered, and kept together with what it says.
    Binding {
        /// The provider's own name for this message; the same on every repetition.
        natural_key: String,
    },
    /// The provider asks whether it may take money. The answer is what is known now; nothing of the payment changes.
    Question {
        /// Our order number.
        number: String,
        /// How much it is about to take.
        amount: Money,
    },
    /// News without proof, or news that only say that there are some: the provider is asked about the order.
    Hint {
        /// Our order number.
        number: String,
    },
}

/// Why a push was turned away.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushRefused {
    /// The proof is missing or wrong.
    #[error("{0}")]
    Unproven(&'static str),
    /// The proof is right, the content is not readable.
    #[error("{0}")]
    Unreadable(String),
}

/// What a push speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tidings {
    /// A session.
    Session(Statement),
    /// A refund that we asked for.
    Refund(RefundStatement),
    /// Nothing that Kamurj follows; such as an operation that has no meaning here.
    Nothing,
}

/// What became of a push, for the answer to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is durable, or was before.
    Taken,
    /// To a question: yes, take the money.
    Agreed,
    /// To a question, or to binding news: no, for this reason in a few words. The money must not be taken, or go back.
    Declined(&'static str),
    /// Its proof is missing or wrong.
    Unproven(&'static str),
    /// It cannot be read.
    Unreadable,
    /// It is larger than any push may be.
    TooLarge,
    /// No account has this address.
    Unknown,
    /// It could not be kept; it should come again.
    Unkept,
    /// Nobody can say whether it was kept: money that it speaks of must stay where it is.
    InDoubt,
}

/// An answer to a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Content type.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}
