//! Resource classes: how much a call of a plugin may use, by what the plugin is built with. It knows no plugin.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::limits::{
    COMPONENT_BYTES, CPU_SLICES, HANDLES, HOSTCALL_BYTES, HTTP_REQUESTS, INPUT_BYTES, LOG_LINE_BYTES, LOG_LINES,
    MEMORY_BYTES, OUTPUT_BYTES, RECORD_BYTES, SCRIPT_COMPONENT_BYTES, SCRIPT_CPU_SLICES, STEPS, TABLE_ELEMENTS, WALL,
};

pub use kamurj_manifest::Class;

/// What one call may use, and how large its component may be. Every field is a setting of the operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// See [`COMPONENT_BYTES`].
    pub component_bytes: usize,
    /// See [`MEMORY_BYTES`].
    pub memory_bytes: usize,
    /// See [`TABLE_ELEMENTS`].
    pub table_elements: usize,
    /// See [`CPU_SLICES`].
    pub cpu_slices: u32,
    /// See [`WALL`].
    pub wall: Duration,
    /// See [`INPUT_BYTES`].
    pub input_bytes: usize,
    /// See [`OUTPUT_BYTES`].
    pub output_bytes: usize,
    /// See [`HANDLES`].
    pub handles: usize,
    /// See [`HOSTCALL_BYTES`].
    pub hostcall_bytes: usize,
    /// See [`STEPS`].
    pub steps: u32,
    /// See [`RECORD_BYTES`].
    pub record_bytes: usize,
    /// See [`HTTP_REQUESTS`].
    pub http_requests: u32,
    /// See [`LOG_LINES`].
    pub log_lines: usize,
    /// See [`LOG_LINE_BYTES`].
    pub log_line_bytes: usize,
}

impl Limits {
    /// What production gives a class where the operator says nothing else.
    pub const fn of(class: Class) -> Self {
        let small = Self {
            component_bytes: COMPONENT_BYTES,
            memory_bytes: MEMORY_BYTES,
            table_elements: TABLE_ELEMENTS,
            cpu_slices: CPU_SLICES,
            wall: WALL,
            input_bytes: INPUT_BYTES,
            output_bytes: OUTPUT_BYTES,
            handles: HANDLES,
            hostcall_bytes: HOSTCALL_BYTES,
            steps: STEPS,
            record_bytes: RECORD_BYTES,
            http_requests: HTTP_REQUESTS,
            log_lines: LOG_LINES,
            log_line_bytes: LOG_LINE_BYTES,
        };
        match class {
            Class::Small => small,
            Class::Script => Self { component_bytes: SCRIPT_COMPONENT_BYTES, cpu_slices: SCRIPT_CPU_SLICES, ..small },
        }
    }
}
