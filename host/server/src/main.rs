//! The `kamurj` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    kamurj_server::cli::main()
}
