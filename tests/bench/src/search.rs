//! The rows about the console with a year of sales in the database: the search box, by each thing that people type into it, and the
//! overview; each beside one payment read by its primary key, in turns.

use kamurj_domain::Mode;
use kamurj_store::search::{self, Filter};
use kamurj_store::{Db, overview, payments};
use tempfile::TempDir;
use tokio::runtime;

use crate::Failed;
use crate::filled::{CUSTOMERS, MERCHANT, NOW, PRICES, fill};
use crate::postgres::Database;
use crate::row::{Book, Row, say, sig};
use crate::times::{Times, nanos, now};

const OURS: (&str, Mode) = (MERCHANT, Mode::Test);
/// Rows of a page, and the one by which it is known that there are more.
const PAGE: i64 = 51;
const ROUNDS: i64 = 5;
const SEARCHES: i64 = 60;
const OVERVIEWS: i64 = 6;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const YEREVAN_MS: i64 = 4 * 60 * 60 * 1000;
/// An answer of the search box, p95, in milliseconds.
const SEARCH_MS: f64 = 50.0;
/// The overview, p95, in milliseconds.
const OVERVIEW_MS: f64 = 500.0;

/// What is typed into the search box, by the number of a payment that it finds.
type Typed = (&'static str, fn(i64) -> String);

const TYPED: [Typed; 6] = [
    ("an order number", |i| format!("A-{i}")),
    ("the last six digits of a phone number", |i| (200_000 + i % CUSTOMERS).to_string().chars().rev().collect()),
    ("a handle", |i| format!("@Handle{}", i % CUSTOMERS)),
    // The payments whose number ends in 0 to 4 are paid.
    ("the bank's reference", |i| (100_000_000_000 + (i / 10 * 10).max(1)).to_string()),
    ("a deal", |i| format!("deal:{i}")),
    ("an amount that one payment of 500 has", |i| (500 * (1 + i % PRICES)).to_string()),
];

/// Measures the rows on SQLite, and on PostgreSQL where the environment names a server.
pub(crate) fn measure(book: &mut Book, quick: bool) -> Result<(), Failed> {
    let count: i64 = if quick { 100_000 } else { 1_000_000 };
    let host = runtime::Builder::new_multi_thread().enable_all().build()?;
    host.block_on(async {
        let folder = TempDir::new()?;
        let db = Db::sqlite_without_flushing(&folder.path().join("kamurj.db")).await?;
        filled(&db, "SQLite", count).await?;
        rows(book, &db, "SQLite", count).await?;
        db.close().await;
        drop(folder);
        let Ok(server) = std::env::var("KAMURJ_TEST_POSTGRES") else {
            say("     search: KAMURJ_TEST_POSTGRES names no server, so PostgreSQL is left out");
            return Ok(());
        };
        let database = Database::make(server)?;
        let db = Db::postgres(&database.url()?).await?;
        filled(&db, "PostgreSQL", count).await?;
        database.settles()?;
        rows(book, &db, "PostgreSQL", count).await?;
        db.close().await;
        Ok(())
    })
}

async fn filled(db: &Db, engine: &str, count: i64) -> Result<(), Failed> {
    say(&format!("     search: write {count} payments into {engine} …"));
    let began = now();
    fill(db, count).await?;
    say(&format!("     search: written in {} s", began.elapsed().as_secs()));
    Ok(())
}

/// Payments spread over the whole year.
fn some(turn: i64, count: i64) -> i64 {
    1 + turn * 7_919 % count
}

async fn rows(book: &mut Book, db: &Db, engine: &str, count: i64) -> Result<(), Failed> {
    for (what, typed) in TYPED {
        let (mut asked, mut beside, mut found) = (Times::default(), Times::default(), 0);
        for round in 0..ROUNDS {
            let (mut one, mut other) = (Vec::new(), Vec::new());
            for turn in round * SEARCHES..(round + 1) * SEARCHES {
                let number = some(turn, count);
                let filter = Filter { q: Some(typed(number)), ..Filter::default() };
                let began = now();
                let page = search::page(&mut db.read().await?, OURS.0, OURS.1, &filter, PAGE).await?;
                one.push(nanos(began.elapsed()));
                if page.is_empty() {
                    return Err(format!("{what}: {:?} finds nothing", filter.q).into());
                }
                found += page.len();
                other.push(by_key(db, number).await?);
            }
            asked.add(one, 0);
            beside.add(other, 0);
        }
        let answers = usize::try_from(ROUNDS * SEARCHES)?;
        let note = format!(
            "p95 {} ms, by its key {} ms; {} payments found in {answers} answers",
            sig(asked.p95() / 1e6),
            sig(beside.p95() / 1e6),
            found
        );
        book.write(
            &Row::new(
                "search",
                format!("searched by {what}, {engine}, {count} payments, p50"),
                asked.median() / 1e6,
                "ms",
            )
            .beside("a payment by its key", beside.median() / 1e6)
            .aimed("p95 ≤ 50 ms", asked.p95() / 1e6 <= SEARCH_MS)
            .noting(note),
        )?;
    }
    looked(book, db, engine, count).await
}

async fn looked(book: &mut Book, db: &Db, engine: &str, count: i64) -> Result<(), Failed> {
    let (mut asked, mut beside) = (Times::default(), Times::default());
    let mut parts = [0_u64; PARTS.len()];
    for round in 0..ROUNDS {
        let (mut one, mut other) = (Vec::new(), Vec::new());
        for turn in round * OVERVIEWS..(round + 1) * OVERVIEWS {
            let took = overview_parts(db).await?;
            one.push(took.iter().sum());
            parts.iter_mut().zip(took).for_each(|(sum, part)| *sum += part);
            other.push(by_key(db, some(turn, count)).await?);
        }
        asked.add(one, 0);
        beside.add(other, 0);
    }
    let times = u64::try_from(ROUNDS * OVERVIEWS)?;
    let each = PARTS.iter().zip(parts).map(|(name, sum)| {
        let ms = crate::times::as_float(sum / times) / 1e6;
        format!("{name} {} ms", sig(ms))
    });
    let note = format!("p95 {} ms; on average {}", sig(asked.p95() / 1e6), each.collect::<Vec<_>>().join(", "));
    book.write(
        &Row::new(
            "search",
            format!("the overview, {engine}, {count} payments in a year, p50"),
            asked.median() / 1e6,
            "ms",
        )
        .beside("a payment by its key", beside.median() / 1e6)
        .aimed("p95 ≤ 500 ms", asked.p95() / 1e6 <= OVERVIEW_MS)
        .noting(note),
    )
}

async fn by_key(db: &Db, number: i64) -> Result<u64, Failed> {
    let id = format!("pay_{number}");
    let began = now();
    let payment = payments::by_id(&mut db.read().await?, &id).await?;
    let took = nanos(began.elapsed());
    payment.map(|_| took).ok_or_else(|| format!("{id} is not there").into())
}

const PARTS: [&str; 7] =
    ["paid in two months", "refunded", "channels", "declines", "unknown ends", "deliveries", "exceptions"];

/// What the overview asks, as `GET /v1/overview` does; how long each part took, in nanoseconds.
async fn overview_parts(db: &Db) -> Result<[u64; PARTS.len()], Failed> {
    // The longest that two months can be, and thirty days.
    let (two_months, month) = ((NOW - 61 * DAY_MS, NOW + DAY_MS), (NOW - 30 * DAY_MS, NOW + DAY_MS));
    let mut took = [0; PARTS.len()];
    let mut tx = db.snapshot().await?;
    let mut last = now();
    let mut laps = took.iter_mut();
    let mut lap = || {
        if let Some(part) = laps.next() {
            *part = nanos(last.elapsed());
        }
        last = now();
    };
    overview::paid(&mut tx, OURS, two_months, YEREVAN_MS).await?;
    lap();
    overview::refunded(&mut tx, OURS, month).await?;
    lap();
    overview::channels(&mut tx, OURS, month).await?;
    lap();
    overview::declines(&mut tx, OURS, month.0).await?;
    lap();
    overview::oldest_unknown(&mut tx, OURS).await?;
    lap();
    overview::integrations(&mut tx, OURS, NOW - 7 * DAY_MS).await?;
    lap();
    overview::waiting(&mut tx, OURS).await?;
    lap();
    Ok(took)
}
