//! A component that is linked: where its exports are, and how each is called.

use wasmtime::{Store, component::InstancePre};

use crate::{
    bindings::{exported, imported},
    host::RunState,
    run::NotOffered,
};

use exported::{
    choices::{ListItem, ListRequest},
    schedule::Occurrence,
    setup::{Finding, Wish},
};
use imported::types::{Delivery, InboundRequest, Outcome};

/// A linked component and where its exports are.
pub(crate) struct Bound {
    pub(super) instance: InstancePre<RunState>,
    pub(super) channel: Option<exported::channel_sink::GuestIndices>,
    pub(super) crm: Option<exported::crm_sink::GuestIndices>,
    pub(super) inbound: Option<exported::inbound::GuestIndices>,
    pub(super) schedule: Option<exported::schedule::GuestIndices>,
    pub(super) self_test: Option<exported::self_test::GuestIndices>,
    pub(super) setup: Option<exported::setup::GuestIndices>,
    pub(super) choices: Option<exported::choices::GuestIndices>,
}

/// Why a component cannot be used, seen when an instance of it is made.
pub(crate) enum Untried {
    /// It cannot be made.
    Start(wasmtime::Error),
    /// An export has another type than the contract's.
    Shape(wasmtime::Error),
}

impl Bound {
    /// Makes an instance and holds every export against the contract's types; calls none.
    pub(crate) async fn attempt(&self, store: &mut Store<RunState>) -> Result<(), Untried> {
        let instance = self.instance.instantiate_async(&mut *store).await.map_err(Untried::Start)?;
        /// One export, if the component has it.
        macro_rules! fits {
            ($interface:ident, $name:literal) => {
                if let Some(indices) = &self.$interface {
                    let loaded = indices.load(&mut *store, &instance);
                    loaded.map_err(|error| Untried::Shape(error.context(concat!("the export `", $name, "`"))))?;
                }
            };
        }
        fits!(channel, "channel-sink");
        fits!(crm, "crm-sink");
        fits!(inbound, "inbound");
        fits!(schedule, "schedule");
        fits!(self_test, "self-test");
        fits!(setup, "setup");
        fits!(choices, "choices");
        Ok(())
    }

    pub(crate) async fn deliver(&self, store: &mut Store<RunState>, delivery: Delivery) -> wasmtime::Result<Outcome> {
        let channel = self.channel.as_ref().ok_or(NotOffered("channel-sink"))?;
        let instance = self.instance.instantiate_async(&mut *store).await?;
        channel.load(&mut *store, &instance)?.call_deliver(store, &delivery).await
    }

    pub(crate) async fn sync(&self, store: &mut Store<RunState>, delivery: Delivery) -> wasmtime::Result<Outcome> {
        let crm = self.crm.as_ref().ok_or(NotOffered("crm-sink"))?;
        let instance = self.instance.instantiate_async(&mut *store).await?;
        crm.load(&mut *store, &instance)?.call_sync(store, &delivery).await
    }

    pub(crate) async fn handle(
        &self,
        store: &mut Store<RunState>,
        request: InboundRequest,
    ) -> wasmtime::Result<Outcome> {
        let inbound = self.inbound.as_ref().ok_or(NotOffered("inbound"))?;
        let instance = self.instance.instantiate_async(&mut *store).await?;
        inbound.load(&mut *store, &instance)?.call_handle(store, &request).await
    }

    pub(crate) async fn tick(&self, store: &mut Store<RunState>, occurrence: Occurrence) -> wasmtime::Result<Outcome> {
        let schedule = self.schedule.as_ref().ok_or(NotOffered("schedule"))?;
        let instance = self.instance.instantiate_async(&mut *store).await?;
        schedule.load(&mut *store, &instance)?.call_tick(store, &occurrence).await
    }

    pub(crate) async fn check(&self, store: &mut Store<RunState>) -> wasmtime::Result<Outcome> {
        let self_test = self.self_test.as_ref().ok_or(NotOffered("self-test"))?;
        let instance = self.instance.instantiate_async(&mut *store).await?;
        self_test.load(&mut *store, &instance)?.call_check(store).await
    }

    pub(crate) async fn connect(
        &self,
        store: &mut Store<RunState>,
        wish: Wish,
    ) -> wasmtime::Result<Result<Vec<Finding>, Outcome>> {
        let setup = self.setup.as_ref().ok_or(NotOffered("setup"))?;
        let instance = self.instance.instantiate_async(&mut *store).await?;
        setup.load(&mut *store, &instance)?.call_connect(store, &wish).await
    }

    pub(crate) async fn offer(
        &self,
        store: &mut Store<RunState>,
        wanted: ListRequest,
    ) -> wasmtime::Result<Result<Vec<ListItem>, Outcome>> {
        let choices = self.choices.as_ref().ok_or(NotOffered("choices"))?;
        let instance = self.instance.instantiate_async(&mut *store).await?;
        choices.load(&mut *store, &instance)?.call_offer(store, &wanted).await
    }
}
