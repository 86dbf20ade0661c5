//! The little DER and PEM that RSA keys travel in, read and written. It must not know what a key is for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// `rsaEncryption` of RFC 8017 with its empty parameters, as the contents of an AlgorithmIdentifier.
const RSA: [u8; 13] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
const INTEGER: u8 = 0x02;
const BITS: u8 = 0x03;
const OCTETS: u8 = 0x04;
const SEQUENCE: u8 = 0x30;

/// The `RSAPublicKey` (RFC 8017) in a PEM block `PUBLIC KEY` or `RSA PUBLIC KEY`.
pub(super) fn public_key(pem: &str) -> Option<Vec<u8>> {
    let mut lines = pem.trim().lines().map(str::trim);
    let (first, mut body) = (lines.next()?, lines.collect::<Vec<_>>());
    let last = body.pop()?;
    let der = STANDARD.decode(body.concat()).ok()?;
    match (first, last) {
        ("-----BEGIN RSA PUBLIC KEY-----", "-----END RSA PUBLIC KEY-----") => is_public_key(&der).then_some(der),
        ("-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----") => {
            let (info, rest) = element(&der, SEQUENCE)?;
            let (algorithm, info) = element(info, SEQUENCE)?;
            let (bits, info) = element(info, BITS)?;
            let key = bits.strip_prefix(&[0])?;
            (rest.is_empty() && info.is_empty() && algorithm == RSA && is_public_key(key)).then(|| key.to_vec())
        }
        _ => None,
    }
}

/// `PUBLIC KEY`, the PEM of a modulus and an exponent, both big-endian.
pub(super) fn public_pem(modulus: &[u8], exponent: &[u8]) -> String {
    let key = wrapped(SEQUENCE, &[integer(modulus), integer(exponent)].concat());
    let bits = wrapped(BITS, &[&[0], key.as_slice()].concat());
    pem("PUBLIC KEY", &wrapped(SEQUENCE, &[wrapped(SEQUENCE, &RSA), bits].concat()))
}

/// `PRIVATE KEY`, the PEM of a PKCS#8 key: the numbers of an `RSAPrivateKey` in their order, big-endian, without its version.
pub(super) fn private_pem(numbers: &[Vec<u8>]) -> String {
    let mut key = integer(&[0]);
    key.extend(numbers.iter().flat_map(|number| integer(number)));
    let key = wrapped(OCTETS, &wrapped(SEQUENCE, &key));
    pem("PRIVATE KEY", &wrapped(SEQUENCE, &[integer(&[0]), wrapped(SEQUENCE, &RSA), key].concat()))
}

fn is_public_key(der: &[u8]) -> bool {
    let inside = || {
        let (key, rest) = element(der, SEQUENCE)?;
        let (_, key) = element(key, INTEGER)?;
        let (_, key) = element(key, INTEGER)?;
        (rest.is_empty() && key.is_empty()).then_some(())
    };
    inside().is_some()
}

/// The contents of the element at the front, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let der = der.strip_prefix(&[tag])?;
    let (&first, der) = der.split_first()?;
    let (length, der) = if first < 0x80 {
        (usize::from(first), der)
    } else {
        // Keys need two bytes of length; four are plenty.
        let (bytes, der) = der.split_at_checked(usize::from(first & 0x7f)).filter(|(bytes, _)| bytes.len() <= 4)?;
        (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), der)
    };
    der.split_at_checked(length)
}

fn wrapped(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = contents.len().to_be_bytes();
    let length = &length[length.iter().take_while(|byte| **byte == 0).count()..];
    let mut der = vec![tag];
    match length {
        [] => der.push(0),
        [short] if *short < 0x80 => der.push(*short),
        long => {
            der.push(0x80 | u8::try_from(long.len()).unwrap_or_default());
            der.extend(long);
        }
    }
    der.extend(contents);
    der
}

/// A number that is not negative.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let bytes = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
    let sign: &[u8] = if bytes.first().is_none_or(|first| *first >= 0x80) { &[0] } else { &[] };
    wrapped(INTEGER, &[sign, bytes].concat())
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
