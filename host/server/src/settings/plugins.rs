//! What the operator may say about plugins: the budgets of each resource class, how much runs at once, and what a
//! compilation may take. Every number has a range, and a default that this file does not know.

use super::SettingError;
use kamurj_plugins::{Class, CompileSettings, Limits, RuntimeSettings, SLICE, STACK_MAX_BYTES, STEPS};
use std::ops::RangeInclusive;
use std::time::Duration;

const KIB: usize = 1024;
const MIB: usize = 1024 * 1024;

/// A number, its range and what it changes.
struct Number<T: 'static> {
    name: &'static str,
    range: RangeInclusive<u64>,
    set: fn(&mut T, u64),
}

/// After `KAMURJ_PLUGIN_SMALL_` or `KAMURJ_PLUGIN_SCRIPT_`.
const OF_A_CLASS: [Number<Limits>; 14] = [
    Number { name: "COMPONENT_KIB", range: 64..=65_536, set: |limits, n| limits.component_bytes = size(n) * KIB },
    // A memory is reserved as a whole; more than this is no plugin.
    Number { name: "MEMORY_MIB", range: 1..=1_024, set: |limits, n| limits.memory_bytes = size(n) * MIB },
    Number { name: "TABLE_ELEMENTS", range: 100..=100_000, set: |limits, n| limits.table_elements = size(n) },
    Number { name: "CPU_MS", range: 5..=10_000, set: |limits, n| limits.cpu_slices = slices(n) },
    // A worker holds its job no longer than its lease.
    Number { name: "WALL_SECONDS", range: 1..=60, set: |limits, n| limits.wall = Duration::from_secs(n) },
    Number { name: "INPUT_KIB", range: 16..=16_384, set: |limits, n| limits.input_bytes = size(n) * KIB },
    Number { name: "OUTPUT_KIB", range: 1..=4_096, set: |limits, n| limits.output_bytes = size(n) * KIB },
    Number { name: "HANDLES", range: 16..=100_000, set: |limits, n| limits.handles = size(n) },
    Number { name: "HOSTCALL_KIB", range: 64..=65_536, set: |limits, n| limits.hostcall_bytes = size(n) * KIB },
    Number { name: "STEPS", range: 1..=STEPS_MAX, set: |limits, n| limits.steps = small(n) },
    Number { name: "RECORD_KIB", range: 16..=16_384, set: |limits, n| limits.record_bytes = size(n) * KIB },
    Number { name: "HTTP_REQUESTS", range: 0..=STEPS_MAX, set: |limits, n| limits.http_requests = small(n) },
    Number { name: "LOG_LINES", range: 0..=1_000, set: |limits, n| limits.log_lines = size(n) },
    Number { name: "LOG_LINE_BYTES", range: 80..=16_384, set: |limits, n| limits.log_line_bytes = size(n) },
];

/// A record is kept step by step: eight times what a run usually may have.
const STEPS_MAX: u64 = STEPS as u64 * 8;

const OF_ALL: [Number<RuntimeSettings>; 6] = [
    Number {
        name: "KAMURJ_PLUGIN_STACK_KIB",
        range: 64..=(STACK_MAX_BYTES / KIB) as u64,
        set: |runtime, n| runtime.stack_bytes = size(n) * KIB,
    },
    // Each place reserves address space for three memories: 18 TiB at the most, of 128.
    Number { name: "KAMURJ_PLUGIN_CALLS", range: 1..=1_024, set: |runtime, n| runtime.calls_at_once = small(n) },
    Number {
        name: "KAMURJ_PLUGIN_CALLS_PER_PLUGIN",
        range: 1..=1_024,
        set: |runtime, n| runtime.calls_at_once_per_plugin = small(n),
    },
    Number {
        name: "KAMURJ_PLUGIN_CALLS_PER_MERCHANT",
        range: 1..=1_024,
        set: |runtime, n| runtime.calls_at_once_per_merchant = small(n),
    },
    Number { name: "KAMURJ_PLUGIN_THREADS", range: 1..=256, set: |runtime, n| runtime.threads = Some(size(n)) },
    Number { name: "KAMURJ_PLUGIN_KEPT", range: 1..=100_000, set: |runtime, n| runtime.plugins_kept = size(n) },
];

const OF_COMPILING: [Number<CompileSettings>; 4] = [
    Number {
        name: "KAMURJ_PLUGIN_COMPILE_MEMORY_MIB",
        range: 256..=65_536,
        set: |compile, n| compile.memory_bytes = n * MIB as u64,
    },
    Number {
        name: "KAMURJ_PLUGIN_COMPILE_CPU_SECONDS",
        range: 1..=3_600,
        set: |compile, n| compile.cpu = Duration::from_secs(n),
    },
    Number {
        name: "KAMURJ_PLUGIN_COMPILE_WALL_SECONDS",
        range: 1..=7_200,
        set: |compile, n| compile.wall = Duration::from_secs(n),
    },
    Number {
        name: "KAMURJ_PLUGIN_COMPILED_MIB",
        range: 1..=1_024,
        set: |compile, n| compile.compiled_bytes = size(n) * MIB,
    },
];

/// Where compiled plugins lie.
pub(super) const CACHE_DIR: &str = "KAMURJ_PLUGIN_CACHE_DIR";

fn of_a_class(class: Class, name: &str) -> String {
    format!("KAMURJ_PLUGIN_{}_{name}", class.word().to_uppercase())
}

/// Every setting about plugins.
pub(super) fn names() -> Vec<String> {
    let of_classes = Class::ALL.into_iter().flat_map(|class| OF_A_CLASS.iter().map(move |n| of_a_class(class, n.name)));
    let of_all = OF_ALL.iter().map(|n| n.name).chain(OF_COMPILING.iter().map(|n| n.name)).chain([CACHE_DIR]);
    of_classes.chain(of_all.map(str::to_owned)).collect()
}

/// Takes what the operator said. `value` answers a setting's text, if it is there.
pub(super) fn read<'a>(
    value: impl Fn(&str) -> Option<&'a str>,
    runtime: &mut RuntimeSettings,
    compile: &mut CompileSettings,
) -> Result<(), SettingError> {
    for class in Class::ALL {
        for number in &OF_A_CLASS {
            number.take(&of_a_class(class, number.name), &value, runtime.limits_mut(class))?;
        }
    }
    for number in &OF_ALL {
        number.take(number.name, &value, runtime)?;
    }
    for number in &OF_COMPILING {
        number.take(number.name, &value, compile)?;
    }
    Ok(())
}

impl<T> Number<T> {
    fn take<'a>(
        &self,
        name: &str,
        value: &impl Fn(&str) -> Option<&'a str>,
        settings: &mut T,
    ) -> Result<(), SettingError> {
        let Some(text) = value(name) else {
            return Ok(());
        };
        let number = text.parse().ok().filter(|number| self.range.contains(number)).ok_or_else(|| SettingError {
            name: name.to_owned(),
            detail: format!("write a whole number from {} to {}", self.range.start(), self.range.end()),
        })?;
        (self.set)(settings, number);
        Ok(())
    }
}

fn size(number: u64) -> usize {
    usize::try_from(number).expect("the ranges fit every machine")
}

fn small(number: u64) -> u32 {
    u32::try_from(number).expect("the ranges fit")
}

/// Whole slices, at least what was asked for.
fn slices(milliseconds: u64) -> u32 {
    let slice = u64::try_from(SLICE.as_millis()).expect("a slice is short");
    small(milliseconds.div_ceil(slice))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use zeroize::Zeroizing;

    fn read_all(pairs: &[(String, String)]) -> Result<(RuntimeSettings, CompileSettings), SettingError> {
        let values: BTreeMap<_, _> = pairs.iter().cloned().collect();
        let mut runtime = RuntimeSettings::default();
        let mut compile = CompileSettings::new("compiled".into(), Zeroizing::new([0; 32]));
        read(|name| values.get(name).map(String::as_str), &mut runtime, &mut compile)?;
        Ok((runtime, compile))
    }

    /// Every number with its range, by its full name.
    fn numbers() -> Vec<(String, RangeInclusive<u64>)> {
        let classes = Class::ALL.into_iter().flat_map(|class| {
            OF_A_CLASS.iter().map(move |number| (of_a_class(class, number.name), number.range.clone()))
        });
        let all = OF_ALL.iter().map(|number| (number.name.to_owned(), number.range.clone()));
        let compiling = OF_COMPILING.iter().map(|number| (number.name.to_owned(), number.range.clone()));
        classes.chain(all).chain(compiling).collect()
    }

    #[test]
    fn every_limit_is_a_setting_with_a_range_and_changes_something() {
        let usual = read_all(&[]).unwrap();
        assert_eq!(numbers().len() + 1, names().len());
        for (name, range) in numbers() {
            for wrong in ["", "-1", "many", "1.5", &(range.end() + 1).to_string()] {
                let error = read_all(&[(name.clone(), wrong.to_owned())]).unwrap_err();
                assert_eq!(error.name, name);
                assert!(error.detail.contains(&format!("from {} to {}", range.start(), range.end())), "{error}");
            }
            let ends = [range.start(), range.end()].map(|end| read_all(&[(name.clone(), end.to_string())]).unwrap());
            assert_ne!(ends[0], ends[1], "{name} changes nothing");
            assert!(ends.iter().any(|end| *end != usual), "{name} changes nothing");
        }
    }

    #[test]
    fn a_class_is_changed_alone_and_time_is_rounded_up_to_slices() {
        let (runtime, _) = read_all(&[("KAMURJ_PLUGIN_SCRIPT_CPU_MS".to_owned(), "501".to_owned())]).unwrap();
        assert_eq!(runtime.script.cpu_slices, 101);
        assert_eq!(runtime.small, Limits::of(Class::Small));
    }
}
