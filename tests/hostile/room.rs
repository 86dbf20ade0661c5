//! Asking for more room than there is: memory, handles, text, lines, state.

use kamurj_plugins::MEMORY_BYTES;

use crate::{
    bench::on_host,
    zoo::{Zoo, end, said},
};

#[test]
fn i1_memory_ends_at_its_limit_in_small_pieces_and_in_one() {
    on_host(async {
        let zoo = Zoo::new().await;
        for deed in ["memory", "one piece of memory"] {
            let report = zoo.commits(deed).await;
            assert_eq!(end(&report), "memory-limit", "{deed}: {:?}", report.end);
            assert!(report.cost.memory_bytes <= MEMORY_BYTES, "{deed}: {} bytes", report.cost.memory_bytes);
        }
        // One that is content with what it got goes on.
        let report = zoo.commits("memory, then content").await;
        let pieces: usize = said(&report).parse().unwrap();
        assert!((50..64).contains(&pieces), "{pieces} megabytes");
    });
}

#[test]
fn i1_handles_randomness_and_what_is_handed_over_are_capped() {
    on_host(async {
        let zoo = Zoo::new().await;
        for deed in ["handles", "randomness", "one huge line", "huge request"] {
            let report = zoo.commits(deed).await;
            assert_eq!(end(&report), "trap", "{deed}: {:?}", report.end);
        }
    });
}

#[test]
fn i1_a_flood_of_lines_is_cut_and_counted() {
    on_host(async {
        let zoo = Zoo::new().await;
        for deed in ["many huge fields", "huge print", "log calls", "print calls"] {
            let report = zoo.commits(deed).await;
            assert!(report.logs.len() <= 65, "{deed}: {} lines", report.logs.len());
            for line in &report.logs {
                let fields: usize = line.fields.iter().map(|(name, value)| name.len() + value.len()).sum();
                assert!(line.message.len() + fields <= 1024, "{deed}: {} bytes", line.message.len() + fields);
            }
        }
    });
}

#[test]
fn i1_state_takes_no_more_than_it_may() {
    on_host(async {
        let zoo = Zoo::new().await;
        assert_eq!(said(&zoo.commits("state size").await), "too-large");
        // The bytes of its record end it before the number of its calls does.
        let kept: usize = said(&zoo.commits("state keys").await).parse().expect("a count");
        assert!((64..128).contains(&kept), "{kept} keys");
    });
}
