//! Everything that is in the database, table by table: for stories about something that must change nothing.

use crate::World;
use crate::database::Engine;
use kamurj_store::Tx;
use kamurj_store::db::{Line, sql};
use std::collections::{BTreeMap, BTreeSet};

/// Every row as text, by table.
pub type Content = BTreeMap<String, BTreeSet<String>>;

/// The tables that differ.
pub fn changed(before: &Content, after: &Content) -> Vec<String> {
    let tables: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    tables.into_iter().filter(|table| before.get(*table) != after.get(*table)).cloned().collect()
}

impl World {
    /// Everything that is in the database.
    pub async fn content(&self) -> Content {
        let app = self.app();
        let mut tx = app.db.snapshot().await.expect("the database reads");
        let tables = match self.engine {
            Engine::Sqlite => "SELECT name AS line FROM sqlite_master WHERE type = 'table'",
            Engine::Postgres => {
                "SELECT CAST(table_name AS TEXT) AS line FROM information_schema.tables WHERE table_schema = 'public'"
            }
        };
        let mut content = Content::new();
        for table in lines(&mut tx, tables.to_owned()).await {
            let rows = match self.engine {
                Engine::Sqlite => {
                    let each = "SELECT group_concat('quote(\"' || name || '\")', ' || '','' || ') AS line";
                    let columns = lines(&mut tx, format!("{each} FROM pragma_table_info('{table}')")).await.concat();
                    format!("SELECT {columns} AS line FROM \"{table}\"")
                }
                Engine::Postgres => format!("SELECT CAST(row_of AS TEXT) AS line FROM \"{table}\" AS row_of"),
            };
            content.insert(table, lines(&mut tx, rows).await.into_iter().collect());
        }
        assert!(content.len() > 20, "the tables are found: {:?}", content.keys());
        content
    }
}

/// The store takes constants alone; a story is over soon.
async fn lines(tx: &mut Tx, statement: String) -> Vec<String> {
    let rows: Vec<Line> = sql(String::leak(statement)).all(tx).await.expect("the rows");
    rows.into_iter().map(|row| row.line).collect()
}
