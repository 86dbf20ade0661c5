//! Loopback listeners whose connections a handler can cut before a single byte of the answer leaves. It must not know
//! which service is served on them.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::StartError;

/// The connection that a request came in on, as its handler sees it.
#[derive(Clone, Default)]
pub(crate) struct Wire(Arc<AtomicBool>);

impl Wire {
    /// From here on nothing can be written: whatever the handler answers, the client sees the connection end.
    pub(crate) fn cut(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// A taken address.
pub(crate) struct Socket {
    listener: TcpListener,
    address: SocketAddr,
}

/// Takes the port `offset` after the first one, or any free port where the first one is 0.
pub(crate) async fn bind(first: SocketAddr, offset: u16) -> Result<Socket, StartError> {
    let port = match first.port() {
        0 => 0,
        port => port.checked_add(offset).ok_or(StartError::PortTooHigh(port))?,
    };
    let address = SocketAddr::new(first.ip(), port);
    let listener = TcpListener::bind(address).await.map_err(|source| StartError::Bind { address, source })?;
    let address = listener.local_addr().map_err(|source| StartError::Bind { address, source })?;
    Ok(Socket { listener, address })
}

impl Socket {
    /// The address as the root of URLs, without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves `routes` until `stop` says so or its sender is gone.
    pub(crate) fn serve(self, routes: Router, mut stop: watch::Receiver<bool>) -> JoinHandle<()> {
        tokio::spawn(async move {
            let service = routes.into_make_service_with_connect_info::<Wire>();
            let stopped = async move {
                // An error means that the sandbox was dropped: that ends the serving just as well.
                stop.wait_for(|stopping| *stopping).await.ok();
            };
            if let Err(error) =
                axum::serve(CuttableListener(self.listener), service).with_graceful_shutdown(stopped).await
            {
                tracing::warn!(%error, "a sandbox listener ended");
            }
        })
    }
}

struct CuttableListener(TcpListener);

impl Listener for CuttableListener {
    type Io = CuttableStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (CuttableStream, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Small answers should not wait for Nagle's timer; without it they are only slower.
        stream.set_nodelay(true).ok();
        (CuttableStream { stream, wire: Wire::default() }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, CuttableListener>> for Wire {
    fn connect_info(stream: IncomingStream<'_, CuttableListener>) -> Self {
        stream.io().wire.clone()
    }
}

/// A TCP stream that refuses to write once its wire is cut; hyper then drops it without an answer.
struct CuttableStream {
    stream: TcpStream,
    wire: Wire,
}

impl CuttableStream {
    fn refuse_if_cut(&self) -> io::Result<()> {
        if self.wire.is_cut() { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    }
}

impl AsyncRead for CuttableStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.refuse_if_cut()?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for CuttableStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.refuse_if_cut()?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.refuse_if_cut()?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
