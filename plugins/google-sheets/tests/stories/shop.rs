//! A merchant with a spreadsheet, as verbs. It must not know what any test expects.

use std::cell::{Ref, RefCell, RefMut};
use std::rc::Rc;

use kamurj_plugin_google_sheets::GoogleSheets;
use kamurj_sdk::testing::{self, MemoryHost};
use kamurj_sdk::{
    Crm, Delivery, Finding, Host, ListItem, ListRequest, Occurrence, Outcome, Part, Payment, Request, Wish,
};
use serde_json::{Value, json};

use crate::book::{Book, Fault, Tab};

pub(crate) const EMAIL: &str = "kamurj@shop-orders.iam.gserviceaccount.com";

pub(crate) struct Shop {
    pub(crate) host: MemoryHost,
    book: Rc<RefCell<Book>>,
}

impl Shop {
    /// A shop whose spreadsheet was set up.
    pub(crate) fn new() -> Self {
        Self::with(&json!({}))
    }

    /// The same with other settings besides the usual ones.
    pub(crate) fn with(more: &Value) -> Self {
        let shop = Self::bare(more);
        let findings = shop.connect(false).expect("findings");
        assert!(findings.iter().all(|finding| ["ok", "made"].contains(&finding.state.as_str())), "{findings:?}");
        shop.book.borrow_mut().calls.clear();
        shop
    }

    /// A shop whose spreadsheet is blank.
    pub(crate) fn bare(more: &Value) -> Self {
        Self::on(more, Rc::default())
    }

    /// The same spreadsheet under other settings, with an empty memory.
    pub(crate) fn again(&self, more: &Value) -> Self {
        Self::on(more, Rc::clone(&self.book))
    }

    fn on(more: &Value, book: Rc<RefCell<Book>>) -> Self {
        let mut settings = json!({ "spreadsheet_id": "1book-of-orders", "client_email": EMAIL, "language": "en" });
        for (name, value) in more.as_object().expect("an object") {
            settings[name] = value.clone();
        }
        let remote = Rc::clone(&book);
        let host = MemoryHost::new(&settings.to_string())
            .with_remote(move |request: &Request| remote.borrow_mut().answer(request));
        Self { host, book }
    }

    pub(crate) fn book(&self) -> RefMut<'_, Book> {
        self.book.borrow_mut()
    }

    /// The tab with this title.
    pub(crate) fn tab(&self, title: &str) -> Ref<'_, Tab> {
        Ref::map(self.book.borrow(), |book| book.tabs.iter().find(|tab| tab.title == title).expect("the tab"))
    }

    pub(crate) fn change(&self, title: &str, change: impl FnOnce(&mut Tab)) {
        change(self.book().tabs.iter_mut().find(|tab| tab.title == title).expect("the tab"));
    }

    /// Rows of a tab that are not blank, without its headings.
    pub(crate) fn rows(&self, title: &str) -> Vec<Vec<String>> {
        let tab = self.tab(title);
        (1..tab.rows.len()).map(|row| tab.texts(row)).filter(|texts| !texts.is_empty()).collect()
    }

    /// Where the first row with this key is.
    pub(crate) fn row_of(&self, title: &str, payment: &str) -> usize {
        let tab = self.tab(title);
        (1..tab.rows.len()).find(|row| tab.texts(*row).contains(&payment.to_owned())).expect("a row")
    }

    /// What the payment's row shows under this heading.
    pub(crate) fn shows(&self, payment: &str, heading: &str) -> String {
        let row = self.row_of("Payments", payment);
        let tab = self.tab("Payments");
        let column = tab.texts(0).iter().position(|text| text == heading).expect("a heading");
        tab.texts(row).get(column).cloned().unwrap_or_default()
    }

    pub(crate) fn sync(&self, delivery: &Delivery) -> Outcome {
        self.host.new_run(&delivery.id);
        let before = self.book.borrow().calls.len();
        let outcome = GoogleSheets::sync(&self.host, delivery);
        assert!(self.book.borrow().calls.len() - before <= 16, "a call makes 16 requests at the most");
        outcome
    }

    /// The first run of what this state of a payment owes.
    pub(crate) fn tell(&self, payment: &Payment) -> Outcome {
        self.sync(&owed(payment))
    }

    /// The same, which has to end well.
    pub(crate) fn tells(&self, payment: &Payment) {
        let outcome = self.tell(payment);
        assert_eq!(outcome.kind, "done", "{outcome:?}");
    }

    /// Runs until it ends in something else than another run; counts the runs.
    pub(crate) fn tell_until_settled(&self, payment: &Payment) -> (Outcome, u32) {
        let mut delivery = owed(payment);
        loop {
            let outcome = self.sync(&delivery);
            if !matches!(outcome.kind.as_str(), "retry" | "ambiguous") || delivery.run == 9 {
                return (outcome, delivery.run);
            }
            delivery.run += 1;
        }
    }

    pub(crate) fn fault(&self, call: &'static str, fault: Fault) {
        self.book().faults.push_back((call, fault));
    }

    /// The calls since the last time.
    pub(crate) fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.book().calls).into_iter().map(|(name, _)| name).collect()
    }

    pub(crate) fn connect(&self, only_look: bool) -> Result<Vec<Finding>, Box<Outcome>> {
        self.host.new_run(&format!("connect {}", self.book.borrow().calls.len()));
        GoogleSheets::connect(&self.host, &Wish { addresses: Vec::new(), only_look, extra: Vec::new() })
            .map_err(Box::new)
    }

    /// Names and states of what the set-up found.
    pub(crate) fn connects(&self, only_look: bool) -> Vec<(String, String)> {
        let findings = self.connect(only_look).expect("findings");
        findings.into_iter().map(|finding| (finding.name, finding.state)).collect()
    }

    pub(crate) fn check(&self) -> Outcome {
        GoogleSheets::check(&self.host)
    }

    pub(crate) fn offer(&self, list: &str) -> Result<Vec<ListItem>, Box<Outcome>> {
        let wanted = ListRequest { name: list.to_owned(), language: "en".to_owned(), extra: Vec::new() };
        GoogleSheets::offer(&self.host, &wanted).map_err(Box::new)
    }

    /// One night's comparison; what it handed in.
    pub(crate) fn compare(&self) -> Vec<Part> {
        let before = self.host.reports().len();
        for run in 1..9 {
            let occurrence = Occurrence {
                id: format!("occ_{before}"),
                name: "compare".to_owned(),
                due_at: self.host.now_ms() + 3_600_000,
                run,
                extra: Vec::new(),
            };
            self.host.new_run(&occurrence.id);
            let calls = self.book.borrow().calls.len();
            let outcome = GoogleSheets::tick(&self.host, &occurrence);
            assert!(self.book.borrow().calls.len() - calls <= 16, "a call makes 16 requests at the most");
            if outcome.kind == "done" {
                return self.host.reports().split_off(before);
            }
            assert_eq!(outcome.code, "more", "{outcome:?}");
        }
        panic!("the comparison does not end");
    }

    /// Payment, field and what the row shows of everything that differs.
    pub(crate) fn differences(&self) -> Vec<(String, String, String)> {
        let parts = self.compare();
        let all = parts.into_iter().flat_map(|part| part.differences);
        all.map(|one| (one.payment_id, one.field, one.theirs)).collect()
    }
}

/// A payment in this state.
pub(crate) fn payment(id: &str, status: &str, version: u64) -> Payment {
    let mut payment = testing::payment(id);
    status.clone_into(&mut payment.status);
    payment.version = version;
    if matches!(status, "paid" | "partially_refunded" | "refunded") {
        payment.captured = payment.amount.clone();
        payment.paid_at = Some(1_795_249_991_000);
        payment.provider_reference = Some("arca:7f21".to_owned());
    }
    match status {
        "partially_refunded" => payment.refunded.minor = 250_050,
        "refunded" => payment.refunded.minor = payment.amount.minor,
        _ => {}
    }
    payment
}

/// The delivery that this state owes.
pub(crate) fn owed(payment: &Payment) -> Delivery {
    testing::delivery(&format!("payment.{}", payment.status), payment.clone())
}
