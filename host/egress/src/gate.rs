//! The static part of the gate: what can be said of a URL before any name is resolved. It performs no I/O.

use std::{fmt, str::FromStr};

use url::{Host, Url};

/// Ports on which no web service is expected, from the Fetch standard's list of bad ports (https://fetch.spec.whatwg.org/#port-blocking):
/// a request there could only be meant for a mail server, a name server or the like.
const REFUSED_PORTS: [u16; 82] = [
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
    110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531,
    532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060,
    5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697,
];

/// Why a request was refused before anything left this machine. The text names no path and no query: they may hold secrets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Neither `https` nor, for a listed host and port, `http`.
    #[error("only https is allowed: `{0}`")]
    Scheme(String),
    /// `user:password@` in the URL.
    #[error("a user name or password inside the URL is not allowed")]
    UserInfo,
    /// `#…` in the URL.
    #[error("a fragment in the URL is not allowed")]
    Fragment,
    /// No host, an empty one, or one that ends with a dot.
    #[error("the URL names no usable host")]
    Host,
    /// An IP address instead of a name.
    #[error("an address instead of a host name is not allowed: `{0}`")]
    AddressLiteral(String),
    /// A port that belongs to another kind of service.
    #[error("this port is not allowed: {0}")]
    Port(u16),
    /// The name resolved to an address inside a private or special network.
    #[error("`{0}` leads into a private network")]
    PrivateAddress(String),
    /// A header that belongs to the connection, or that cannot be written.
    #[error("this header is not allowed: `{0}`")]
    Header(String),
    /// More headers than [`crate::HEADERS_CAP`].
    #[error("too many headers: {0}")]
    TooManyHeaders(usize),
    /// A body above [`crate::BODY_CAP`].
    #[error("the request body is too large: {0} bytes")]
    BodyTooLarge(usize),
}

/// One exact host and port, written `127.0.0.1:8091`, `[::1]:8091` or `erp.internal:8443`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPort {
    host: Host<String>,
    port: u16,
}

/// The text is no host and port.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a host and port such as `127.0.0.1:8091`: `{0}`")]
pub struct HostPortError(String);

impl FromStr for HostPort {
    type Err = HostPortError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || HostPortError(text.to_owned());
        let (host, port) = text.trim().rsplit_once(':').ok_or_else(wrong)?;
        let host = Host::parse(host).map_err(|_| wrong())?;
        let port = port.parse().map_err(|_| wrong())?;
        // `*` passes as a label of a host name, but it would be read as a pattern, which this never is.
        if port == 0 || text.contains('*') {
            return Err(wrong());
        }
        Ok(Self { host, port })
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.host, self.port)
    }
}

/// A URL that passed: where it goes and whether the operator listed that place.
pub(crate) struct Target {
    pub(crate) host: Host<String>,
    pub(crate) port: u16,
    pub(crate) listed: bool,
}

/// Judges a URL. A listed host and port may be plain `http`, an address literal and private; nothing else is lifted.
pub(crate) fn judge(url: &Url, allow: &[HostPort]) -> Result<Target, Refusal> {
    if !matches!(url.scheme(), "https" | "http") {
        return Err(Refusal::Scheme(url.scheme().to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refusal::UserInfo);
    }
    if url.fragment().is_some() {
        return Err(Refusal::Fragment);
    }
    let host = url.host().ok_or(Refusal::Host)?.to_owned();
    let port = url.port_or_known_default().ok_or(Refusal::Host)?;
    let listed = allow.iter().any(|entry| entry.host == host && entry.port == port);
    if url.scheme() == "http" && !listed {
        return Err(Refusal::Scheme("http".to_owned()));
    }
    match &host {
        Host::Domain(name) if name.is_empty() || name.ends_with('.') => return Err(Refusal::Host),
        Host::Ipv4(_) | Host::Ipv6(_) if !listed => {
            return Err(Refusal::AddressLiteral(host.to_string()));
        }
        _ => {}
    }
    if !listed && REFUSED_PORTS.contains(&port) {
        return Err(Refusal::Port(port));
    }
    Ok(Target { host, port, listed })
}
