//! The server's side of a run, kept in memory, with a stop at a chosen milestone.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

use kamurj_plugins::{
    Expected, Milestone, Payment, PaymentError, PaymentRequest, PortError, Ports, Proposal, Secret, StateEntry,
    StateError, StateWrite, Step, Url, async_trait,
    contract::{Customer, Money},
};
use tokio::sync::Notify;

#[derive(Default)]
pub(crate) struct Desk {
    pub(crate) steps: Mutex<BTreeMap<u32, Step>>,
    pub(crate) writes: Mutex<Vec<usize>>,
    pub(crate) milestones: Mutex<Vec<Milestone>>,
    pub(crate) secrets: BTreeMap<String, String>,
    pub(crate) state: Mutex<BTreeMap<String, (StateEntry, Option<i64>)>>,
    pub(crate) stop_at: Option<Milestone>,
    pub(crate) record_fails: bool,
    pub(crate) budget_used_up_for: Option<u64>,
    pub(crate) proposals: Mutex<Vec<Proposal>>,
    pub(crate) stopped: Notify,
}

impl Desk {
    /// The durable record, in order.
    pub(crate) fn steps(&self) -> Vec<Step> {
        lock(&self.steps).values().cloned().collect()
    }

    /// How many steps each durable write carried.
    pub(crate) fn writes(&self) -> Vec<usize> {
        lock(&self.writes).clone()
    }

    pub(crate) fn milestones(&self) -> Vec<Milestone> {
        lock(&self.milestones).clone()
    }

    /// Returns when the run stands at the chosen milestone.
    pub(crate) async fn stopped(&self) {
        self.stopped.notified().await;
    }
}

pub(crate) fn payment(request: &PaymentRequest) -> Payment {
    let nothing = Money { minor: 0, currency: request.amount.currency.clone() };
    Payment {
        id: format!("pay_{}", request.key),
        order_id: "1".to_owned(),
        mode: "test".to_owned(),
        status: "created".to_owned(),
        version: 1,
        amount: request.amount.clone(),
        captured: nothing.clone(),
        refunded: nothing,
        description: request.description.clone(),
        items: Vec::new(),
        customer: Customer::default(),
        channel: None,
        crm: None,
        locale: "hy".to_owned(),
        checkout_url: "https://pay.example.am/p/1".to_owned(),
        created_at: 1,
        expires_at: 2,
        paid_at: None,
        provider_reference: None,
        evidence: String::new(),
        attempts: 0,
        link_id: None,
        answers: Vec::new(),
        fulfilment: None,
        metadata: Vec::new(),
        extra: Vec::new(),
    }
}

#[async_trait]
impl Ports for Desk {
    async fn record(&self, steps: &[Step]) -> Result<(), PortError> {
        if self.record_fails {
            return Err(PortError("the disk is full".to_owned()));
        }
        lock(&self.writes).push(steps.len());
        lock(&self.steps).extend(steps.iter().map(|step| (step.index, step.clone())));
        Ok(())
    }

    async fn secret(&self, name: &str) -> Result<Option<Secret>, PortError> {
        Ok(self.secrets.get(name).cloned().map(Secret::new))
    }

    async fn state_get(&self, key: &str) -> Result<Option<StateEntry>, StateError> {
        Ok(lock(&self.state).get(key).map(|(entry, _)| entry.clone()))
    }

    async fn state_put(&self, key: &str, value: &[u8], write: StateWrite) -> Result<u64, StateError> {
        if value.len() > 8192 {
            return Err(StateError::TooLarge);
        }
        let mut state = lock(&self.state);
        let version = state.get(key).map(|(entry, _)| entry.version);
        match write.expected {
            Expected::Absent if version.is_some() => return Err(StateError::Conflict),
            Expected::Version(wanted) if version != Some(wanted) => {
                return Err(StateError::Conflict);
            }
            _ => {}
        }
        let version = version.unwrap_or(0) + 1;
        state.insert(key.to_owned(), (StateEntry { value: value.to_vec(), version }, write.expires_at));
        Ok(version)
    }

    async fn state_delete(&self, key: &str) -> Result<(), StateError> {
        lock(&self.state).remove(key);
        Ok(())
    }

    async fn state_keys(&self, prefix: &str) -> Result<Vec<String>, StateError> {
        Ok(lock(&self.state).keys().filter(|key| key.starts_with(prefix)).cloned().collect())
    }

    async fn take_budget(&self, _: &Url) -> Result<(), u64> {
        self.budget_used_up_for.map_or(Ok(()), Err)
    }

    async fn propose(&self, proposal: Proposal) -> Result<(), PaymentError> {
        lock(&self.proposals).push(proposal);
        Ok(())
    }

    async fn create_payment(&self, request: PaymentRequest) -> Result<Payment, PaymentError> {
        Ok(payment(&request))
    }

    async fn read_payment(&self, _: &str) -> Result<Payment, PaymentError> {
        Err(PaymentError {
            code: "not-found".to_owned(),
            message: "no such payment".to_owned(),
            retryable: false,
            retry_after_ms: None,
        })
    }

    async fn milestone(&self, milestone: Milestone) {
        lock(&self.milestones).push(milestone);
        if self.stop_at == Some(milestone) {
            self.stopped.notify_one();
            std::future::pending::<()>().await;
        }
    }

    fn format_money(&self, minor: i64, currency: &str, language: &str) -> String {
        format!("{minor} {currency} {language}")
    }

    fn format_date_time(&self, at: i64, language: &str) -> String {
        format!("{at} {language}")
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}
