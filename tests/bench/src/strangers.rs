//! A flood of webhooks that nobody has signed, at one account's address: over connections that are kept, each message at its own
//! time. It writes prepared bytes and reads status lines, so that it takes little from the machine that it shares with what it
//! floods.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use kamurj_domain::Clock;
use kamurj_server::ambient::SystemClock;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::runtime;
use tokio::task::JoinSet;
use tokio::time::{Instant as Moment, sleep, sleep_until};

use crate::Failed;
use crate::times::{as_float, now};

/// Messages in a second that are tried.
pub(crate) const RATE: f64 = 5_000.0;
const CONNECTIONS: u32 = 32;
/// How far a connection may be behind its times; what is older is left out, as nobody queues forever.
const BEHIND: Duration = Duration::from_millis(500);

/// What was answered.
#[derive(Debug, Default)]
pub(crate) struct Answered {
    pub(crate) by_status: BTreeMap<u16, u64>,
    pub(crate) seconds: f64,
}

impl Answered {
    pub(crate) fn add(&mut self, other: Self) {
        for (status, count) in other.by_status {
            *self.by_status.entry(status).or_default() += count;
        }
        self.seconds += other.seconds;
    }

    /// Answers in a second.
    pub(crate) fn rate(&self) -> f64 {
        as_float(self.by_status.values().sum()) / self.seconds
    }
}

/// A flood under way, on a thread of its own.
pub(crate) struct Flood {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<Answered, Failed>>,
}

impl Flood {
    /// Lets it loose on the account at this address.
    pub(crate) fn loose(address: SocketAddr, account: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let request: Arc<[u8]> = junk(address, account).into_bytes().into();
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let host = runtime::Builder::new_current_thread().enable_all().build()?;
            host.block_on(floods(address, request, stopped))
        });
        Self { stop, thread }
    }

    /// Ends it.
    pub(crate) fn ends(self) -> Result<Answered, Failed> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| "the flood panicked")?
    }
}

/// A message as a forger sends it: everything is in its place but the signature's bytes.
fn junk(address: SocketAddr, account: &str) -> String {
    let body = format!("{{\"type\":\"payment.paid\",\"data\":\"{}\"}}", "junk ".repeat(100));
    let signature = format!("v1,{}=", "Q".repeat(42) + "A");
    format!(
        "POST /webhooks/providers/vpos/{account} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nwebhook-id: msg_junk\r\nwebhook-timestamp: {}\r\nwebhook-signature: {signature}\r\n\r\n{body}",
        body.len(),
        SystemClock.now() / 1000,
    )
}

type Counts = Arc<Mutex<BTreeMap<u16, u64>>>;

async fn floods(address: SocketAddr, request: Arc<[u8]>, stop: Arc<AtomicBool>) -> Result<Answered, Failed> {
    let (began, counts) = (now(), Counts::default());
    let every = Duration::from_secs_f64(f64::from(CONNECTIONS) / RATE);
    let mut all = JoinSet::new();
    for number in 0..CONNECTIONS {
        let (request, stop, counts) = (Arc::clone(&request), Arc::clone(&stop), Arc::clone(&counts));
        let first = Moment::now() + every * number / CONNECTIONS;
        all.spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                // Turned away, it comes again, as whoever floods would.
                if one(address, &request, &stop, &counts, (first, every)).await.is_err() {
                    sleep(BEHIND).await;
                }
            }
        });
    }
    while let Some(ended) = all.join_next().await {
        ended?;
    }
    let by_status = counts.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(Answered { by_status, seconds: began.elapsed().as_secs_f64() })
}

/// One connection, until it breaks or the flood ends.
async fn one(
    address: SocketAddr,
    request: &[u8],
    stop: &AtomicBool,
    counts: &Counts,
    (first, every): (Moment, Duration),
) -> Result<(), Failed> {
    let (from, mut to) = TcpStream::connect(address).await?.into_split();
    let reading = tokio::spawn(count(from, Arc::clone(counts)));
    let mut due = first.max(Moment::now());
    let mut sent = Ok(());
    while sent.is_ok() && !stop.load(Ordering::Relaxed) {
        sleep_until(due).await;
        // A server that takes no more bytes must not hold the end up.
        sent = match tokio::time::timeout(BEHIND, to.write_all(request)).await {
            Ok(written) => written.map_err(Failed::from),
            Err(_) => Err("the server takes no more".into()),
        };
        due = (due + every).max(Moment::now().checked_sub(BEHIND).unwrap_or(due));
    }
    // What was sent and not answered yet is not waited for: it is no part of the rate.
    reading.abort();
    sent
}

/// Counts answers by their status lines, which stand nowhere else in what comes.
async fn count(from: OwnedReadHalf, counts: Counts) {
    const HEAD: &[u8] = b"HTTP/1.1 ";
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line).await.is_ok_and(|read| read > 0) {
        // A body without an end of line stands before the next status line.
        let head = line.windows(HEAD.len()).position(|part| part == HEAD);
        let status = head.and_then(|head| line.get(head + HEAD.len()..head + HEAD.len() + 3));
        if let Some(status) = status.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok()) {
            *counts.lock().unwrap_or_else(PoisonError::into_inner).entry(status).or_default() += 1;
        }
        line.clear();
    }
}
