//! What an operator enters for an Ameriabank vPOS client. It must not know what is sent with it.

use crate::contract::{Secrets, SettingsError};
use crate::entered::{self, fault};
use crate::line::Line;
use serde::Deserialize;
use url::Url;

/// The live service. The test service is `https://servicestest.ameriabank.am/VPOS/`.
const LIVE: &str = "https://services.ameriabank.am/VPOS/";
/// OrderID is an integer of unpublished width; 31 bits fit into whatever it is.
pub(super) const FIRST_ORDER: i64 = 1;
/// The last one of 31 bits.
pub(super) const LAST_ORDER: i64 = 2_147_483_647;
/// Vendor manual: the longest session, and what it is where nothing is asked for. The server checks none of it.
const LONGEST_SESSION_S: i64 = 1_200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entered {
    base_url: Option<Url>,
    page_origin: Option<Url>,
    client_id: String,
    username: String,
    order_id_min: Option<i64>,
    order_id_max: Option<i64>,
    session_seconds: Option<i64>,
    #[serde(default)]
    test_mode: bool,
    #[serde(default = "yes")]
    refunds: bool,
    #[serde(default = "yes")]
    cancel: bool,
}

fn yes() -> bool {
    true
}

/// An account that can work.
pub(super) struct Account {
    /// What operations are below; ends with a slash.
    pub(super) base: String,
    /// What pages are below, as browsers reach it; ends with a slash.
    pub(super) pages: String,
    pub(super) page_origins: Vec<String>,
    pub(super) terminal: String,
    pub(super) client_id: String,
    pub(super) username: String,
    pub(super) password: String,
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) session_seconds: i64,
    pub(super) test_mode: bool,
    pub(super) refunds: bool,
    pub(super) cancel: bool,
}

impl Account {
    pub(super) fn read(settings: &str, secrets: &Secrets, line: &Line) -> Result<Self, SettingsError> {
        let entered: Entered = entered::read(settings)?;
        let base_url = match entered.base_url {
            Some(url) => url,
            None => Url::parse(LIVE).map_err(|error| fault("base_url", error.to_string()))?,
        };
        entered::reachable(line, "base_url", &base_url)?;
        if base_url.query().is_some() {
            return Err(fault("base_url", "must end before the query: write it up to and with `/VPOS/`"));
        }
        let path = format!("{}/", base_url.path().trim_end_matches('/'));
        let origin = match &entered.page_origin {
            Some(origin) => {
                entered::reachable(line, "page_origin", origin)?;
                if origin.path() != "/" || origin.query().is_some() {
                    return Err(fault("page_origin", "must be an origin, without a path: `https://pay.example.am`"));
                }
                origin
            }
            None => &base_url,
        };
        let origin = origin.origin().ascii_serialization();
        for (field, text) in [("client_id", &entered.client_id), ("username", &entered.username)] {
            if text.is_empty() || text.trim() != text || text.chars().any(char::is_control) {
                return Err(fault(field, "write it as the bank gave it, without blanks around it"));
            }
        }
        let first = entered.order_id_min.unwrap_or(FIRST_ORDER);
        if !(FIRST_ORDER..=LAST_ORDER).contains(&first) {
            return Err(fault("order_id_min", format!("must be from {FIRST_ORDER} to {LAST_ORDER}")));
        }
        let last = entered.order_id_max.unwrap_or(LAST_ORDER);
        if !(first..=LAST_ORDER).contains(&last) {
            return Err(fault("order_id_max", format!("must be from `order_id_min` ({first}) to {LAST_ORDER}")));
        }
        let session_seconds = entered.session_seconds.unwrap_or(LONGEST_SESSION_S);
        if !(1..=LONGEST_SESSION_S).contains(&session_seconds) {
            return Err(fault("session_seconds", format!("must be from 1 to {LONGEST_SESSION_S}")));
        }
        let host = base_url.host_str().unwrap_or_default();
        let port = base_url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Ok(Self {
            base: format!("{}{path}", base_url.origin().ascii_serialization()),
            pages: format!("{origin}{path}"),
            page_origins: vec![origin],
            terminal: format!("ameriabank {host}{port} {}", entered.client_id.to_ascii_lowercase()),
            client_id: entered.client_id,
            username: entered.username,
            password: secrets.required("password")?.to_owned(),
            first,
            last,
            session_seconds,
            test_mode: entered.test_mode,
            refunds: entered.refunds,
            cancel: entered.cancel,
        })
    }
}
