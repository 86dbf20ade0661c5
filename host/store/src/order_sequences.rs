//! The integers by which some gateways know orders: one sequence a terminal, never the same number twice.

use crate::db::{Error, Tx, sql};

#[derive(sqlx::FromRow)]
struct Next {
    next: i64,
}

const DRAW: &str = "
INSERT INTO order_sequences (terminal, next) VALUES ($1, $2)
ON CONFLICT (terminal) DO UPDATE SET
    next = CASE WHEN order_sequences.next < $3 THEN $2 ELSE order_sequences.next + 1 END
RETURNING next";

/// Draws the terminal's next number, which is `from` at least. A number whose transaction fails may be drawn again; one that
/// was committed is not.
pub async fn draw(tx: &mut Tx, terminal: &str, from: i64) -> Result<i64, Error> {
    let drawn: Option<Next> = sql(DRAW).bind(terminal).bind(from + 1).bind(from).optional(tx).await?;
    let missing = || Error::Inconsistent { table: "order_sequences", id: terminal.to_owned(), what: "no row" };
    Ok(drawn.ok_or_else(missing)?.next - 1)
}

const PASS_OVER: &str = "UPDATE order_sequences SET next = next + $1";

/// Passes over so many numbers of every terminal; answers how many terminals there are. Where the database was restored from a
/// copy, the numbers that were drawn after it are known to the gateways.
pub async fn pass_over(tx: &mut Tx, numbers: i64) -> Result<u64, Error> {
    sql(PASS_OVER).bind(numbers).run(tx).await
}

pub(crate) const CATALOGUE: &[&str] = &[DRAW, PASS_OVER];
