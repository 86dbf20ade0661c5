//! Reports of banks as they are kept: a file once, its lines by verdict in pages, what no line tells of, and how it is read.

use crate::database::{ACCOUNT, MERCHANT, NOW, Store, on_both};
use crate::road::{create, new_payment};
use kamurj_domain::Mode;
use kamurj_store::reconciliations::lines::{self, Absence, Line, Verdict};
use kamurj_store::reconciliations::{self, Counts, Report, mappings};

const OURS: (&str, Mode) = (MERCHANT, Mode::Test);
const OTHERS: [(&str, Mode); 2] = [("mer_2", Mode::Test), (MERCHANT, Mode::Live)];

pub(crate) fn report(id: &str, sha256: &str, uploaded_at: i64) -> Report {
    Report {
        id: id.into(),
        merchant_id: MERCHANT.into(),
        mode: Mode::Test,
        provider: "vpos".into(),
        account_id: Some(ACCOUNT.into()),
        file_name: "Նոյեմբեր.csv".into(),
        sha256: sha256.into(),
        period_from: NOW - 86_400_000,
        period_to: NOW,
        rows: 3,
        mapping: "{}".into(),
        state: "reading".into(),
        counts: Counts::default(),
        uploaded_by: "api key_1".into(),
        uploaded_at,
        upload_id: None,
        edge: 0,
        skipped: 0,
        totals: "[]".into(),
        problem: None,
    }
}

pub(crate) fn line(number: i64, verdict: Verdict) -> Line {
    Line {
        line: number,
        reference: Some(format!("rrn-{number}")),
        order_number: None,
        kind: "payment".into(),
        amount_minor: 100 * number,
        currency: "AMD".into(),
        fee_minor: (number % 2 == 0).then_some(number),
        at: Some(NOW + number),
        verdict: verdict.word().into(),
        movement_id: None,
        payment_id: None,
        differs: (verdict == Verdict::Differing).then(|| "amount".into()),
    }
}

pub(crate) async fn keep(store: &Store, report: &Report) -> bool {
    let mut tx = store.db.write().await.unwrap();
    let is_new = reconciliations::insert(&mut tx, report).await.unwrap();
    tx.commit().await.unwrap();
    is_new
}

on_both!(the_same_file_is_taken_once_and_found_again, |store| {
    let first = report("rep_1", "aa", NOW);
    assert!(keep(store, &first).await);
    assert!(!keep(store, &report("rep_2", "aa", NOW + 1)).await);
    let live = Report { mode: Mode::Live, account_id: None, ..report("rep_3", "aa", NOW) };
    assert!(keep(store, &live).await, "test and live never meet");
    let mut tx = store.db.read().await.unwrap();
    assert_eq!(reconciliations::by_file(&mut tx, OURS, "aa").await.unwrap(), Some(first.clone()));
    assert_eq!(reconciliations::by_id(&mut tx, OURS, "rep_1").await.unwrap(), Some(first));
    assert_eq!(reconciliations::by_id(&mut tx, OURS, "rep_2").await.unwrap(), None);
});

on_both!(h1_no_other_merchant_and_no_other_mode_reads_a_report_or_a_mapping, |store| {
    keep(store, &report("rep_1", "aa", NOW)).await;
    let mut tx = store.db.write().await.unwrap();
    mappings::set(&mut tx, OURS, "vpos", "{}", NOW).await.unwrap();
    for others in OTHERS {
        assert_eq!(reconciliations::by_id(&mut tx, others, "rep_1").await.unwrap(), None);
        assert_eq!(reconciliations::by_file(&mut tx, others, "aa").await.unwrap(), None);
        assert!(reconciliations::page(&mut tx, others, None, 9).await.unwrap().is_empty());
        assert_eq!(mappings::get(&mut tx, others, "vpos").await.unwrap(), None);
    }
});

on_both!(what_came_of_a_comparison_is_noted_once, |store| {
    keep(store, &report("rep_1", "aa", NOW)).await;
    let counts = Counts { matched: 4, ours_only: 3, theirs_only: 2, differing: 1 };
    let mut tx = store.db.write().await.unwrap();
    assert!(reconciliations::finish(&mut tx, "rep_1", counts).await.unwrap());
    assert!(!reconciliations::finish(&mut tx, "rep_1", Counts::default()).await.unwrap());
    let kept = reconciliations::by_id(&mut tx, OURS, "rep_1").await.unwrap().unwrap();
    assert_eq!((kept.state.as_str(), kept.counts), ("done", counts));
});

on_both!(the_last_reports_come_first_page_by_page, |store| {
    for (id, at) in [("rep_1", NOW), ("rep_2", NOW + 1), ("rep_3", NOW + 1), ("rep_4", NOW + 2)] {
        keep(store, &report(id, id, at)).await;
    }
    let mut tx = store.db.read().await.unwrap();
    let mut walked = Vec::new();
    let mut before: Option<(i64, String)> = None;
    loop {
        let last = before.as_ref().map(|(at, id)| (*at, id.as_str()));
        let page = reconciliations::page(&mut tx, OURS, last, 1).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some((last.uploaded_at, last.id.clone()));
        walked.push(last.id.clone());
    }
    assert_eq!(walked, ["rep_4", "rep_3", "rep_2", "rep_1"]);
});

on_both!(many_lines_are_kept_whole_and_read_by_verdict_in_the_order_of_the_file, |store| {
    keep(store, &report("rep_1", "aa", NOW)).await;
    // Two whole chunks and a rest.
    let verdicts = [Verdict::Matched, Verdict::Differing, Verdict::TheirsOnly];
    let all: Vec<Line> =
        (1..=47).zip(verdicts.into_iter().cycle()).map(|(number, verdict)| line(number, verdict)).collect();
    let mut tx = store.db.write().await.unwrap();
    lines::insert(&mut tx, "rep_1", &all).await.unwrap();
    lines::insert(&mut tx, "rep_1", &[]).await.unwrap();
    for verdict in verdicts {
        let of_verdict: Vec<&Line> = all.iter().filter(|line| line.verdict == verdict.word()).collect();
        let first = lines::page(&mut tx, "rep_1", verdict, 0, 10).await.unwrap();
        let second = lines::page(&mut tx, "rep_1", verdict, first.last().unwrap().line, 10).await.unwrap();
        assert_eq!((first.len(), second.len()), (10, of_verdict.len() - 10));
        assert!(first.iter().chain(&second).eq(of_verdict), "{verdict:?}");
        assert_eq!(Verdict::from_word(verdict.word()), Some(verdict));
    }
});

on_both!(movements_that_no_line_tells_of_are_kept_once_and_paged, |store| {
    keep(store, &report("rep_1", "aa", NOW)).await;
    create(store, new_payment("pay_1", "1001", None)).await;
    let absences: Vec<Absence> =
        (1..=5).map(|number| Absence { movement_id: format!("mov_{number}"), payment_id: "pay_1".into() }).collect();
    let mut tx = store.db.write().await.unwrap();
    for _ in 0..2 {
        lines::add_absences(&mut tx, "rep_1", &absences).await.unwrap();
    }
    let first = lines::absences(&mut tx, "rep_1", "", 3).await.unwrap();
    assert_eq!(first, absences[..3]);
    assert_eq!(lines::absences(&mut tx, "rep_1", &first[2].movement_id, 3).await.unwrap(), absences[3..]);
});

on_both!(the_mapping_that_was_chosen_last_is_kept_for_each_provider, |store| {
    let mut tx = store.db.write().await.unwrap();
    assert_eq!(mappings::get(&mut tx, OURS, "vpos").await.unwrap(), None);
    for (provider, mapping) in [("vpos", "1"), ("idram", "2"), ("vpos", "3")] {
        mappings::set(&mut tx, OURS, provider, mapping, NOW).await.unwrap();
    }
    assert_eq!(mappings::get(&mut tx, OURS, "vpos").await.unwrap().as_deref(), Some("3"));
    assert_eq!(mappings::get(&mut tx, OURS, "idram").await.unwrap().as_deref(), Some("2"));
});
