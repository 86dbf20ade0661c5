//! The rows about a burst: how long the senders of messages wait for their answer when a hundred times as many come as before,
//! and how long the server works on what it has taken. Whatever was answered with 200 must have been worked on in the end.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kamurj_server::app::App;
use kamurj_store::{inbox, jobs};
use serde_json::json;
use tokio::runtime;

use crate::Failed;
use crate::load::at_rate;
use crate::row::{Book, Row, say, sig};
use crate::shop::{self, Shop, TOKEN};
use crate::times::{as_float, at, now};

/// Messages in a second before the burst.
const RATE: f64 = 5.0;
/// How many times as many come in it.
const TIMES: f64 = 100.0;
/// Senders of messages give up after 5 to 30 seconds; below the shortest of them nobody sends a second time.
const ACK_MS: f64 = 5_000.0;
/// How long the server may work on what it took before it counts as lost.
const PATIENCE: Duration = Duration::from_mins(10);
/// Between two looks at the queue.
const PAUSE: Duration = Duration::from_millis(250);

/// Measures the rows.
pub(crate) fn measure(book: &mut Book, component: &[u8], server: &Path, quick: bool) -> Result<(), Failed> {
    let (before, burst) = if quick { (10, 10) } else { (30, 60) };
    say(&format!("     burst: {before} s at {} messages/s, {burst} s at {} …", sig(RATE), sig(RATE * TIMES)));
    let host = runtime::Builder::new_multi_thread().enable_all().build()?;
    host.block_on(async {
        let mut shop = Shop::new(server)?;
        let app = shop.app().await?;
        let (merchant, _) = shop::merchant(&app, "Burst").await?;
        let installation = shop::installed(&app, &merchant, component.to_vec(), json!({})).await?.id;
        shop.serves().await?;
        let sender = Sender { shop: Arc::new(shop), installation, answers: Arc::default() };
        sender.sends("warm", RATE, Duration::from_secs(3)).await?;
        let rest = sender.sends("rest", RATE, Duration::from_secs(before)).await?;
        worked_off(&app).await?;
        let heavy = sender.sends("burst", RATE * TIMES, Duration::from_secs(burst)).await?;
        let ended = now();
        worked_off(&app).await?;
        let emptied = ended.elapsed().as_secs_f64();
        let answers = sender.answers.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let accepted = answers.get(&200).copied().unwrap_or_default();
        let (done, undone) = worked(&app, &sender.installation).await?;
        let lost = accepted.saturating_sub(done).max(undone);
        let said: Vec<String> = answers.iter().map(|(status, count)| format!("{count} × {status}")).collect();
        let note = format!(
            "{} messages of a plugin at rest, median {} ms; {} in the burst, median {} ms, slowest {} ms; in all {}, worked {done}, \
             lost {lost}",
            rest.len(),
            sig(part(&rest, 0.5)),
            heavy.len(),
            sig(part(&heavy, 0.5)),
            sig(part(&heavy, 1.0)),
            said.join(", "),
        );
        let p99 = part(&heavy, 0.99);
        book.write(
            &Row::new("burst", "a message's answer, p99, in a burst of 100 times as many", p99, "ms")
                .beside("before the burst", part(&rest, 0.99))
                .aimed("≤ 5 s, none lost", p99 <= ACK_MS && lost == 0)
                .noting(&note),
        )?;
        book.write(
            &Row::new("burst", "from the last answer of a burst until all is worked on", emptied, "s")
                .beside("the burst itself", as_float(burst))
                .noting(note),
        )?;
        app.db.close().await;
        if lost > 0 {
            return Err(format!("{lost} of {accepted} accepted messages were lost").into());
        }
        Ok(())
    })
}

/// Who sends messages to a plugin.
struct Sender {
    shop: Arc<Shop>,
    installation: String,
    /// How often which status was answered.
    answers: Arc<Mutex<BTreeMap<u16, u64>>>,
}

impl Sender {
    /// Sends so many a second; answers the sorted times of those that were accepted.
    async fn sends(&self, name: &'static str, rate: f64, time: Duration) -> Result<Vec<u64>, Failed> {
        let mut number = 0_u64;
        let url = format!("{}/hooks/{}/echo", self.shop.url, self.installation);
        let mut times = at_rate(rate, time, || {
            number += 1;
            let body = json!({ "from": name, "number": number });
            let request = self.shop.http.post(&url).header("x-token", TOKEN).json(&body);
            let answers = Arc::clone(&self.answers);
            async move {
                let answer = request.send().await?;
                let status = answer.status().as_u16();
                answer.bytes().await?;
                *answers.lock().unwrap_or_else(PoisonError::into_inner).entry(status).or_default() += 1;
                Ok(status == 200)
            }
        })
        .await?;
        times.sort_unstable();
        Ok(times)
    }
}

/// Milliseconds.
fn part(sorted: &[u64], part: f64) -> f64 {
    as_float(at(sorted, part)) / 1e6
}

/// Waits until no work is left.
async fn worked_off(app: &App) -> Result<(), Failed> {
    let deadline = now() + PATIENCE;
    while jobs::next_due(&mut app.db.read().await?).await?.is_some() {
        if now() > deadline {
            return Err(format!("the queue is not empty after {} s", PATIENCE.as_secs()).into());
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// How many messages were worked on, and how many were not.
async fn worked(app: &App, installation: &str) -> Result<(u64, u64), Failed> {
    let all = inbox::of_owner(&mut app.db.read().await?, installation).await?;
    let done = all.iter().filter(|message| message.state == "done").count();
    Ok((done as u64, (all.len() - done) as u64))
}
