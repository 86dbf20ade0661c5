//! A record asks for a payment: because it was moved into a chosen stage, or because somebody pressed a button. The event is a hint: the
//! record is read anew, and the same record asked twice is one payment. The link and how it goes on come back to the record as to any
//! payment. It must not take the CRM's word for money: what was paid, the bank says.

use kamurj_sdk::{
    CrmRef, Host, Level, Money, Occurrence, Outcome, Payment, PaymentRequest, Shelf, minor_to_decimal, plain,
};
use serde::{Deserialize, Serialize};

use crate::desk::{Desk, Order, Target, Trouble};
use crate::notes;
use crate::record::Record;
use crate::settings::{Requests, Settings};
use crate::texts;
use crate::view::View;

const ASKED: Shelf = Shelf::new("asked");
const TOLD: Shelf = Shelf::new("told");
const HOUR_MS: u64 = 60 * 60 * 1000;
const DAY_MS: u64 = 24 * HOUR_MS;
/// Records that one run of [`catch_up_regularly`] asks: each may take three requests of its sixteen.
const MOST_ASKED: usize = 4;
/// Runs of one occurrence; what is left over is the next one's.
const MOST_RUNS: u32 = 5;
/// The state key of when [`catch_up_regularly`] came to its end last.
const CAUGHT_UP: &str = "caught-up";

/// Why a record is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It changed, or may have: it asks only if it is in one of the chosen stages.
    Changed,
    /// Somebody pressed the button, which asks whatever the stage is.
    Button,
}

/// The payment that a record asked for last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Asked {
    /// How many there were.
    #[serde(rename = "n")]
    count: u32,
    #[serde(rename = "p")]
    payment: String,
    /// When the record had come into its stage, where the CRM tells.
    #[serde(rename = "m", default)]
    moved_at: Option<u64>,
}

/// What was last noted at a record that asks for a payment and cannot have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    /// The fingerprint of what is wrong.
    #[serde(rename = "w")]
    wrong: u64,
    /// When the record had come into its stage, where the CRM had told by then.
    #[serde(rename = "m", default)]
    moved_at: Option<u64>,
}

/// Reads the record and asks for its payment, if it asks for one that is not there yet. `run`: of the message that hints at it.
pub fn ask(
    host: &impl Host,
    desk: &impl Desk,
    settings: &Settings,
    target: &Target,
    why: Why,
    run: u32,
) -> Result<Outcome, Outcome> {
    let Some(requests) = &settings.requests else { return Ok(Outcome::done()) };
    let order = match desk.order(target) {
        Ok(order) => order,
        // Deleted since, or never there: nothing is asked.
        Err(Trouble::Gone(_)) => return Ok(Outcome::done()),
        Err(trouble) => return Err(trouble.into()),
    };
    if why == Why::Changed && !requests.stages.contains(&order.stage) {
        return Ok(Outcome::done());
    }
    let key = format!("{}:{}", target.kind, target.id);
    let (asked, last) = match last(host, &key)? {
        Some((asked, payment)) => (asked, Some(payment)),
        // The shelf may have forgotten, and a payment may have come here from elsewhere: a chat's, or one that somebody made for it.
        None => match shown(host, desk, target)? {
            Some(payment) => {
                // Only a move after that payment's time was over asks for another.
                let expired_at = (payment.status == "expired").then_some(payment.expires_at);
                let asked = Asked { count: 0, payment: payment.id.clone(), moved_at: expired_at.or(order.moved_at) };
                ASKED.put(host, &key, &asked)?;
                (asked, Some(payment))
            }
            None => (Asked::default(), None),
        },
    };
    if let Some(last) = &last
        && !asks_again(desk, settings, (target, last), &asked, &order, why)?
    {
        return Ok(Outcome::done());
    }
    let amount = match &order.amount {
        Ok(amount) => amount.clone(),
        Err(wrong) => return cannot(host, desk, settings, target, &order, wrong, run),
    };
    let made = make(host, desk, requests, target, &order, &amount, asked.count)?;
    let (payment, count) = match made {
        Made::Payment(payment, count) => (payment, count),
        Made::Refused(wrong) => return cannot(host, desk, settings, target, &order, &wrong, run),
    };
    let asked = Asked { count, payment: payment.id.clone(), moved_at: order.moved_at };
    ASKED.put(host, &key, &asked)?;
    Ok(Outcome::done().with_ref(&payment.id))
}

/// What the record asked for last, as the shelf has it, and how that payment stands.
fn last(host: &impl Host, key: &str) -> Result<Option<(Asked, Payment)>, Outcome> {
    let asked: Asked = match ASKED.get(host, key) {
        Ok(asked) => asked.unwrap_or_default(),
        Err(error) if error.retryable => return Err(error.into()),
        Err(_) => Asked::default(),
    };
    if asked.payment.is_empty() {
        return Ok(None);
    }
    Ok(known(host, &asked.payment)?.map(|payment| (asked, payment)))
}

/// The payment that the record's own fields speak of, if it is the record's own: a copy of a record shows the payment of the first.
fn shown(host: &impl Host, desk: &impl Desk, target: &Target) -> Result<Option<Payment>, Outcome> {
    let Some(id) = desk.shows(target).filter(|id| !id.is_empty()) else { return Ok(None) };
    let Some(payment) = known(host, &id)? else { return Ok(None) };
    let is_own = match &payment.crm {
        Some(reference) => {
            reference.plugin == desk.id() && reference.entity_type == target.kind && reference.entity_id == target.id
        }
        None => match Record::load(host, &id)?.target() {
            Some(made) => made == *target,
            None => desk.find(&payment)?.is_some_and(|made| made == *target),
        },
    };
    Ok(is_own.then_some(payment))
}

/// A payment, unless the host has no such payment: the CRM's fields are a stranger's text.
fn known(host: &impl Host, id: &str) -> Result<Option<Payment>, Outcome> {
    match host.payment(id) {
        Ok(payment) => Ok(Some(payment)),
        Err(error) if error.retryable => Err(error.into()),
        Err(_) => Ok(None),
    }
}

/// Whether a record whose last payment stands so asks for another: that payment is over without money, and the record was moved in
/// anew or somebody pressed. Our own write that comes back as an event asks for nothing, even where the settings put a payment that
/// is over into a stage that asks.
fn asks_again(
    desk: &impl Desk,
    settings: &Settings,
    (target, last): (&Target, &Payment),
    asked: &Asked,
    order: &Order,
    why: Why,
) -> Result<bool, Outcome> {
    let is_over = matches!(last.status.as_str(), "expired" | "cancelled");
    if !is_over || why == Why::Button {
        return Ok(is_over);
    }
    let moved = order.moved_at.is_some_and(|at| asked.moved_at.is_none_or(|before| at > before));
    if !moved {
        return Ok(false);
    }
    let standing = match desk.look(target) {
        Ok(standing) => standing,
        Err(Trouble::Gone(_)) => return Ok(false),
        Err(trouble) => return Err(trouble.into()),
    };
    let put_here = View::of_status(&last.status)
        .and_then(|view| settings.stage(desk, &target.kind, view, &standing.funnel))
        .is_some_and(|stage| stage == order.stage);
    Ok(!put_here)
}

enum Made {
    Payment(Box<Payment>, u32),
    Refused(String),
}

fn make(
    host: &impl Host,
    desk: &impl Desk,
    requests: &Requests,
    target: &Target,
    order: &Order,
    amount: &Money,
    before: u32,
) -> Result<Made, Outcome> {
    let items = if sum(order) == Some(amount.minor) { order.items.clone() } else { Vec::new() };
    let prefix = requests.order_prefix.as_deref().unwrap_or_default();
    let mut count = before;
    // A shelf that forgot how many there were counts on until a number is free; the key of each is the record's and the number's.
    for _ in 0..8 {
        count += 1;
        let number = if count == 1 { String::new() } else { format!("-{count}") };
        let request = PaymentRequest {
            key: format!("record:{}:{}:{count}", target.kind, target.id),
            order_id: Some(format!("{prefix}{}{number}", plain(&target.id, 40))),
            amount: amount.clone(),
            description: order.description.clone(),
            items: items.clone(),
            customer: order.customer.clone(),
            channel: None,
            crm: Some(CrmRef {
                plugin: desk.id().to_owned(),
                entity_type: target.kind.clone(),
                entity_id: target.id.clone(),
                extra: Vec::new(),
            }),
            locale: requests.customer_language.clone(),
            expires_in_ms: requests.hours.map(|hours| u64::from(hours) * HOUR_MS),
            extra: Vec::new(),
        };
        match host.create_payment(&request) {
            Ok(payment) if matches!(payment.status.as_str(), "expired" | "cancelled") => {}
            Ok(payment) => return Ok(Made::Payment(Box::new(payment), count)),
            // The number is another order's.
            Err(error) if error.code == "conflict" => {}
            Err(error) if error.code == "invalid" => return Ok(Made::Refused(error.message)),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Made::Refused(format!("the order numbers that begin with {prefix}{} are taken", plain(&target.id, 40))))
}

fn sum(order: &Order) -> Option<i64> {
    order
        .items
        .iter()
        .try_fold(0_i64, |sum, item| sum.checked_add(item.unit_price.minor.checked_mul(i64::from(item.quantity))?))
}

/// Tells whoever moved the record why it gets no link, once for each time that it was moved and each reason.
fn cannot(
    host: &impl Host,
    desk: &impl Desk,
    settings: &Settings,
    target: &Target,
    order: &Order,
    wrong: &str,
    run: u32,
) -> Result<Outcome, Outcome> {
    host.log(Level::Warn, "A record asks for a payment that cannot be made", &[("record", &target.id), ("why", wrong)]);
    let key = format!("{}:{}", target.kind, target.id);
    let told = Told { wrong: kamurj_sdk::fingerprint(wrong), moved_at: order.moved_at };
    let known: Option<Told> = match TOLD.get(host, &key) {
        Err(error) if error.retryable => return Err(error.into()),
        known => known.ok().flatten(),
    };
    // A CRM may tell when the record was moved only after it was asked what is wrong with it.
    if let Some(known) = known.filter(|known| known.wrong == told.wrong)
        && (known.moved_at == told.moved_at || known.moved_at.is_none())
    {
        if known != told {
            TOLD.put(host, &key, &told)?;
        }
        return Ok(Outcome::done());
    }
    let moved = order.moved_at.map(|at| at.to_string()).unwrap_or_default();
    let reason = kamurj_sdk::fingerprint(&format!("{wrong}/{moved}")) >> 32;
    let marker = format!("[pay:{}:{reason:08x}]", plain(&target.id, 40));
    let text = format!("{} {marker}", texts::no_link(wrong, settings.language()));
    if !desk.has_note(target, &marker)? {
        // One run may look at several records, and each has a note of its own.
        let step = format!("no-link.{:016x}", kamurj_sdk::fingerprint(&format!("{}:{marker}", target.kind)));
        notes::write_once(desk, target, (&text, &marker), &step, run)?;
    }
    TOLD.put(host, &key, &told)?;
    Ok(Outcome::done())
}

/// Asks the records in the chosen stages that changed since and have not asked yet, for what a lost event would have told: all that
/// [`Desk::waiting`] names, for a desk whose records are at hand.
pub fn catch_up(
    host: &impl Host,
    desk: &impl Desk,
    settings: &Settings,
    since_ms: u64,
    run: u32,
) -> Result<Outcome, Outcome> {
    let waiting = who_waits(host, desk, settings, since_ms)?;
    ask_all(host, desk, settings, &waiting, run)
}

/// The records in the chosen stages that changed since and have not asked yet.
fn who_waits(host: &impl Host, desk: &impl Desk, settings: &Settings, since_ms: u64) -> Result<Vec<Target>, Outcome> {
    let Some(requests) = settings.requests.as_ref().filter(|requests| !requests.stages.is_empty()) else {
        return Ok(Vec::new());
    };
    let mut waiting = desk.waiting(&requests.stages, since_ms)?;
    waiting.retain(|target| {
        let key = format!("{}:{}", target.kind, target.id);
        ASKED.get::<Asked>(host, &key).ok().flatten().is_none()
    });
    Ok(waiting)
}

fn ask_all(
    host: &impl Host,
    desk: &impl Desk,
    settings: &Settings,
    waiting: &[Target],
    run: u32,
) -> Result<Outcome, Outcome> {
    for target in waiting {
        match ask(host, desk, settings, target, Why::Changed, run) {
            Ok(_) => {}
            // What is wrong with one record says nothing of the next.
            Err(outcome) if outcome.kind == "bad-request" && outcome.scope != "connection" => {
                let why = [("record", target.id.as_str()), ("why", outcome.message.as_str())];
                host.log(Level::Warn, "A record that waits for its payment cannot be asked", &why);
            }
            Err(outcome) => return Err(outcome),
        }
    }
    Ok(Outcome::done())
}

/// [`catch_up`] for a desk that makes requests for each record, a few records a run: since the last time that it came to its end,
/// however long ago that was within two weeks, and at least a day, because clocks differ and an event may be late.
pub fn catch_up_regularly(
    host: &impl Host,
    desk: &impl Desk,
    settings: &Settings,
    occurrence: &Occurrence,
) -> Result<Outcome, Outcome> {
    let earliest = occurrence.due_at.saturating_sub(14 * DAY_MS);
    let latest = occurrence.due_at.saturating_sub(DAY_MS);
    let before = host.state_get(CAUGHT_UP)?.and_then(|entry| String::from_utf8(entry.value).ok()?.parse().ok());
    let since = before.unwrap_or(latest).saturating_sub(DAY_MS).clamp(earliest, latest);
    let waiting = who_waits(host, desk, settings, since)?;
    // Those that cannot be asked for stay in the list, so that each run goes past as many as earlier ones looked at.
    let seen = MOST_ASKED.saturating_mul(occurrence.run.saturating_sub(1) as usize).min(waiting.len());
    let (now, later) = waiting[seen..].split_at(MOST_ASKED.min(waiting.len() - seen));
    ask_all(host, desk, settings, now, occurrence.run)?;
    if occurrence.run < MOST_RUNS && !later.is_empty() {
        return Ok(Outcome::retry("more", "More records wait for their payments.").after_ms(1000));
    }
    host.state_set(CAUGHT_UP, occurrence.due_at.to_string().as_bytes(), None)?;
    Ok(Outcome::done())
}

/// An amount as a CRM holds it, decimal text in its currency, or what is wrong with it in words.
pub fn amount(text: &str, currency: &str) -> Result<Money, String> {
    let trimmed = text.trim();
    // Decimals that are all zero are a habit of CRMs and no part of the amount.
    let plain_text = match trimmed.split_once('.') {
        Some((whole, zeros)) if zeros.bytes().all(|byte| byte == b'0') => whole,
        _ => trimmed,
    };
    kamurj_sdk::parse_amount(plain_text, currency).map_err(|wrong| format!("amount `{}`: {wrong}", plain(trimmed, 40)))
}

/// The same as the CRM would write it.
pub fn decimal(amount: &Money) -> String {
    minor_to_decimal(amount)
}
