//! `GET /v1/exports/journal.csv`: what happened to payments, entry by entry as it was chained, with the seals over it. How anybody
//! proves it away from here: `docs/verify-journal.md`.

use super::pipe::Pipe;
use super::{ExportQuery, file, note};
use crate::access::Authenticated;
use crate::api::refusals::Reading;
use crate::app::App;
use crate::extract::Query;
use crate::problem::{Kind, MEDIA_TYPE, Problem, ProblemBody};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use futures::stream;
use kamurj_domain::Mode;
use kamurj_domain::format::Language;
use kamurj_domain::journal::Entry;
use kamurj_reports::{Cell, CsvOut, Dialect, Heading};
use kamurj_store::journal::exported::{self, Seal};
use std::io;
use std::sync::Arc;

/// Entries that are read in one transaction.
const PAGE: i64 = 500;

const COLUMNS: [&str; 12] = [
    "record",
    "payment",
    "sequence",
    "at",
    "kind",
    "actor",
    "body",
    "previous",
    "hash",
    "checkpoint",
    "seal",
    "checkpoint_mac",
];

/// The journals of all payments to which something happened in a time, each from its first entry until the end of that time, with the
/// seals over them.
#[utoipa::path(
    get,
    path = "/v1/exports/journal.csv",
    tag = "exports",
    params(ExportQuery),
    responses(
        (status = 200, description = "Entries and seals, in UTF-8 with a byte order mark", body = String, content_type = "text/csv"),
        Reading,
        (status = 403, description = "The key lacks the scope", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 422, description = "A wrong time", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["exports"]))
)]
pub async fn csv(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Query(query): Query<ExportQuery>,
) -> Result<Response, Problem> {
    let asked = query.read()?;
    let name = asked.file_name("journal", "csv");
    let pipe = Pipe::default();
    let headings: Vec<Heading> = COLUMNS.into_iter().map(Heading::plain).collect();
    let out = CsvOut::new(pipe.clone(), Dialect::Comma, Language::En, &headings)
        .map_err(|_| Problem::new(Kind::Unavailable, "The file cannot be written. Try again in a minute."))?;
    note(&app, &caller, &name, &query).await?;
    let whose = (caller.merchant_id.clone(), caller.mode);
    let leaving = Leaving { app, whose, range: (asked.from, asked.to), last: (String::new(), 0), out, pipe };
    let pages = stream::try_unfold(Some(leaving), |leaving| async {
        match leaving {
            Some(leaving) => leaving.next().await.map(Some),
            None => Ok(None),
        }
    });
    Ok(file(&name, "text/csv; charset=utf-8", Body::from_stream(pages)))
}

/// Journals that are leaving.
struct Leaving {
    app: Arc<App>,
    whose: (String, Mode),
    range: (i64, i64),
    /// The payment and the place of the last entry.
    last: (String, i64),
    out: CsvOut<Pipe>,
    pipe: Pipe,
}

impl Leaving {
    /// The next bytes, and what is left to leave.
    async fn next(mut self) -> io::Result<(Bytes, Option<Self>)> {
        let (page, seals) = self.read().await.map_err(io::Error::other)?;
        let is_over = i64::try_from(page.len()).is_ok_and(|length| length < PAGE);
        for entry in &page {
            if entry.payment != self.last.0 {
                self.seal(&seals)?;
            }
            self.last = (entry.payment.clone(), entry.sequence);
            self.entry(entry)?;
        }
        if !is_over {
            return Ok((self.pipe.taken(), Some(self)));
        }
        self.seal(&seals)?;
        self.out.finish()?;
        Ok((self.pipe.taken(), None))
    }

    /// The next entries, and the seals of every payment that ends among them. No transaction stays open.
    async fn read(&self) -> Result<(Vec<Entry>, Vec<(String, Seal)>), kamurj_store::Error> {
        let mut tx = self.app.db.snapshot().await?;
        let (whose, last) = ((self.whose.0.as_str(), self.whose.1), (self.last.0.as_str(), self.last.1));
        let page = exported::entries(&mut tx, whose, self.range, last, PAGE).await?;
        let mut payments: Vec<&str> = page.iter().map(|entry| entry.payment.as_str()).chain([last.0]).collect();
        payments.sort_unstable();
        payments.dedup();
        let mut seals = Vec::new();
        for payment in payments.into_iter().filter(|payment| !payment.is_empty()) {
            let found = exported::seals(&mut tx, payment).await?;
            seals.extend(found.into_iter().map(|seal| (payment.to_owned(), seal)));
        }
        Ok((page, seals))
    }

    fn entry(&mut self, entry: &Entry) -> io::Result<()> {
        self.out.row(&[
            Cell::Text("entry"),
            Cell::Text(&entry.payment),
            Cell::Number(entry.sequence),
            Cell::Number(entry.at),
            Cell::Text(&entry.kind),
            Cell::Text(&entry.actor),
            Cell::Text(&entry.body),
            Cell::Text(&entry.previous),
            Cell::Text(&entry.hash),
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
        ])
    }

    /// Writes the seals over the payment whose entries are all written. One that was made later covers what is not in the file.
    fn seal(&mut self, seals: &[(String, Seal)]) -> io::Result<()> {
        let (payment, length) = &self.last;
        for (_, seal) in seals.iter().filter(|(of, seal)| of == payment && seal.at < self.range.1) {
            // What came between two pages is in neither.
            if seal.length > *length {
                continue;
            }
            self.out.row(&[
                Cell::Text("seal"),
                Cell::Text(payment),
                Cell::Number(seal.length),
                Cell::Number(seal.at),
                Cell::Empty,
                Cell::Empty,
                Cell::Empty,
                Cell::Empty,
                Cell::Text(&seal.head),
                Cell::Number(seal.checkpoint),
                Cell::Text(&seal.mac),
                Cell::Text(&seal.checkpoint_mac),
            ])?;
        }
        Ok(())
    }
}
