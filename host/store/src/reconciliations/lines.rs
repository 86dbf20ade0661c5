//! What became of each line of a bank's report, and which movements of ours no line tells of.

use crate::db::{Error, Query, Tx, sql};

/// How a line fits our movements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is a movement of ours.
    Matched,
    /// It is one of ours but says something else of it.
    Differing,
    /// It is none of ours.
    TheirsOnly,
}

impl Verdict {
    /// The word kept in storage.
    pub fn word(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::Differing => "differing",
            Self::TheirsOnly => "theirs_only",
        }
    }

    /// The verdict with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Matched, Self::Differing, Self::TheirsOnly].into_iter().find(|verdict| verdict.word() == word)
    }
}

/// A line of a report.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Line {
    /// The row of the file.
    pub line: i64,
    /// The bank's reference.
    pub reference: Option<String>,
    /// Our order number at the provider, as the bank names it.
    pub order_number: Option<String>,
    /// `payment`, `refund`, `reversal` or `chargeback`.
    pub kind: String,
    /// Minor units, whichever way they went.
    pub amount_minor: i64,
    /// The currency's letter code.
    pub currency: String,
    /// What the bank kept for itself, minor units.
    pub fee_minor: Option<i64>,
    /// When, Unix milliseconds.
    pub at: Option<i64>,
    /// The verdict's word.
    pub verdict: String,
    /// The movement that it is.
    pub movement_id: Option<String>,
    /// That movement's payment.
    pub payment_id: Option<String>,
    /// What differs, in words.
    pub differs: Option<String>,
}

macro_rules! columns {
    () => {
        "line, reference, order_number, kind, amount_minor, currency, fee_minor, at, verdict, movement_id, payment_id,
    differs"
    };
}

const INSERT: &str = concat!(
    "
INSERT INTO bank_report_lines (report_id, ",
    columns!(),
    ")
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
);

/// How many lines one statement takes.
const CHUNK: usize = 20;

const INSERT_CHUNK: &str = concat!(
    "
INSERT INTO bank_report_lines (report_id, ",
    columns!(),
    ")
VALUES
    ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13),
    ($14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26),
    ($27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39),
    ($40, $41, $42, $43, $44, $45, $46, $47, $48, $49, $50, $51, $52),
    ($53, $54, $55, $56, $57, $58, $59, $60, $61, $62, $63, $64, $65),
    ($66, $67, $68, $69, $70, $71, $72, $73, $74, $75, $76, $77, $78),
    ($79, $80, $81, $82, $83, $84, $85, $86, $87, $88, $89, $90, $91),
    ($92, $93, $94, $95, $96, $97, $98, $99, $100, $101, $102, $103, $104),
    ($105, $106, $107, $108, $109, $110, $111, $112, $113, $114, $115, $116, $117),
    ($118, $119, $120, $121, $122, $123, $124, $125, $126, $127, $128, $129, $130),
    ($131, $132, $133, $134, $135, $136, $137, $138, $139, $140, $141, $142, $143),
    ($144, $145, $146, $147, $148, $149, $150, $151, $152, $153, $154, $155, $156),
    ($157, $158, $159, $160, $161, $162, $163, $164, $165, $166, $167, $168, $169),
    ($170, $171, $172, $173, $174, $175, $176, $177, $178, $179, $180, $181, $182),
    ($183, $184, $185, $186, $187, $188, $189, $190, $191, $192, $193, $194, $195),
    ($196, $197, $198, $199, $200, $201, $202, $203, $204, $205, $206, $207, $208),
    ($209, $210, $211, $212, $213, $214, $215, $216, $217, $218, $219, $220, $221),
    ($222, $223, $224, $225, $226, $227, $228, $229, $230, $231, $232, $233, $234),
    ($235, $236, $237, $238, $239, $240, $241, $242, $243, $244, $245, $246, $247),
    ($248, $249, $250, $251, $252, $253, $254, $255, $256, $257, $258, $259, $260)"
);

/// Keeps lines of a report. A report of many thousand is kept in several transactions, so that nobody waits long for the writer.
pub async fn insert(tx: &mut Tx, report_id: &str, lines: &[Line]) -> Result<(), Error> {
    let (chunks, rest) = lines.as_chunks::<CHUNK>();
    for chunk in chunks {
        chunk.iter().fold(sql(INSERT_CHUNK), |query, line| bind(query, report_id, line)).run(tx).await?;
    }
    for line in rest {
        bind(sql(INSERT), report_id, line).run(tx).await?;
    }
    Ok(())
}

fn bind(query: Query, report_id: &str, line: &Line) -> Query {
    query
        .bind(report_id)
        .bind(line.line)
        .bind(line.reference.as_deref())
        .bind(line.order_number.as_deref())
        .bind(&line.kind)
        .bind(line.amount_minor)
        .bind(&line.currency)
        .bind(line.fee_minor)
        .bind(line.at)
        .bind(&line.verdict)
        .bind(line.movement_id.as_deref())
        .bind(line.payment_id.as_deref())
        .bind(line.differs.as_deref())
}

const PAGE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM bank_report_lines WHERE report_id = $1 AND verdict = $2 AND line > $3 ORDER BY line LIMIT $4"
);

/// Lines of a report with this verdict after a row, in the order of the file. The caller knows that the report is theirs.
pub async fn page(tx: &mut Tx, report_id: &str, verdict: Verdict, after: i64, limit: i64) -> Result<Vec<Line>, Error> {
    sql(PAGE).bind(report_id).bind(verdict.word()).bind(after).bind(limit).all(tx).await
}

const ADD_ABSENCE: &str = "
INSERT INTO report_absences (report_id, movement_id, payment_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

/// A movement that no line of a report tells of.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Absence {
    /// The movement.
    pub movement_id: String,
    /// Its payment.
    pub payment_id: String,
}

/// Keeps movements that no line of the report tells of.
pub async fn add_absences(tx: &mut Tx, report_id: &str, absences: &[Absence]) -> Result<(), Error> {
    for absence in absences {
        sql(ADD_ABSENCE).bind(report_id).bind(&absence.movement_id).bind(&absence.payment_id).run(tx).await?;
    }
    Ok(())
}

const ABSENCES: &str = "
SELECT movement_id, payment_id FROM report_absences
WHERE report_id = $1 AND movement_id > $2
ORDER BY movement_id
LIMIT $3";

/// Movements that no line of the report tells of, after this one, by id. The caller knows that the report is theirs.
pub async fn absences(tx: &mut Tx, report_id: &str, after: &str, limit: i64) -> Result<Vec<Absence>, Error> {
    sql(ABSENCES).bind(report_id).bind(after).bind(limit).all(tx).await
}

pub(crate) const CATALOGUE: &[&str] = &[INSERT, INSERT_CHUNK, PAGE, ADD_ABSENCE, ABSENCES];
