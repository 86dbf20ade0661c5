//! A world: the whole host with its shops and buyers, driven step by step by the dice until every order is told and nothing
//! is due any more. The same seed and number make the same world, step by step.

use crate::buyer::Buyer;
use crate::deeds::Effect;
use crate::dice::Dice;
use crate::floor::{Floor, Hazards};
use crate::life::{Ground, Life, Turn};
use crate::network::Network;
use crate::operator::PaymentLink;
use crate::run::PROGRAM;
use crate::secrets::canary;
use crate::shop::{PUBLIC_URL, Shop};
use crate::trace::Trace;
use crate::{audit, defects};
use kamurj_domain::Clock as _;
use kamurj_plugins::{Runtime as Plugins, RuntimeSettings};
use kamurj_server::seal::MasterKey;
use kamurj_server::settings::{Database, Settings};
use kamurj_store::defect::Defect;
use kamurj_tests::chance::Seeded;
use kamurj_tests::clock::HandClock;
use kamurj_tests::plugins::compiled_by;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

/// Buyers who are about at the same time.
const ABOUT: usize = 10;
/// Steps that an order takes at most; a world that needs more does not come to an end by itself.
const STEPS: u64 = 1_500;

/// Which world, and how it is to be.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The run's seed.
    pub seed: u64,
    /// The world's number in the run.
    pub world: u64,
    /// Orders in it.
    pub orders: u64,
    /// One buyer in so many buys in the bakery.
    pub bakery: u64,
    /// Whether anything ever goes wrong.
    pub rough: bool,
    /// A defect that is seeded into the host.
    pub defect: Option<Defect>,
    /// Every step is printed.
    pub shown: bool,
}

/// What came of a world.
#[derive(Debug, Clone)]
pub struct Report {
    /// Its number.
    pub world: u64,
    /// Hash over every step and the books at the end.
    pub trace: String,
    /// How often what happened.
    pub counts: BTreeMap<String, u64>,
    /// What must never be true and is.
    pub violations: Vec<String>,
    /// The last steps.
    pub tail: Vec<String>,
}

/// A world while it goes on.
pub struct World {
    pub(crate) plan: Plan,
    pub(crate) dice: Dice,
    pub(crate) clock: HandClock,
    pub(crate) floor: Arc<Floor>,
    pub(crate) network: Arc<Network>,
    pub(crate) shops: Vec<Shop>,
    pub(crate) buyers: Vec<Buyer>,
    /// Those of them who are about.
    pub(crate) about: Vec<usize>,
    pub(crate) life: Option<Life<Effect>>,
    pub(crate) trace: Trace,
    pub(crate) counts: BTreeMap<String, u64>,
    pub(crate) violations: Vec<String>,
    pub(crate) ground: Ground,
    /// Services that are sending what is due.
    pub(crate) speaking: BTreeSet<&'static str>,
    /// The stall's payment links, each with the buyers who know it.
    pub(crate) links: Vec<PaymentLink>,
    next_task: u64,
    /// Deleted last.
    folder: TempDir,
}

/// Something that can happen next.
#[derive(Debug, Clone, Copy)]
enum Step {
    Resume,
    Work,
    Keep,
    Buyer,
    Bank,
    Chat,
    Letter,
    Belated,
    Forgery,
    Operator,
    Staff,
    Time,
    Weather,
    Crash,
}

impl World {
    /// Makes the world, lets it go on to its end, and looks through its books.
    pub fn tell(plan: Plan, plugins: &Plugins) -> Report {
        let _seeded = plan.defect.map(defects::seeded);
        let mut world = Self::new(plan, plugins);
        world.open();
        world.live();
        if world.violations.is_empty() {
            world.comes_to_rest();
        }
        if world.violations.is_empty() {
            audit::run(&mut world);
        }
        world.report()
    }

    fn new(plan: Plan, plugins: &Plugins) -> Self {
        let dice = |purpose| Dice::new(plan.seed, plan.world, purpose);
        let clock = HandClock::default();
        let floor = Arc::new(Floor::new(dice("floor")));
        let network = Arc::new(Network::new(dice("network"), plan.rough, Arc::new(clock.clone())));
        let folder = tempfile::Builder::new().prefix("kamurj-simulation-").tempdir_in(fast_folder());
        let folder = folder.expect("a folder for the world");
        let settings = Settings {
            listen: ([127, 0, 0, 1], 1).into(),
            public_url: PUBLIC_URL.to_owned(),
            data_dir: folder.path().to_owned(),
            database: Database::Sqlite,
            redis: None,
            master_key: MasterKey::parse(canary("master key")).expect("32 bytes"),
            master_key_old: None,
            log: String::new(),
            egress_allow: Vec::new(),
            lease_ms: 60_000,
            runtime: RuntimeSettings::default(),
            compile: compiled_by(PROGRAM),
            records_days: 30,
            front: kamurj_server::settings::front::FrontSettings::default(),
        };
        let ground = Ground {
            settings,
            clock: Arc::new(clock.clone()),
            entropy: Arc::new(Seeded::new(dice("entropy").below(u64::MAX))),
            floor: Arc::clone(&floor),
            network: Arc::clone(&network),
            plugins: plugins.clone(),
        };
        Self {
            plan,
            dice: dice("steps"),
            clock,
            floor,
            network,
            shops: Vec::new(),
            buyers: Vec::new(),
            about: Vec::new(),
            life: None,
            trace: Trace::new(plan.shown),
            counts: BTreeMap::new(),
            violations: Vec::new(),
            ground,
            speaking: BTreeSet::new(),
            links: Vec::new(),
            next_task: 0,
            folder,
        }
    }

    fn open(&mut self) {
        let doubles = Shop::doubles(&self.clock, &self.network);
        self.network.connect(doubles.clone());
        let life = Life::begin(&self.ground, true);
        self.shops = Shop::open(&life, &doubles);
        self.life = Some(life);
        self.makes_links();
        if self.plan.rough {
            self.floor.set(Hazards { park: Some(5), crash: Some(500) });
        }
    }

    /// Goes on until every buyer has left.
    fn live(&mut self) {
        let mut left = self.plan.orders * STEPS;
        loop {
            while self.about.len() < ABOUT && (self.buyers.len() as u64) < self.plan.orders {
                self.newcomer();
            }
            if self.about.is_empty() || !self.violations.is_empty() {
                return;
            }
            left = left.saturating_sub(1);
            if left == 0 {
                self.violated("the world does not come to an end".to_owned());
                return;
            }
            self.step();
        }
    }

    fn newcomer(&mut self) {
        let number = self.buyers.len();
        let in_bakery = self.plan.bakery > 0 && self.dice.one_in(self.plan.bakery);
        let chats = in_bakery && self.dice.one_in(2);
        let chat = chats.then(|| 1_000 + i64::try_from(number).expect("a small number"));
        let mut buyer = Buyer::new(usize::from(in_bakery), chat, format!("N-{number}"), &mut self.dice);
        if !in_bakery && self.dice.one_in(10) {
            buyer.of_link = self.next_place();
        }
        self.about.push(number);
        self.buyers.push(buyer);
    }

    fn step(&mut self) {
        let parked = self.floor.parked();
        let mut choices = vec![
            (26, Step::Work),
            (30, Step::Buyer),
            (10, Step::Bank),
            (12, Step::Time),
            (2, Step::Keep),
            (4, Step::Operator),
        ];
        if self.plan.bakery > 0 {
            choices.push((5, Step::Chat));
        }
        if !parked.is_empty() {
            choices.push((24, Step::Resume));
        }
        if self.network.waiting() > 0 {
            choices.extend([(5, Step::Letter), (1, Step::Belated)]);
        }
        if self.plan.rough {
            choices.extend([(1, Step::Forgery), (1, Step::Weather)]);
            if self.dice.one_in(20) {
                choices.push((10, Step::Staff));
            }
            if self.dice.one_in(2_000) {
                choices.push((20, Step::Crash));
            }
        }
        match self.dice.weighted(&choices) {
            Step::Resume => {
                let task = *self.dice.pick(&parked);
                self.resume(task);
            }
            Step::Work => self.works(),
            Step::Keep => self.keeper_works(),
            Step::Buyer => {
                let buyer = *self.dice.pick(&self.about);
                self.buyer_acts(buyer);
            }
            Step::Bank => {
                let shop = usize::from(self.plan.bakery > 0 && self.dice.one_in(4));
                self.bank_speaks(shop);
            }
            Step::Chat => self.chat_speaks(),
            Step::Letter => self.letter_arrives(),
            Step::Belated => self.belated_call_arrives(),
            Step::Forgery => self.forges(),
            Step::Operator => self.operator_acts(),
            Step::Staff => self.staff_acts(),
            Step::Time => self.time_passes(),
            Step::Weather => self.weather_turns(),
            Step::Crash => self.crashes("nowhere in particular"),
        }
    }

    fn time_passes(&mut self) {
        let (least, most) = self.dice.weighted(&[
            (60, (100, 3_000)),
            (25, (3_000, 20_000)),
            (9, (20_000, 120_000)),
            (4, (120_000, 1_500_000)),
            (1, (3_600_000, 30 * 3_600_000)),
        ]);
        let backwards = self.plan.rough && self.dice.one_in(25);
        let span = self.dice.between(least, most);
        let span = if backwards { -(span % 2_000) } else { span };
        self.clock.pass(span);
        self.trace.step(self.clock.now(), format_args!("time passes: {span} ms"));
    }

    /// Starts a task of the host.
    pub(crate) fn begins(&mut self, what: &str, work: impl Future<Output = Effect> + Send + 'static) {
        self.next_task += 1;
        let id = self.next_task;
        self.trace.step(self.clock.now(), format_args!("task {id}: {what}"));
        let floor = Arc::clone(&self.floor);
        let turn = self.life_mut().start(&floor, id, work);
        self.turned(id, turn);
    }

    /// Lets a parked task go on.
    pub(crate) fn resume(&mut self, id: u64) {
        self.trace.step(self.clock.now(), format_args!("task {id} goes on"));
        let floor = Arc::clone(&self.floor);
        let turn = self.life_mut().turn(&floor, id);
        self.turned(id, turn);
    }

    fn turned(&mut self, id: u64, turn: Turn<Effect>) {
        match turn {
            Turn::Done(effect) => {
                self.trace.step(self.clock.now(), format_args!("task {id} is done: {effect:?}"));
                self.follows(effect);
            }
            Turn::Parked => {
                self.trace.step(self.clock.now(), format_args!("task {id} is parked"));
                self.count("tasks parked");
            }
            Turn::Crashed(point) => self.crashes(point),
            Turn::Stuck => self.violated(format!("task {id} stands still, though nothing holds it")),
        }
    }

    /// Pulls the plug and starts the host again.
    pub(crate) fn crashes(&mut self, point: &'static str) {
        self.trace.step(self.clock.now(), format_args!("the server dies at {point}"));
        self.count(&format!("crashes at {point}"));
        let life = self.life.take().expect("the host lives");
        life.pull_the_plug(&self.network);
        self.floor.clear();
        self.speaking.clear();
        for buyer in &mut self.buyers {
            buyer.busy = 0;
        }
        let dead_for = self.dice.between(0, 90_000);
        self.clock.pass(dead_for);
        let alone = self.dice.one_in(2);
        self.life = Some(Life::begin(&self.ground, alone));
    }

    pub(crate) fn life(&self) -> &Life<Effect> {
        self.life.as_ref().expect("the host lives")
    }

    pub(crate) fn life_mut(&mut self) -> &mut Life<Effect> {
        self.life.as_mut().expect("the host lives")
    }

    pub(crate) fn count(&mut self, what: &str) {
        *self.counts.entry(what.to_owned()).or_default() += 1;
    }

    /// Notes something that must never be true.
    pub(crate) fn violated(&mut self, what: String) {
        self.trace.step(self.clock.now(), format_args!("VIOLATED: {what}"));
        self.violations.push(what);
    }

    /// Where the host keeps its files.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    fn report(mut self) -> Report {
        self.violations.extend(self.network.leaks());
        let mut counts = self.counts;
        counts.insert("orders".to_owned(), self.buyers.len() as u64);
        counts.extend(self.network.counts().into_iter().map(|(name, count)| (format!("messages {name}"), count)));
        let passed = self.floor.passed().values().sum();
        counts.insert("named points passed".to_owned(), passed);
        if let Some(life) = self.life.take() {
            life.pull_the_plug(&self.network);
        }
        let (trace, tail) = self.trace.end();
        Report { world: self.plan.world, trace, counts, violations: self.violations, tail }
    }
}

/// A folder in memory where the machine has one: a world is forgotten when it ends, and nothing in it is flushed.
fn fast_folder() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { memory } else { std::env::temp_dir() }
}
