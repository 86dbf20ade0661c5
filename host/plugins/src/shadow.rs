//! The ports of a shadow run: they read, and what the run writes goes into a scratch copy that dies with it. State is as the
//! recorded run saw it, where it looked; elsewhere as it is now.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::STANDARD};
use kamurj_egress::Url;
use serde_json::Value;

use crate::{
    contract::{Estimate, Part, Payment, PaymentLink, PaymentRequest, Proposal, Receipt, Selection, Span, Standings},
    ports::{Expected, Milestone, PaymentError, PortError, Ports, StateEntry, StateError, StateWrite},
    record::Step,
    replay::refused,
    secrets::Secret,
};

/// Ports over a scratch copy of the state.
pub(crate) struct Scratch {
    inner: Arc<dyn Ports>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// By key: what stands there for this run, none where nothing does.
    entries: BTreeMap<String, Option<StateEntry>>,
    /// The recorded run's writes that were not repeated yet: key, value, and the version that came of it.
    writes: Vec<(String, Vec<u8>, u64)>,
}

impl Scratch {
    /// `recorded`: what the run of the other version did.
    pub(crate) fn new(recorded: &[Step], inner: Arc<dyn Ports>) -> Self {
        let mut state = State::default();
        let mut written = BTreeSet::new();
        for step in recorded {
            let (Some(key), Some(ok)) =
                (step.request["key"].as_str(), step.response.as_ref().and_then(|answer| answer.get("ok")))
            else {
                continue;
            };
            match step.call.as_str() {
                // Only what it read before it wrote there is what the run began with.
                "state.get" if !written.contains(key) => {
                    state.entries.entry(key.to_owned()).or_insert_with(|| entry(ok));
                }
                "state.set" | "state.compare-and-set" => {
                    written.insert(key);
                    let value = decoded(&step.request["value"]).unwrap_or_default();
                    state.writes.push((key.to_owned(), value, ok.as_u64().unwrap_or_default()));
                }
                "state.delete" => {
                    written.insert(key);
                }
                _ => {}
            }
        }
        Self { inner, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Whole at every moment, also where somebody panicked with the lock in hand.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn entry(answer: &Value) -> Option<StateEntry> {
    Some(StateEntry { value: decoded(&answer["value"])?, version: answer["version"].as_u64()? })
}

fn decoded(value: &Value) -> Option<Vec<u8>> {
    STANDARD.decode(value.as_str()?).ok()
}

#[async_trait]
impl Ports for Scratch {
    async fn record(&self, _: &[Step]) -> Result<(), PortError> {
        Err(PortError("a shadow run keeps nothing".to_owned()))
    }

    async fn secret(&self, name: &str) -> Result<Option<Secret>, PortError> {
        self.inner.secret(name).await
    }

    async fn state_get(&self, key: &str) -> Result<Option<StateEntry>, StateError> {
        if let Some(known) = self.state().entries.get(key) {
            return Ok(known.clone());
        }
        let now = self.inner.state_get(key).await?;
        Ok(self.state().entries.entry(key.to_owned()).or_insert(now).clone())
    }

    async fn state_put(&self, key: &str, value: &[u8], write: StateWrite) -> Result<u64, StateError> {
        let version = self.state_get(key).await?.map(|entry| entry.version);
        let fits = match write.expected {
            Expected::Any => true,
            Expected::Absent => version.is_none(),
            Expected::Version(wanted) => version == Some(wanted),
        };
        if !fits {
            return Err(StateError::Conflict);
        }
        let mut state = self.state();
        let same = state.writes.iter().position(|(known, written, _)| known == key && written == value);
        let version = match same {
            // The same write has the same answer, so that nothing looks different that is not.
            Some(index) => state.writes.remove(index).2,
            None => version.unwrap_or_default() + 1,
        };
        state.entries.insert(key.to_owned(), Some(StateEntry { value: value.to_vec(), version }));
        Ok(version)
    }

    async fn state_delete(&self, key: &str) -> Result<(), StateError> {
        self.state().entries.insert(key.to_owned(), None);
        Ok(())
    }

    async fn state_keys(&self, prefix: &str) -> Result<Vec<String>, StateError> {
        let mut keys: BTreeSet<String> = self.inner.state_keys(prefix).await?.into_iter().collect();
        for (key, entry) in self.state().entries.iter().filter(|(key, _)| key.starts_with(prefix)) {
            if entry.is_some() {
                keys.insert(key.clone());
            } else {
                keys.remove(key);
            }
        }
        Ok(keys.into_iter().collect())
    }

    async fn take_budget(&self, _: &Url) -> Result<(), u64> {
        Err(u64::MAX)
    }

    async fn create_payment(&self, _: PaymentRequest) -> Result<Payment, PaymentError> {
        Err(refused("this is a shadow run, and the recorded run asked for no such payment"))
    }

    async fn read_payment(&self, id: &str) -> Result<Payment, PaymentError> {
        self.inner.read_payment(id).await
    }

    async fn renew_payment(&self, _: &str) -> Result<Payment, PaymentError> {
        Err(refused("this is a shadow run, and the recorded run opened no such payment again"))
    }

    async fn read_links(&self, ids: &[String], language: &str) -> Result<Vec<PaymentLink>, PaymentError> {
        self.inner.read_links(ids, language).await
    }

    async fn quote_link(&self, selection: Selection) -> Result<Estimate, PaymentError> {
        self.inner.quote_link(selection).await
    }

    async fn press_link(&self, _: Selection) -> Result<Payment, PaymentError> {
        Err(refused("this is a shadow run, and the recorded run pressed no such link"))
    }

    async fn note_receipt(&self, _: Receipt) -> Result<(), PaymentError> {
        Ok(())
    }

    async fn changed_payments(&self, span: Span) -> Result<Standings, PaymentError> {
        self.inner.changed_payments(span).await
    }

    async fn report_part(&self, _: Part) -> Result<(), PaymentError> {
        Ok(())
    }

    async fn renew_secret(&self, _: &str) -> Result<i64, PaymentError> {
        Err(refused("this is a shadow run, and the recorded run renewed no such secret"))
    }

    async fn propose(&self, _: Proposal) -> Result<(), PaymentError> {
        Ok(())
    }

    async fn milestone(&self, _: Milestone) {}

    fn may_send(&self) -> bool {
        false
    }

    fn format_money(&self, minor: i64, currency: &str, language: &str) -> String {
        self.inner.format_money(minor, currency, language)
    }

    fn format_date_time(&self, at: i64, language: &str) -> String {
        self.inner.format_date_time(at, language)
    }
}
