//! The compile worker as a program of its own, for tests of this crate, whose process cannot be started as one. The server
//! starts itself.

use std::process::ExitCode;

fn main() -> ExitCode {
    kamurj_plugins::compile_plugin(std::env::args().skip(2))
}
