//! Remotes that keep to no protocol: they say what they are told, or never end.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::interval,
};

/// What a remote does once it has read a request.
#[derive(Clone)]
pub(crate) enum Manner {
    /// Says this and hangs up.
    Says(Vec<u8>),
    /// Begins an answer and goes on with one byte of its body at a time.
    Drips,
    /// The same with its headers.
    DripsHeaders,
    /// Sends a body as fast as it is read, for ever.
    Floods,
}

pub(crate) struct Crooked {
    pub(crate) url: String,
    connections: Arc<AtomicUsize>,
}

impl Crooked {
    /// How often somebody connected.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

pub(crate) async fn crooked(manner: Manner) -> Crooked {
    at("127.0.0.1:0", manner).await
}

/// At this very address.
pub(crate) async fn at(address: &str, manner: Manner) -> Crooked {
    let listener = TcpListener::bind(address).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            counted.fetch_add(1, Ordering::SeqCst);
            // Whoever hangs up first ends it.
            tokio::spawn(answer(stream, manner.clone()));
        }
    });
    Crooked { url, connections }
}

async fn answer(mut stream: TcpStream, manner: Manner) -> std::io::Result<()> {
    let mut request = [0; 4096];
    let _ = stream.read(&mut request).await?;
    match manner {
        Manner::Says(answer) => {
            stream.write_all(&answer).await?;
            stream.shutdown().await
        }
        Manner::Drips => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n").await?;
            drip(stream).await
        }
        Manner::DripsHeaders => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nx-long: ").await?;
            drip(stream).await
        }
        Manner::Floods => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await?;
            let chunk = format!("4000\r\n{}\r\n", "x".repeat(0x4000));
            loop {
                stream.write_all(chunk.as_bytes()).await?;
            }
        }
    }
}

async fn drip(mut stream: TcpStream) -> std::io::Result<()> {
    let mut drop = interval(Duration::from_millis(20));
    loop {
        drop.tick().await;
        stream.write_all(b"x").await?;
    }
}
