//! Every statement is prepared on every engine that runs it: what replaces checking queries at compile time.

use crate::database::on_both;
use kamurj_store::{Db, catalogue};

/// All that the schema knows. Another type would read differently on the two engines, or not at all on one.
const TYPES: [&str; 3] = ["TEXT", "VARCHAR", "INT8"];

on_both!(every_statement_can_be_prepared_and_speaks_of_text_and_int8_alone, |store| {
    let mut statements = catalogue::both();
    if matches!(store.db, Db::Postgres(_)) {
        statements.extend(catalogue::postgres_only());
    }
    let mut wrong = Vec::new();
    for text in statements {
        // One transaction each: on PostgreSQL a statement that cannot be prepared spoils its transaction.
        let mut tx = store.db.write().await.unwrap();
        match tx.prepare(text).await {
            Ok(types) => wrong.extend(
                types
                    .into_iter()
                    .filter(|name| !TYPES.contains(&name.as_str()))
                    .map(|name| format!("{name} in: {text}")),
            ),
            Err(error) => wrong.push(format!("{error:?} in: {text}")),
        }
        tx.rollback().await.unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
});
