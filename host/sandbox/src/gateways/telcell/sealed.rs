//! Telcell's codes: MD5 in lower-case hexadecimal over the shop's key and values, nothing between them. It must not know what is
//! sealed.

use md5::{Digest, Md5};

/// The key of Telcell's own, under which answers are sealed a second time. No shop has it.
const SYSTEM_KEY: &str = "the system's key, which no shop ever had";

pub(super) fn code(shop_key: &str, values: &[&str]) -> String {
    let text = format!("{shop_key}{}", values.concat());
    Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// Lines of an answer with both of its checksums. Which bytes the first covers is not said anywhere: here all lines before it.
pub(super) fn answer(shop_key: &str, lines: &[(&str, &str)]) -> String {
    let content = lines.iter().map(|(name, value)| format!("{name}={value}\n")).collect::<Vec<_>>().concat();
    let checksum = code(shop_key, &[&content]);
    let second = code(SYSTEM_KEY, &[&checksum]);
    format!("{content}checksum={checksum}\nchecksum2={second}\n")
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn the_known_examples_are_sealed_alike() {
        let (issuer, id) = ("shop@example.am", "UEwtMjA0MQ==");
        for (values, expected) in [
            (vec![issuer, "֏", "1500", "T3JkZXIgUEwtMjA0MQ==", id, "1"], "ad167b64d6a3698db020e356132847e4"),
            (
                vec!["778899", id, "445566", "51", "1500", "2026-11-21 14:05:09", "PAID"],
                "4dabde3def5a93b4645dd3924d26c82f",
            ),
            (vec![issuer, "778899", id, "500.0"], "602eaa295cc9431dbb7ccdec0f8bf3d9"),
        ] {
            assert_eq!(code("shopkey-test", &values), expected);
        }
    }
}
