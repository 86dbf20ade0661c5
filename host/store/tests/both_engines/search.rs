//! Every filter of the search is answered through an index, whatever else the merchant has sold.

use crate::database::{MERCHANT, NOW, Store, on_both};
use crate::road::{create, new_payment};
use kamurj_domain::{Mode, Status};
use kamurj_store::Db;
use kamurj_store::db::{Query, Value, sql};
use kamurj_store::search::{self, Filter, Place};

/// Payments that are copied from one: enough for a plan to matter.
const MANY: i64 = 4_000;

/// Copies a payment, a second apart, every hundredth paid and with a reference, each with a customer of its own.
pub(crate) async fn fill(store: &Store) {
    create(store, new_payment("pay_0", "order", None)).await;
    let numbers = format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY}) ");
    let kept = "amount_minor, currency, particulars, expires_at, version, captured_minor, surplus_minor, \
        refunded_minor, announced_paid, rule, evidence, exceptions, updated_at, journal_length, journal_head, open_until";
    let payments = format!(
        "INSERT INTO payments (id, merchant_id, mode, order_id, token_hash, token_sealed, created_at, status,
            provider_reference, {kept})
        {numbers}SELECT 'pay_' || i, merchant_id, mode, 'order-' || i, 'token-' || i, token_sealed,
            created_at + 1000 * i, CASE WHEN i % 100 = 0 THEN 'paid' ELSE status END,
            CASE WHEN i % 100 = 0 THEN 'reference-' || i END, {kept}
        FROM n CROSS JOIN payments WHERE id = 'pay_0'"
    );
    let words = |field: &str| {
        format!(
            "INSERT INTO payment_search (payment_id, merchant_id, mode, field, value)
            {numbers}SELECT 'pay_' || i, '{MERCHANT}', 'test', '{field}', '{field}-' || i FROM n"
        )
    };
    let mut tx = store.db.write().await.unwrap();
    // Backwards: +374 91 and the number of the payment, beginning at its end.
    let phones = format!(
        "INSERT INTO payment_search (payment_id, merchant_id, mode, field, value)
        {numbers}SELECT 'pay_' || i, '{MERCHANT}', 'test', 'phone', (100000 + i) || '19473' FROM n"
    );
    for statement in [payments, words("customer"), words("crm"), phones] {
        sql(String::leak(statement)).run(&mut tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    store.gather_statistics();
}

fn place(created_at: i64, id: &str, by_amount: bool) -> Place {
    Place { created_at, id: id.to_owned(), by_amount }
}

#[derive(sqlx::FromRow)]
struct Step {
    detail: String,
}

/// The plan of the filter's statement, one line a step.
async fn plan(store: &Store, filter: &Filter) -> Vec<String> {
    plan_of(store, filter.statement(), filter.values(MERCHANT, Mode::Test, 51).to_vec()).await
}

/// The plan of any statement with these values, one line a step.
pub(crate) async fn plan_of(store: &Store, statement: &str, values: Vec<Value>) -> Vec<String> {
    let mut tx = store.db.write().await.unwrap();
    if matches!(store.db, Db::Sqlite { .. }) {
        let text = String::leak(format!("EXPLAIN QUERY PLAN {statement}"));
        let steps: Vec<Step> = values.into_iter().fold(sql(text), Query::bind).all(&mut tx).await.unwrap();
        return steps.into_iter().map(|step| step.detail).collect();
    }
    // PostgreSQL plans a statement that is used often without looking at its values; that plan must do.
    let literals: Vec<String> = values.iter().map(literal).collect();
    for text in ["SET LOCAL plan_cache_mode = force_generic_plan".to_owned(), format!("PREPARE search AS {statement}")]
    {
        sql(String::leak(text)).run(&mut tx).await.unwrap();
    }
    let text = String::leak(format!("EXPLAIN EXECUTE search ({})", literals.join(", ")));
    let steps: Vec<(String,)> = sql(text).all(&mut tx).await.unwrap();
    sql("DEALLOCATE search").run(&mut tx).await.unwrap();
    steps.into_iter().map(|(line,)| line).collect()
}

fn literal(value: &Value) -> String {
    match value {
        Value::Int(Some(number)) => number.to_string(),
        Value::Text(Some(text)) => format!("'{text}'"),
        Value::Int(None) | Value::Text(None) => "NULL".to_owned(),
    }
}

on_both!(each_filter_is_answered_through_an_index, |store| {
    fill(store).await;
    let plain = Filter::default;
    let cases = [
        (plain(), 51),
        (Filter { before: Some(place(NOW + 2_000_000, "pay_2000", false)), ..plain() }, 51),
        (Filter { created_from: Some(NOW + 1_000), created_to: Some(NOW + 5_000), ..plain() }, 4),
        (Filter { status: Some(Status::Paid), ..plain() }, 40),
        (Filter { status: Some(Status::Created), ..plain() }, 51),
        (Filter { order_id: Some("order-7".into()), ..plain() }, 1),
        (Filter { provider_reference: Some("reference-700".into()), ..plain() }, 1),
        (Filter { customer: Some("Customer-7".into()), ..plain() }, 1),
        (Filter { crm_entity: Some("crm-7".into()), ..plain() }, 1),
        (Filter { q: Some("order-7".into()), ..plain() }, 1),
        (Filter { q: Some("reference-700".into()), ..plain() }, 1),
        (Filter { q: Some("customer-7".into()), ..plain() }, 1),
        (Filter { q: Some("pay_7".into()), ..plain() }, 1),
        (Filter { q: Some("+374 91 700-001".into()), ..plain() }, 1),
        (Filter { q: Some("091 700 001".into()), ..plain() }, 1),
        (Filter { q: Some("700001".into()), ..plain() }, 1),
        (Filter { customer: Some("700001".into()), ..plain() }, 1),
        (Filter { customer: Some("107 001".into()), ..plain() }, 1),
        (Filter { q: Some("order-7".into()), customer: Some("customer-8".into()), ..plain() }, 0),
        (
            Filter {
                order_id: Some("order-7".into()),
                customer: Some("customer-7".into()),
                crm_entity: Some("crm-7".into()),
                ..plain()
            },
            1,
        ),
    ];
    for (filter, count) in cases {
        let mut tx = store.db.read().await.unwrap();
        let found = search::page(&mut tx, MERCHANT, Mode::Test, &filter, 51).await.unwrap();
        assert_eq!(found.len(), count, "{filter:?}");
        drop(tx);
        let plan = plan(store, &filter).await;
        assert!(!plan.is_empty());
        let scans = |line: &&String| {
            let line = line.trim();
            line.contains("Seq Scan on pay") || line == "SCAN payments" || line == "SCAN payment_search"
        };
        assert_eq!(plan.iter().find(scans), None, "{filter:?}: {plan:#?}");
        // Only what nothing narrows is read in order of time, and only a status alone in order of its own: then nothing is
        // sorted, and the rest of a long list is never read.
        let through = |index: &str| plan.iter().any(|line| line.contains(index));
        let alone = Filter { status: filter.status, ..plain() }.statement();
        let is_broad = filter.statement() == alone;
        let is_few = filter.status.is_some();
        assert_eq!(through("payments_by_creation"), is_broad && !is_few, "{filter:?}: {plan:#?}");
        assert_eq!(through("payments_by_status"), is_broad && is_few, "{filter:?}: {plan:#?}");
        let narrows = [&filter.order_id, &filter.provider_reference, &filter.customer, &filter.crm_entity, &filter.q];
        assert_eq!(is_broad, narrows.iter().all(|part| part.is_none()), "{filter:?}: what narrows it leads");
        let sorts = |line: &String| line.contains("Sort") || line.contains("TEMP B-TREE FOR ORDER BY");
        assert!(!is_broad || !plan.iter().any(sorts), "{filter:?}: {plan:#?}");
    }
});

/// Copies of a payment under other ids at another price, a second apart from each other.
async fn at_price(store: &Store, minor: i64, many: i64) {
    let text = format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many})
        INSERT INTO payments (id, merchant_id, mode, order_id, token_hash, token_sealed, created_at, status, amount_minor,
            currency, particulars, expires_at, version, captured_minor, surplus_minor, refunded_minor, announced_paid, rule,
            evidence, exceptions, updated_at, journal_length, journal_head, open_until)
        SELECT 'pay_priced_' || i, merchant_id, mode, 'priced-' || i, 'priced-' || i, token_sealed, created_at + 1000 * i, status,
            {minor}, currency, particulars, expires_at, version, captured_minor, surplus_minor, refunded_minor, announced_paid,
            rule, evidence, exceptions, updated_at, journal_length, journal_head, open_until
        FROM n CROSS JOIN payments WHERE id = 'pay_0'"
    );
    let mut tx = store.db.write().await.unwrap();
    sql(String::leak(text)).run(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
}

on_both!(an_amount_is_looked_for_as_it_is_typed_after_all_that_the_text_names, |store| {
    fill(store).await;
    at_price(store, 770_000, 5).await;
    create(store, new_payment("pay_order_named_so", "7700", None)).await;
    store.gather_statistics();
    for typed in ["7700", " 7 700 ", "7700.00"] {
        let filter = Filter { q: Some(typed.into()), ..Filter::default() };
        let mut walked = Vec::new();
        let mut before = None;
        // Two at a time, so that one page ends where those of the amount begin.
        loop {
            let filter = Filter { before, ..filter.clone() };
            let mut tx = store.db.read().await.unwrap();
            let page = search::page(&mut tx, MERCHANT, Mode::Test, &filter, 2).await.unwrap();
            before = page.last().map(search::Found::place);
            if page.is_empty() {
                break;
            }
            walked.extend(page.into_iter().map(|found| found.payment.order_id));
        }
        let named: &[&str] = if typed == "7700" { &["7700"] } else { &[] };
        let priced = ["priced-5", "priced-4", "priced-3", "priced-2", "priced-1"];
        assert_eq!(walked, [named, &priced].concat(), "{typed}");
    }
    let filter = Filter { q: Some("7700".into()), ..Filter::default() };
    let (statement, values) = filter.by_amount(MERCHANT, Mode::Test, 51).unwrap();
    let plan = plan_of(store, statement, values).await;
    assert!(plan.iter().any(|line| line.contains("payments_by_amount")), "{plan:#?}");
    let sorts = |line: &String| line.contains("Sort") || line.contains("TEMP B-TREE FOR ORDER BY");
    assert!(!plan.iter().any(sorts), "{plan:#?}");
    for others in [("mer_2", Mode::Test), (MERCHANT, Mode::Live)] {
        let mut tx = store.db.read().await.unwrap();
        assert!(search::page(&mut tx, others.0, others.1, &filter, 9).await.unwrap().is_empty());
    }
});
