//! A merchant who sold for a year, written into the database past the road: what the search and the overview read of payments, and
//! nothing else. The payments' links do not open and their journals are empty.

use kamurj_domain::Mode;
use kamurj_domain::link::Texts;
use kamurj_store::Db;
use kamurj_store::db::sql;
use kamurj_store::installations::{self, Installation, Sink};
use kamurj_store::merchants::{self, Merchant};
use kamurj_store::provider_accounts::{self, ProviderAccount};

use crate::Failed;

/// The end of the year, Unix milliseconds: 2026-11-21, noon in Yerevan.
pub(crate) const NOW: i64 = 1_795_248_000_000;
const YEAR_MS: i64 = 365 * 24 * 60 * 60 * 1000;
pub(crate) const MERCHANT: &str = "mer_1";
/// So many people buy.
pub(crate) const CUSTOMERS: i64 = 200_000;
/// So many prices there are, 500 drams apart.
pub(crate) const PRICES: i64 = 500;
/// Payments written in one transaction.
const BATCH: i64 = 50_000;

/// The numbers of a batch, `$1` to `$2`; `$3` milliseconds lie between two payments, the newest of which is the first.
macro_rules! numbered {
    ($into:literal, $values:literal, $which:literal) => {
        concat!(
            "WITH RECURSIVE n (i, at) AS (
    SELECT CAST($1 AS BIGINT), 1795248000000 - CAST($1 AS BIGINT) * CAST($3 AS BIGINT)
    UNION ALL SELECT i + 1, at - CAST($3 AS BIGINT) FROM n WHERE i < CAST($2 AS BIGINT))
INSERT INTO ",
            $into,
            " SELECT ",
            $values,
            " FROM n WHERE ",
            $which
        )
    };
}

/// Of ten payments five are paid, two declined, one opened and two left alone; one of a thousand waits for the bank, and one of a
/// hundred was given back.
const STATEMENTS: [&str; 9] = [
    numbered!(
        "payments (id, merchant_id, mode, order_id, amount_minor, currency, particulars, token_hash, token_sealed, created_at,
    expires_at, status, version, captured_minor, surplus_minor, refunded_minor, paid_at, announced_paid, rule, evidence,
    provider_reference, exceptions, updated_at, journal_length, journal_head, policy, open_until, channel)",
        "'pay_' || i, 'mer_1', 'test', 'A-' || i, 50000 * (1 + i % 500), 'AMD',
    '{\"description\":\"Նվերի տուփ, կապույտ ժապավեն\",\"customer\":{\"name\":\"Անի Պետրոսյան\",\"phone\":\"+37491123456\"},\"locale\":\"hy\"}',
    'token-' || i, 'sealed', at, at + 259200000,
    CASE WHEN i % 10 < 5 THEN 'paid' WHEN i % 10 < 7 THEN 'failed' WHEN i % 1000 = 9 THEN 'pending' ELSE 'created' END,
    2, CASE WHEN i % 10 < 5 THEN 50000 * (1 + i % 500) ELSE 0 END, 0, 0, CASE WHEN i % 10 < 5 THEN at + 60000 END,
    CASE WHEN i % 10 < 5 THEN 1 ELSE 0 END, 'confirmed paid, as asked', 'signed notice from vpos webhook',
    CASE WHEN i % 10 < 5 THEN CAST(100000000000 + i AS TEXT) END, '[]', at, 0, '', '{}', at + 259200000,
    CASE WHEN i / 10 % 5 < 3 THEN 'telegram' WHEN i / 10 % 5 = 3 THEN 'instagram' END",
        "true"
    ),
    numbered!(
        "payment_search (payment_id, merchant_id, mode, field, value)",
        "'pay_' || i, 'mer_1', 'test', 'customer', 'handle' || (i % 200000)",
        "true"
    ),
    // Backwards, as numbers are kept.
    numbered!(
        "payment_search (payment_id, merchant_id, mode, field, value)",
        "'pay_' || i, 'mer_1', 'test', 'phone', (200000 + i % 200000) || '19473'",
        "true"
    ),
    numbered!(
        "payment_search (payment_id, merchant_id, mode, field, value)",
        "'pay_' || i, 'mer_1', 'test', 'crm', 'deal:' || i",
        "true"
    ),
    numbered!(
        "attempts (id, payment_id, account_id, provider, number, form_key, amount_minor, currency, started_at, session_ends_at,
    call, reference, return_hash, return_sealed)",
        "'att_' || i, 'pay_' || i, 'acc_1', 'vpos', 'number-' || i, 'form', 50000 * (1 + i % 500), 'AMD', at + 30000, at + 1230000,
    '{}', 'session-' || i, 'return-' || i, 'sealed'",
        "i % 10 < 7 OR i % 1000 = 9"
    ),
    numbered!(
        "facts (id, payment_id, attempt_id, kind, evidence, source_name, source_key, received_at, reason)",
        "'fct_' || i, 'pay_' || i, 'att_' || i, 'declined', 'lookup', 'vpos look-up', 'declined', at + 60000, 'reason ' || (i / 10 % 15)",
        "i % 10 IN (5, 6)"
    ),
    numbered!(
        "link_opens (payment_id, opens, previews, first_open_at)",
        "'pay_' || i, 1, 1, at + 10000",
        "i % 10 < 8"
    ),
    numbered!(
        "movements (id, payment_id, merchant_id, mode, kind, amount_minor, currency, at, is_providers_time, purpose, evidence,
    recorded_at)",
        "'mov_' || i, 'pay_' || i, 'mer_1', 'test', 'refund', 50000 * (1 + i % 500), 'AMD', at + 3600000, 1, 'order', 'lookup', at + 3600000",
        "i % 100 = 1"
    ),
    // Of the last month alone: more of them are never counted.
    numbered!(
        "deliveries (id, payment_id, installation_id, event, version, view, created_at, state, run)",
        "'dlv_' || i, 'pay_' || i, 'ins_1', 'payment.created', 1, '{}', at,
    CASE WHEN i % 500 = 3 THEN 'owed' WHEN i % 400 = 2 THEN 'dead' ELSE 'done' END, 1",
        "at > 1795248000000 - 2592000000"
    ),
];

const EXCEPTIONS: &str = numbered!(
    "exceptions (id, merchant_id, mode, payment_id, kind, subject, detail, opened_at)",
    "'exc_' || i, 'mer_1', 'test', 'pay_' || i, 'delivery_failed', 'dlv_' || i, 'it failed', at",
    "i % 5000 = 0"
);

/// Writes so many payments.
pub(crate) async fn fill(db: &Db, count: i64) -> Result<(), Failed> {
    people(db).await?;
    let mut next = 1;
    while next <= count {
        let last = count.min(next + BATCH - 1);
        let mut tx = db.write().await?;
        for statement in STATEMENTS.into_iter().chain([EXCEPTIONS]) {
            sql(statement).bind(next).bind(last).bind(YEAR_MS / count).run(&mut tx).await?;
        }
        tx.commit().await?;
        next = last + 1;
    }
    Ok(())
}

async fn people(db: &Db) -> Result<(), Failed> {
    let mut tx = db.write().await?;
    let merchant = Merchant {
        id: MERCHANT.into(),
        name: "Gata House".into(),
        handle: None,
        contact: None,
        colour: None,
        locale: "hy".into(),
    };
    merchants::insert(&mut tx, &merchant, NOW).await?;
    let account = ProviderAccount {
        id: "acc_1".into(),
        merchant_id: MERCHANT.into(),
        mode: Mode::Test,
        provider: "vpos".into(),
        label: "vpos".into(),
        settings: "{}".into(),
        titles: Texts::default(),
        offered: true,
        is_default: true,
        switched_off_at: None,
        created_at: NOW,
        changed_at: NOW,
        version: 1,
    };
    provider_accounts::insert(&mut tx, &account).await?;
    let installation = Installation {
        id: "ins_1".into(),
        merchant_id: MERCHANT.into(),
        mode: Mode::Test,
        plugin: "telegram".into(),
        digest: "00".into(),
        sink: Sink::Channel,
        events: Vec::new(),
        manifest: "{}".into(),
        settings: "{}".into(),
        grants: "{}".into(),
        active: true,
        version: 1,
        halted: None,
        removed_at: None,
        last_check: None,
        created_at: NOW,
    };
    installations::put(&mut tx, &installation, NOW).await?;
    Ok(tx.commit().await?)
}
