//! The rows about the page that customers open: what the server takes to answer, beside nginx with the same bytes in a file, and what
//! Lighthouse makes of it on a phone.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::ACCEPT;
use serde::Deserialize;
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime;
use tokio::task::JoinSet;
use tokio::time::{Instant as Moment, sleep_until};

use crate::Failed;
use crate::row::{Book, Row, say, sig};
use crate::shop::{self, Shop};
use crate::times::{Times, nanos};

/// Looks at the page in a second: what an installation with far more payments than most has at its busiest.
const RATE: f64 = 200.0;
/// The server may take so long for one of a hundred, in milliseconds.
const P99_MS: f64 = 40.0;

/// What is set up beside the server.
pub(crate) struct Beside<'a> {
    /// nginx, for the baseline.
    pub(crate) nginx: Option<&'a Path>,
    /// Node, for Lighthouse.
    pub(crate) node: Option<&'a Path>,
}

/// Measures the rows.
pub(crate) fn measure(book: &mut Book, server: &Path, beside: &Beside<'_>, quick: bool) -> Result<(), Failed> {
    let host = runtime::Builder::new_multi_thread().enable_all().build()?;
    host.block_on(async {
        let mut shop = Shop::new(server)?;
        let app = shop.app().await?;
        let (merchant, key) = shop::merchant(&app, "Անուշ հրուշակեղեն").await?;
        shop::bank(&app, &merchant).await?;
        app.db.close().await;
        drop(app);
        shop.serves().await?;
        let body = json!({
            "order_id": "B-1", "amount": { "value": "12500", "currency": "AMD" }, "description": "Մեղրով տորթ",
            "items": [{ "name": "Մեղրով տորթ", "quantity": 1, "unit_price": "12500" }],
        });
        let made = shop.asks(&key, Method::POST, "/v1/payments", &body).await?;
        let page = made["checkout_url"].as_str().ok_or("a payment has no page")?.to_owned();
        let shop = Arc::new(shop);
        answering(book, &shop, &page, beside, quick).await?;
        match beside.node {
            Some(node) => seen_by_lighthouse(book, node, &page, quick),
            None => Ok(()),
        }
    })
}

/// The server and nginx in turns, so that what else the machine does meets both.
async fn answering(
    book: &mut Book,
    shop: &Arc<Shop>,
    page: &str,
    beside: &Beside<'_>,
    quick: bool,
) -> Result<(), Failed> {
    let (rounds, time) = if quick { (3, Duration::from_secs(1)) } else { (5, Duration::from_secs(2)) };
    say(&format!("     page: {rounds} rounds of {} s, {} looks/s …", time.as_secs(), sig(RATE)));
    let html = fetched(shop, page).await?;
    let baseline = beside.nginx.map(|program| Nginx::serving(program, &html)).transpose()?;
    if let Some(nginx) = &baseline {
        shop.until("nginx answers", async || Ok(fetched(shop, &nginx.url).await.ok().filter(|seen| *seen == html)))
            .await?;
    }
    at_rate(shop, page, time / 2).await?;
    let (mut ours, mut bare) = (Times::default(), Times::default());
    for _ in 0..rounds {
        ours.add(at_rate(shop, page, time).await?, 0);
        if let Some(nginx) = &baseline {
            bare.add(at_rate(shop, &nginx.url, time).await?, 0);
        }
    }
    let note =
        format!("{} bytes, uncompressed, over connections that are kept; the payment is read from SQLite", html.len());
    let rows = [("p50", ours.median(), bare.median()), ("p99", ours.p99(), bare.p99())];
    for (part, figure, other) in rows.map(|(part, ours, bare)| (part, ours / 1e6, bare / 1e6)) {
        let mut row =
            Row::new("page", format!("the page at {} looks/s, {part}", sig(RATE)), figure, "ms").noting(&note);
        if baseline.is_some() {
            row = row.beside("nginx, the same bytes as a file", other);
        }
        if part == "p99" {
            row = row.aimed("≤ 40 ms", figure <= P99_MS);
        }
        book.write(&row)?;
    }
    Ok(())
}

async fn fetched(shop: &Shop, url: &str) -> Result<String, Failed> {
    let answer = shop.http.get(url).header(ACCEPT, "text/html").send().await?;
    match answer.status() {
        status if status.is_success() => Ok(answer.text().await?),
        status => Err(format!("{url} answered {status}").into()),
    }
}

/// So many looks a second, each at its own time whatever became of those before it: nanoseconds since each was due.
async fn at_rate(shop: &Arc<Shop>, url: &str, time: Duration) -> Result<Vec<u64>, Failed> {
    let began = Moment::now();
    let mut due = Duration::ZERO;
    let mut looks = JoinSet::new();
    while due < time {
        let at = began + due;
        sleep_until(at).await;
        let (shop, url) = (Arc::clone(shop), url.to_owned());
        looks.spawn(async move {
            fetched(&shop, &url).await?;
            Ok::<u64, Failed>(nanos(at.elapsed()))
        });
        due += Duration::from_secs_f64(1.0 / RATE);
    }
    let mut times = Vec::with_capacity(looks.len());
    while let Some(ended) = looks.join_next().await {
        times.push(ended??);
    }
    Ok(times)
}

/// nginx as a process of its own with one file.
struct Nginx {
    url: String,
    child: Child,
    _folder: TempDir,
}

impl Nginx {
    fn serving(program: &Path, html: &str) -> Result<Self, Failed> {
        let folder = TempDir::new()?;
        let place = folder.path().display();
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        fs::create_dir(folder.path().join("www"))?;
        fs::write(folder.path().join("www/page.html"), html)?;
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {place}/{kind};"))
            .join(" ");
        // Started by root it would give up the right to read the folder; started by anybody else it ignores `user`.
        let settings = format!(
            "daemon off; user root; worker_processes auto; pid {place}/pid; error_log {place}/log crit;\n\
             events {{ worker_connections 512; }}\n\
             http {{ access_log off; keepalive_requests 1000000; {temporary} types {{ text/html html; }} charset utf-8;\n\
             server {{ listen {address}; root {place}/www; add_header cache-control no-store; }} }}\n"
        );
        let file = folder.path().join("nginx.conf");
        fs::write(&file, settings)?;
        let mut command = Command::new(program);
        command.arg("-c").arg(&file).arg("-p").arg(folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().map_err(|error| format!("{}: {error}", program.display()))?;
        Ok(Self { url: format!("http://{address}/page.html"), child, _folder: folder })
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Asked to end, it takes its workers with it; killed, it would leave them behind.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// The middle one of several looks. Scores are of 100.
#[derive(Deserialize)]
struct Look {
    performance: f64,
    accessibility: f64,
    best_practices: f64,
    lcp_ms: f64,
    tbt_ms: f64,
    cls: f64,
    bytes: f64,
    /// The audits that cost points.
    short: Vec<String>,
    looks: Vec<f64>,
}

/// `MODULES` and `CHROMIUM` are in the environment, as `cargo xtask bench` set them.
fn seen_by_lighthouse(book: &mut Book, node: &Path, page: &str, quick: bool) -> Result<(), Failed> {
    let looks = if quick { 1 } else { 3 };
    say(&format!("     page: {looks} looks with Lighthouse, as a phone on a slow network …"));
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("lighthouse/measure.mjs");
    let output = Command::new(node).arg(script).arg(page).env("LOOKS", looks.to_string()).output()?;
    if !output.status.success() {
        return Err(format!("Lighthouse: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let look: Look = serde_json::from_slice(&output.stdout)?;
    let note = format!(
        "performance of each look {:?}; largest paint after {} ms, blocked for {} ms, shift {}, {} bytes; points lost by {:?}",
        look.looks,
        sig(look.lcp_ms),
        sig(look.tbt_ms),
        sig(look.cls),
        look.bytes,
        look.short
    );
    let scores = [
        ("performance", look.performance, "≥ 98", 98.0),
        ("accessibility", look.accessibility, "100", 100.0),
        ("best practices", look.best_practices, "100", 100.0),
    ];
    for (what, score, text, least) in scores {
        let row = Row::new("page", format!("Lighthouse, mobile: {what}"), score, "of 100");
        book.write(&row.aimed(text, score >= least).noting(&note))?;
    }
    Ok(())
}
