//! From where a request comes: the connection's own address, or, where that is a proxy of ours, what the proxy says. And how
//! addresses are held together: a customer has one of IPv4, and a whole /56 of IPv6.

use axum::http::{HeaderMap, HeaderName, header};
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

/// How many bits of an IPv6 address are one customer's: what providers give a household (RFC 6177, BCP 157).
const IPV6_BITS: u32 = 56;

/// A block of addresses, written `10.0.0.0/8` or as one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    address: IpAddr,
    bits: u32,
}

impl Block {
    fn has(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                cut(own.to_bits().into(), 32, self.bits) == cut(other.to_bits().into(), 32, self.bits)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                cut(own.to_bits(), 128, self.bits) == cut(other.to_bits(), 128, self.bits)
            }
            _ => false,
        }
    }
}

/// The first so many of all bits.
fn cut(address: u128, all: u32, bits: u32) -> u128 {
    address.checked_shr(all - bits).unwrap_or(0)
}

impl FromStr for Block {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| ())?;
        let all = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits.parse().ok().filter(|bits| *bits <= all).ok_or(())?,
            None => all,
        };
        Ok(Self { address: address.to_canonical(), bits })
    }
}

/// The address that a request comes from. `proxies`: whose word about others is believed; of all hops that they name it is
/// the right-most that is none of them, because everything further left is whatever the sender wrote.
pub fn of(peer: IpAddr, headers: &HeaderMap, proxies: &[Block]) -> IpAddr {
    let is_ours = |address: IpAddr| proxies.iter().any(|block| block.has(address));
    let mut known = peer.to_canonical();
    if !is_ours(known) {
        return known;
    }
    for hop in hops(headers).into_iter().rev() {
        // What is no address cannot be followed further; the last known hop is what there is.
        let Some(address) = hop else { return known };
        known = address;
        if !is_ours(known) {
            return known;
        }
    }
    known
}

/// The hops of `X-Forwarded-For`, which most proxies write; of `Forwarded` (RFC 7239) where there is none of the other. Never
/// of both: a proxy appends to one of them, and the other is the sender's.
fn hops(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let of = |name: HeaderName| -> Vec<String> {
        let lines = headers.get_all(name).into_iter().map(|line| String::from_utf8_lossy(line.as_bytes()).into_owned());
        lines.flat_map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>()).collect()
    };
    let plain = of(HeaderName::from_static("x-forwarded-for"));
    if !plain.is_empty() {
        return plain.iter().map(|hop| read(hop)).collect();
    }
    let element = |element: &String| {
        let mut pairs = element.split(';').filter_map(|pair| pair.split_once('='));
        pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for")).and_then(|(_, node)| read(node))
    };
    of(header::FORWARDED).iter().map(element).collect()
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `"[2001:db8::1]:4711"`.
fn read(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    if let Some((inside, _)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return inside.parse::<Ipv6Addr>().ok().map(|address| IpAddr::V6(address).to_canonical());
    }
    let bare = text.parse::<IpAddr>().ok();
    bare.or_else(|| text.rsplit_once(':')?.0.parse().ok()).map(|address| address.to_canonical())
}

/// What one customer is known by; `None` where the address tells customers apart in no way, because it belongs to this
/// machine or to a private network: then something of ours stands between that `KAMURJ_TRUSTED_PROXIES` does not name, and a
/// limit for one would shut everybody out.
pub fn prefix(address: IpAddr) -> Option<String> {
    match address {
        IpAddr::V4(v4) if v4.is_loopback() || v4.is_private() || v4.is_link_local() || v4.is_unspecified() => None,
        IpAddr::V4(v4) => Some(v4.to_string()),
        IpAddr::V6(v6) if v6.is_loopback() || v6.is_unspecified() || v6.is_unique_local() => None,
        IpAddr::V6(v6) if v6.is_unicast_link_local() => None,
        IpAddr::V6(v6) => {
            let network = Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << (128 - IPV6_BITS)));
            Some(format!("{network}/{IPV6_BITS}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, lines: &[(&'static str, &str)], proxies: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::from_static(name), value.parse().unwrap());
        }
        let proxies: Vec<Block> = proxies.iter().map(|text| text.parse().unwrap()).collect();
        of(peer.parse().unwrap(), &headers, &proxies).to_string()
    }

    const XFF: &str = "x-forwarded-for";

    #[test]
    fn l12_what_a_stranger_says_about_where_they_are_is_not_read() {
        assert_eq!(seen("203.0.113.9", &[(XFF, "198.51.100.1")], &[]), "203.0.113.9");
        assert_eq!(seen("203.0.113.9", &[(XFF, "198.51.100.1")], &["10.0.0.0/8"]), "203.0.113.9");
        assert_eq!(seen("203.0.113.9", &[("forwarded", "for=198.51.100.1")], &["10.0.0.0/8"]), "203.0.113.9");
    }

    #[test]
    fn l12_of_the_hops_that_our_proxies_name_the_last_foreign_one_counts() {
        let ours = &["10.0.0.0/8", "2001:db8:1::/48"][..];
        for (line, expected) in [
            ("198.51.100.1", "198.51.100.1"),
            ("1.1.1.1, 198.51.100.1", "198.51.100.1"),
            ("1.1.1.1, 198.51.100.1, 10.2.3.4", "198.51.100.1"),
            ("198.51.100.1:4711", "198.51.100.1"),
            ("[2001:db8:2::7]:4711", "2001:db8:2::7"),
            ("2001:db8:2::7, 2001:db8:1::9", "2001:db8:2::7"),
            ("::ffff:198.51.100.1", "198.51.100.1"),
            // What cannot be read hides what is left of it.
            ("198.51.100.1, unknown", "10.0.0.1"),
            ("198.51.100.1, nonsense, 10.9.9.9", "10.9.9.9"),
            ("", "10.0.0.1"),
        ] {
            assert_eq!(seen("10.0.0.1", &[(XFF, line)], ours), expected, "{line}");
        }
        assert_eq!(seen("10.0.0.1", &[(XFF, "1.1.1.1"), (XFF, "198.51.100.1")], ours), "198.51.100.1");
        assert_eq!(seen("10.0.0.1", &[], ours), "10.0.0.1");
        assert_eq!(seen("::ffff:10.0.0.1", &[(XFF, "198.51.100.1")], ours), "198.51.100.1");
    }

    #[test]
    fn l12_forwarded_is_read_where_the_proxy_writes_that_alone() {
        let ours = &["10.0.0.1"][..];
        for (line, expected) in [
            ("for=198.51.100.1;proto=https", "198.51.100.1"),
            ("for=1.1.1.1, For=\"[2001:db8:2::7]:4711\";by=10.0.0.1", "2001:db8:2::7"),
            ("for=198.51.100.1, for=_hidden", "10.0.0.1"),
            ("proto=https", "10.0.0.1"),
        ] {
            assert_eq!(seen("10.0.0.1", &[("forwarded", line)], ours), expected, "{line}");
        }
        let both = [("forwarded", "for=192.0.2.66"), (XFF, "198.51.100.1")];
        assert_eq!(seen("10.0.0.1", &both, ours), "198.51.100.1", "the other one is the sender's own");
    }

    #[test]
    fn l9_a_customer_is_one_address_of_ipv4_and_a_56_of_ipv6() {
        let prefix = |text: &str| prefix(text.parse().unwrap());
        assert_eq!(prefix("198.51.100.1").as_deref(), Some("198.51.100.1"));
        assert_eq!(prefix("2001:db8:2:1ff:1::1").as_deref(), Some("2001:db8:2:100::/56"));
        assert_eq!(prefix("2001:db8:2:100::"), prefix("2001:db8:2:1ff:ffff::9"));
        assert_ne!(prefix("2001:db8:2:100::"), prefix("2001:db8:2:200::"));
        for nobody in ["127.0.0.1", "10.1.2.3", "192.168.0.7", "172.16.0.1", "169.254.1.1", "::1", "fd00::1", "fe80::1"]
        {
            assert_eq!(prefix(nobody), None, "{nobody}");
        }
    }

    #[test]
    fn blocks_are_read_strictly() {
        for wrong in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "host", "10.0.0.1/", "10.0.0.1/-1"] {
            assert!(wrong.parse::<Block>().is_err(), "{wrong}");
        }
        let all: Block = "0.0.0.0/0".parse().unwrap();
        assert!(all.has("203.0.113.7".parse().unwrap()) && !all.has("::1".parse().unwrap()));
    }
}
