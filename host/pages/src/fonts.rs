//! The fonts that a page may load from this server: subsets of Noto Sans, one pair of weights a language, so that a page loads what it
//! is written in and nothing more. Their names carry their digest, so that they may be kept for ever. Knows nothing of merchants.

use std::sync::LazyLock;

use kamurj_domain::format::Language;
use serde::Serialize;
use sha2::{Digest, Sha256};

macro_rules! files {
    ($($name:literal),+) => {
        [$(($name, include_bytes!(concat!("../../../checkout-templates/fonts/", $name, ".woff2")).as_slice()),)+]
    };
}

/// Every file by its name, which ends in its weight.
const FILES: [(&str, &[u8]); 6] =
    files!("noto-hy-400", "noto-hy-700", "noto-ru-400", "noto-ru-700", "noto-en-400", "noto-en-700");

/// The addresses of the files, in their order.
static ADDRESSES: LazyLock<[String; 6]> = LazyLock::new(|| {
    FILES.map(|(name, bytes)| {
        let digest: [u8; 32] = Sha256::digest(bytes).into();
        let number = digest[..8].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        format!("{name}-{number:016x}.woff2")
    })
});

/// A font file that a page loads where its weight is needed.
#[derive(Debug, Serialize)]
pub(crate) struct Face {
    weight: &'static str,
    file: &'static str,
}

/// What a page in this language loads.
pub(crate) fn faces(language: Language) -> Vec<Face> {
    let names = FILES.iter().zip(ADDRESSES.iter());
    let own = names.filter(|((name, _), _)| name.split('-').nth(1) == Some(language.tag()));
    own.map(|((name, _), file)| Face { weight: if name.ends_with("700") { "600 700" } else { "400" }, file }).collect()
}

/// The bytes of a font, WOFF2, by the last part of its address: `noto-hy-400-….woff2`.
pub fn font(file: &str) -> Option<&'static [u8]> {
    ADDRESSES.iter().position(|address| address == file).map(|place| FILES[place].1)
}

/// The policy of a page that loads fonts, from the policy of one that loads none.
pub fn policy_with_fonts(policy: &str) -> String {
    policy.replace("img-src 'self';", "img-src 'self'; font-src 'self';")
}

#[cfg(test)]
mod tests {
    use super::{ADDRESSES, FILES, faces, font, policy_with_fonts};
    use crate::content_security_policy;
    use kamurj_domain::format::Language;

    #[test]
    fn every_face_has_a_file_and_a_page_loads_little() {
        for language in Language::ALL {
            let faces = faces(language);
            assert_eq!(faces.len(), 2, "{language:?}");
            let sum: usize = faces.iter().map(|face| font(face.file).expect("a file").len()).sum();
            assert!(sum <= 26_000, "{language:?}: {sum} bytes");
        }
        assert!(FILES.iter().all(|(_, bytes)| bytes.starts_with(b"wOF2")));
        assert_eq!(font("noto-hy-400.woff2"), None, "only by the name that carries the digest");
        assert!(ADDRESSES[0].starts_with("noto-hy-400-") && ADDRESSES[0] != ADDRESSES[1]);
    }

    #[test]
    fn only_fonts_are_added_to_the_policy() {
        let plain = content_security_policy("MDEyMzQ1Njc4OWFiY2RlZg", &[]);
        let with = policy_with_fonts(&plain);
        assert!(with.contains("; font-src 'self'; ") && !plain.contains("font-src"), "{with}");
        assert_eq!(with.replace(" font-src 'self';", ""), plain);
    }
}
