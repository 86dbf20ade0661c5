//! From bytes to a plugin that can be called: read its manifest, judge, compile, link. Where the bytes come from and who
//! installed them is not known here.

mod bound;

pub(crate) use bound::{Bound, Untried};

use wasmtime::{
    Engine,
    component::{Component, HasSelf, Linker},
};

use crate::{
    bindings::{exported, imported},
    class::Limits,
    contract::{Class, Manifest},
    engine::{MEMORIES, TABLES},
    host::RunState,
    limits::RuntimeSettings,
    worker::CompileLimit,
};

use kamurj_manifest::SectionError;

/// Interfaces of our package that a plugin may import, all of major version 1.
const OURS: [&str; 12] = [
    "types",
    "log",
    "clock",
    "settings",
    "http",
    "state",
    "secrets",
    "payments",
    "format",
    "links",
    "receipts",
    "comparisons",
];

/// The version of the contract that this host offers.
pub(crate) const CONTRACT: &str = "1.1.0";

/// WASI 0.2 packages that stock toolchains import; all are linked over an empty context.
const WASI: [&str; 6] = ["cli", "clocks", "filesystem", "io", "random", "sockets"];

/// Why a component cannot be a plugin. The texts are for its author.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// Larger than its class may be.
    #[error("the component has {bytes} bytes; a plugin of its class may have {most}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        most: usize,
    },
    /// A core module: the last step of the author's build is missing.
    #[error(
        "this is a core WebAssembly module, not a component: build for the target `wasm32-wasip2`, or wrap it with `wasm-tools component new`"
    )]
    CoreModule,
    /// No WebAssembly at all.
    #[error("this is not a WebAssembly component")]
    NotWebAssembly,
    /// It does not pass validation or cannot be compiled.
    #[error("the component is not valid: {0}")]
    Invalid(String),
    /// It took the compiler more than any plugin gets.
    #[error("the compiler was stopped after {0}; split the component, or leave out what it does not need")]
    TooCostly(CompileLimit),
    /// The compiler broke on it.
    #[error("the compiler failed on this component: {0}; build it with another version of your tools")]
    CompilerFailed(String),
    /// It starts with more than a call of its class gets.
    #[error("the component starts with {what}; a plugin of its class may have {most}")]
    TooHungry {
        /// Of what, and how much.
        what: String,
        /// The limit.
        most: u64,
    },
    /// It imports what no plugin gets.
    #[error("the component imports `{0}`, which this host does not offer")]
    UnknownImport(String),
    /// It lacks `plugin`, or offers nothing that could be called.
    #[error("the component does not export {0}")]
    MissingExport(&'static str),
    /// Its idea of an interface differs from ours.
    #[error("the component does not fit this host: {0}")]
    Incompatible(String),
    /// It was built for a later version of the contract, and uses what this host does not have yet.
    #[error(
        "the component was built for `kamurj:plugin@{version}`; this host offers {CONTRACT}: build it with the older package, or upgrade the host ({detail})"
    )]
    Later {
        /// The latest version that it names.
        version: String,
        /// What is missing.
        detail: String,
    },
    /// No instance of it can be made.
    #[error("the component does not start: {0}")]
    DoesNotStart(String),
    /// Its manifest is missing, or wrong.
    #[error("{0}")]
    Manifest(#[from] SectionError),
    /// Its manifest asks for what its exports do not serve.
    #[error("the manifest does not fit the exports: {0}")]
    Mismatch(&'static str),
    /// The host failed.
    #[error("the plugin host failed: {0}")]
    Host(String),
}

/// Which interfaces a plugin offers.
#[expect(clippy::struct_excessive_bools, reason = "each is one interface that is there or not")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exports {
    /// `channel-sink`.
    pub channel: bool,
    /// `crm-sink`.
    pub crm: bool,
    /// `inbound`.
    pub inbound: bool,
    /// `schedule`.
    pub schedule: bool,
    /// `self-test`.
    pub self_test: bool,
    /// `setup`.
    pub setup: bool,
    /// `choices`.
    pub choices: bool,
}

impl Exports {
    /// What the manifest asks for must be served by an export.
    pub(crate) fn serve(self, manifest: &Manifest) -> Result<(), LoadError> {
        let sinks = self.channel || self.crm;
        let rules = [
            (manifest.routes.is_empty() || self.inbound, "routes need the export `inbound`"),
            (manifest.events.is_empty() || sinks, "events need the export `channel-sink` or `crm-sink`"),
            (manifest.schedule.is_empty() || self.schedule, "a schedule needs the export `schedule`"),
        ];
        rules.into_iter().find(|(kept, _)| !kept).map_or(Ok(()), |(_, rule)| Err(LoadError::Mismatch(rule)))
    }
}

/// A plugin, ready to be called.
pub struct Plugin {
    /// SHA-256 of the component, in hexadecimal.
    pub digest: String,
    /// What it says of itself and asks for.
    pub manifest: Manifest,
    /// What it offers.
    pub exports: Exports,
    /// Whose budgets its calls have.
    pub class: Class,
    pub(crate) bound: Bound,
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Plugin")
            .field("id", &self.manifest.id)
            .field("digest", &self.digest)
            .field("exports", &self.exports)
            .field("class", &self.class)
            .finish_non_exhaustive()
    }
}

/// Everything that a guest may import.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<RunState>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    imported::types::add_to_linker::<_, HasSelf<RunState>>(&mut linker, |state| state)?;
    imported::log::add_to_linker::<_, HasSelf<RunState>>(&mut linker, |state| state)?;
    imported::clock::add_to_linker::<_, HasSelf<RunState>>(&mut linker, |state| state)?;
    imported::settings::add_to_linker::<_, HasSelf<RunState>>(&mut linker, |state| state)?;
    imported::http::add_to_linker::<_, HasSelf<RunState>>(&mut linker, |state| state)?;
    imported::state::add_to_linker::<_, HasSelf<RunState>>(&mut linker, |state| state)?;
    imported::secrets::add_to_linker::<_, HasSelf<RunState>>(&mut linker, |state| state)?;
    imported::payments::add_to_linker::<_, HasSelf<RunState>>(&mut linker, |state| state)?;
    imported::format::add_to_linker::<_, HasSelf<RunState>>(&mut linker, |state| state)?;
    imported::links::add_to_linker::<_, HasSelf<RunState>>(&mut linker, |state| state)?;
    imported::receipts::add_to_linker::<_, HasSelf<RunState>>(&mut linker, |state| state)?;
    imported::comparisons::add_to_linker::<_, HasSelf<RunState>>(&mut linker, |state| state)?;
    Ok(linker)
}

/// What can be said of the bytes without reading them: that they are a component. Nothing else goes any further.
pub(crate) fn is_component(bytes: &[u8]) -> Result<(), LoadError> {
    // The preamble's second half tells a component (layer 1) from a core module (layer 0); a text or an already compiled
    // artefact has another first half and must never reach the engine.
    match bytes.get(..8) {
        Some([0, b'a', b's', b'm', _, _, 1, 0]) => Ok(()),
        Some([0, b'a', b's', b'm', _, _, 0, 0]) => Err(LoadError::CoreModule),
        _ => Err(LoadError::NotWebAssembly),
    }
}

/// The largest component of any class, in bytes.
pub(crate) fn largest(settings: &RuntimeSettings) -> usize {
    Class::ALL.into_iter().map(|class| settings.limits(class).component_bytes).max().unwrap_or(0)
}

/// Reads the manifest of a component that is no larger than its class may be.
pub(crate) fn judge(settings: &RuntimeSettings, bytes: &[u8]) -> Result<Manifest, LoadError> {
    let too_large = |most| LoadError::TooLarge { bytes: bytes.len(), most };
    let largest = largest(settings);
    if bytes.len() > largest {
        return Err(too_large(largest));
    }
    is_component(bytes)?;
    let manifest = kamurj_manifest::read(bytes)?;
    let most = settings.limits(manifest.class).component_bytes;
    if bytes.len() > most { Err(too_large(most)) } else { Ok(manifest) }
}

/// Whether an instance of it can be made at all within its budgets: said at its upload and not at its first call.
pub(crate) fn fits(limits: &Limits, component: &Component) -> Result<(), LoadError> {
    let Some(needs) = component.resources_required() else {
        return Err(LoadError::Incompatible("it imports core modules".to_owned()));
    };
    // Counted in pages; other sizes of pages are a proposal that is off.
    let memory = needs.max_initial_memory_size.unwrap_or(0).saturating_mul(64 * 1024);
    let table = needs.max_initial_table_size.unwrap_or(0);
    let checks: [(&str, u64, u64); 4] = [
        ("memories", needs.num_memories.into(), MEMORIES.into()),
        ("bytes of memory", memory, limits.memory_bytes as u64),
        ("tables", needs.num_tables.into(), TABLES.into()),
        ("table elements", table, limits.table_elements as u64),
    ];
    match checks.into_iter().find(|(_, needed, most)| needed > most) {
        Some((what, needed, most)) => Err(LoadError::TooHungry { what: format!("{needed} {what}"), most }),
        None => Ok(()),
    }
}

/// Links a component and finds its exports.
pub(crate) fn bind(
    engine: &Engine,
    linker: &Linker<RunState>,
    component: &Component,
) -> Result<(Bound, Exports), LoadError> {
    let shape = component.component_type();
    if let Some((name, _)) = shape.imports(engine).find(|(name, _)| !is_known_import(name)) {
        return Err(LoadError::UnknownImport(name.to_owned()));
    }
    let offers = |wanted: &str| shape.exports(engine).any(|(name, _)| is_ours(name, &[wanted]));
    let exports = Exports {
        channel: offers("channel-sink"),
        crm: offers("crm-sink"),
        inbound: offers("inbound"),
        schedule: offers("schedule"),
        self_test: offers("self-test"),
        setup: offers("setup"),
        choices: offers("choices"),
    };
    if !(exports.channel || exports.crm || exports.inbound) {
        return Err(LoadError::MissingExport("any of `channel-sink`, `crm-sink` and `inbound` of `kamurj:plugin@1`"));
    }
    let later =
        later_contract(shape.imports(engine).map(|(name, _)| name).chain(shape.exports(engine).map(|(name, _)| name)));
    let incompatible = |error: wasmtime::Error| match &later {
        Some(version) => LoadError::Later { version: version.clone(), detail: format!("{error:#}") },
        None => LoadError::Incompatible(format!("{error:#}")),
    };
    let instance = linker.instantiate_pre(component).map_err(incompatible)?;
    /// Where an export is, if the component has it.
    macro_rules! indices {
        ($offered:ident, $interface:ident) => {
            exports
                .$offered
                .then(|| exported::$interface::GuestIndices::new(&instance))
                .transpose()
                .map_err(incompatible)?
        };
    }
    let bound = Bound {
        channel: indices!(channel, channel_sink),
        crm: indices!(crm, crm_sink),
        inbound: indices!(inbound, inbound),
        schedule: indices!(schedule, schedule),
        self_test: indices!(self_test, self_test),
        setup: indices!(setup, setup),
        choices: indices!(choices, choices),
        instance,
    };
    Ok((bound, exports))
}

/// The latest version of our package that the names speak of, where it is later than what this host offers.
fn later_contract<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
    let ours = semver::Version::parse(CONTRACT).expect("a constant");
    let versions =
        names.filter_map(|name| semver::Version::parse(name.strip_prefix("kamurj:plugin/")?.split_once('@')?.1).ok());
    versions.max().filter(|latest| *latest > ours).map(|latest| latest.to_string())
}

fn is_known_import(name: &str) -> bool {
    let wasi = name.strip_prefix("wasi:").and_then(|rest| rest.split_once('/'));
    wasi.is_some_and(|(package, interface)| WASI.contains(&package) && interface.contains("@0.2."))
        || is_ours(name, &OURS)
}

/// Whether a name is one of these interfaces of our package in major version 1.
fn is_ours(name: &str, interfaces: &[&str]) -> bool {
    let versioned = name.strip_prefix("kamurj:plugin/").and_then(|rest| rest.split_once('@'));
    versioned.is_some_and(|(interface, version)| interfaces.contains(&interface) && version.starts_with("1."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_imports_and_wasi_0_2_are_known() {
        for known in [
            "kamurj:plugin/http@1.0.0",
            "kamurj:plugin/http@1.7.3",
            "wasi:cli/environment@0.2.6",
            "wasi:sockets/tcp@0.2.3",
        ] {
            assert!(is_known_import(known), "{known}");
        }
        for unknown in [
            "kamurj:plugin/http@2.0.0",
            "kamurj:plugin/http",
            "kamurj:plugin/money@1.0.0",
            "wasi:http/outgoing-handler@0.2.6",
            "wasi:cli/environment@0.3.0",
            "wasi:keyvalue/store@0.2.0",
            "evil:host/exec@1.0.0",
            "env",
        ] {
            assert!(!is_known_import(unknown), "{unknown}");
        }
    }
}
