//! Somebody with access to the database, and whoever proves what was done to it.

use crate::World;
use kamurj_server::work::checkpoint;
use kamurj_store::audit::{self, Finding};
use kamurj_store::db::sql;
use std::process::{Command, Output};

impl World {
    /// Runs statements past everything that keeps the rules, on whichever database the story has; answers how many rows
    /// each touched.
    pub async fn tampers<S: AsRef<str>>(&self, statements: impl IntoIterator<Item = S>) -> Vec<u64> {
        let app = self.app();
        let mut tx = app.db.write().await.expect("the database writes");
        let mut touched = Vec::new();
        for statement in statements {
            let statement = statement.as_ref();
            // The store takes constants alone; a story is over soon.
            let rows = sql(String::leak(statement.to_owned())).run(&mut tx).await;
            touched.push(rows.unwrap_or_else(|error| panic!("{statement}: {error:?}")));
        }
        tx.commit().await.expect("a commit");
        touched
    }

    /// Takes the PostgreSQL database away from the server, or gives it back.
    pub fn has_its_database(&self, has: bool) {
        self.database.as_ref().expect("a story on PostgreSQL").open_to_all(has);
    }

    /// Everything that the proof of the journal finds, with the anchor that the server keeps.
    pub async fn proof(&self) -> Vec<Finding> {
        let app = self.app();
        let anchor = checkpoint::anchor(&app).await.expect("a readable anchor");
        let mut found = Vec::new();
        let mut tell = |finding: &Finding| found.push(finding.clone());
        let anchors: Vec<_> = anchor.into_iter().collect();
        let report = audit::verify(&app.db, &app.sealer, &anchors, &mut tell).await.expect("the proof ends");
        assert_eq!(report.findings, found.len() as u64);
        assert_eq!(report.first.as_ref(), found.first());
        found
    }

    /// Runs the program on the data of this World, as its operator does.
    pub fn runs(&self, program: &str, arguments: &[&str]) -> Output {
        Command::new(program).args(arguments).env_clear().envs(self.environment()).output().expect("the program runs")
    }
}
