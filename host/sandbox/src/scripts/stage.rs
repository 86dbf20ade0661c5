//! Where scripts are played: it notices orders, puts faults in force, ends them, and lets people act, all by the injected
//! clock and only when it is told that time may have passed. It must not know what a step is called.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use serde::Serialize;

use super::effect::Effect;
use super::script::{Deed, Fault, Line, Orders, Script, When};
use crate::gateways::{Act, Gateway};
use crate::{Clock, locked, rfc3339};

/// The most scripts that are kept, those that are over too.
const MOST_GIVEN: usize = 100;
/// The most lines that are kept of one script.
const MOST_LINES: usize = 500;

/// The scripts in force. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Scripts {
    state: Arc<Mutex<State>>,
    gateways: Arc<[Arc<dyn Gateway>]>,
    clock: Clock,
}

/// A script that was given, as people look at it.
#[derive(Clone, Debug, Serialize)]
pub struct ScriptView {
    /// By which it is stopped.
    pub id: u64,
    /// The gateway's word.
    pub gateway: String,
    /// `next`, `all`, or a pattern.
    pub orders: String,
    /// `waiting` for an order, `playing`, or `over`.
    pub state: &'static str,
    /// What happened, in order.
    pub log: Vec<LogLine>,
}

/// Something that a script did.
#[derive(Clone, Debug, Serialize)]
pub struct LogLine {
    /// RFC 3339.
    pub at: String,
    /// The line of the script, from 1.
    pub line: usize,
    /// What.
    pub what: String,
    /// Why it could not be done, where it could not.
    pub trouble: Option<String>,
}

#[derive(Default)]
struct State {
    last_id: u64,
    given: Vec<Given>,
    in_force: Vec<InForce>,
}

/// A script that was given.
struct Given {
    id: u64,
    gateway: usize,
    script: Script,
    orders: Orders,
    /// Orders that were there before, or were noticed since.
    seen: HashSet<String>,
    plays: Vec<Play>,
    is_over: bool,
    log: Vec<LogLine>,
}

/// A script with one order.
struct Play {
    /// The place of the moment that is next.
    moment: usize,
    order: String,
    /// When it is; `None`: with the next order.
    due: Option<i64>,
}

/// A fault that a script put in force.
struct InForce {
    gateway: usize,
    effect: Effect,
    by: u64,
    line: usize,
    until: Option<i64>,
}

/// What is due next.
enum Due {
    End(usize),
    Moment(usize, usize),
}

impl Scripts {
    pub(crate) fn new(gateways: Arc<[Arc<dyn Gateway>]>, clock: Clock) -> Self {
        Self { state: Arc::default(), gateways, clock }
    }

    /// Gives a gateway a script; what goes wrong at the start of an order is in force from now on. Answers its id.
    pub fn give(&self, gateway: &str, script: Script, orders: Orders) -> Result<u64, String> {
        let place = self.gateways.iter().position(|one| one.word() == gateway).ok_or_else(|| {
            let words: Vec<&str> = self.gateways.iter().map(|one| one.word()).collect();
            format!("gateway: none is called `{gateway}`; there are {}", words.join(", "))
        })?;
        let now = (self.clock)();
        let mut state = locked(&self.state);
        if state.given.len() >= MOST_GIVEN {
            let over = state.given.iter().position(|given| given.is_over);
            let over = over.ok_or_else(|| format!("at most {MOST_GIVEN} scripts are in force: stop one of them"))?;
            state.given.remove(over);
        }
        state.last_id += 1;
        let id = state.last_id;
        let seen = self.gateways[place].orders().into_iter().map(|order| order.id).collect();
        let ahead = script.moments[0].faults.iter().filter(|fault| fault.is_ahead).cloned().collect::<Vec<_>>();
        let (plays, log) = (Vec::new(), Vec::new());
        state.given.push(Given { id, gateway: place, script, orders, seen, plays, is_over: false, log });
        self.put(&mut state, id, place, &ahead, now);
        Ok(id)
    }

    /// Takes a script away; what it put in force ends. `false`: there is none with this id.
    pub fn stop(&self, id: u64) -> bool {
        let mut state = locked(&self.state);
        let before = state.given.len();
        state.given.retain(|given| given.id != id);
        while let Some(place) = state.in_force.iter().position(|fault| fault.by == id) {
            let fault = state.in_force.remove(place);
            self.end(&fault);
        }
        state.given.len() < before
    }

    /// The scripts that were given, oldest first.
    pub fn view(&self) -> Vec<ScriptView> {
        let state = locked(&self.state);
        let view = |given: &Given| ScriptView {
            id: given.id,
            gateway: self.gateways[given.gateway].word().to_owned(),
            orders: given.orders.text().to_owned(),
            state: match (given.is_over, given.plays.is_empty()) {
                (true, _) => "over",
                (false, true) => "waiting",
                (false, false) => "playing",
            },
            log: given.log.clone(),
        };
        state.given.iter().map(view).collect()
    }

    /// Notices new orders and plays what was due first, so that pushes can be sent between this and what is due after it.
    /// Answers how much was played: 0 or 1.
    pub fn play_due(&self) -> usize {
        let now = (self.clock)();
        let mut state = locked(&self.state);
        if state.given.is_empty() && state.in_force.is_empty() {
            return 0;
        }
        self.notice_orders(&mut state, now);
        match first_due(&state, now) {
            None => 0,
            Some(Due::End(place)) => {
                let fault = state.in_force.remove(place);
                self.end(&fault);
                note(&mut state, fault.by, now, fault.line, "its time is over".to_owned(), None);
                1
            }
            Some(Due::Moment(given, play)) => {
                self.play(&mut state, given, play, now);
                1
            }
        }
    }

    fn notice_orders(&self, state: &mut State, now: i64) {
        let mut begun = Vec::new();
        for given in &mut state.given {
            for order in self.gateways[given.gateway].orders() {
                if !given.seen.insert(order.id.clone()) || given.is_over || !given.orders.take(&order.number) {
                    continue;
                }
                if let Some(waiting) = given.plays.iter_mut().find(|play| play.due.is_none()) {
                    (waiting.order, waiting.due) = (order.id, Some(now));
                } else if given.orders != Orders::Next || given.plays.is_empty() {
                    given.plays.push(Play { moment: 0, order: order.id, due: Some(now) });
                } else {
                    continue;
                }
                if given.orders == Orders::Next {
                    begun.push(given.id);
                }
            }
        }
        // The one order that it was meant for is there, so its start is past.
        for id in begun {
            let is_past =
                |fault: &InForce| fault.by == id && fault.until.is_none() && matches!(fault.effect, Effect::Start(_));
            while let Some(place) = state.in_force.iter().position(is_past) {
                let fault = state.in_force.remove(place);
                self.end(&fault);
            }
        }
    }

    fn play(&self, state: &mut State, given: usize, play: usize, now: i64) {
        let of = &state.given[given];
        let (id, gateway, at) = (of.id, of.gateway, of.plays[play].due.unwrap_or(now));
        let order = of.plays[play].order.clone();
        let moment = of.script.moments[of.plays[play].moment].clone();
        let faults: Vec<Fault> = moment.faults.into_iter().filter(|fault| !fault.is_ahead).collect();
        self.put(state, id, gateway, &faults, at);
        for line in &moment.acts {
            let trouble = self.act(gateway, &order, line).err();
            note(state, id, now, line.line, format!("{} ({order})", line.text), trouble);
        }
        let of = &mut state.given[given];
        let next = of.plays[play].moment + 1;
        let mut ahead = Vec::new();
        match of.script.moments.get(next).map(|moment| moment.when) {
            None => {
                of.plays.remove(play);
                of.is_over = of.orders == Orders::Next;
            }
            Some(When::After(pause)) => {
                of.plays[play].moment = next;
                of.plays[play].due = Some(at.saturating_add(pause));
            }
            Some(When::Order) => {
                of.plays[play].moment = next;
                of.plays[play].due = None;
                ahead.extend(of.script.moments[next].faults.iter().filter(|fault| fault.is_ahead).cloned());
            }
        }
        self.put(state, id, gateway, &ahead, at);
    }

    fn put(&self, state: &mut State, by: u64, gateway: usize, faults: &[Fault], at: i64) {
        let handle = &self.gateways[gateway];
        let mut current = handle.faults();
        for fault in faults {
            fault.effect.put(&mut current);
            state.in_force.retain(|old| old.gateway != gateway || old.effect.field() != fault.effect.field());
            if fault.effect != fault.effect.end() {
                let until = fault.lasts.map(|lasts| at.saturating_add(lasts));
                let effect = fault.effect.clone();
                state.in_force.push(InForce { gateway, effect, by, line: fault.line, until });
            }
        }
        let mut lines: Vec<usize> = faults.iter().map(|fault| fault.line).collect();
        lines.dedup();
        for line in lines {
            note(state, by, at, line, "in force".to_owned(), None);
        }
        if !faults.is_empty() {
            handle.set_faults(current);
        }
    }

    /// Ends a fault, unless somebody has changed it since.
    fn end(&self, fault: &InForce) {
        let handle = &self.gateways[fault.gateway];
        let mut current = handle.faults();
        if fault.effect.is_among(&current) {
            fault.effect.end().put(&mut current);
            handle.set_faults(current);
        }
    }

    fn act(&self, gateway: usize, order: &str, line: &Line) -> Result<(), String> {
        let handle = &self.gateways[gateway];
        let act = match line.deed {
            Deed::Act(act) => act,
            Deed::GiveBackAll => {
                let found = handle.orders().into_iter().find(|one| one.id == order);
                let found = found.ok_or("the order is gone")?;
                Act::GiveBack { minor: found.amount_minor - found.refunded_minor }
            }
        };
        handle.act(order, act).map(|_| ())
    }
}

impl std::fmt::Debug for Scripts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scripts")
    }
}

/// The earliest end or moment that is due by now; of two at the same time, the end.
fn first_due(state: &State, now: i64) -> Option<Due> {
    let ends = state.in_force.iter().enumerate();
    let ends = ends.filter_map(|(place, fault)| Some((fault.until?, 0, Due::End(place))));
    let moments = state.given.iter().enumerate().flat_map(|(given, of)| {
        let plays = of.plays.iter().enumerate();
        plays.filter_map(move |(place, play)| Some((play.due?, 1, Due::Moment(given, place))))
    });
    let due = ends.chain(moments).filter(|(at, ..)| *at <= now);
    due.min_by_key(|(at, kind, _)| (*at, *kind)).map(|(.., due)| due)
}

fn note(state: &mut State, by: u64, at: i64, line: usize, what: String, trouble: Option<String>) {
    if let Some(given) = state.given.iter_mut().find(|given| given.id == by && given.log.len() < MOST_LINES) {
        given.log.push(LogLine { at: rfc3339(at), line, what, trouble });
    }
}
