//! Facts: added, never changed.

use crate::db::{Error, Tx, sql};
use crate::payments::json;
use kamurj_domain::{Currency, Evidence, Fact, FactKind, Money, Purpose, Source};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    attempt_id: Option<String>,
    refund_id: Option<String>,
    kind: String,
    evidence: String,
    source_name: String,
    source_key: String,
    amount_minor: Option<i64>,
    currency: Option<String>,
    foreign_currency: Option<String>,
    provider_time: Option<i64>,
    received_at: i64,
    reference: Option<String>,
    reason: Option<String>,
    message_digest: Option<String>,
    purpose: Option<String>,
    expires_at: Option<i64>,
    decision: Option<String>,
}

impl Row {
    fn into_fact(self) -> Result<Fact, Error> {
        let wrong = |what| Error::Inconsistent { table: "facts", id: self.id.clone(), what };
        let kind = FactKind::from_word(&self.kind).ok_or_else(|| wrong("an unknown kind"))?;
        let evidence = Evidence::from_word(&self.evidence).ok_or_else(|| wrong("unknown evidence"))?;
        let amount = match (self.amount_minor, self.currency.as_deref()) {
            (Some(minor), Some(code)) => {
                let currency = Currency::from_code(code).ok_or_else(|| wrong("an unknown currency"))?;
                Some(Money::new(minor, currency))
            }
            _ => None,
        };
        let purpose = self.purpose.as_deref().map(|word| Purpose::from_word(word).ok_or_else(|| wrong("a purpose")));
        let decision = self.decision.as_deref().map(|text| serde_json::from_str(text).map_err(|_| wrong("a decision")));
        Ok(Fact {
            purpose: purpose.transpose()?,
            decision: decision.transpose()?,
            refund: self.refund_id,
            message: self.message_digest,
            expires_at: self.expires_at,
            id: self.id,
            attempt: self.attempt_id,
            kind,
            evidence,
            source: Source { name: self.source_name, key: self.source_key },
            amount,
            foreign_currency: self.foreign_currency,
            provider_time: self.provider_time,
            received_at: self.received_at,
            reference: self.reference,
            reason: self.reason,
        })
    }
}

const INSERT: &str = "
INSERT INTO facts
    (id, payment_id, attempt_id, kind, evidence, source_name, source_key, amount_minor, currency, foreign_currency,
     provider_time, received_at, reference, reason, refund_id, purpose, expires_at, decision,
     message_digest)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
ON CONFLICT (payment_id, source_key) DO NOTHING";

/// Adds a fact; answers whether it was new.
pub(crate) async fn insert(tx: &mut Tx, payment_id: &str, fact: &Fact) -> Result<bool, Error> {
    let rows = sql(INSERT)
        .bind(&fact.id)
        .bind(payment_id)
        .bind(fact.attempt.as_deref())
        .bind(fact.kind.word())
        .bind(fact.evidence.word())
        .bind(&fact.source.name)
        .bind(&fact.source.key)
        .bind(fact.amount.map(|amount| amount.minor))
        .bind(fact.amount.map(|amount| amount.currency.code()))
        .bind(fact.foreign_currency.as_deref())
        .bind(fact.provider_time)
        .bind(fact.received_at)
        .bind(fact.reference.as_deref())
        .bind(fact.reason.as_deref())
        .bind(fact.refund.as_deref())
        .bind(fact.purpose.map(Purpose::word))
        .bind(fact.expires_at)
        .bind(fact.decision.as_ref().map(json))
        .bind(fact.message.as_deref())
        .run(tx)
        .await?;
    Ok(rows == 1)
}

const OF_PAYMENT: &str = "
SELECT id, attempt_id, kind, evidence, source_name, source_key, amount_minor, currency, foreign_currency,
    provider_time, received_at, reference, reason, refund_id, purpose, expires_at, decision,
    message_digest
FROM facts
WHERE payment_id = $1
    AND NOT (kind = 'refused' AND source_key LIKE 'refused:%'
        AND EXISTS (SELECT 1 FROM attempts WHERE attempts.id = facts.attempt_id AND attempts.reference IS NOT NULL))
ORDER BY received_at, id";

/// The payment's facts. Our own conclusion that the provider opened no session does not count once there is one: of two
/// calls at once, one may be refused and the other answered. That a session took no money until its end is another matter.
pub async fn of_payment(tx: &mut Tx, payment_id: &str) -> Result<Vec<Fact>, Error> {
    let rows: Vec<Row> = sql(OF_PAYMENT).bind(payment_id).all(tx).await?;
    rows.into_iter().map(Row::into_fact).collect()
}

pub(crate) const CATALOGUE: &[&str] = &[INSERT, OF_PAYMENT];
