//! Sockets that wait for others, read from the kernel's tables.

use std::{
    ffi::OsString,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    os::unix::ffi::OsStringExt,
};

use serde::{Deserialize, Serialize};

/// A socket that waits for others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Listener {
    /// TCP, version 4 or 6.
    Tcp(SocketAddr),
    /// UDP, bound and not connected.
    Udp(SocketAddr),
    /// A Unix stream or sequential packet socket; abstract names begin with `@`.
    Unix(OsString),
}

impl Listener {
    /// The port, for TCP and UDP.
    pub fn port(&self) -> Option<u16> {
        match self {
            Self::Tcp(address) | Self::Udp(address) => Some(address.port()),
            Self::Unix(_) => None,
        }
    }

    /// An address to connect to from inside the sandbox: the loopback where the socket listens on all.
    pub fn connect_address(&self) -> Option<SocketAddr> {
        let (Self::Tcp(address) | Self::Udp(address)) = self else { return None };
        let ip = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
            ip => ip,
        };
        Some(SocketAddr::new(ip, address.port()))
    }
}

/// A table of `/proc/PID/net`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    Tcp,
    Udp,
    Unix,
}

impl Table {
    /// The files of a `net` directory and what they hold.
    pub(crate) const FILES: [(&str, Self); 5] = [
        ("tcp", Self::Tcp),
        ("tcp6", Self::Tcp),
        ("udp", Self::Udp),
        ("udp6", Self::Udp),
        ("unix", Self::Unix),
    ];

    /// The waiting sockets of a table, each with its inode.
    pub(crate) fn parse(self, text: &[u8]) -> Vec<(Listener, u64)> {
        let lines = text.split(|byte| *byte == b'\n').skip(1);
        match self {
            Self::Unix => lines.filter_map(unix_line).collect(),
            // Socket states of `net/tcp_states.h`: 0A is LISTEN; UDP uses 07 (CLOSE) for not connected.
            Self::Tcp => inet(lines, "0A", Listener::Tcp),
            Self::Udp => inet(lines, "07", Listener::Udp),
        }
    }
}

fn inet<'a>(
    lines: impl Iterator<Item = &'a [u8]>,
    state: &str,
    make: fn(SocketAddr) -> Listener,
) -> Vec<(Listener, u64)> {
    lines
        .filter_map(|line| {
            let mut fields = std::str::from_utf8(line).ok()?.split_ascii_whitespace();
            let local = fields.nth(1)?;
            (fields.nth(1)? == state).then_some(())?;
            let inode = fields.nth(5)?.parse().ok()?;
            Some((make(socket_address(local)?), inode))
        })
        .collect()
}

/// `0100007F:1F90`: 32-bit words in the processor's byte order, in hexadecimal, and the port.
fn socket_address(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let words = (0..address.len() / 8)
        .map(|word| {
            let digits = address.get(word * 8..word * 8 + 8)?;
            u32::from_str_radix(digits, 16).ok().map(u32::to_ne_bytes)
        })
        .collect::<Option<Vec<_>>>()?
        .concat();
    let ip = match words.len() {
        4 => IpAddr::from(<[u8; 4]>::try_from(words).ok()?),
        16 => IpAddr::from(<[u8; 16]>::try_from(words).ok()?),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

/// `Num RefCount Protocol Flags Type St Inode Path`; the flag `SO_ACCEPTCON` (0x10000) marks a listening socket.
fn unix_line(line: &[u8]) -> Option<(Listener, u64)> {
    let mut fields = line.splitn(8, |byte| *byte == b' ').skip(3);
    let hex = |field: &[u8]| u64::from_str_radix(std::str::from_utf8(field).ok()?, 16).ok();
    let flags = hex(fields.next()?)?;
    (flags & 0x1_0000 != 0).then_some(())?;
    // The inode is padded with blanks, so the rest is taken apart by hand.
    let rest = fields.collect::<Vec<_>>().join(&b' ');
    let text = rest.get(8..)?.trim_ascii_start(); // "TTTT SS " of type and state
    let end = text.iter().position(|byte| *byte == b' ')?;
    let inode = std::str::from_utf8(text.get(..end)?).ok()?.parse().ok()?;
    let path = text.get(end + 1..)?;
    Some((Listener::Unix(OsString::from_vec(path.to_vec())), inode))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_kernels_tables() {
        let tcp = b"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0 100 0 0 10 0\n   1: 0100007F:1F90 0100007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 4243 1 0 100 0 0 10 0\n";
        assert_eq!(
            Table::Tcp.parse(tcp),
            [(Listener::Tcp("127.0.0.1:8080".parse().expect("address")), 4242)]
        );
        let tcp6 = b"header\n   0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 7 1 0 100 0 0 10 0\n";
        assert_eq!(
            Table::Tcp.parse(tcp6),
            [(Listener::Tcp("[::1]:80".parse().expect("address")), 7)]
        );
        let udp = b"header\n  12: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 99 2 0 0\n";
        assert_eq!(
            Table::Udp.parse(udp),
            [(Listener::Udp("0.0.0.0:53".parse().expect("address")), 99)]
        );
        let unix = b"Num       RefCount Protocol Flags    Type St Inode Path\n0000000000000000: 00000002 00000000 00010000 0001 01 31337 /run/my app.sock\n0000000000000000: 00000003 00000000 00000000 0001 03 5 /run/other\n0000000000000000: 00000002 00000000 00010000 0005 01     8 @abstract\n";
        assert_eq!(
            Table::Unix.parse(unix),
            [
                (Listener::Unix("/run/my app.sock".into()), 31337),
                (Listener::Unix("@abstract".into()), 8)
            ]
        );
    }

    #[test]
    fn skips_what_it_does_not_understand() {
        for table in [Table::Tcp, Table::Udp, Table::Unix] {
            for text in ["", "header", "h\n0:", "h\n0: x:y z 0A 1 2 3 4 5 6 7", "h\n\u{fffd} \n"] {
                assert_eq!(table.parse(text.as_bytes()), [], "{table:?} {text:?}");
            }
        }
    }

    #[test]
    fn connects_to_the_loopback_of_wildcards() {
        for (listens, connects) in
            [("0.0.0.0:80", "127.0.0.1:80"), ("[::]:80", "[::1]:80"), ("10.1.1.1:5", "10.1.1.1:5")]
        {
            let listener = Listener::Tcp(listens.parse().expect("address"));
            assert_eq!(listener.connect_address(), Some(connects.parse().expect("address")));
        }
    }
}
