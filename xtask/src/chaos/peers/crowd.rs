//! Many sockets of one attacker, driven by one thread without blocking.

use super::super::server::connect_from;
use std::{
    fs,
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

/// If the server has taken nothing for this long, it will take nothing more.
const QUIET: Duration = Duration::from_secs(2);

/// The sockets.
pub struct Crowd {
    sockets: Vec<TcpStream>,
    n_sips: u128,
}

impl Crowd {
    /// Connects `n` sockets, or as many as the server accepts; after a few failures in a row it gives up.
    pub fn connect(address: SocketAddr, n: usize) -> Crowd {
        let (mut sockets, mut n_failed) = (Vec::with_capacity(n), 0);
        while sockets.len() < n && n_failed < 2 {
            match connect_from(address, super::ATTACKER) {
                Ok(socket) if socket.set_nonblocking(true).is_ok() => {
                    sockets.push(socket);
                    n_failed = 0;
                }
                _ => n_failed += 1,
            }
        }
        Crowd { sockets, n_sips: 0 }
    }

    /// The number of connected sockets.
    pub fn len(&self) -> usize {
        self.sockets.len()
    }

    /// Sends these bytes on each, as far as they fit.
    pub fn send(&mut self, bytes: &[u8]) {
        for socket in &mut self.sockets {
            // A closed socket stays closed.
            let _ = socket.write(bytes);
        }
    }

    /// Reads and discards the received bytes.
    pub fn drain(&mut self) {
        let mut buffer = [0; 4096];
        for socket in &mut self.sockets {
            while socket.read(&mut buffer).is_ok_and(|n| n > 0) {}
        }
    }

    /// Sends a head and then `length` bytes on each socket, as fast as the server takes them, until the time limit.
    /// Returns the greatest value of `watch` meanwhile.
    pub fn push(&mut self, head: &[u8], length: usize, limit: Duration, watch: impl Fn() -> u64) -> u64 {
        self.send(head);
        let zeros = [b'a'; 64 * 1024];
        let mut left: Vec<usize> = vec![length; self.sockets.len()];
        let (begin, mut quiet, mut most) = (Instant::now(), Instant::now(), 0);
        while begin.elapsed() < limit && left.iter().any(|left| *left > 0) {
            let mut has_moved = false;
            for (socket, left) in self.sockets.iter_mut().zip(&mut left).filter(|(_, left)| **left > 0) {
                match socket.write(zeros.get(..zeros.len().min(*left)).unwrap_or_default()) {
                    Ok(n) => {
                        *left -= n;
                        has_moved = true;
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    Err(_) => *left = 0,
                }
            }
            most = most.max(watch());
            // If the server takes no more for a while, the attack is at its end.
            quiet = if has_moved { Instant::now() } else { quiet };
            if quiet.elapsed() > QUIET {
                break;
            }
            if !has_moved {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        most.max(watch())
    }

    /// Reads one byte of each.
    pub fn sip(&mut self) {
        self.n_sips += 1;
        for socket in &mut self.sockets {
            let _ = socket.read(&mut [0]);
        }
    }

    /// The number of calls of [`Crowd::sip`].
    pub fn n_sips(&self) -> u128 {
        self.n_sips
    }

    /// The number of sockets that the server has not closed, as far as can be read without blocking.
    pub fn n_open(&mut self) -> usize {
        let is_open = |socket: &mut TcpStream| {
            let mut buffer = [0; 4096];
            loop {
                match socket.read(&mut buffer) {
                    Ok(0) => return false,
                    Ok(_) => {}
                    Err(error) => return error.kind() == ErrorKind::WouldBlock,
                }
            }
        };
        self.sockets.iter_mut().map(is_open).filter(|is_open| *is_open).count()
    }

    /// The number of these connections that are established at the server's end, according to the kernel. This reads
    /// nothing from the sockets.
    pub fn n_open_at_server(&self) -> usize {
        let Some(server) = self.sockets.first().and_then(|socket| socket.peer_addr().ok()) else { return 0 };
        let table = fs::read_to_string("/proc/net/tcp").unwrap_or_default();
        // Local address, remote address, state. Addresses are hexadecimal in reversed byte order. State 01:
        // established.
        let local = format!("0100007F:{:04X}", server.port());
        let is_ours = |line: &&str| {
            let mut words = line.split_whitespace().skip(1);
            let (here, there, state) = (words.next(), words.next(), words.next());
            here == Some(local.as_str()) && there.is_some_and(|it| it.starts_with("0200007F:")) && state == Some("01")
        };
        table.lines().filter(is_ours).count()
    }
}
