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

pub(crate) const CATALOGUE: &[&str] = &[DRAW];
