//! Tokens: the long-lived one, and what was granted by consent: codes and refresh tokens for one use each, access tokens for a day.
//! It must not know HTTP.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::json;

use super::account::Account;
use crate::ids::Ids;

const CODE_LIFE_MS: i64 = 20 * 60_000;
/// How long an access token lives, in seconds.
pub(super) const ACCESS_LIFE_S: i64 = 86_400;
/// Three months.
const REFRESH_LIFE_MS: i64 = 92 * 24 * 3_600_000;

/// A one-use token and until when it can be used.
struct Once {
    ends_at: i64,
    used: bool,
}

/// Everything that calls can be made with, or that can become such.
pub(super) struct Tokens {
    ids: Ids,
    long_lived: Option<String>,
    codes: BTreeMap<String, Once>,
    access: BTreeMap<String, i64>,
    refresh: BTreeMap<String, Once>,
}

/// What became of the account's tokens.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct TokensView {
    /// Whether the long-lived token is alive.
    pub long_lived: bool,
    /// Access tokens that are alive.
    pub access: usize,
    /// Refresh tokens that can be used.
    pub refresh: usize,
    /// Refresh tokens that were used.
    pub refreshed: usize,
}

/// Tokens as they are given.
pub(super) struct Pair {
    pub(super) access: String,
    pub(super) refresh: String,
}

impl Tokens {
    pub(super) fn new(long_lived: &str, now: i64) -> Self {
        Self {
            ids: Ids::new(now),
            long_lived: Some(long_lived.to_owned()),
            codes: BTreeMap::new(),
            access: BTreeMap::new(),
            refresh: BTreeMap::new(),
        }
    }

    pub(super) fn is_alive(&self, token: &str, now: i64) -> bool {
        self.long_lived.as_deref() == Some(token) || self.access.get(token).is_some_and(|ends_at| now < *ends_at)
    }

    /// Whether a refresh token could be used now.
    pub(super) fn can_refresh(&self, token: &str, now: i64) -> bool {
        self.refresh.get(token).is_some_and(|once| !once.used && now < once.ends_at)
    }

    /// A code for a browser to carry.
    pub(super) fn code(&mut self, now: i64) -> String {
        let code = self.ids.text("def50200");
        self.codes.insert(code.clone(), Once { ends_at: now + CODE_LIFE_MS, used: false });
        code
    }

    /// Uses a code up; `false`: it is used, over, or none.
    pub(super) fn spend(&mut self, code: &str, now: i64) -> bool {
        take(&mut self.codes, code, now)
    }

    /// Uses a refresh token up; `false`: it is used, over, or none.
    pub(super) fn renew(&mut self, token: &str, now: i64) -> bool {
        take(&mut self.refresh, token, now)
    }

    /// A new pair. Access tokens before it go on until their end.
    pub(super) fn give(&mut self, account: &Account, now: i64) -> Pair {
        let ends_at = now + ACCESS_LIFE_S * 1000;
        let claims = json!({
            "aud": account.client_id, "jti": self.ids.text(""), "iat": now.div_euclid(1000), "exp": ends_at.div_euclid(1000),
            "sub": "8800001", "grant_type": "", "account_id": account.id, "base_domain": account.domain.as_str(),
            "api_domain": format!("api-a.{}", account.domain.as_str()), "version": 2, "scopes": ["crm", "notifications"],
        });
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let head = part(&json!({"typ": "JWT", "alg": "RS256"}).to_string());
        let access = format!("{head}.{}.{}", part(&claims.to_string()), part(&self.ids.text("access-CANARY-")));
        let refresh = self.ids.text("def50200-refresh-CANARY-");
        self.access.insert(access.clone(), ends_at);
        self.refresh.insert(refresh.clone(), Once { ends_at: now + REFRESH_LIFE_MS, used: false });
        Pair { access, refresh }
    }

    /// Takes the long-lived token back, or gives another in its place.
    pub(super) fn set_long_lived(&mut self, token: Option<&str>) {
        self.long_lived = token.map(str::to_owned);
    }

    /// Every access token is over.
    pub(super) fn expire_access(&mut self) {
        self.access.clear();
    }

    /// Everything that was granted by consent is dead.
    pub(super) fn withdraw(&mut self) {
        self.access.clear();
        self.codes.clear();
        self.refresh.values_mut().for_each(|once| once.used = true);
    }

    pub(super) fn view(&self, now: i64) -> TokensView {
        TokensView {
            long_lived: self.long_lived.is_some(),
            access: self.access.values().filter(|ends_at| now < **ends_at).count(),
            refresh: self.refresh.values().filter(|once| !once.used && now < once.ends_at).count(),
            refreshed: self.refresh.values().filter(|once| once.used).count(),
        }
    }
}

fn take(tokens: &mut BTreeMap<String, Once>, token: &str, now: i64) -> bool {
    let Some(once) = tokens.get_mut(token).filter(|once| !once.used && now < once.ends_at) else { return false };
    once.used = true;
    true
}
