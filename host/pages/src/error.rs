//! Why a page could not be made. Messages carry names of templates and fields, never the values that customers or merchants typed.

/// What went wrong while loading the embedded pages or rendering one.
#[derive(Debug, thiserror::Error)]
pub enum PagesError {
    /// A template does not compile.
    #[error("page template `{name}` does not compile")]
    Template {
        /// The template's file name.
        name: &'static str,
        /// What the template engine says.
        #[source]
        source: minijinja::Error,
    },
    /// A template uses a text that the locales do not have.
    #[error("page template `{name}` uses the text `{key}`, which no locale has: add it to every locale")]
    UnknownText {
        /// The template's file name.
        name: &'static str,
        /// The key it asks for.
        key: String,
    },
    /// A locale lacks a text, has one that nobody uses, or is no JSON.
    #[error("locale `{tag}` is not complete: {source}")]
    Locale {
        /// The locale's language tag.
        tag: &'static str,
        /// What is missing or unknown.
        #[source]
        source: serde_json::Error,
    },
    /// A text is empty, or its placeholders differ from those of the first locale.
    #[error("text `{key}` of locale `{tag}` is empty or has other placeholders than the first locale's")]
    Text {
        /// The locale's language tag.
        tag: &'static str,
        /// The key of the text.
        key: String,
    },
    /// A page could not be rendered.
    #[error("page `{name}` could not be rendered")]
    Render {
        /// The template's file name.
        name: &'static str,
        /// What the template engine says.
        #[source]
        source: minijinja::Error,
    },
    /// An address leads where no form may be posted to.
    #[error("`{field}` is no https address of a host")]
    Address {
        /// The field.
        field: &'static str,
    },
    /// An address fits into no QR code.
    #[error("the address is too long for a QR code")]
    LinkCode,
    /// The nonce is too short or holds characters that do not belong in one.
    #[error("a nonce needs at least 22 characters of base64")]
    Nonce,
    /// A value that becomes an address on the page is no plain absolute path.
    #[error("`{field}` must be a path of this site, such as `/p/abc`")]
    Path {
        /// The field of the view.
        field: &'static str,
    },
    /// A currency code is not three capital letters.
    #[error("`currency` must be an ISO 4217 code of three capital letters")]
    Currency,
    /// Quantity times price does not fit.
    #[error("an item's total is too large to show")]
    ItemTotal,
    /// A moment lies outside the calendar.
    #[error("a moment of the payment is outside the calendar")]
    Moment,
}
