//! What the worker writes to its standard output: a mark, the length of a JSON head, the head, the artefact. The parent
//! believes nothing of it but what it has checked.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

const MARK: &[u8; 8] = b"kamurjc1";

/// Longest head, in bytes.
const HEAD_BYTES: usize = 64 * 1024;

/// Longest complaint about a component that is passed on, in characters.
const COMPLAINT: usize = 2_000;

/// The worker's answer but for the artefact itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// What is wrong with the component; none when it was compiled, or tried.
    pub(super) wrong: Option<Wrong>,
    /// Bytes of the artefact that follow.
    pub(super) artefact_bytes: usize,
    /// Parts of its confinement that the system refused, for the operator.
    pub(super) unconfined: Vec<String>,
}

/// What a worker finds wrong with a component, each with its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Wrong {
    /// It cannot be compiled.
    Invalid(String),
    /// It does not fit the contract.
    Incompatible(String),
    /// No instance of it can be made.
    DoesNotStart(String),
}

pub(super) fn write(to: &mut impl Write, head: &Head, artefact: &[u8]) -> io::Result<()> {
    let text = serde_json::to_vec(head)?;
    let length = u32::try_from(text.len()).map_err(io::Error::other)?;
    to.write_all(MARK)?;
    to.write_all(&length.to_le_bytes())?;
    to.write_all(&text)?;
    to.write_all(artefact)?;
    to.flush()
}

/// Reads a whole answer; none where it is cut off or was never one.
pub(super) fn read(bytes: &[u8]) -> Option<(Head, &[u8])> {
    let (length, rest) = bytes.strip_prefix(MARK)?.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok().filter(|length| *length <= HEAD_BYTES)?;
    let (head, artefact) = rest.split_at_checked(length)?;
    let head: Head = serde_json::from_slice(head).ok()?;
    (head.artefact_bytes == artefact.len()).then_some((head, artefact))
}

/// A complaint in the length that is passed on.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(COMPLAINT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_whole_or_not_at_all() {
        let head = Head { wrong: None, artefact_bytes: 3, unconfined: vec!["seccomp".to_owned()] };
        let mut bytes = Vec::new();
        write(&mut bytes, &head, b"abc").unwrap();
        assert_eq!(read(&bytes), Some((head, &b"abc"[..])));
        for length in 0..bytes.len() {
            assert_eq!(read(&bytes[..length]), None, "{length}");
        }
        bytes.push(b'd');
        assert_eq!(read(&bytes), None, "more than was announced");
        assert_eq!(read(b"kamurjc1\xff\xff\xff\xff{}"), None);
        assert_eq!(read(b"usage: false [ignored arguments]"), None);
    }
}
