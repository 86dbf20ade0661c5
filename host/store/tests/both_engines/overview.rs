//! The overview counts what is the merchant's and falls into the period, and reads no more than that.

use crate::database::{INSTALLATION, MERCHANT, NOW, Store, on_both};
use crate::road::{approved, attempt, create, keys, new_payment};
use crate::search::{fill, plan_of};
use kamurj_domain::order::ChannelRef;
use kamurj_domain::{Currency, Evidence, FactKind, Mode, Money, Source};
use kamurj_store::db::{Value, sql};
use kamurj_store::exceptions::{self, Assignee, Exception};
use kamurj_store::opens::{self, Looks};
use kamurj_store::operators;
use kamurj_store::overview::{self, Channel, Decline, Sum, Waiting};
use kamurj_store::road::{Learned, NewRefund, RefundAsked, RefundTold};

const OURS: (&str, Mode) = (MERCHANT, Mode::Test);
const OTHERS: [(&str, Mode); 2] = [("mer_2", Mode::Test), (MERCHANT, Mode::Live)];
const DAY: i64 = 24 * 60 * 60 * 1000;
const YEREVAN: i64 = 4 * 60 * 60 * 1000;
const WIDE: (i64, i64) = (NOW - 60 * DAY, NOW + DAY);

async fn made(store: &Store, number: i64, channel: Option<&str>) -> String {
    let id = format!("pay_{number}");
    let mut new = new_payment(&id, &format!("order-{number}"), None);
    new.particulars.channel = channel.map(|plugin| ChannelRef {
        plugin: plugin.to_owned(),
        conversation: format!("555000{number}"),
        handle: None,
        language: None,
    });
    create(store, new).await;
    id
}

async fn tried(store: &Store, number: i64, channel: Option<&str>, at: i64) -> String {
    let id = made(store, number, channel).await;
    let attempt_id = format!("att_{number}");
    let mut tx = store.db.write().await.unwrap();
    store.road(at).start_attempt(&mut tx, &id, &attempt(&attempt_id), &keys(&attempt_id), at, None).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn learns(store: &Store, number: i64, learned: Learned, now: i64) {
    let mut tx = store.db.write().await.unwrap();
    store.road(now).learn(&mut tx, &format!("pay_{number}"), vec![learned]).await.unwrap();
    tx.commit().await.unwrap();
}

async fn paid(store: &Store, number: i64, channel: Option<&str>, at: i64) -> String {
    let id = tried(store, number, channel, NOW).await;
    learns(store, number, approved(&format!("att_{number}"), "paid", at), NOW).await;
    id
}

fn declined(number: i64, key: &str, reason: Option<&str>) -> Learned {
    let source = Source { name: "vpos look-up".into(), key: key.into() };
    Learned {
        reason: reason.map(str::to_owned),
        ..Learned::plain(&format!("att_{number}"), FactKind::Declined, Evidence::Lookup, source)
    }
}

on_both!(what_was_paid_is_counted_on_the_day_on_which_the_money_moved, |store| {
    // Noon in Yerevan is eight o'clock in UTC: sixteen hours before it lies the last millisecond of the day before.
    let midnight = NOW - 12 * 60 * 60 * 1000;
    for (number, at) in (1..).zip([midnight, NOW, midnight - 1, NOW - 40 * DAY]) {
        paid(store, number, None, at).await;
    }
    let mut tx = store.db.read().await.unwrap();
    let mut days = overview::paid(&mut tx, OURS, WIDE, YEREVAN).await.unwrap();
    days.sort_by_key(|paid| paid.day);
    let today = (NOW + YEREVAN) / DAY;
    let told: Vec<_> = days.iter().map(|paid| (paid.day - today, paid.count, paid.sum_minor)).collect();
    assert_eq!(told, [(-40, 1, 1_250_000), (-1, 1, 1_250_000), (0, 2, 2_500_000)]);
    assert!(days.iter().all(|paid| paid.currency == "AMD"));
    let short = overview::paid(&mut tx, OURS, (midnight, NOW), YEREVAN).await.unwrap();
    assert_eq!(short.iter().map(|paid| paid.count).sum::<i64>(), 1, "the end is not in the period");
    for others in OTHERS {
        assert!(overview::paid(&mut tx, others, WIDE, YEREVAN).await.unwrap().is_empty());
    }
});

on_both!(what_went_back_is_counted_when_it_did, |store| {
    let id = paid(store, 1, None, NOW).await;
    let mut tx = store.db.write().await.unwrap();
    let road = store.road(NOW + 2);
    let new = NewRefund { amount: Some(Money::new(300, Currency::Amd)), attempt: None, reason: "sent back".into() };
    let RefundAsked::Made(refund) = road.ask_refund(&mut tx, &id, new).await.unwrap() else { panic!("it may") };
    assert!(overview::refunded(&mut tx, OURS, WIDE).await.unwrap().is_empty(), "nothing moved yet");
    let told = RefundTold {
        refund: refund.id.clone(),
        kind: FactKind::Refunded,
        evidence: Evidence::Lookup,
        source: Source { name: "vpos look-up".into(), key: "refunded".into() },
        amount: Some(refund.amount),
        provider_time: None,
        reference: None,
        reason: None,
        message: None,
        purpose: None,
    };
    road.refund_told(&mut tx, told).await.unwrap();
    let one = Sum { currency: "AMD".into(), count: 1, sum_minor: 300 };
    assert_eq!(overview::refunded(&mut tx, OURS, WIDE).await.unwrap(), [one]);
    assert!(overview::refunded(&mut tx, OURS, (NOW + 3, NOW + DAY)).await.unwrap().is_empty());
    assert_eq!(
        overview::paid(&mut tx, OURS, WIDE, YEREVAN).await.unwrap()[0].sum_minor,
        1_250_000,
        "it was paid all the same"
    );
    for others in OTHERS {
        assert!(overview::refunded(&mut tx, others, WIDE).await.unwrap().is_empty());
    }
});

on_both!(each_channel_tells_how_far_its_payments_came, |store| {
    made(store, 1, Some("telegram")).await;
    let opened = made(store, 2, Some("telegram")).await;
    let seen_by_a_robot = made(store, 3, Some("telegram")).await;
    tried(store, 4, Some("telegram"), NOW).await;
    paid(store, 5, Some("telegram"), NOW).await;
    paid(store, 6, None, NOW).await;
    let mut tx = store.db.write().await.unwrap();
    opens::add(&mut tx, &opened, &Looks { opens: 2, first_open_at: Some(NOW), ..Looks::default() }).await.unwrap();
    opens::add(&mut tx, &seen_by_a_robot, &Looks { previews: 1, first_preview_at: Some(NOW), ..Looks::default() })
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.db.read().await.unwrap();
    let channel = |name: Option<&str>, [made, opened, tried, paid]: [i64; 4]| Channel {
        channel: name.map(str::to_owned),
        made,
        opened,
        tried,
        paid,
    };
    let expected = [channel(Some("telegram"), [5, 3, 2, 1]), channel(None, [1, 1, 1, 1])];
    assert_eq!(overview::channels(&mut tx, OURS, WIDE).await.unwrap(), expected);
    assert!(overview::channels(&mut tx, OURS, (NOW + 1, NOW + DAY)).await.unwrap().is_empty());
    for others in OTHERS {
        assert!(overview::channels(&mut tx, others, WIDE).await.unwrap().is_empty());
    }
});

on_both!(a_decline_counts_once_for_its_reason_however_often_it_is_told, |store| {
    for (number, reason) in [(1, Some("no money")), (2, Some("no money")), (3, None)] {
        tried(store, number, None, NOW).await;
        learns(store, number, declined(number, "first", reason), NOW).await;
        learns(store, number, declined(number, "again", reason), NOW + 1).await;
    }
    tried(store, 4, None, NOW).await;
    let claim = Learned { evidence: Evidence::Claim, ..declined(4, "first", Some("a browser says so")) };
    learns(store, 4, claim, NOW).await;
    let mut tx = store.db.read().await.unwrap();
    let line = |reason: &str, count| Decline { reason: reason.into(), count };
    let expected = [line("no money", 2), line("", 1)];
    assert_eq!(overview::declines(&mut tx, OURS, NOW - DAY).await.unwrap(), expected);
    assert!(overview::declines(&mut tx, OURS, NOW + DAY).await.unwrap().is_empty());
    for others in OTHERS {
        assert!(overview::declines(&mut tx, others, 0).await.unwrap().is_empty());
    }
});

on_both!(the_oldest_attempt_without_an_end_is_named_until_it_has_one, |store| {
    let id = tried(store, 1, None, NOW).await;
    tried(store, 2, None, NOW).await;
    paid(store, 3, None, NOW).await;
    let oldest = async |ours| overview::oldest_unknown(&mut store.db.read().await.unwrap(), ours).await.unwrap();
    let unknown = oldest(OURS).await.expect("nobody knows yet");
    assert_eq!((unknown.payment_id, unknown.order_id.as_str()), (id, "order-1"));
    for others in OTHERS {
        assert_eq!(oldest(others).await, None);
    }
    learns(store, 1, declined(1, "first", None), NOW).await;
    assert_eq!(oldest(OURS).await.expect("the other").payment_id, "pay_2");
    learns(store, 2, approved("att_2", "paid", NOW), NOW).await;
    assert_eq!(oldest(OURS).await, None);
});

on_both!(each_installation_tells_what_it_was_told_and_what_it_is_owed, |store| {
    made(store, 1, None).await;
    paid(store, 2, None, NOW).await;
    let mut tx = store.db.write().await.unwrap();
    for (state, payment) in [("done", "pay_1"), ("dead", "pay_2")] {
        sql("UPDATE deliveries SET state = $1 WHERE payment_id = $2 AND event = 'payment.created'")
            .bind(state)
            .bind(payment)
            .run(&mut tx)
            .await
            .unwrap();
    }
    let [told] = &overview::integrations(&mut tx, OURS, NOW - DAY).await.unwrap()[..] else { panic!("one") };
    assert_eq!((told.installation_id.as_str(), told.plugin.as_str()), (INSTALLATION, "bitrix24"));
    assert_eq!((told.done, told.owed, told.failed, told.oldest_owed_at), (1, 1, 1, Some(NOW)));
    let later = &overview::integrations(&mut tx, OURS, NOW + 1).await.unwrap()[0];
    assert_eq!((later.done, later.owed, later.failed), (0, 1, 0), "what is owed stays owed");
    for others in OTHERS {
        assert!(overview::integrations(&mut tx, others, 0).await.unwrap().is_empty());
    }
});

on_both!(open_exceptions_are_counted_and_are_somebodys_or_nobodys, |store| {
    let mut tx = store.db.write().await.unwrap();
    for number in [1, 2, 3] {
        let exception = Exception {
            id: format!("exc_{number}"),
            merchant_id: MERCHANT.into(),
            mode: Mode::Test,
            payment_id: None,
            kind: "delivery_failed".into(),
            subject: format!("dlv_{number}"),
            detail: "it failed".into(),
        };
        exceptions::open(&mut tx, &exception, NOW + number).await.unwrap();
    }
    assert!(operators::insert(&mut tx, "op_1", ("ani@example.am", "Ani", "hy"), NOW).await.unwrap());
    exceptions::assign(&mut tx, "exc_2", Some("op_1")).await.unwrap();
    exceptions::close(&mut tx, "delivery_failed", "dlv_1", "key_1", "tried again", NOW + 9).await.unwrap();
    assert_eq!(overview::waiting(&mut tx, OURS).await.unwrap(), Waiting { open: 2, oldest_at: Some(NOW + 2) });
    for others in OTHERS {
        assert_eq!(overview::waiting(&mut tx, others).await.unwrap(), Waiting::default());
    }
    for (assignee, expected) in [
        (None, &["exc_1", "exc_2", "exc_3"][..]),
        (Some(Assignee::Nobody), &["exc_1", "exc_3"]),
        (Some(Assignee::Operator("op_1".into())), &["exc_2"]),
        (Some(Assignee::Operator("op_2".into())), &[]),
    ] {
        let filter = exceptions::Filter { assignee, ..exceptions::Filter::default() };
        let page = exceptions::page(&mut tx, MERCHANT, Mode::Test, &filter, 9).await.unwrap();
        assert_eq!(page.iter().map(|listed| listed.id.as_str()).collect::<Vec<_>>(), expected, "{filter:?}");
    }
    let listed = exceptions::by_id(&mut tx, "exc_2").await.unwrap().unwrap();
    assert_eq!((listed.assignee.as_deref(), listed.assignee_name.as_deref()), (Some("op_1"), Some("Ani")));
    exceptions::assign(&mut tx, "exc_2", None).await.unwrap();
    assert_eq!(exceptions::by_id(&mut tx, "exc_2").await.unwrap().unwrap().assignee_name, None);
});

on_both!(no_statement_of_the_overview_reads_payments_beyond_its_period, |store| {
    fill(store).await;
    let mut tx = store.db.write().await.unwrap();
    sql("UPDATE payments SET paid_at = created_at").run(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    store.gather_statistics();
    for statement in overview::statements() {
        let all: [Value; 5] = [MERCHANT.into(), "test".into(), NOW.into(), (NOW + 9).into(), YEREVAN.into()];
        let used = (1..=5).filter(|number| statement.contains(&format!("${number}"))).count();
        let plan = plan_of(store, statement, all[..used].to_vec()).await;
        let scans = |line: &&String| {
            let line = line.trim();
            line.contains("Seq Scan on payments") || line.starts_with("SCAN payments")
        };
        assert_eq!(plan.iter().find(scans), None, "{statement}: {plan:#?}");
        let through = |index: &str| plan.iter().any(|line| line.contains(index));
        assert!(!statement.contains("paid_at + $5") || through("payments_by_paid"), "{plan:#?}");
        assert!(!statement.contains("link_opens") || through("payments_by_creation"), "{plan:#?}");
    }
});
