//! Why the console's pages could not be loaded or one could not be made. Names templates and keys, never what people typed.

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// A template does not compile.
    #[error("console template `{name}` does not compile")]
    Template {
        /// Its name.
        name: &'static str,
        /// What the template engine says.
        #[source]
        source: minijinja::Error,
    },
    /// A template uses a text that no area has.
    #[error("console template `{name}` uses the text `{key}`, which no area has")]
    UnknownText {
        /// The template.
        name: &'static str,
        /// The key.
        key: String,
    },
    /// The texts of an area are no JSON of the right shape.
    #[error("the texts of the console's area `{area}` are not usable: {source}")]
    Texts {
        /// The area.
        area: &'static str,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// A text is empty in one language, has other placeholders there, or its key is taken by another area.
    #[error("text `{key}` of the console's area `{area}`: {what}")]
    Text {
        /// The area.
        area: &'static str,
        /// The key.
        key: String,
        /// What is wrong.
        what: &'static str,
    },
    /// A file of sentences is no JSON of the right shape.
    #[error("the console's sentences `{file}` are not usable: {source}")]
    Sentences {
        /// The file.
        file: &'static str,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// A sentence is empty in one language, has other holes there, or is there twice.
    #[error("the sentence `{sentence}` of the console's `{file}`: {what}")]
    Sentence {
        /// The file.
        file: &'static str,
        /// The English text.
        sentence: String,
        /// What is wrong.
        what: &'static str,
    },
    /// A page could not be rendered.
    #[error("console page `{name}` could not be rendered")]
    Render {
        /// The template.
        name: String,
        /// What the template engine says.
        #[source]
        source: minijinja::Error,
    },
}
