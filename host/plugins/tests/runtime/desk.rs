//! The server's side of a run, kept in memory, with a stop at a chosen milestone.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

use kamurj_plugins::{
    Expected, Milestone, Payment, PaymentError, PaymentRequest, PortError, Ports, Proposal, Secret, StateEntry,
    StateError, StateWrite, Step, Url, async_trait,
    contract::{
        ChoiceFault, Customer, Estimate, LinkChoice, LinkQuestion, Money, Part, PaymentLink, Receipt, Selection, Span,
        Standings,
    },
};
use tokio::sync::Notify;

#[derive(Default)]
pub(crate) struct Desk {
    pub(crate) steps: Mutex<BTreeMap<u32, Step>>,
    pub(crate) writes: Mutex<Vec<usize>>,
    pub(crate) milestones: Mutex<Vec<Milestone>>,
    pub(crate) secrets: BTreeMap<String, String>,
    /// What a renewal puts in place of these secrets.
    pub(crate) renewals: BTreeMap<String, String>,
    /// Secrets that were renewed.
    pub(crate) renewed: Mutex<BTreeMap<String, String>>,
    /// Keys of presses, with what each chose.
    pub(crate) pressed: Mutex<BTreeMap<String, Selection>>,
    pub(crate) receipts: Mutex<Vec<Receipt>>,
    pub(crate) parts: Mutex<Vec<Part>>,
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

/// The one link that there is, what it costs, and when a renewed secret expires.
pub(crate) const LINK: &str = "lnk_1";
pub(crate) const PRICE: i64 = 500_000;
pub(crate) const EXPIRES_AT: i64 = 1_800_000_000_000;

fn money(minor: i64) -> Money {
    Money { minor, currency: "AMD".to_owned() }
}

fn refused(code: &str, message: &str) -> PaymentError {
    PaymentError { code: code.to_owned(), message: message.to_owned(), retryable: false, retry_after_ms: None }
}

fn link() -> PaymentLink {
    let size =
        LinkChoice { id: "m".to_owned(), title: "Միջին".to_owned(), price: Some(money(100)), extra: Vec::new() };
    let question = LinkQuestion {
        id: "size".to_owned(),
        label: "Չափսը".to_owned(),
        kind: "choice".to_owned(),
        required: true,
        choices: vec![size.clone()],
        extra: Vec::new(),
    };
    PaymentLink {
        id: LINK.to_owned(),
        kind: "fixed".to_owned(),
        state: "open".to_owned(),
        version: 3,
        title: "Շապիկ".to_owned(),
        description: "Բամբակե".to_owned(),
        url: "https://pay.example.am/p/1".to_owned(),
        price: Some(money(PRICE)),
        least: Some(money(1)),
        most: Some(money(2)),
        suggested: None,
        fewest_pieces: 1,
        most_pieces: 9,
        deliveries: vec![size],
        questions: vec![question],
        contact: "optional".to_owned(),
        extra: Vec::new(),
    }
}

pub(crate) fn payment(request: &PaymentRequest) -> Payment {
    Payment { description: request.description.clone(), ..payment_of(&request.key, request.amount.clone()) }
}

fn payment_of(key: &str, amount: Money) -> Payment {
    let nothing = Money { minor: 0, currency: amount.currency.clone() };
    Payment {
        id: format!("pay_{key}"),
        order_id: "1".to_owned(),
        mode: "test".to_owned(),
        status: "created".to_owned(),
        version: 1,
        amount,
        captured: nothing.clone(),
        refunded: nothing,
        description: String::new(),
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
        let renewed = lock(&self.renewed).get(name).cloned();
        Ok(renewed.or_else(|| self.secrets.get(name).cloned()).map(Secret::new))
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
        Err(refused("not-found", "no such payment"))
    }

    async fn renew_payment(&self, id: &str) -> Result<Payment, PaymentError> {
        match id {
            "pay_expired" => Ok(payment_of("expired", money(5))),
            _ => Err(refused("conflict", "it was opened again as often as the merchant allows")),
        }
    }

    async fn read_links(&self, ids: &[String], language: &str) -> Result<Vec<PaymentLink>, PaymentError> {
        if language != "hy" {
            return Err(refused("invalid", "language: must be hy, ru or en"));
        }
        Ok(ids.iter().filter(|id| *id == LINK).map(|_| link()).collect())
    }

    async fn quote_link(&self, selection: Selection) -> Result<Estimate, PaymentError> {
        if selection.link_id != LINK {
            return Err(refused("not-found", "there is no such link"));
        }
        let is_answered = selection.answers.iter().any(|(id, answer)| id == "size" && answer == "m");
        let fault = ChoiceFault {
            field: "answers/size".to_owned(),
            message: "Choose a size.".to_owned(),
            missing: selection.answers.is_empty(),
            extra: Vec::new(),
        };
        let amount = money(PRICE * i64::from(selection.quantity.unwrap_or(1)));
        let faults = if is_answered { Vec::new() } else { vec![fault] };
        Ok(Estimate { amount: Some(amount), items: Vec::new(), faults, extra: Vec::new() })
    }

    async fn press_link(&self, selection: Selection) -> Result<Payment, PaymentError> {
        let amount = self.quote_link(selection.clone()).await?;
        if !amount.faults.is_empty() {
            return Err(refused("invalid", "answers/size: must be one of: m"));
        }
        let key = selection.key.clone();
        lock(&self.pressed).entry(key.clone()).or_insert(selection);
        Ok(Payment { link_id: Some(LINK.to_owned()), ..payment_of(&key, amount.amount.expect("a price")) })
    }

    async fn note_receipt(&self, receipt: Receipt) -> Result<(), PaymentError> {
        if receipt.delivery_id != "dlv_1" {
            return Err(refused("not-found", "this installation has no delivery with this id"));
        }
        lock(&self.receipts).push(receipt);
        Ok(())
    }

    async fn changed_payments(&self, span: Span) -> Result<Standings, PaymentError> {
        Ok(Standings { payments: Vec::new(), next: span.cursor.is_none().then(|| "2".to_owned()) })
    }

    async fn report_part(&self, part: Part) -> Result<(), PaymentError> {
        lock(&self.parts).push(part);
        Ok(())
    }

    async fn renew_secret(&self, name: &str) -> Result<i64, PaymentError> {
        let next = self.renewals.get(name).ok_or_else(|| refused("invalid", "nothing renews this secret"))?;
        lock(&self.renewed).insert(name.to_owned(), next.clone());
        Ok(EXPIRES_AT)
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
