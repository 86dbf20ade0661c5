//! Many payments from one: its rows copied inside the database under other ids. Each copy has all that belongs to the payment but
//! a link that opens, because its token is sealed for the first one alone, and hashes that prove anything.

use kamurj_store::Db;
use kamurj_store::db::{Line, sql};

use crate::Failed;

/// Copies written in one transaction.
const BATCH: u64 = 20_000;
/// What stands behind `pay_` and `att_` of a copy.
const NUMBER: &str = "printf('%026d', copies.copy)";

/// A table, how its rows are found by the payment's id, and what is another in a copy.
struct Table {
    name: &'static str,
    found_by: &'static str,
    changed: Vec<(&'static str, String)>,
}

/// Copies a payment under the numbers `from` to `to`.
pub(crate) async fn make(db: &Db, payment: &str, from: u64, to: u64) -> Result<(), Failed> {
    let mut statements = Vec::new();
    for table in tables(payment) {
        statements.push(statement(db, &table, payment).await?);
    }
    let mut next = from;
    while next <= to {
        let last = to.min(next + BATCH - 1);
        let mut tx = db.write().await?;
        for statement in &statements {
            sql(statement).bind(i64::try_from(next)?).bind(i64::try_from(last)?).run(&mut tx).await?;
        }
        tx.commit().await?;
        next = last + 1;
    }
    Ok(())
}

fn tables(payment: &str) -> [Table; 6] {
    let of = |prefix: &str| format!("'{prefix}' || {NUMBER}");
    let more = |column: &str| format!("{column} || '-' || copies.copy");
    let instead = |column: &str| format!("replace({column}, '{payment}', {})", of("pay_"));
    let table = |name, changed: Vec<(&'static str, String)>| Table { name, found_by: "payment_id", changed };
    let payments = vec![
        ("id", of("pay_")),
        ("order_id", more("order_id")),
        ("request_key", "NULL".to_owned()),
        ("token_hash", more("token_hash")),
        // What is sealed long ago is not sealed anew.
        ("sealed_length", "journal_length".to_owned()),
    ];
    let attempts = vec![
        ("id", of("att_")),
        ("payment_id", of("pay_")),
        ("number", more("number")),
        ("form_key", more("form_key")),
        ("reference", more("reference")),
        ("return_hash", more("return_hash")),
    ];
    let of_attempt = format!("CASE WHEN attempt_id IS NULL THEN NULL ELSE {} END", of("att_"));
    let facts = vec![("id", more("id")), ("payment_id", of("pay_")), ("attempt_id", of_attempt)];
    let jobs = vec![("id", instead("id")), ("subject", of("pay_")), ("lane", instead("lane"))];
    [
        Table { found_by: "id", ..table("payments", payments) },
        table("attempts", attempts),
        table("facts", facts),
        table("journal", vec![("payment_id", of("pay_"))]),
        table("events", vec![("payment_id", of("pay_"))]),
        Table { found_by: "subject", ..table("jobs", jobs) },
    ]
}

/// Copies every column that the table has, whatever later versions add. The store takes constants alone; these few live as long
/// as the benchmark.
async fn statement(db: &Db, table: &Table, payment: &str) -> Result<&'static str, Failed> {
    let Table { name, found_by, changed } = table;
    let columns = String::leak(format!("SELECT name AS line FROM pragma_table_info('{name}')"));
    let columns: Vec<Line> = sql(columns).all(&mut db.read().await?).await?;
    let columns: Vec<String> = columns.into_iter().map(|column| column.line).collect();
    let written = |column: &String| {
        let other = changed.iter().find(|(known, _)| known == column);
        other.map_or_else(|| column.clone(), |(_, expression)| expression.clone())
    };
    let values: Vec<String> = columns.iter().map(written).collect();
    Ok(String::leak(format!(
        "WITH RECURSIVE copies (copy) AS (SELECT $1 UNION ALL SELECT copies.copy + 1 FROM copies WHERE copies.copy < $2) \
         INSERT INTO {name} ({}) SELECT {} FROM {name} CROSS JOIN copies WHERE {found_by} = '{payment}'",
        columns.join(", "),
        values.join(", "),
    )))
}
