//! The proof that the journal is untouched: every payment's chain against its head, its seals and its facts, then every
//! checkpoint, then the anchors that are kept elsewhere. Reads in pieces, each of one moment, while the server works.

pub(crate) mod told;

use crate::checkpoints::{self, BATCH, Seal};
use crate::db::{Db, Error, Tx, sql};
use crate::journal;
use kamurj_domain::journal::checkpoint::{Anchor, GENESIS, Keyed, mac};
use kamurj_domain::journal::{Flaw, Walk};
use std::collections::BTreeSet;
use std::fmt;

/// How many payments, entries or checkpoints are read at once.
const PIECE: i64 = 100;
/// How many places are remembered, so that one that several checkpoints cover is told once.
const REMEMBERED: usize = 10_000;

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// `pay_…/sequence`, `pay_…/fct_…`, or `checkpoint number`.
    pub place: String,
    /// What is wrong there.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.what)
    }
}

/// How far the proof went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Payments looked at.
    pub payments: u64,
    /// Entries looked at.
    pub entries: u64,
    /// Entries that no checkpoint covers yet.
    pub unsealed: u64,
    /// The newest checkpoint looked at.
    pub newest: Option<Anchor>,
    /// How much is wrong.
    pub findings: u64,
    /// The first of it.
    pub first: Option<Finding>,
}

/// Looks at everything, and tells what is wrong as it finds it.
pub async fn verify(
    db: &Db,
    key: &dyn Keyed,
    anchors: &[Anchor],
    tell: &mut (dyn FnMut(&Finding) + Send),
) -> Result<Report, Error> {
    let mut audit = Audit { key, tell, report: Report::default(), told: BTreeSet::new() };
    audit.payments(db).await?;
    audit.checkpoints(db).await?;
    audit.anchors(db, anchors).await?;
    Ok(audit.report)
}

#[derive(sqlx::FromRow)]
struct Subject {
    id: String,
    journal_length: i64,
    journal_head: String,
    sealed_length: i64,
}

const PAYMENTS: &str = "
SELECT id, journal_length, journal_head, sealed_length
FROM payments
WHERE id > $1
ORDER BY id
LIMIT $2";

#[derive(sqlx::FromRow)]
struct Orphan {
    payment_id: String,
}

const ORPHANS: &str = "
SELECT DISTINCT payment_id
FROM journal
WHERE NOT EXISTS (SELECT 1 FROM payments WHERE payments.id = journal.payment_id)
LIMIT $1";

struct Audit<'a> {
    key: &'a dyn Keyed,
    tell: &'a mut (dyn FnMut(&Finding) + Send),
    report: Report,
    told: BTreeSet<String>,
}

impl Audit<'_> {
    fn find(&mut self, place: impl Into<String>, what: impl Into<String>) {
        let finding = Finding { place: place.into(), what: what.into() };
        if self.told.len() < REMEMBERED && !self.told.insert(finding.to_string()) {
            return;
        }
        (self.tell)(&finding);
        self.report.findings += 1;
        self.report.first.get_or_insert(finding);
    }

    async fn payments(&mut self, db: &Db) -> Result<(), Error> {
        let mut after = String::new();
        loop {
            // One moment a piece: a journal and its head are never seen at different times, and no snapshot lives long.
            let mut tx = db.snapshot().await?;
            let subjects: Vec<Subject> = sql(PAYMENTS).bind(&after).bind(PIECE).all(&mut tx).await?;
            let Some(last) = subjects.last() else { break };
            after.clone_from(&last.id);
            for subject in &subjects {
                self.payment(&mut tx, subject).await?;
            }
        }
        let mut tx = db.snapshot().await?;
        let orphans: Vec<Orphan> = sql(ORPHANS).bind(PIECE).all(&mut tx).await?;
        for orphan in orphans {
            self.find(format!("{}/1", orphan.payment_id), "the payment was deleted, its journal is left");
        }
        Ok(())
    }

    async fn payment(&mut self, tx: &mut Tx, subject: &Subject) -> Result<(), Error> {
        let id = &subject.id;
        // A seal that is not genuine proves nothing; the walk over the checkpoints tells of it.
        let stored = checkpoints::of_payment(tx, id).await?;
        let seals: Vec<Seal> = stored.into_iter().filter(|seal| seal.is_genuine(self.key)).collect();
        let sealed = seals.last().map_or(0, |seal| seal.length);
        let mut facts = told::of_payment(tx, id).await?;
        let mut walk = Walk::new(id);
        let mut waiting = seals.iter().peekable();
        let (mut agreed, mut rewritten) = (0, false);
        let mut after = i64::MIN;
        loop {
            let entries = journal::page(tx, id, after, PIECE).await?;
            let Some(last) = entries.last() else { break };
            after = last.sequence;
            for entry in &entries {
                self.report.entries += 1;
                let flaws = walk.step(entry);
                for (sequence, flaw) in &flaws {
                    self.find(format!("{id}/{sequence}"), flaw.to_string());
                }
                // A fact is not blamed for an entry that was changed itself.
                let sound = !flaws.contains(&(entry.sequence, Flaw::Changed));
                if let Some(what) = facts.tells(entry).filter(|_| sound) {
                    self.find(format!("{id}/{}", entry.sequence), what);
                }
                while let Some(seal) = waiting.next_if(|seal| seal.length <= entry.sequence) {
                    if seal.length == entry.sequence && seal.head != entry.hash && !rewritten {
                        self.find(format!("{id}/{}", seal.length), rewritten_text(seal, agreed));
                        rewritten = true;
                    }
                    agreed = seal.length;
                }
            }
        }
        let length = walk.length();
        if let Some(seal) = waiting.last() {
            let what = format!(
                "the tail was cut here: checkpoint {} covers {} entries, {length} are left",
                seal.checkpoint, seal.length
            );
            self.find(format!("{id}/{}", length + 1), what);
        } else if length < subject.journal_length {
            let what = format!("the tail was cut here: the payment counts {} entries", subject.journal_length);
            self.find(format!("{id}/{}", length + 1), what);
        }
        if length > subject.journal_length {
            let what = format!("the entry was added: the payment counts {} entries", subject.journal_length);
            self.find(format!("{id}/{}", subject.journal_length + 1), what);
        } else if length == subject.journal_length && walk.head() != subject.journal_head {
            self.find(format!("{id}/{length}"), "the payment names another hash of its last entry");
        } else if length == 0 && sealed == 0 && subject.journal_length == 0 {
            self.find(format!("{id}/1"), "the payment has no journal");
        }
        if subject.sealed_length > sealed {
            let what = format!("the payment counts as sealed up to {}, no seal says so", subject.sealed_length);
            self.find(format!("{id}/{}", sealed + 1), what);
        }
        for fact in facts.untold() {
            self.find(format!("{id}/{fact}"), "the fact was inserted: no entry of the journal tells it");
        }
        self.report.payments += 1;
        self.report.unsealed += u64::try_from(length - sealed).unwrap_or(0);
        Ok(())
    }

    async fn checkpoints(&mut self, db: &Db) -> Result<(), Error> {
        let (mut number, mut previous) = (0, GENESIS.to_owned());
        loop {
            let mut tx = db.snapshot().await?;
            let stored = checkpoints::page(&mut tx, number, PIECE).await?;
            if stored.is_empty() {
                break;
            }
            for checkpoint in stored {
                let place = format!("checkpoint {}", checkpoint.number);
                let is_next = checkpoint.number == number + 1;
                if !is_next {
                    self.find(format!("checkpoint {}", number + 1), "the checkpoint is missing");
                }
                let seals = checkpoints::of_checkpoint(&mut tx, checkpoint.number).await?;
                let all_here = i64::try_from(seals.len()).is_ok_and(|count| count <= BATCH);
                let macs = seals.iter().map(|seal| seal.mac.as_str()).collect();
                let expected = mac(self.key, checkpoint.number, checkpoint.at, &checkpoint.previous, macs);
                for seal in &seals {
                    self.seal(seal);
                }
                if !all_here || expected != checkpoint.mac {
                    let what = "its mac does not fit: it or the list of what it covers was changed, or \
                                the journal's key is not the one that sealed it";
                    self.find(&place, what);
                } else if is_next && checkpoint.previous != previous {
                    self.find(&place, "it does not follow from the checkpoint before it");
                }
                number = checkpoint.number;
                previous.clone_from(&checkpoint.mac);
                self.report.newest = Some(Anchor { number, mac: checkpoint.mac });
            }
        }
        Ok(())
    }

    /// Looks at one seal from its checkpoint's side.
    fn seal(&mut self, seal: &Seal) {
        if !seal.is_genuine(self.key) {
            let what = format!(
                "its seal in checkpoint {} was changed, or the journal's key is not the one that sealed it",
                seal.checkpoint
            );
            self.find(format!("{}/{}", seal.payment_id, seal.length), what);
        } else if seal.anchored == 0 {
            self.find(format!("{}/1", seal.payment_id), "the payment was deleted whole: a checkpoint covers it");
        }
    }

    async fn anchors(&mut self, db: &Db, anchors: &[Anchor]) -> Result<(), Error> {
        for anchor in anchors {
            let mut tx = db.snapshot().await?;
            if !checkpoints::has(&mut tx, anchor).await? {
                let what = "the anchor names it, the database does not have it: the list of checkpoints was cut or \
                            replaced, or the database was restored from an older backup";
                self.find(format!("checkpoint {}", anchor.number), what);
            }
        }
        Ok(())
    }
}

/// What is said when a sealed entry bears another hash, in a chain that hangs together.
fn rewritten_text(seal: &Seal, agreed: i64) -> String {
    let (first, last, checkpoint) = (agreed + 1, seal.length, seal.checkpoint);
    if first == last {
        format!("the entry was rewritten and its hash recomputed: checkpoint {checkpoint} covers another hash")
    } else {
        format!(
            "one or more of the entries {first} to {last} were rewritten and the hashes recomputed: checkpoint \
             {checkpoint} covers another hash of entry {last}"
        )
    }
}

pub(crate) const CATALOGUE: &[&str] = &[PAYMENTS, ORPHANS];
