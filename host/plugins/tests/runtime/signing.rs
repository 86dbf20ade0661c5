//! Signatures with private keys, held against the public keys by another library's eyes. The keys are for tests alone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm};
use serde_json::{Value, json};

use crate::bench::{Bench, on_host};

const RSA: &str = include_str!("../keys/rsa-for-tests-only.pem");
/// Its public side as `openssl rsa -RSAPublicKey_out` writes it, in Base64.
const RSA_PUBLIC: &str = include_str!("../keys/rsa-for-tests-only.public");
const ED25519_KEY: &str = include_str!("../keys/ed25519-for-tests-only.pem");
/// Its public side: the last 32 bytes of what `openssl pkey -pubout` writes, in Base64.
const ED25519_PUBLIC: &str = include_str!("../keys/ed25519-for-tests-only.public");

const DATA: &str = "header.claims";

/// What the guest is answered where the secret is this and it asks so.
async fn signs(secret: &str, algorithm: &str, data: &str) -> Value {
    let mut bench = Bench::new().await;
    bench.desk.secrets.insert("token".to_owned(), secret.to_owned());
    let script = json!([{ "do": "sign", "algorithm": algorithm, "key": "token", "data": data }]);
    let (trace, report, desk, _) = bench.play(script).await;
    let kept = serde_json::to_string(&(desk.steps(), &report.steps)).expect("JSON");
    assert!(!kept.contains("PRIVATE KEY"), "{kept}");
    trace[0].clone()
}

fn bytes(hex: &Value) -> Vec<u8> {
    let text = hex.as_str().unwrap_or_else(|| panic!("no signature: {hex}"));
    let pairs = (0..text.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex")).collect()
}

#[track_caller]
fn fits(algorithm: &'static dyn VerificationAlgorithm, public: &str, data: &str, signature: &[u8]) -> bool {
    let public = STANDARD.decode(public.trim()).expect("Base64");
    UnparsedPublicKey::new(algorithm, public).verify(data.as_bytes(), signature).is_ok()
}

#[test]
fn the_host_signs_with_rs256_what_the_public_key_confirms() {
    on_host(async {
        let signature = bytes(&signs(RSA, "rs256", DATA).await);
        assert_eq!(signature.len(), 256);
        assert!(fits(&RSA_PKCS1_2048_8192_SHA256, RSA_PUBLIC, DATA, &signature));
        assert!(!fits(&RSA_PKCS1_2048_8192_SHA256, RSA_PUBLIC, "header.other", &signature));
        let one_line = RSA.replace('\n', "\\n");
        assert_eq!(bytes(&signs(&one_line, "rs256", DATA).await), signature, "as service accounts write line ends");
    });
}

#[test]
fn the_host_signs_with_ed25519_what_the_public_key_confirms() {
    on_host(async {
        let signature = bytes(&signs(ED25519_KEY, "ed25519", DATA).await);
        assert!(fits(&ED25519, ED25519_PUBLIC, DATA, &signature));
        assert!(!fits(&ED25519, ED25519_PUBLIC, "header.other", &signature));
        assert_eq!(bytes(&signs(ED25519_KEY, "ed25519", DATA).await), signature, "the same in every run");
    });
}

#[test]
fn i7_a_secret_that_is_no_key_for_the_algorithm_is_told_and_not_shown() {
    on_host(async {
        let cut = &RSA[..RSA.len() / 2];
        let emptied = "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----";
        for (secret, algorithm) in [
            (RSA, "ed25519"),
            (ED25519_KEY, "rs256"),
            (cut, "rs256"),
            (emptied, "rs256"),
            ("plain-secret", "ed25519"),
            (RSA, "rs512"),
            (RSA, ""),
        ] {
            assert_eq!(signs(secret, algorithm, DATA).await["error"], "invalid", "{algorithm}");
        }
    });
}
