//! Trying an account out before customers do.

/// What came of the harmless question by which an account is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// The provider answered and takes the credentials.
    Works {
        /// What it said, in a few words.
        detail: String,
    },
    /// The provider answered, and the account cannot be used as it is set up.
    Refused {
        /// What is wrong and how to mend it: names the field.
        detail: String,
    },
    /// The provider was not reached or did not answer clearly.
    NoAnswer {
        /// In a few words.
        reason: String,
    },
    /// The provider has no question that would show it.
    Unsupported {
        /// What was checked without asking, and how to find out the rest.
        detail: String,
    },
}
