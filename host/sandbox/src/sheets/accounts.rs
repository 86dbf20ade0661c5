//! Service accounts: their public keys, the tokens that they hold, and how much they asked within the minute. It must not know what they
//! ask for.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{der, prime};

/// How long a token is good for.
pub(super) const TOKEN_S: i64 = 3_599;
/// Google's minutes, which quotas are counted in.
const MINUTE_MS: i64 = 60_000;
/// Half of a 2048-bit modulus, in limbs.
const HALF: usize = 16;

/// A key of a service account: what Google keeps of it.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ServiceAccount {
    /// The address that spreadsheets are shared with; the `iss` of its assertions.
    pub client_email: String,
    /// The public key, PEM.
    pub public_key_pem: String,
    /// Names the key among the account's; the `kid` of its assertions.
    pub key_id: String,
}

/// A key file as Google's console hands it out, once.
#[derive(Clone, Serialize)]
pub struct KeyFile {
    /// `service_account`
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The Cloud project that the account is of.
    pub project_id: String,
    /// Names the key.
    pub private_key_id: String,
    /// PKCS#8 in PEM.
    pub private_key: String,
    /// The account's address.
    pub client_email: String,
    /// Where tokens are asked for.
    pub token_uri: String,
}

impl std::fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyFile")
            .field("client_email", &self.client_email)
            .field("private_key_id", &self.private_key_id)
            .finish_non_exhaustive()
    }
}

/// An account with its keys.
#[derive(Clone, Default)]
pub(super) struct Account {
    /// `RSAPublicKey` by key id.
    pub(super) keys: BTreeMap<String, Vec<u8>>,
    reads: Window,
    writes: Window,
}

/// What was asked in one minute.
#[derive(Clone, Copy, Default)]
struct Window {
    minute: i64,
    calls: u32,
}

/// An access token.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) client_email: String,
    pub(super) scope: String,
    pub(super) ends_at_ms: i64,
}

/// Which of the two quotas a call counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Read,
    Write,
}

impl Account {
    /// Counts a call, or refuses it because the minute is used up. A refused call counts, too.
    pub(super) fn take(&mut self, kind: Kind, now_ms: i64, most: u32) -> bool {
        let window = match kind {
            Kind::Read => &mut self.reads,
            Kind::Write => &mut self.writes,
        };
        let minute = now_ms.div_euclid(MINUTE_MS);
        if window.minute != minute {
            *window = Window { minute, calls: 0 };
        }
        window.calls = window.calls.saturating_add(1);
        window.calls <= most
    }
}

impl Token {
    /// Whether the token may be used for this kind of call.
    pub(super) fn covers(&self, kind: Kind) -> bool {
        const ALL: [&str; 3] = ["spreadsheets", "drive", "drive.file"];
        const READ: [&str; 2] = ["spreadsheets.readonly", "drive.readonly"];
        let scopes =
            || self.scope.split(' ').filter_map(|scope| scope.strip_prefix("https://www.googleapis.com/auth/"));
        scopes().any(|scope| ALL.contains(&scope) || (kind == Kind::Read && READ.contains(&scope)))
    }
}

/// The Cloud project of an account, which stands in its address.
pub(super) fn project(client_email: &str) -> &str {
    let domain = client_email.split_once('@').map_or(client_email, |(_, domain)| domain);
    domain.split('.').next().unwrap_or(domain)
}

/// Makes a 2048-bit key out of a seed: the file for its owner, and what Google keeps. It takes a second or two.
pub fn new_key(client_email: &str, seed: &[u8; 32], token_uri: String) -> (KeyFile, ServiceAccount) {
    let mut count = 0_u64;
    let mut draw = || {
        count += 1;
        let bytes = Sha256::new().chain_update(seed).chain_update(count.to_be_bytes()).finalize();
        bytes[..8].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
    };
    let (one, other) = (prime::prime(HALF, &mut draw), prime::prime(HALF, &mut draw));
    // The greater one goes first; readers of keys insist on that.
    let (p, q) = if one.iter().rev().gt(other.iter().rev()) { (one, other) } else { (other, one) };
    let (p_less, q_less) = (prime::less_one(&p), prime::less_one(&q));
    let modulus = prime::product(&p, &q);
    let numbers = [
        modulus.clone(),
        vec![prime::EXPONENT],
        prime::inverse_of_exponent(&prime::product(&p_less, &q_less)),
        p.clone(),
        q.clone(),
        prime::inverse_of_exponent(&p_less),
        prime::inverse_of_exponent(&q_less),
        prime::inverse(&q, &p),
    ];
    let numbers = numbers.map(|number| prime::bytes(&number));
    let public_key_pem = der::public_pem(&numbers[0], &numbers[1]);
    let digest = Sha256::digest(public_key_pem.as_bytes());
    let key_id = digest[..20].iter().fold(String::with_capacity(40), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String cannot fail");
        text
    });
    let file = KeyFile {
        kind: "service_account",
        project_id: project(client_email).to_owned(),
        private_key_id: key_id.clone(),
        private_key: der::private_pem(&numbers),
        client_email: client_email.to_owned(),
        token_uri,
    };
    (file, ServiceAccount { client_email: client_email.to_owned(), public_key_pem, key_id })
}
