//! A port of loopback that stays ours while nobody listens on it.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use tokio::net::TcpSocket;

/// A port that a server may leave and come back to. A bound socket that never listens keeps it from being handed out as
/// anybody's free port; whoever listens there himself says that addresses may be shared (`SO_REUSEADDR`), as all servers
/// do, and connections to it are refused while none does.
pub struct HeldPort {
    /// Where the server is to listen.
    pub address: SocketAddr,
    _holder: TcpSocket,
}

impl HeldPort {
    /// Takes a free one.
    pub fn take() -> Self {
        let holder = TcpSocket::new_v4().expect("a socket");
        holder.set_reuseaddr(true).expect("an option");
        holder.bind(SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))).expect("a free port");
        Self { address: holder.local_addr().expect("its address"), _holder: holder }
    }
}
