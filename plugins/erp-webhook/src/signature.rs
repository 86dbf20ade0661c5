//! Signatures of Standard Webhooks 1.0.0: one by each secret that the operator entered, so that a secret is changed without a gap. The
//! host signs; no key is ever seen here.

use base64::{Engine, engine::general_purpose::STANDARD};
use kamurj_sdk::{Error, Host, Outcome, plain};

/// A secret that signs.
struct Signer {
    secret: &'static str,
    algorithm: &'static str,
    /// What stands before the signature.
    version: &'static str,
}

/// The first one is required; the others sign as well where they are entered.
const SIGNERS: [Signer; 3] = [
    Signer { secret: "signing_secret", algorithm: "hmac-sha256", version: "v1" },
    Signer { secret: "signing_secret_old", algorithm: "hmac-sha256", version: "v1" },
    Signer { secret: "signing_key", algorithm: "ed25519", version: "v1a" },
];

/// What the header `webhook-signature` holds for this message, sent at this time (Unix seconds).
pub(crate) fn header(host: &impl Host, id: &str, timestamp: u64, body: &[u8]) -> Result<String, Outcome> {
    let signed = [format!("{id}.{timestamp}.").as_bytes(), body].concat();
    let mut signatures = Vec::new();
    for signer in used(host) {
        let signature = host.sign(signer.algorithm, signer.secret, &signed).map_err(|error| unfit(signer, error))?;
        signatures.push(format!("{},{}", signer.version, STANDARD.encode(signature)));
    }
    Ok(signatures.join(" "))
}

/// The names of the secrets that sign.
pub(crate) fn names(host: &impl Host) -> Vec<&'static str> {
    used(host).map(|signer| signer.secret).collect()
}

fn used(host: &impl Host) -> impl Iterator<Item = &'static Signer> {
    let required = SIGNERS[0].secret;
    SIGNERS.iter().filter(move |signer| signer.secret == required || host.has_secret(signer.secret))
}

/// A secret that does not sign fails every webhook alike: all wait until it is entered anew.
fn unfit(signer: &Signer, error: Error) -> Outcome {
    if error.retryable {
        return error.into();
    }
    let form = if signer.version == "v1" { "`whsec_` and Base64" } else { "an Ed25519 key, PKCS#8 in PEM" };
    let why = plain(&error.message, 200);
    let message = format!("`{}` does not sign: {why}. Enter it again: {form}", signer.secret);
    Outcome::bad_request("signing-secret", &message).whole_connection()
}
