//! What a stock toolchain's standard library asks for, and no more: clocks that stand still, randomness from the
//! run's seed, and two streams that end in its log.

use std::time::Duration;

use rand_chacha::{ChaCha8Rng, ChaCha20Rng, rand_core::SeedableRng};
use sha2::{Digest, Sha256};
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtx, WasiCtxBuilder};

use crate::{adapter::time_to_wire, limits::RANDOM_BYTES, logbook::Printed};

/// A context without files, sockets, environment or arguments; there only because stock toolchains ask for it.
pub(crate) fn context(started_at: i64, seed: [u8; 32], output: &Printed, errors: &Printed) -> WasiCtx {
    let [secure, insecure] = ["wasi:random", "wasi:random/insecure"].map(|name| -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(seed);
        hash.update(name);
        hash.finalize().into()
    });
    let mut insecure_seed = [0; 16];
    insecure_seed.copy_from_slice(&insecure[..16]);
    WasiCtxBuilder::new()
        .stdout(output.clone())
        .stderr(errors.clone())
        .wall_clock(Stopped(Duration::from_millis(time_to_wire(started_at))))
        .monotonic_clock(Stopped(Duration::ZERO))
        .secure_random(ChaCha20Rng::from_seed(secure))
        .insecure_random(ChaCha8Rng::from_seed(insecure))
        .insecure_random_seed(u128::from_le_bytes(insecure_seed))
        .max_random_size(RANDOM_BYTES)
        .build()
}

/// A clock that stands still, so that a run repeated from its record sees the same time.
struct Stopped(Duration);

impl HostWallClock for Stopped {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        self.0
    }
}

impl HostMonotonicClock for Stopped {
    fn resolution(&self) -> u64 {
        1_000_000
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.as_nanos()).unwrap_or(u64::MAX)
    }
}
