//! Tables taken out: whole, exact, and nothing in them that runs; and who took them.

use calamine::{Data, Reader, Xlsx};
use kamurj_access::Role;
use kamurj_store::db::sql;
use kamurj_store::movements;
use kamurj_tests::acts::{gives_back, later, paid_order};
use kamurj_tests::clock::minutes;
use kamurj_tests::integrator::Answer;
use kamurj_tests::links::reads;
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::json;
use std::io::Cursor;
use std::path::PathBuf;
use std::process::Command;

const DAY: i64 = 24 * 60 * 60 * 1000;

async fn takes_out(world: &World, file: &str, more: &str) -> reqwest::Response {
    let range = format!("from={}&to={}{more}", later(world, -DAY), later(world, DAY));
    let path = format!("/v1/exports/{file}?{range}");
    let response = world.asks(&world.api_key, Method::GET, &path).send().await.expect("an answer");
    assert_eq!(response.status(), 200);
    response
}

story!(b9_movements_are_taken_out_whole_and_exact_and_nothing_in_them_runs, |world| {
    let evil = "=cmd|' /C calc'!A0";
    let first = paid_order(world, evil, "12500").await;
    paid_order(world, "Պատվեր 2", "7000").await;
    gives_back(world, &first, Some("5000")).await;
    world.settles().await;
    let response = takes_out(world, "movements.csv", "&language=hy").await;
    let name = response.headers()["content-disposition"].to_str().expect("ASCII").to_owned();
    assert!(name.starts_with("attachment; filename=\"movements-20") && name.ends_with(".csv\""), "{name}");
    let table = response.text().await.expect("UTF-8");
    let table = table.trim_start_matches('\u{feff}');
    assert!(table.contains("Պատվեր 2;7000;AMD"), "{table}");
    assert!(table.contains(&format!(";'{evil};12500;AMD")), "{table}");
    let sums: Vec<&str> = table.lines().filter(|line| line.starts_with("Ընդամենը")).collect();
    assert_eq!(sums.len(), 3, "{table}");
    assert!(sums[0].starts_with("Ընդամենը;Վճարում;2;19500;AMD"), "{sums:?}");
    assert!(sums[1].starts_with("Ընդամենը;Վերադարձ;1;-5000;AMD"), "{sums:?}");
    assert!(sums[2].starts_with("Ընդամենը;;3;14500;AMD"), "{sums:?}");

    let bytes = takes_out(world, "movements.xlsx", "&language=hy").await.bytes().await.expect("a workbook");
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.to_vec())).expect("a workbook");
    let sheet = book.worksheet_range_at(0).expect("a sheet").expect("readable");
    let cells: Vec<&Data> = sheet.rows().flatten().collect();
    let has = |wanted: &str| cells.iter().any(|cell| matches!(cell, Data::String(text) if text == wanted));
    assert!(has("Պատվեր 2") && has(evil) && has("Դրամական շարժեր"), "{cells:?}");
    assert!(book.worksheet_formula("Դրամական շարժեր").expect("a sheet").is_empty());
    let refused = reads(world, "/v1/exports/movements.csv?from=2026-01-01T00:00:00Z").await;
    assert_eq!(refused.is_problem(422, "invalid").pointers(), ["/to"]);
});

story!(o10_who_takes_a_table_out_is_in_the_audit_log, |world| {
    paid_order(world, "A-1", "500").await;
    let accountant = world.employs(Role::Accountant).await;
    let file =
        world.opens_console(&accountant, "/console/test/exports/movements.csv?from=2026-01-01&to=2026-12-01").await;
    assert_eq!(file.status, 200, "{}", file.html);
    let entries = reads(world, "/v1/audit").await.body["entries"].as_array().expect("entries").clone();
    let entry = entries.iter().find(|entry| entry["action"] == "GET /v1/exports/movements.csv").expect("an entry");
    assert_eq!((&entry["actor"], &entry["outcome"]), (&json!(accountant.id), &json!("done")));
    let file = entry["detail"]["file"].as_str().expect("a text");
    assert!(file.starts_with("movements-2026-01-01-2026-12-01"), "{entry}");
});

/// What the verifier of the documentation says of these files.
fn verifies(files: &[&PathBuf]) -> (bool, String) {
    let program = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/verify_journal.py");
    let output = Command::new("python3").arg(program).args(files).output().expect("Python 3");
    let told = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&told).into_owned())
}

story!(e12_a_journal_that_was_taken_out_is_proven_elsewhere_and_a_changed_one_is_found_out, |world| {
    let payment = paid_order(world, "A-1", "12500").await;
    world.passes(minutes(5)).await;
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path
    };
    let table = takes_out(world, "journal.csv", "").await.text().await.expect("UTF-8");
    let whole = write("whole.csv", &table);
    let (is_sound, told) = verifies(&[&whole]);
    assert!(is_sound && told.contains("sound"), "{told}");
    assert!(table.contains("\r\nseal,"), "the journal was sealed meanwhile");
    let amount = write("amount.csv", &table.replace("12500", "12501"));
    let (is_sound, told) = verifies(&[&amount]);
    assert!(!is_sound && told.contains(&payment), "{told}");
    let without = table.lines().filter(|line| !line.contains(",payment.paid,")).collect::<Vec<_>>().join("\r\n");
    assert!(!verifies(&[&write("without.csv", &without)]).0);
    let shorter: Vec<&str> = table.lines().collect();
    let last = shorter.iter().rposition(|line| line.starts_with("entry,")).expect("entries");
    let cut = [&shorter[..last], &shorter[last + 1..]].concat().join("\r\n");
    assert!(!verifies(&[&write("cut.csv", &cut)]).0, "the seal covers the entry that is gone");
    // A file that was taken out earlier proves that nothing before it was rewritten.
    paid_order(world, "A-2", "100").await;
    world.passes(minutes(5)).await;
    let newer = write("newer.csv", &takes_out(world, "journal.csv", "").await.text().await.expect("UTF-8"));
    assert!(verifies(&[&newer, &whole]).0);
    assert!(!verifies(&[&whole, &newer]).0, "a newer file has what an older one lacks");
});

story!(movements_of_older_payments_are_waited_for_and_not_left_out, |world| {
    let payment = paid_order(world, "A-1", "12500").await;
    world.settles().await;
    let whole = takes_out(world, "movements.csv", "").await.text().await.expect("UTF-8");
    // As an older version left it: no movements yet, and a note that they are to be written.
    let mut tx = world.app().db.write().await.expect("the database writes");
    sql("DELETE FROM movements WHERE payment_id = $1").bind(&payment).run(&mut tx).await.expect("deleted");
    sql("INSERT INTO movements_owed (payment_id) VALUES ($1)").bind(&payment).run(&mut tx).await.expect("inserted");
    tx.commit().await.expect("committed");
    for file in ["movements.csv", "movements.xlsx"] {
        let range = format!("from={}&to={}", later(world, -DAY), later(world, DAY));
        let asked = world.asks(&world.api_key, Method::GET, &format!("/v1/exports/{file}?{range}"));
        Answer::to(asked).await.is_problem(503, "unavailable");
    }
    world.restarts().await;
    world.passes(minutes(1)).await;
    let written = movements::of_payment(&mut world.app().db.read().await.expect("a reader"), &payment).await;
    assert_eq!(written.expect("movements").len(), 1);
    assert_eq!(takes_out(world, "movements.csv", "").await.text().await.expect("UTF-8"), whole);
});
