//! What was granted: codes, access tokens and refresh tokens, each with its life and its uses. It must not know HTTP.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::ids::Ids;

/// A code that was given to a browser.
struct Code {
    redirect_uri: String,
    /// The challenge of PKCE, where one was sent.
    challenge: Option<String>,
    ends_at: i64,
    used: bool,
    grant: u32,
}

struct Access {
    grant: u32,
    ends_at: i64,
    dead: bool,
}

struct Refresh {
    grant: u32,
    uses: u32,
    dead: bool,
}

/// Tokens as they are given.
pub(super) struct Pair {
    pub(super) access: String,
    pub(super) refresh: Option<String>,
}

/// Everything that was granted.
pub(super) struct Grants {
    ids: Ids,
    count: u32,
    codes: BTreeMap<String, Code>,
    access: BTreeMap<String, Access>,
    refresh: BTreeMap<String, Refresh>,
}

impl Grants {
    pub(super) fn new(now: i64) -> Self {
        let (codes, access, refresh) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { ids: Ids::new(now), count: 0, codes, access, refresh }
    }

    /// A code for a new grant.
    pub(super) fn code(&mut self, redirect_uri: &str, challenge: Option<String>, ends_at: i64) -> String {
        self.count += 1;
        let code = self.ids.text("code-");
        let kept = Code { redirect_uri: redirect_uri.to_owned(), challenge, ends_at, used: false, grant: self.count };
        self.codes.insert(code.clone(), kept);
        code
    }

    /// The grant of a code. One that is presented again takes back what it gave (RFC 6749, section 4.1.2).
    pub(super) fn spend(&mut self, code: &str, redirect_uri: &str, verifier: Option<&str>, now: i64) -> Option<u32> {
        let known = self.codes.get_mut(code)?;
        if known.used {
            let grant = known.grant;
            self.end(grant);
            return None;
        }
        let is_bound = match &known.challenge {
            // RFC 7636, section 4.6.
            Some(challenge) => verifier.is_some_and(|text| {
                (43..=128).contains(&text.len())
                    && URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes())) == *challenge
            }),
            None => verifier.is_none(),
        };
        if known.redirect_uri != redirect_uri || !is_bound || known.ends_at <= now {
            return None;
        }
        known.used = true;
        Some(known.grant)
    }

    /// The grant of a refresh token, which is dead from now on.
    pub(super) fn renew(&mut self, token: &str) -> Option<u32> {
        let known = self.refresh.get_mut(token)?;
        known.uses += 1;
        if known.dead {
            return None;
        }
        known.dead = true;
        Some(known.grant)
    }

    /// New tokens of a grant. The access tokens before them go on until their end.
    pub(super) fn give(&mut self, grant: u32, ends_at: i64, with_refresh: bool) -> Pair {
        let access = self.ids.text("access-CANARY-");
        self.access.insert(access.clone(), Access { grant, ends_at, dead: false });
        let refresh = with_refresh.then(|| {
            let refresh = self.ids.text("refresh-CANARY-");
            self.refresh.insert(refresh.clone(), Refresh { grant, uses: 0, dead: false });
            refresh
        });
        Pair { access, refresh }
    }

    pub(super) fn is_alive(&self, access: &str, now: i64) -> bool {
        self.access.get(access).is_some_and(|known| !known.dead && known.ends_at > now)
    }

    /// Ends whatever this token belongs to; answers whether it was known.
    pub(super) fn revoke(&mut self, token: &str) -> bool {
        let of_refresh = self.refresh.get(token).map(|known| known.grant);
        match of_refresh {
            // RFC 7009, section 2.1: the access tokens of the same grant go too.
            Some(grant) => {
                self.end(grant);
                true
            }
            None => self.access.get_mut(token).is_some_and(|known| {
                known.dead = true;
                true
            }),
        }
    }

    fn end(&mut self, grant: u32) {
        self.access.values_mut().filter(|known| known.grant == grant).for_each(|known| known.dead = true);
        self.refresh.values_mut().filter(|known| known.grant == grant).for_each(|known| known.dead = true);
    }

    pub(super) fn kill_access(&mut self) {
        self.access.values_mut().for_each(|known| known.dead = true);
    }

    pub(super) fn withdraw(&mut self) {
        self.kill_access();
        self.refresh.values_mut().for_each(|known| known.dead = true);
    }

    pub(super) fn most_uses(&self) -> u32 {
        self.refresh.values().map(|known| known.uses).max().unwrap_or_default()
    }

    pub(super) fn tokens(&self) -> Vec<String> {
        self.access.keys().chain(self.refresh.keys()).cloned().collect()
    }

    pub(super) fn living(&self, now: i64) -> usize {
        let access = self.access.values().filter(|known| !known.dead && known.ends_at > now).count();
        access + self.refresh.values().filter(|known| !known.dead).count()
    }
}
