//! Passwords: which are taken, and how they are kept. Hashing takes some 13 ms and 19 MiB on purpose, so callers do it on a thread that may
//! wait. Who has which password is not known here.

use argon2::password_hash::phc::{Output, PasswordHash};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use std::collections::BTreeSet;
use std::hint::black_box;

/// Characters that a password has at least (OWASP ASVS 5.0, 6.2.1 asks for 8 and advises 15).
pub const SHORTEST: usize = 12;
/// Characters that it has at most.
pub const LONGEST: usize = 128;
/// Different characters that it has at least: fewer are a pattern on the keyboard.
pub const DIFFERENT: usize = 5;
/// Bytes of a salt.
pub const SALT_BYTES: usize = 16;

/// KiB that a hash takes. This and the two below are the second of the equal choices in OWASP's "Password Storage Cheat Sheet", Argon2id:
/// m = 19 MiB, t = 2, p = 1.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// The passwords that guessers try first, of those that are long enough. In small letters, in order.
const WELL_KNOWN: &str = include_str!("well_known.txt");
/// Letters and digits from which on a word of an operator's name may not be in their password; shorter ones are in everything.
const SHORTEST_WORD: usize = 4;
const PRODUCT: &str = "kamurj";

/// Why a password is not taken, and what to do. The text goes behind the name of the field, and has nothing of the password in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Too short.
    #[error("must have at least {SHORTEST} characters; four words with spaces between them are easy to remember")]
    Short,
    /// Too long.
    #[error("must have at most {LONGEST} characters")]
    Long,
    /// A pattern.
    #[error("must have at least {DIFFERENT} different characters")]
    Uniform,
    /// On every guesser's list.
    #[error("is one of the passwords that are tried first; choose another")]
    WellKnown,
    /// Has what anybody knows of its owner.
    #[error("must not have your name, your e-mail address or `{PRODUCT}` in it")]
    Own,
}

/// Judges a password that an operator with this e-mail address and name has chosen. All that is typed counts, spaces too.
pub fn judge(password: &str, email: &str, name: &str) -> Result<(), Unfit> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(Unfit::Short);
    }
    if length > LONGEST {
        return Err(Unfit::Long);
    }
    if password.chars().collect::<BTreeSet<char>>().len() < DIFFERENT {
        return Err(Unfit::Uniform);
    }
    let (lower, folded) = (password.trim().to_lowercase(), folded(password));
    if WELL_KNOWN.lines().any(|known| known == lower || known == folded) {
        return Err(Unfit::WellKnown);
    }
    if own_words(email, name).iter().any(|word| folded.contains(word)) {
        return Err(Unfit::Own);
    }
    Ok(())
}

/// Small letters and digits alone, so that `Anna-2026` has `anna` in it, and `P.a.s.s` is `pass`.
fn folded(text: &str) -> String {
    text.chars().filter(|symbol| symbol.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The words that anybody who knows the operator tries: the name and the address before its `@`, whole and in parts.
fn own_words(email: &str, name: &str) -> Vec<String> {
    let local = email.rsplit_once('@').map_or(email, |(local, _)| local);
    let parts = [name, local].into_iter().flat_map(|text| text.split(|symbol: char| !symbol.is_alphanumeric()));
    let mut words: Vec<String> = [name, local].into_iter().chain(parts).map(folded).collect();
    words.retain(|word| word.chars().count() >= SHORTEST_WORD);
    words.push(PRODUCT.to_owned());
    words
}

/// What is kept of a password: a PHC string with Argon2id. The salt must be random.
pub fn hash(password: &str, salt: &[u8; SALT_BYTES]) -> String {
    phc(password, salt).to_string()
}

/// Whether this is the password that the PHC string was made of. What cannot be read is no password's, and costs as much to find out.
pub fn verify(password: &str, phc: &str) -> bool {
    match PasswordHash::new(phc).ok().filter(|kept| kept.hash.is_some()) {
        Some(kept) => hasher().verify_password(password.as_bytes(), &kept).is_ok(),
        None => verify_nobody(password),
    }
}

/// Answers no, at the cost of [`verify`]: for an operator who does not exist, so that the time to an answer tells nobody who does.
pub fn verify_nobody(password: &str) -> bool {
    let made: Option<Output> = black_box(phc(black_box(password), &[0; SALT_BYTES])).hash;
    made.is_none()
}

fn phc(password: &str, salt: &[u8; SALT_BYTES]) -> PasswordHash {
    hasher().hash_password_with_salt(password.as_bytes(), salt).expect("length of salt and password fit Argon2")
}

fn hasher() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("they are within Argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests;
