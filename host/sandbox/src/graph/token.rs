//! Access tokens: which live, until when, and what is said to one that does not. It must not know what they open.

use super::Refusal;

/// The tokens of one account.
#[derive(Default)]
pub(crate) struct Tokens(Vec<Token>);

struct Token {
    value: String,
    issued_at: i64,
    /// `None`: it has no end, as page tokens of system users.
    expires_at: Option<i64>,
    revoked: bool,
}

impl Tokens {
    /// A token that lives from now on, for ever or so many milliseconds.
    pub(crate) fn issue(&mut self, value: String, now: i64, life_ms: Option<i64>) {
        let expires_at = life_ms.map(|life| now + life);
        self.0.push(Token { value, issued_at: now, expires_at, revoked: false });
    }

    /// Takes all of them back.
    pub(crate) fn revoke(&mut self) {
        for token in &mut self.0 {
            token.revoked = true;
        }
    }

    /// Whether this was ever one of them.
    pub(crate) fn knows(&self, value: &str) -> bool {
        self.0.iter().any(|token| token.value == value)
    }

    /// Since when it lives; why it does not, otherwise.
    pub(crate) fn check(&self, value: &str, now: i64) -> Result<i64, Refusal> {
        let token = self.0.iter().find(|token| token.value == value).ok_or_else(Refusal::unparsable_token)?;
        match token.expires_at {
            _ if token.revoked => Err(Refusal::revoked_token()),
            Some(at) if at <= now => Err(Refusal::expired_token(at, now)),
            _ => Ok(token.issued_at),
        }
    }

    /// When the last of them ends, as Unix milliseconds.
    pub(crate) fn last_end(&self) -> Option<i64> {
        self.0.iter().filter(|token| !token.revoked).filter_map(|token| token.expires_at).max()
    }
}
