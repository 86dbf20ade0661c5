//! Inbound routes as a manifest declares them: how the host proves what arrives, which of it is the same message again, and what
//! it keeps. Nothing is verified here, and no secret is known.

use serde::{Deserialize, Serialize};

/// Bytes that a message may have where its route says nothing.
pub const USUAL_BYTES: u32 = 64 * 1024;

/// The most that a route may ask for, in bytes: what Meta's platforms send at the most (WhatsApp Cloud API, webhooks).
pub const MOST_BYTES: u32 = 3 * 1024 * 1024;

/// An inbound route and how the host verifies what arrives there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InboundRoute {
    /// A path such as `update`, without slashes at its ends.
    pub path: String,
    /// What proves a message.
    pub scheme: Scheme,
    /// Name of the secret that it is verified with.
    pub secret: String,
    /// Names of further secrets, any of which may prove a message as well: the next one while a secret is being changed, or the
    /// keys of a service that signs with one of several. Declare them with `required = false`; one without a value is passed over.
    #[serde(default)]
    pub secret_also: Vec<String>,
    /// Name of the header or form field, where the scheme has one.
    #[serde(default)]
    pub field: String,
    /// `hmac-sha256` alone: what stands before the signature in its header, such as `sha256=`.
    #[serde(default)]
    pub prefix: String,
    /// `hmac-sha256` alone: how the signature is written.
    #[serde(default)]
    pub encoding: Encoding,
    /// How the service makes sure that the address is ours before it sends anything there; left out: it does not.
    #[serde(default)]
    pub challenge: Option<Challenge>,
    /// Where the sender's own name for the message stands; the first key that is there counts, and a message with the same key is
    /// the same message. None found: the hash of the body. `standard-webhooks` has the signed `webhook-id` instead.
    #[serde(default)]
    pub dedup: Vec<Key>,
    /// For a service that sends the same bytes when the same thing happens again, such as a button that is pressed twice: a body
    /// without a key of its own is the same message only within one span of so many seconds, which are counted from the hour's
    /// beginning where they divide it. Left out: for ever.
    #[serde(default)]
    pub same_for_seconds: Option<u32>,
    /// Where the name of the conversation stands, whose messages are handled in order; the first that is there counts.
    #[serde(default)]
    pub lane: Vec<Key>,
    /// Names of further request headers to hand on.
    #[serde(default)]
    pub headers: Vec<String>,
    /// What is taken out of the body before it is kept and handed on, such as tokens of somebody's. The proof is over the bytes as
    /// they came; `dedup`, `lane` and the body's hash are of what is left, so that a message that comes again with another token
    /// is still the same. A form keeps the rest of its bytes; JSON is written anew. The field that holds the secret of
    /// `form-field-equals-secret` is always taken out.
    #[serde(default)]
    pub strip: Vec<Place>,
    /// The largest body, in bytes: 65536 where it is left out, 3145728 at the most.
    #[serde(default = "usual_bytes")]
    pub max_bytes: u32,
}

fn usual_bytes() -> u32 {
    USUAL_BYTES
}

impl InboundRoute {
    /// The names of the secrets, any of which proves a message.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.secret).chain(&self.secret_also).map(String::as_str)
    }

    /// Every place in the body that the route names.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        self.dedup.iter().chain(&self.lane).flat_map(Key::places).chain(&self.strip)
    }

    /// Whether its bodies are forms: it says so with its scheme or its places. No route takes both.
    pub fn takes_forms(&self) -> bool {
        self.scheme == Scheme::FormFieldEqualsSecret || self.places().any(|place| place.form_field().is_some())
    }

    /// Whether only JSON can be read as it asks.
    pub fn needs_json(&self) -> bool {
        !self.takes_forms() && self.places().next().is_some()
    }
}

/// What proves an inbound message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// The header `field` is the secret. It proves the sender and says nothing of the body.
    HeaderEqualsSecret,
    /// The form field `field` is the secret.
    FormFieldEqualsSecret,
    /// The last segment of the address is the secret: `/hooks/{installation}/{path}/{secret}`, for services that sign nothing.
    /// Every server on the way may write addresses into its log, so this is the weakest of all.
    PathEqualsSecret,
    /// The header `field` is an HMAC-SHA256 (RFC 2104) of the body's bytes, with the secret's bytes as its key; one that begins
    /// with `whsec_` is Base64 behind that.
    HmacSha256,
    /// Standard Webhooks 1.0.0, symmetric: signature over id, time and body, five minutes of tolerance.
    StandardWebhooks,
}

impl Scheme {
    /// The word of manifests.
    pub fn word(self) -> &'static str {
        match self {
            Self::HeaderEqualsSecret => "header-equals-secret",
            Self::FormFieldEqualsSecret => "form-field-equals-secret",
            Self::PathEqualsSecret => "path-equals-secret",
            Self::HmacSha256 => "hmac-sha256",
            Self::StandardWebhooks => "standard-webhooks",
        }
    }

    /// Whether its proof covers the body. Another one proves only that the sender knows the secret.
    pub fn signs_body(self) -> bool {
        matches!(self, Self::HmacSha256 | Self::StandardWebhooks)
    }

    /// Whether its proof is in the body, or covers it.
    pub fn reads_body(self) -> bool {
        self.signs_body() || self == Self::FormFieldEqualsSecret
    }

    /// Whether `field` names something.
    pub fn has_field(self) -> bool {
        matches!(self, Self::HeaderEqualsSecret | Self::FormFieldEqualsSecret | Self::HmacSha256)
    }
}

/// How a signature is written in its header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// Hexadecimal; small and capital letters are the same, because they hold no part of the proof.
    #[default]
    Hex,
    /// Base64 of RFC 4648, section 4, with its padding.
    Base64,
}

/// How a service makes sure that an address is ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    /// What the service asks.
    pub kind: ChallengeKind,
    /// Name of the secret that it has to know.
    pub secret: String,
}

/// What a service asks before it sends anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChallengeKind {
    /// WebSub's and Meta's: `GET ?hub.mode=subscribe&hub.verify_token=…&hub.challenge=…`, answered with the challenge.
    Hub,
}

/// Where something stands in a body: a JSON pointer (RFC 6901) such as `/entry/0/id`, or a form field such as
/// `form:leads[status][0][id]`. A segment `*`, in forms `[*]`, is every element: `/entry/*/id`. A message that carries several
/// things then has all of them as its key, and another bundle of them is another message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Place(pub String);

impl Place {
    /// The name of the form field, where it is one.
    pub fn form_field(&self) -> Option<&str> {
        self.0.strip_prefix("form:")
    }
}

/// A key: one place, whose value it is; or a list of places that are one key together and must all be there. A list counts with
/// the names of its places, so that `leads[status][0][id]` and `leads[add][0][id]` with the same value are two keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Key {
    /// One place.
    One(Place),
    /// Several, which are a key together.
    Joined(Vec<Place>),
}

impl Key {
    /// Its places.
    pub fn places(&self) -> &[Place] {
        match self {
            Self::One(place) => std::slice::from_ref(place),
            Self::Joined(places) => places,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_route_is_read_with_its_usual_values_and_written_as_it_was_read() {
        let short = json!({ "path": "a", "scheme": "path-equals-secret", "secret": "s" });
        let route: InboundRoute = serde_json::from_value(short).unwrap();
        assert_eq!((route.max_bytes, route.encoding, &route.challenge), (65_536, Encoding::Hex, &None));
        assert!(!route.takes_forms() && !route.needs_json());

        let long = json!({
            "path": "a", "scheme": "hmac-sha256", "secret": "s", "secret_also": ["t"], "field": "x", "prefix": "sha256=",
            "encoding": "base64", "challenge": { "kind": "hub", "secret": "v" },
            "dedup": ["/a", ["/b", "/c/*/d"]], "same_for_seconds": 60, "lane": [], "headers": [], "strip": ["/e"], "max_bytes": 3_145_728,
        });
        let route: InboundRoute = serde_json::from_value(long.clone()).unwrap();
        assert!(route.needs_json());
        assert_eq!(route.places().count(), 4);
        assert_eq!(route.secrets().collect::<Vec<_>>(), ["s", "t"]);
        assert_eq!(serde_json::to_value(&route).unwrap(), long);
    }

    #[test]
    fn what_this_version_does_not_know_is_no_route() {
        let with = |name: &str, value: serde_json::Value| {
            let mut route = json!({ "path": "a", "scheme": "hmac-sha256", "secret": "s", "field": "x" });
            route[name] = value;
            serde_json::from_value::<InboundRoute>(route).map(|_| ()).map_err(|error| error.to_string())
        };
        assert_eq!(with("encoding", json!("hex")), Ok(()));
        for (name, value) in [
            ("scheme", json!("none")),
            ("encoding", json!("base32")),
            ("challenge", json!({ "kind": "crc", "secret": "v" })),
            ("dedup", json!([7])),
            ("salt", json!("x")),
        ] {
            assert!(with(name, value).is_err(), "{name}");
        }
    }

    #[test]
    fn the_words_of_schemes_are_those_of_manifests() {
        for scheme in [
            Scheme::HeaderEqualsSecret,
            Scheme::FormFieldEqualsSecret,
            Scheme::PathEqualsSecret,
            Scheme::HmacSha256,
            Scheme::StandardWebhooks,
        ] {
            assert_eq!(serde_json::to_value(scheme).unwrap(), scheme.word());
        }
    }
}
