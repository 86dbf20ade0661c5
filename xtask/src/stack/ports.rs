//! Free loopback ports. The usual ones where they are free, because people remember them.

use std::net::{Ipv4Addr, TcpListener};

/// Ports that the sandbox takes: page, Telegram, Bitrix24, bank, WhatsApp, Messenger, Instagram, Instagram through pages, amoCRM, Google
/// Sheets and the ERP.
const SANDBOX: u16 = 11;
const TRIES: usize = 200;

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Any free port.
pub(crate) fn any() -> Result<u16, String> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| format!("no free port on 127.0.0.1: {error}"))
}

/// The server's port: the one that was asked for, or 8080, or any. Zero asks for any.
pub(super) fn server(wanted: Option<u16>) -> Result<u16, String> {
    match wanted {
        Some(0) => any(),
        Some(port) if is_free(port) => Ok(port),
        Some(port) => Err(format!("port {port} is taken: name another with `--port`, or leave it out")),
        None if is_free(8080) => Ok(8080),
        None => any(),
    }
}

/// The first of eleven free ports in a row that leave the server's alone.
pub(super) fn sandbox(server: u16) -> Result<u16, String> {
    let fits = |first: u16| {
        first.checked_add(SANDBOX).is_some_and(|end| (first..end).all(|port| port != server && is_free(port)))
    };
    if fits(8090) {
        return Ok(8090);
    }
    for _ in 0..TRIES {
        let first = any()?;
        if fits(first) {
            return Ok(first);
        }
    }
    Err("eleven free ports in a row were not found on 127.0.0.1".to_owned())
}
