//! The journal under the hands of somebody with access to the database: whatever is done to it is found, named, and told by
//! `kamurj journal verify`.

use kamurj_domain::journal::{Entry, GENESIS, hash};
use kamurj_server::work::{self, checkpoint};
use kamurj_store::journal;
use kamurj_tests::integrator::link;
use kamurj_tests::{World, story};

const PROGRAM: &str = env!("CARGO_BIN_EXE_kamurj-under-test");

/// What is kept and put back after each tampering, parents first.
const TABLES: [&str; 10] = [
    "payments",
    "attempts",
    "facts",
    "movements",
    "journal",
    "deliveries",
    "exceptions",
    "link_opens",
    "journal_checkpoints",
    "journal_seals",
];

/// A paid and sealed payment, with a second one after it that is only there; answers both.
async fn two_sealed_payments(world: &mut World) -> (String, String) {
    let first = world.orders("A-1", "12500").await;
    world.pays(&link(&first)).await;
    world.settles().await;
    let second = world.orders("A-2", "700").await;
    work::finish(&world.app()).await;
    let id = |payment: &serde_json::Value| payment["id"].as_str().expect("an id").to_owned();
    (id(&first), id(&second))
}

async fn entries(world: &World, payment: &str) -> Vec<Entry> {
    let app = world.app();
    let mut tx = app.db.read().await.expect("the database reads");
    journal::page(&mut tx, payment, 0, 1_000).await.expect("the journal")
}

async fn keeps(world: &World) {
    world.tampers(TABLES.map(|table| format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}"))).await;
}

async fn puts_back(world: &World) {
    let empties = TABLES.iter().rev().map(|table| format!("DELETE FROM {table}"));
    let fills = TABLES.iter().map(|table| format!("INSERT INTO {table} SELECT * FROM kept_{table}"));
    world.tampers(empties.chain(fills)).await;
    assert_eq!(world.proof().await, [], "what is put back is whole");
}

async fn forgets(world: &World) {
    world.tampers(TABLES.map(|table| format!("DROP TABLE kept_{table}"))).await;
}

/// Does these statements, checks that the proof names exactly these places, and puts everything back.
async fn finds(world: &World, statements: &[String], places: &[&str]) {
    let touched = world.tampers(statements).await;
    assert!(!touched.contains(&0), "nothing was done by one of: {statements:?}");
    let found = world.proof().await;
    let mut named: Vec<&str> = found.iter().map(|finding| finding.place.as_str()).collect();
    named.dedup();
    assert_eq!(named, places, "{statements:?}: {found:?}");
    puts_back(world).await;
}

fn update(payment: &str, sequence: i64, set: &str) -> String {
    format!("UPDATE journal SET {set} WHERE payment_id = '{payment}' AND sequence = {sequence}")
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// What somebody writes who replaces a payment's journal by these entries and knows how the hashes are made.
fn rewritten(payment: &str, entries: &[Entry]) -> Vec<String> {
    let mut statements = vec![format!("DELETE FROM journal WHERE payment_id = '{payment}'")];
    let mut previous = GENESIS.to_owned();
    for (sequence, entry) in (1i64..).zip(entries) {
        let own = hash(payment, sequence, entry.at, &entry.kind, &entry.actor, &entry.body, &previous);
        let texts = [&entry.kind, &entry.actor, &entry.body, &previous, &own].map(|text| quoted(text)).join(", ");
        statements.push(format!(
            "INSERT INTO journal (payment_id, sequence, at, kind, actor, body, previous, hash) VALUES ('{payment}', \
             {sequence}, {}, {texts})",
            entry.at
        ));
        previous = own;
    }
    statements.push(format!(
        "UPDATE payments SET journal_length = {}, journal_head = '{previous}' WHERE id = '{payment}'",
        entries.len()
    ));
    statements
}

story!(e12_a_changed_entry_is_named_whatever_was_changed_in_it, |world| {
    let (id, _) = two_sealed_payments(world).await;
    keeps(world).await;
    let length = i64::try_from(entries(world, &id).await.len()).expect("a length");
    for sequence in 1..=length {
        let place = format!("{id}/{sequence}");
        for set in ["at = at + 1", "kind = 'payment.refunded'", "actor = 'operator'", "body = '{}'"] {
            assert_eq!(world.tampers([update(&id, sequence, set)]).await, [1]);
            let found = world.proof().await;
            assert_eq!(found[0].place, place, "{set}: {found:?}");
            // A fact whose entry is forged is told by no entry any more.
            assert!(found[1..].iter().all(|more| more.place.starts_with(&format!("{id}/fct_"))), "{set}: {found:?}");
            puts_back(world).await;
        }
    }
    // A hash that was changed breaks its own entry and the link of the next.
    let other = format!("hash = '{GENESIS}'");
    let places = [format!("{id}/2"), format!("{id}/3")];
    finds(world, &[update(&id, 2, &other)], &[&places[0], &places[1]]).await;
    finds(world, &[update(&id, 2, &format!("previous = '{GENESIS}'"))], &[&places[0]]).await;
    forgets(world).await;
});

story!(e12_a_removed_inserted_or_swapped_entry_is_named, |world| {
    let (id, other) = two_sealed_payments(world).await;
    keeps(world).await;
    let whole = entries(world, &id).await;
    let length = i64::try_from(whole.len()).expect("a length");
    let place = |sequence: i64| format!("{id}/{sequence}");
    let remove = |sequence: i64| format!("DELETE FROM journal WHERE payment_id = '{id}' AND sequence = {sequence}");
    for sequence in [1, length] {
        finds(world, &[remove(sequence)], &[&place(sequence)]).await;
    }
    finds(world, &[remove(4)], &[&place(4)]).await;

    let copy = |from: i64, to: i64| {
        format!(
            "INSERT INTO journal (payment_id, sequence, at, kind, actor, body, previous, hash) SELECT payment_id, {to}, \
             at, 'delivery.done', actor, body, previous, hash FROM journal WHERE payment_id = '{id}' AND sequence = {from}"
        )
    };
    finds(world, &[copy(1, 0)], &[&place(0)]).await;
    finds(world, &[copy(length, length + 1)], &[&place(length + 1)]).await;

    let swap = |one: i64, other: i64| {
        let body = |of: i64| quoted(&whole[usize::try_from(of - 1).expect("a place")].body);
        [update(&id, one, &format!("body = {}", body(other))), update(&id, other, &format!("body = {}", body(one)))]
    };
    finds(world, &swap(1, 3), &[&place(1), &place(3)]).await;
    // Whole entries change places, hashes and all.
    let moves = [update(&id, 1, "sequence = -1"), update(&id, 3, "sequence = 1"), update(&id, -1, "sequence = 3")];
    world.tampers(&moves).await;
    let found = world.proof().await;
    assert_eq!(found[0].place, place(1), "{found:?}");
    puts_back(world).await;
    // An entry of another payment, at a free place.
    let moved =
        format!("UPDATE journal SET payment_id = '{other}', sequence = 2 WHERE payment_id = '{id}' AND sequence = 1");
    finds(world, &[moved], &[&place(1), &format!("{other}/2")]).await;
    forgets(world).await;
});

story!(e12_hashes_recomputed_with_the_head_are_found_by_the_seals, |world| {
    let (id, _) = two_sealed_payments(world).await;
    let first = entries(world, &id).await.len();
    world.settles().await;
    let app = world.app();
    let mut tx = app.db.write().await.expect("the database writes");
    app.road("story").note(&mut tx, &id, "delivery.done", &serde_json::json!({ "late": true })).await.expect("a note");
    tx.commit().await.expect("a commit");
    work::finish(&app).await;
    keeps(world).await;
    let whole = entries(world, &id).await;
    assert_eq!(whole.len(), first + 1);

    // A fact's entry is left alone here: it would be found by its fact already.
    let paid = whole.iter().position(|entry| entry.kind == "payment.paid").expect("it is paid");
    let mut changed = whole.clone();
    changed[paid].body = changed[paid].body.replace("1250000", "2500000");
    assert_ne!(changed, whole);
    finds(world, &rewritten(&id, &changed), &[&format!("{id}/{first}")]).await;

    let mut last = whole.clone();
    last[first].body = String::from("{}");
    finds(world, &rewritten(&id, &last), &[&format!("{id}/{}", first + 1)]).await;

    let mut inserted = whole.clone();
    inserted.insert(1, Entry { kind: "link.opened".to_owned(), ..whole[0].clone() });
    finds(world, &rewritten(&id, &inserted), &[&format!("{id}/{first}")]).await;

    let mut swapped = whole.clone();
    swapped.swap(0, paid);
    finds(world, &rewritten(&id, &swapped), &[&format!("{id}/{first}")]).await;

    // The tail cut, the head moved back, and the mark of what is sealed as well.
    let mut cut = rewritten(&id, &whole[..2]);
    cut.push(format!("UPDATE payments SET sealed_length = 2 WHERE id = '{id}'"));
    cut.push(format!("DELETE FROM facts WHERE payment_id = '{id}' AND kind <> 'started'"));
    finds(world, &cut, &[&format!("{id}/3")]).await;

    // The seals rewritten too: nobody can make their macs.
    let mut forged = rewritten(&id, &changed);
    let heads = changed.len();
    forged.push(format!(
        "UPDATE journal_seals SET head = (SELECT hash FROM journal WHERE payment_id = '{id}' AND sequence = length) WHERE \
         payment_id = '{id}'"
    ));
    world.tampers(&forged).await;
    let named: Vec<String> = world.proof().await.into_iter().map(|finding| finding.place).collect();
    for place in [format!("{id}/{first}"), format!("{id}/{heads}")] {
        assert!(named.contains(&place), "{place} is not in {named:?}");
    }
    puts_back(world).await;
    // And with the seals taken away, so that the payment would be sealed anew.
    let mut forged = rewritten(&id, &changed);
    forged.push(format!("DELETE FROM journal_seals WHERE payment_id = '{id}'"));
    forged.push(format!("UPDATE payments SET sealed_length = 0 WHERE id = '{id}'"));
    world.tampers(&forged).await;
    for sealed_anew in [false, true] {
        if sealed_anew {
            work::finish(&world.app()).await;
        }
        let named: Vec<String> = world.proof().await.into_iter().map(|finding| finding.place).collect();
        assert_eq!(named, ["checkpoint 1", "checkpoint 2"], "{sealed_anew}");
    }
    // Somebody pretends that what comes next is sealed already.
    puts_back_without_anchor(world).await;
    finds(
        world,
        &[format!("UPDATE payments SET sealed_length = 1000 WHERE id = '{id}'")],
        &[&format!("{id}/{}", whole.len() + 1)],
    )
    .await;
    forgets(world).await;
});

/// As `puts_back`, where a checkpoint was made meanwhile that the anchor names: the operator removes the file, as after
/// restoring a backup.
async fn puts_back_without_anchor(world: &World) {
    std::fs::remove_file(anchor_file(world)).expect("there is an anchor");
    puts_back(world).await;
    checkpoint::seal(&world.app()).await.expect("the anchor is written again");
}

fn anchor_file(world: &World) -> std::path::PathBuf {
    let environment = world.environment();
    let (_, folder) = environment.iter().find(|(name, _)| *name == "KAMURJ_DATA_DIR").expect("a folder");
    std::path::Path::new(folder).join("journal.anchor")
}

/// The statements that remove a payment with everything that is known of it.
fn deletion(id: &str) -> Vec<String> {
    ["deliveries", "facts", "movements", "attempts", "journal", "exceptions"]
        .map(|table| format!("DELETE FROM {table} WHERE payment_id = '{id}'"))
        .into_iter()
        .chain([format!("DELETE FROM payments WHERE id = '{id}'")])
        .collect()
}

story!(e12_a_payment_that_was_deleted_whole_is_named, |world| {
    let (id, other) = two_sealed_payments(world).await;
    keeps(world).await;
    let place = format!("{id}/1");
    world.tampers(deletion(&id)).await;
    let found = world.proof().await;
    assert_eq!((found.len(), &found[0].place), (1, &place), "{found:?}");
    assert!(found[0].what.contains("deleted whole"), "{found:?}");
    puts_back(world).await;

    let seals = format!("DELETE FROM journal_seals WHERE payment_id = '{id}'");
    world.tampers(deletion(&id).iter().chain([&seals])).await;
    let found = world.proof().await;
    assert_eq!((found.len(), found[0].place.as_str()), (1, "checkpoint 1"), "{found:?}");
    puts_back(world).await;

    // Checkpoints go with it: only what is kept outside the database knows of them.
    let all = ["DELETE FROM journal_seals", "DELETE FROM journal_checkpoints"].map(str::to_owned);
    let reset = format!("UPDATE payments SET sealed_length = 0 WHERE id = '{other}'");
    world.tampers(deletion(&id).iter().chain(&all).chain([&reset])).await;
    let found = world.proof().await;
    assert_eq!((found.len(), found[0].place.as_str()), (1, "checkpoint 1"), "{found:?}");
    let anchor = std::fs::read_to_string(anchor_file(world)).expect("the anchor");
    assert!(checkpoint::seal(&world.app()).await.is_err(), "the next sealing says so as well");
    assert_eq!(std::fs::read_to_string(anchor_file(world)).expect("the anchor"), anchor, "and keeps the proof");
    assert_eq!(world.proof().await.len(), 1, "a new checkpoint 1 is not the old one");
    puts_back(world).await;
    forgets(world).await;
});

story!(e12_the_last_checkpoints_cut_with_the_tail_are_found_through_the_anchor, |world| {
    let (id, _) = two_sealed_payments(world).await;
    let early = entries(world, &id).await;
    let app = world.app();
    let mut tx = app.db.write().await.expect("the database writes");
    app.road("story").note(&mut tx, &id, "delivery.done", &serde_json::json!({})).await.expect("a note");
    tx.commit().await.expect("a commit");
    work::finish(&app).await;
    keeps(world).await;
    let mut cut = rewritten(&id, &early);
    cut.extend(
        ["DELETE FROM journal_seals WHERE checkpoint = 2", "DELETE FROM journal_checkpoints WHERE number = 2"]
            .map(str::to_owned),
    );
    cut.push(format!("UPDATE payments SET sealed_length = {} WHERE id = '{id}'", early.len()));
    finds(world, &cut, &["checkpoint 2"]).await;

    let moved = ["UPDATE journal_checkpoints SET at = at + 1 WHERE number = 1".to_owned()];
    finds(world, &moved, &["checkpoint 1"]).await;
    let mac = ["UPDATE journal_checkpoints SET mac = previous WHERE number = 1".to_owned()];
    finds(world, &mac, &["checkpoint 1", "checkpoint 2"]).await;
    let seal = [format!("UPDATE journal_seals SET length = 1 WHERE checkpoint = 2 AND payment_id = '{id}'")];
    // Without this seal the last entry counts as sealed by nobody; the forged one and its checkpoint are named as well.
    let unsealed = format!("{id}/{}", early.len() + 1);
    world.tampers(&seal).await;
    let named: Vec<String> = world.proof().await.into_iter().map(|finding| finding.place).collect();
    assert_eq!(named[..2], [unsealed, format!("{id}/1")]);
    puts_back(world).await;
    forgets(world).await;
});

story!(e12_a_fact_that_is_not_as_the_journal_tells_it_is_named, |world| {
    let (id, _) = two_sealed_payments(world).await;
    keeps(world).await;
    let told = entries(world, &id).await;
    let approved = told.iter().find(|entry| entry.kind == "fact.approved").expect("it is paid");
    let place = format!("{id}/{}", approved.sequence);
    let body: serde_json::Value = serde_json::from_str(&approved.body).expect("JSON");
    let fact = body["fact"].as_str().expect("its fact");
    for set in [
        "amount_minor = amount_minor + 100",
        "currency = 'USD'",
        "currency = 'XXX'",
        "amount_minor = NULL",
        "kind = 'declined'",
        "evidence = 'claim'",
        "source_name = 'somebody'",
        "source_key = 'another'",
        "foreign_currency = 'GEL'",
        "provider_time = provider_time - 1",
        "provider_time = NULL",
        "received_at = received_at + 1",
        "reference = 'another'",
        "reason = 'another'",
    ] {
        finds(world, &[format!("UPDATE facts SET {set} WHERE id = '{fact}'")], &[&place]).await;
    }
    finds(world, &[format!("DELETE FROM facts WHERE id = '{fact}'")], &[&place]).await;
    let renamed = format!("{id}/fct_forged");
    finds(world, &[format!("UPDATE facts SET id = 'fct_forged' WHERE id = '{fact}'")], &[&place, &renamed]).await;
    let copy = format!("CREATE TABLE one_fact AS SELECT * FROM facts WHERE id = '{fact}'");
    world.tampers([&*copy, "UPDATE one_fact SET id = 'fct_forged', source_key = 'forged'"]).await;
    finds(world, &["INSERT INTO facts SELECT * FROM one_fact".to_owned()], &[&renamed]).await;
    world.tampers(["DROP TABLE one_fact"]).await;
    forgets(world).await;
});

story!(e12_the_command_says_whole_or_names_the_entry, |world| {
    let (id, _) = two_sealed_payments(world).await;
    let says = |world: &World, arguments: &[&str]| {
        let output = world.runs(PROGRAM, &[&["journal", "verify"], arguments].concat());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    world.orders("A-3", "100").await;
    let (code, said, complaint) = says(world, &[]);
    assert_eq!((code, said.lines().count(), complaint.as_str()), (Some(0), 1, ""), "{said}");
    let entries: i64 = world.payments().await.iter().map(|payment| payment.journal_length).sum();
    let start = format!("the journal is whole: 3 payments, {entries} entries, 1 of them sealed just now, anchor 2:");
    assert!(said.starts_with(&start), "{said}");
    let anchor = said.trim().rsplit_once(' ').expect("an anchor").1.to_owned();
    assert_eq!(says(world, &["--anchor", &anchor]).0, Some(0));

    let (code, said, complaint) = says(world, &["--anchor", "2"]);
    assert_eq!((code, said.as_str()), (Some(1), ""));
    assert!(complaint.starts_with("kamurj: --anchor: an anchor is NUMBER:MAC"), "{complaint}");
    let (code, said, _) = says(world, &["--anchor", &anchor.replace("2:", "3:")]);
    assert_eq!(code, Some(1));
    assert!(said.starts_with("checkpoint 3: the anchor names it"), "{said}");

    keeps(world).await;
    world.tampers([update(&id, 2, "actor = 'nobody'"), update(&id, 4, "body = '{}'")]).await;
    let (code, said, complaint) = says(world, &[]);
    let places: Vec<&str> = said.lines().filter_map(|line| Some(line.split_once(": ")?.0)).collect();
    assert_eq!((code, places), (Some(1), vec![&*format!("{id}/2"), &*format!("{id}/4")]), "{said}");
    let expected = format!("kamurj: the journal is not whole: 2 findings, the first at {id}/2: ");
    assert!(complaint.starts_with(&expected) && complaint.lines().count() == 1, "{complaint}");
    puts_back(world).await;
    forgets(world).await;
});
