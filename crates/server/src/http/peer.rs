//! The address that a request comes from: the peer of the connection, or the address that a trusted proxy reports.

use crate::config::ConfigError;
use http::header::FORWARDED;
use http::{Extensions, HeaderMap, HeaderName};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The bits of an IPv6 address that identify one subscriber, who has all addresses of that network (RFC 6177).
const SUBSCRIBER_BITS: u32 = 64;

/// The address that a request comes from. The listener puts it on each request as an extension.
///
/// An IPv4 address that is mapped into IPv6 (`::ffff:192.0.2.1`) is an IPv4 address here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Peer(pub IpAddr);

impl Peer {
    /// The peer of a connection.
    pub fn of_socket(address: SocketAddr) -> Self {
        Peer(address.ip().to_canonical())
    }

    /// Stands for the peer of a request without that extension. It is not loopback, and all such requests share one
    /// limit.
    const UNKNOWN: Peer = Peer(IpAddr::V4(Ipv4Addr::UNSPECIFIED));

    /// The peer of the request that has these extensions.
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get().copied().unwrap_or(Peer::UNKNOWN)
    }

    /// The key of limits: an IPv4 address, or the /64 network of an IPv6 address, written as its first address.
    pub fn key(self) -> IpAddr {
        match self.0 {
            IpAddr::V4(_) => self.0,
            IpAddr::V6(address) => {
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> SUBSCRIBER_BITS << SUBSCRIBER_BITS))
            }
        }
    }
}

/// The proxies whose forwarding headers are trusted: addresses and networks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// The proxies of a list of addresses (`192.0.2.1`) and networks (`10.0.0.0/8`). Blank entries are skipped.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for an entry that is neither.
    pub fn new(list: &[String]) -> Result<Self, ConfigError> {
        let parse = |text: &String| {
            let text = text.trim();
            let address = text.parse::<IpAddr>().map(|address| IpNet::from(address.to_canonical()));
            address.or_else(|_| text.parse()).map_err(|_| {
                ConfigError(format!("{text:?} is no address or network; write it as 192.0.2.1 or 10.0.0.0/8"))
            })
        };
        list.iter().filter(|text| !text.trim().is_empty()).map(parse).collect::<Result<_, _>>().map(TrustedProxies)
    }

    pub(crate) fn contain(&self, peer: Peer) -> bool {
        self.0.iter().any(|network| network.contains(&peer.0))
    }

    /// The peer of a request that came from `socket` with these headers.
    ///
    /// Forwarding headers count only if `socket` is a trusted proxy. Each proxy appends the address of its own client,
    /// so the addresses are read from the right, up to the first that is not a trusted proxy; entries further left are
    /// not trusted. An entry that is not an address (`unknown`, `_hidden`) also ends the reading, and the peer is the
    /// proxy that wrote it.
    ///
    /// A proxy that writes one of `X-Forwarded-For` and `Forwarded` forwards the other unchanged from its client. If
    /// both are present and disagree, neither is trusted, and the peer is the proxy.
    pub(crate) fn peer(&self, socket: Peer, headers: &HeaderMap) -> Peer {
        if self.0.is_empty() || !self.contain(socket) {
            return socket;
        }
        let read = |name: &HeaderName, parse: fn(&str) -> Option<IpAddr>| {
            headers.contains_key(name).then(|| self.nearest_stranger(socket, headers, name, parse))
        };
        match (read(&X_FORWARDED_FOR, parse_node), read(&FORWARDED, parse_forwarded)) {
            (None, None) => socket,
            (Some(peer), None) | (None, Some(peer)) => peer,
            (Some(one), Some(other)) if one == other => one,
            _ => socket,
        }
    }

    fn nearest_stranger(
        &self,
        socket: Peer,
        headers: &HeaderMap,
        name: &HeaderName,
        parse: fn(&str) -> Option<IpAddr>,
    ) -> Peer {
        let mut nearest = socket;
        // Several headers of one name are one list (RFC 9110, section 5.3).
        for value in headers.get_all(name).iter().rev() {
            // A value with bytes that are not ASCII counts as one entry that is not an address.
            for entry in value.to_str().unwrap_or("unknown").rsplit(',') {
                match parse(entry.trim()) {
                    Some(address) => nearest = Peer(address.to_canonical()),
                    None => return nearest,
                }
                if !self.contain(nearest) {
                    return nearest;
                }
            }
        }
        nearest
    }
}

/// Whether a request has a forwarding header.
pub(crate) fn is_forwarded(headers: &HeaderMap) -> bool {
    headers.contains_key(X_FORWARDED_FOR) || headers.contains_key(FORWARDED)
}

/// Parses the address of a node (RFC 7239, section 6), with or without a port. Some proxies write IPv6 addresses
/// without brackets.
fn parse_node(node: &str) -> Option<IpAddr> {
    let node = node.trim();
    if let Ok(address) = node.parse() {
        return Some(address);
    }
    if let Ok(with_port) = node.parse::<SocketAddr>() {
        return Some(with_port.ip());
    }
    node.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// Parses the address in the `for` parameter of one element of `Forwarded` (RFC 7239, section 4).
fn parse_forwarded(element: &str) -> Option<IpAddr> {
    let parameter = |pair: &str| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| value.trim().trim_matches('"').to_owned())
    };
    parse_node(&element.split(';').find_map(parameter)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn proxies(list: &[&str]) -> TrustedProxies {
        TrustedProxies::new(&list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()).expect("good networks")
    }

    /// Expects this peer of a request from `socket` with these headers, if 10.0.0.0/8 and ::1 are trusted.
    #[track_caller]
    fn check(socket: &str, headers: &[(&'static str, &'static str)], expected: &str) {
        let lines = headers.iter().map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        });
        let mut map = HeaderMap::new();
        lines.for_each(|(name, value)| _ = map.append(name, value));
        let socket = Peer::of_socket(SocketAddr::new(socket.parse().expect("an address"), 1));
        let peer = proxies(&["10.0.0.0/8", "::1"]).peer(socket, &map);
        assert_eq!(peer.0.to_string(), expected, "{socket:?} {headers:?}");
    }

    #[test]
    fn forwarding_headers_count_from_trusted_proxies_only() {
        let x = "x-forwarded-for";
        check("192.0.2.9", &[], "192.0.2.9");
        check("192.0.2.9", &[(x, "198.51.100.1")], "192.0.2.9");
        check("192.0.2.9", &[("forwarded", "for=198.51.100.1")], "192.0.2.9");
        check("::ffff:192.0.2.9", &[(x, "198.51.100.1")], "192.0.2.9");
        check("10.0.0.1", &[], "10.0.0.1");
        check("10.0.0.1", &[(x, "198.51.100.1")], "198.51.100.1");
        check("::ffff:10.0.0.1", &[(x, "198.51.100.1")], "198.51.100.1");
        check("::1", &[(x, "198.51.100.1")], "198.51.100.1");
    }

    #[test]
    fn the_rightmost_address_that_is_no_proxy_is_the_peer() {
        let x = "x-forwarded-for";
        check("10.0.0.1", &[(x, "203.0.113.7, 198.51.100.1")], "198.51.100.1");
        check("10.0.0.1", &[(x, "203.0.113.7, 198.51.100.1, 10.1.1.1,10.2.2.2")], "198.51.100.1");
        check("10.0.0.1", &[(x, "203.0.113.7"), (x, "198.51.100.1, 10.1.1.1")], "198.51.100.1");
        check("10.0.0.1", &[(x, "10.3.3.3, 10.1.1.1")], "10.3.3.3");
        check("10.0.0.1", &[(x, "203.0.113.7, unknown")], "10.0.0.1");
        check("10.0.0.1", &[(x, "203.0.113.7, , 10.1.1.1")], "10.1.1.1");
        check("10.0.0.1", &[(x, "")], "10.0.0.1");
    }

    #[test]
    fn addresses_are_read_however_proxies_write_them() {
        for (written, expected) in [
            ("198.51.100.1:4711", "198.51.100.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("::ffff:198.51.100.1", "198.51.100.1"),
            ("::ffff:10.1.1.1", "10.1.1.1"),
            ("_hidden", "10.0.0.1"),
            ("198.51.100.1.example.org", "10.0.0.1"),
        ] {
            check("10.0.0.1", &[("x-forwarded-for", written)], expected);
        }
        for (written, expected) in [
            ("for=198.51.100.1", "198.51.100.1"),
            ("For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
            ("for=203.0.113.7, proto=https;FOR=198.51.100.1;by=10.1.1.1", "198.51.100.1"),
            ("for=203.0.113.7;proto=http, for=10.1.1.1", "203.0.113.7"),
            ("for=203.0.113.7, for=_secret", "10.0.0.1"),
            ("for=203.0.113.7, proto=https", "10.0.0.1"),
        ] {
            check("10.0.0.1", &[("forwarded", written)], expected);
        }
    }

    #[test]
    fn where_two_headers_disagree_neither_is_believed() {
        let both = |x, forwarded| [("x-forwarded-for", x), ("forwarded", forwarded)];
        check("10.0.0.1", &both("198.51.100.1", "for=198.51.100.1"), "198.51.100.1");
        check("10.0.0.1", &both("198.51.100.1", "for=203.0.113.7"), "10.0.0.1");
    }

    #[test]
    fn limits_count_by_address_or_by_the_network_of_a_subscriber() {
        let key = |text: &str| Peer::of_socket(SocketAddr::new(text.parse().expect("an address"), 1)).key().to_string();
        assert_eq!(key("192.0.2.1"), "192.0.2.1");
        assert_eq!(key("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(key("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(key("2001:db8:1:2:ffff::"), "2001:db8:1:2::");
        assert_ne!(key("2001:db8:1:2::"), key("2001:db8:1:3::"));
    }

    #[test]
    fn a_request_without_a_listener_does_not_come_from_loopback() {
        assert!(!Peer::of(&Extensions::new()).0.is_loopback());
        let mut extensions = Extensions::new();
        extensions.insert(Peer(IpAddr::from([192, 0, 2, 1])));
        assert_eq!(Peer::of(&extensions).0.to_string(), "192.0.2.1");
    }

    #[test]
    fn what_is_no_address_or_network_is_refused() {
        assert_eq!(proxies(&["192.0.2.1", " 10.0.0.0/8"]), proxies(&["192.0.2.1/32", "10.0.0.0/8"]));
        assert_eq!(proxies(&["", " "]), TrustedProxies::default());
        for text in ["proxy.example.org", "10.0.0.0/33", "10.0.0", "10.0.0.1:80"] {
            assert!(TrustedProxies::new(&[text.to_owned()]).is_err(), "{text}");
        }
    }
}
