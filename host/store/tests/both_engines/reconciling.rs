//! The work on a bank's report as it is kept: how far it is, what is shown of it, the files that wait, days on three sides, and journals
//! that are taken out.

use crate::database::{ACCOUNT, MERCHANT, NOW, on_both};
use crate::movements::paid;
use crate::reconciliations::{keep, line, report};
use kamurj_domain::Mode;
use kamurj_store::journal::exported;
use kamurj_store::movements;
use kamurj_store::reconciliations::lines::{self, Absence, Line, Verdict};
use kamurj_store::reconciliations::uploads::{self, Upload};
use kamurj_store::reconciliations::{self, Counts, Report, daily, progress, shown};

const OURS: (&str, Mode) = (MERCHANT, Mode::Test);
const DAY: i64 = 86_400_000;

fn upload(id: &str, expires_at: i64) -> Upload {
    Upload {
        id: id.into(),
        provider: "vpos".into(),
        file_name: "Նոյեմբեր.csv".into(),
        sha256: "aa".into(),
        bytes: "s1.sealed".into(),
        expires_at,
    }
}

on_both!(a_file_waits_for_its_merchant_alone_until_its_time_or_as_long_as_a_report_is_read_from_it, |store| {
    keep(store, &Report { upload_id: Some("upl_2".into()), ..report("rep_1", "aa", NOW) }).await;
    let mut tx = store.db.write().await.unwrap();
    for (id, expires_at) in [("upl_1", NOW + 5), ("upl_2", NOW + 5), ("upl_3", NOW + 6)] {
        uploads::insert(&mut tx, OURS, &upload(id, expires_at)).await.unwrap();
    }
    assert_eq!(uploads::by_id(&mut tx, OURS, "upl_1").await.unwrap(), Some(upload("upl_1", NOW + 5)));
    assert_eq!(uploads::by_id(&mut tx, (MERCHANT, Mode::Live), "upl_1").await.unwrap(), None);
    assert_eq!(uploads::by_id(&mut tx, ("mer_2", Mode::Test), "upl_1").await.unwrap(), None);
    assert_eq!(uploads::waiting(&mut tx, OURS).await.unwrap(), 3);
    assert_eq!(uploads::expire(&mut tx, NOW + 5).await.unwrap(), 1);
    progress::fail(&mut tx, "rep_1", "gone").await.unwrap();
    assert_eq!(uploads::expire(&mut tx, NOW + 5).await.unwrap(), 1, "nobody reads it any more");
    assert_eq!(uploads::waiting(&mut tx, OURS).await.unwrap(), 1);
});

on_both!(work_on_a_report_goes_on_where_it_stopped, |store| {
    keep(store, &report("rep_1", "aa", NOW)).await;
    let mut tx = store.db.write().await.unwrap();
    let refund = Line { kind: "refund".into(), ..line(3, Verdict::Matched) };
    let all = [line(1, Verdict::Matched), line(2, Verdict::TheirsOnly), refund, line(4, Verdict::Differing)];
    lines::insert(&mut tx, "rep_1", &all).await.unwrap();
    progress::clear(&mut tx, "rep_1").await.unwrap();
    lines::insert(&mut tx, "rep_1", &all).await.unwrap();
    let counts = Counts { matched: 2, ours_only: 0, theirs_only: 1, differing: 1 };
    progress::compared(&mut tx, "rep_1", counts, 7, "[1]").await.unwrap();
    let kept = reconciliations::of_job(&mut tx, "rep_1").await.unwrap().unwrap();
    assert_eq!((kept.state.as_str(), kept.counts, kept.edge, kept.totals.as_str()), ("matching", counts, 7, "[1]"));

    let left = progress::telling(&mut tx, "rep_1", 0, 9).await.unwrap();
    assert_eq!(left.iter().map(|line| line.line).collect::<Vec<_>>(), [2, 3, 4], "known payments say nothing");
    let found = Line {
        verdict: "matched".into(),
        movement_id: Some("mov_1".into()),
        payment_id: Some("pay_1".into()),
        ..left[0].clone()
    };
    progress::settle_line(&mut tx, "rep_1", &found, Some("exc_1")).await.unwrap();
    assert_eq!(progress::reached(&mut tx, "rep_1").await.unwrap().unwrap().last_line, 2);
    assert!(progress::has(&mut tx, "rep_1", "mov_1").await.unwrap());
    assert!(!progress::has(&mut tx, "rep_2", "mov_1").await.unwrap());
    assert!(progress::any_has(&mut tx, "mov_1").await.unwrap());
    let tally = progress::tally(&mut tx, "rep_1").await.unwrap();
    assert_eq!(tally, Counts { matched: 3, differing: 1, theirs_only: 0, ours_only: 0 });
    let listed = shown::lines(&mut tx, "rep_1", None, 1, 9).await.unwrap();
    assert_eq!(listed.iter().map(|line| line.line).collect::<Vec<_>>(), [2, 3, 4]);
    assert_eq!(listed[0].exception_id.as_deref(), Some("exc_1"));
    assert_eq!(shown::lines(&mut tx, "rep_1", Some("ours_only"), 0, 9).await.unwrap(), []);
});

on_both!(a_report_that_failed_is_begun_anew_and_no_other, |store| {
    let first = report("rep_1", "aa", NOW);
    keep(store, &first).await;
    let mut tx = store.db.write().await.unwrap();
    let other = Report { mapping: "{\"b\":1}".into(), uploaded_at: NOW + 9, ..first };
    assert!(!progress::again(&mut tx, "rep_1", &other).await.unwrap());
    progress::fail(&mut tx, "rep_1", "gone").await.unwrap();
    let failed = reconciliations::of_job(&mut tx, "rep_1").await.unwrap().unwrap();
    assert_eq!((failed.state.as_str(), failed.problem.as_deref()), ("failed", Some("gone")));
    assert!(progress::again(&mut tx, "rep_1", &other).await.unwrap());
    assert_eq!(reconciliations::of_job(&mut tx, "rep_1").await.unwrap(), Some(other));
});

on_both!(a_day_stands_on_the_side_of_the_movements_and_on_that_of_the_lines, |store| {
    paid(store, 1, NOW, "000123").await;
    let mut tx = store.db.read().await.unwrap();
    let kept = movements::of_payment(&mut tx, "pay_1").await.unwrap().remove(0);
    let ours = daily::ours(&mut tx, OURS, (NOW - DAY, NOW + DAY)).await.unwrap();
    drop(tx);
    let day = (NOW + 4 * 3_600_000) / DAY;
    let [sum] = &ours[..] else { panic!("{ours:?}") };
    assert_eq!((sum.day, sum.provider.as_str(), sum.account_id.as_deref()), (day, "vpos", Some(ACCOUNT)));
    assert_eq!((sum.count, sum.sum_minor), (1, kept.movement.amount.minor));

    keep(store, &Report { state: "done".into(), ..report("rep_1", "aa", NOW) }).await;
    let mut tx = store.db.write().await.unwrap();
    // The bank dates it a day later; the refund is of that day.
    let same = Line { movement_id: Some(kept.movement.id.clone()), at: Some(NOW + DAY), ..line(1, Verdict::Matched) };
    let back = Line { kind: "refund".into(), at: Some(NOW + DAY), ..line(2, Verdict::TheirsOnly) };
    lines::insert(&mut tx, "rep_1", &[same, back]).await.unwrap();
    let banks = daily::banks(&mut tx, "rep_1").await.unwrap();
    let sums: Vec<_> = banks.iter().map(|sum| (sum.day, sum.count, sum.sum_minor)).collect();
    assert_eq!(sums, [(day, 1, 100), (day + 1, 1, -200)]);
    assert_eq!(daily::covering(&mut tx, OURS, (NOW - 5, NOW + 5)).await.unwrap().len(), 1);
    assert!(daily::covering(&mut tx, OURS, (NOW, NOW + 5)).await.unwrap().is_empty(), "it ends there");
    assert!(daily::covering(&mut tx, (MERCHANT, Mode::Live), (NOW - 5, NOW)).await.unwrap().is_empty());

    let absence = Absence { movement_id: kept.movement.id.clone(), payment_id: "pay_1".into() };
    lines::add_absences(&mut tx, "rep_1", std::slice::from_ref(&absence)).await.unwrap();
    progress::settle_absence(&mut tx, "rep_1", &absence, Some("exc_1")).await.unwrap();
    let listed = shown::absences(&mut tx, "rep_1", (i64::MIN, ""), 9).await.unwrap();
    assert_eq!((listed[0].order_id.as_str(), listed[0].exception_id.as_deref()), ("order-1", Some("exc_1")));
    assert!(shown::absences(&mut tx, "rep_1", (listed[0].at, &listed[0].movement_id), 9).await.unwrap().is_empty());
});

on_both!(e12_journals_are_taken_out_whole_page_by_page_and_of_the_merchant_alone, |store| {
    paid(store, 1, NOW, "000123").await;
    paid(store, 2, NOW, "000124").await;
    let mut tx = store.db.read().await.unwrap();
    let range = (NOW - DAY, NOW + DAY);
    let all = exported::entries(&mut tx, OURS, range, ("", 0), 1_000).await.unwrap();
    let mut walked = Vec::new();
    let mut last = (String::new(), 0);
    loop {
        let page = exported::entries(&mut tx, OURS, range, (&last.0, last.1), 2).await.unwrap();
        let Some(end) = page.last() else { break };
        last = (end.payment.clone(), end.sequence);
        walked.extend(page);
    }
    assert_eq!(walked, all);
    for payment in ["pay_1", "pay_2"] {
        let own: Vec<_> = all.iter().filter(|entry| entry.payment == payment).collect();
        assert!(kamurj_domain::journal::verify(payment, own).is_ok());
    }
    for (whose, range) in [((MERCHANT, Mode::Live), range), (("mer_2", Mode::Test), range), (OURS, (NOW + 1, NOW + 2))]
    {
        assert!(exported::entries(&mut tx, whose, range, ("", 0), 10).await.unwrap().is_empty());
    }
});
