//! The key ring and the walk through sealed values.

use crate::database::{NOW, on_both};
use kamurj_store::Error;
use kamurj_store::db::sql;
use kamurj_store::key_ring::holders::{self, Holder};
use kamurj_store::key_ring::moves::{self, Move};
use kamurj_store::key_ring::{self, Wrapped};
use kamurj_store::sealed::{self, COLUMNS, Column, Key};
use std::collections::BTreeSet;
use std::path::Path;

fn key(id: &str, from: i64) -> Wrapped {
    let text = |text: &str| text.to_owned();
    Wrapped {
        id: text(id),
        kind: text("seal"),
        made_at: NOW,
        in_force_from: from,
        master_id: text("old"),
        wrapped: format!("{id} under old"),
    }
}

on_both!(h6_a_ring_is_open_to_the_master_keys_that_it_was_wrapped_under_and_to_no_other, |store| {
    let mut tx = store.db.write().await.unwrap();
    assert!(key_ring::add(&mut tx, &key("two", NOW)).await.unwrap());
    assert!(key_ring::add(&mut tx, &key("one", 0)).await.unwrap());
    assert!(!key_ring::add(&mut tx, &key("one", 5)).await.unwrap(), "the first stays");
    key_ring::wrap(&mut tx, "one", "new", "one under new").await.unwrap();
    let all = key_ring::all(&mut tx).await.unwrap();
    let told: Vec<(&str, &str)> = all.iter().map(|key| (key.id.as_str(), key.wrapped.as_str())).collect();
    assert_eq!(told, [("one", "one under new"), ("one", "one under old"), ("two", "two under old")]);
    assert_eq!(all[1], key("one", 0));
    assert_eq!(key_ring::only(&mut tx, "new").await.unwrap(), 2);
    assert_eq!(key_ring::all(&mut tx).await.unwrap().len(), 1);
    assert!(matches!(key_ring::wrap(&mut tx, "one", "new", "again").await, Err(Error::Taken)));
});

on_both!(h6_of_two_at_one_place_of_a_walk_one_counts, |store| {
    let mut tx = store.db.write().await.unwrap();
    key_ring::add(&mut tx, &key("k", 0)).await.unwrap();
    for place in ["a.b", "c.d"] {
        moves::begin(&mut tx, "k", place).await.unwrap();
    }
    let first = moves::next(&mut tx, "k").await.unwrap().unwrap();
    assert_eq!((first.place.as_str(), first.behind.as_str(), first.moved), ("a.b", "", 0));
    let further = Move { behind: "{}".to_owned(), moved: 3, unreadable: 1, ..first.clone() };
    assert!(moves::advance(&mut tx, &first, &further).await.unwrap());
    assert!(!moves::advance(&mut tx, &first, &further).await.unwrap(), "the cursor stands elsewhere");
    assert_eq!(moves::next(&mut tx, "k").await.unwrap(), Some(further.clone()), "whoever was killed goes on here");
    let done = Move { done_at: Some(NOW), ..further.clone() };
    assert!(moves::advance(&mut tx, &further, &done).await.unwrap());
    assert!(!moves::advance(&mut tx, &further, &done).await.unwrap(), "its end is its end");
    assert_eq!(moves::next(&mut tx, "k").await.unwrap().unwrap().place, "c.d");
    moves::begin(&mut tx, "k", "a.b").await.unwrap();
    let again = moves::next(&mut tx, "k").await.unwrap().unwrap();
    assert_eq!((again.behind.as_str(), again.moved, again.unreadable, again.done_at), ("", 3, 0, None));
    assert_eq!(moves::of(&mut tx, "k").await.unwrap().len(), 2);
});

on_both!(h6_servers_that_are_there_are_known_by_the_master_key_that_they_have, |store| {
    let mut tx = store.db.write().await.unwrap();
    let holder = |node: &str, master: &str, seen_at| Holder { node: node.into(), master_id: master.into(), seen_at };
    for seen in [holder("n1", "old", NOW), holder("n2", "old", NOW - 9), holder("n1", "new", NOW + 1)] {
        holders::seen(&mut tx, &seen).await.unwrap();
    }
    assert_eq!(holders::since(&mut tx, NOW - 5).await.unwrap(), [holder("n1", "new", NOW + 1)]);
    holders::forget(&mut tx).await.unwrap();
    assert!(holders::since(&mut tx, 0).await.unwrap().is_empty());
});

const STEPS: &str = "
INSERT INTO steps (owner_id, run, place, name, state, sealed) VALUES
('a', 1, 1, 's', 'done', 's1.00000001.a'), ('a', 1, 2, 's', 'done', 's1.00000001.b'),
('a', 2, 1, 's', 'done', 's1.00000002.c'), ('b', 1, 1, 's', 'done', 's1.00000001.d')";

on_both!(h6_a_walk_sees_every_value_once_and_overwrites_none_that_changed_meanwhile, |store| {
    let mut tx = store.db.write().await.unwrap();
    sql(STEPS).run(&mut tx).await.unwrap();
    assert_eq!(sealed::otherwise(&mut tx, Column::Steps, "s1.00000002.").await.unwrap(), 3);
    let mut behind = Key::default();
    let mut seen = Vec::new();
    loop {
        let rows = sealed::page(&mut tx, Column::Steps, &behind, 3).await.unwrap();
        let Some(last) = rows.last() else { break };
        behind = last.key.clone();
        seen.extend(rows);
    }
    let texts: Vec<&str> = seen.iter().map(|row| &row.sealed[12..]).collect();
    assert_eq!(texts, ["a", "b", "c", "d"]);
    let mut changed = seen[0].clone();
    "s1.00000001.older".clone_into(&mut changed.sealed);
    assert!(!sealed::replace(&mut tx, Column::Steps, &changed, "s1.00000002.x").await.unwrap());
    assert!(sealed::replace(&mut tx, Column::Steps, &seen[0], "s1.00000002.a").await.unwrap());
    assert_eq!(sealed::otherwise(&mut tx, Column::Steps, "s1.00000002.").await.unwrap(), 2);
    assert_eq!(sealed::beginnings(&mut tx).await.unwrap().len(), 1);

    sql("INSERT INTO secrets (owner_id, name, sealed) VALUES ('o', 'n', 's1.00000001.s')").run(&mut tx).await.unwrap();
    let rows = sealed::page(&mut tx, Column::Secrets, &Key::default(), 9).await.unwrap();
    assert_eq!((rows[0].key.one.as_str(), rows[0].key.two.as_str(), rows.len()), ("o", "n", 1));
    assert!(sealed::replace(&mut tx, Column::Secrets, &rows[0], "s1.00000002.s").await.unwrap());
    assert!(sealed::page(&mut tx, Column::Secrets, &rows[0].key, 9).await.unwrap().is_empty());
});

/// Columns that say by their name or their comment that they are sealed, as `table.column`. What is listed here by hand has a name
/// that does not say so.
fn sealed_by_the_schema() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    let mut found: BTreeSet<String> =
        ["operators.second_factor", "invitations.second_factor", "plugin_runs.given"].map(str::to_owned).into();
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let mut table = String::new();
        for line in text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let column = match words[..] {
                ["CREATE", "TABLE", name, ..] => {
                    name.clone_into(&mut table);
                    continue;
                }
                ["ALTER", "TABLE", name, "ADD", "COLUMN", column, kind, ..] if kind.starts_with("TEXT") => {
                    name.clone_into(&mut table);
                    column
                }
                [column, kind, ..] if kind.starts_with("TEXT") => column,
                _ => continue,
            };
            if column.ends_with("sealed") {
                found.insert(format!("{table}.{column}"));
            }
        }
    }
    found
}

#[test]
fn h6_no_column_of_sealed_values_is_missing_from_the_list() {
    let listed: BTreeSet<String> = COLUMNS.iter().map(|column| column.name().to_owned()).collect();
    assert_eq!(listed, sealed_by_the_schema());
    assert!(COLUMNS.iter().all(|column| Column::named(column.name()) == Some(*column)));
}
