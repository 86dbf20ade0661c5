//! The books of budgets: in a process's memory and in Redis the same things come of the same steps, by a clock moved by hand.

use kamurj_server::nodes::script::{self, Time};
use kamurj_server::nodes::{Book, Draw, Granted, Part, Rate};
use kamurj_tests::redis::Redis;
use redis::aio::MultiplexedConnection;
use redis::{Client, Cmd};

/// Twenty at once, then one every 200 ms.
const ACCOUNT: Rate = Rate { requests: 20, per_ms: 4_000 };
/// Three at once, then one a second.
const ADDRESS: Rate = Rate { requests: 3, per_ms: 3_000 };
const HOUR: i64 = 3_600_000;

/// Something that is done with budgets.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// So many are wanted out of these budgets, with so many to be kept; so many are granted, or after so many milliseconds.
    Take(i64, &'static [(&'static str, Rate, i64)], i64, i64),
    /// So many are given back.
    GiveBack(i64, &'static str, Rate),
    /// Nothing may be taken until then.
    Hold(&'static str, i64),
    /// Everything counts as taken at this time.
    Empty(i64),
}

use Step::{Empty, GiveBack, Hold, Take};

const ONE: &[(&str, Rate, i64)] = &[("acc", ACCOUNT, 0)];
const KEEPING: &[(&str, Rate, i64)] = &[("acc", ACCOUNT, 10)];
const BOTH: &[(&str, Rate, i64)] = &[("acc", ACCOUNT, 0), ("host", ADDRESS, 0)];
const HOST: &[(&str, Rate, i64)] = &[("host", ADDRESS, 0)];
const THIRDS: &[(&str, Rate, i64)] = &[("third", Rate { requests: 3, per_ms: 1_000 }, 0)];

/// Stories of budgets: each step with its time in milliseconds.
const CASES: &[(&str, &[(i64, Step)])] = &[
    (
        "after a rest comes a burst, then the rate, and rest does not pile up",
        &[
            (0, Take(25, ONE, 20, 0)),
            (0, Take(1, ONE, 0, 200)),
            (199, Take(1, ONE, 0, 1)),
            (200, Take(9, ONE, 1, 0)),
            (1_000, Take(9, ONE, 4, 0)),
            (HOUR, Take(50, ONE, 20, 0)),
        ],
    ),
    (
        "what is kept for others stays",
        &[
            (0, Take(50, KEEPING, 10, 0)),
            (0, Take(1, KEEPING, 0, 200)),
            (0, Take(50, ONE, 10, 0)),
            (0, Take(1, KEEPING, 0, 2_200)),
            (2_200, Take(9, KEEPING, 1, 0)),
        ],
    ),
    (
        "a request needs room in all of its budgets and takes from none where one has none",
        &[
            (0, Take(5, BOTH, 3, 0)),
            (0, Take(5, BOTH, 0, 1_000)),
            (0, Take(50, ONE, 17, 0)),
            (100, Take(1, BOTH, 0, 900)),
            (1_000, Take(5, HOST, 1, 0)),
            (1_000, Take(50, ONE, 5, 0)),
            (2_000, Take(1, ONE, 1, 0)),
            (2_000, Take(9, BOTH, 1, 0)),
        ],
    ),
    (
        "what was not used is given back, and nothing on top of a whole budget",
        &[
            (0, Take(20, ONE, 20, 0)),
            (0, GiveBack(5, "acc", ACCOUNT)),
            (0, Take(50, ONE, 5, 0)),
            (HOUR, GiveBack(5, "acc", ACCOUNT)),
            (HOUR, Take(50, ONE, 20, 0)),
        ],
    ),
    (
        "a hold lasts until its end, and a shorter one changes nothing",
        &[
            (0, Hold("acc", 5_000)),
            (0, Hold("acc", 2_000)),
            (0, Take(1, ONE, 0, 5_000)),
            (0, Take(1, BOTH, 0, 5_000)),
            (0, Take(9, HOST, 3, 0)),
            (4_999, Take(1, ONE, 0, 1)),
            (5_000, Take(50, ONE, 20, 0)),
        ],
    ),
    (
        "what was emptied fills from then on, seen before or not",
        &[
            (0, Take(1, ONE, 1, 0)),
            (1_000, Empty(1_000)),
            (1_000, Take(1, ONE, 0, 200)),
            (1_000, Take(1, HOST, 0, 1_000)),
            (2_000, Take(50, ONE, 5, 0)),
            (3_000, Empty(9_000)),
            (3_000, Take(1, ONE, 0, 200)),
            (HOUR, Take(50, ONE, 20, 0)),
        ],
    ),
    (
        "a clock that is set back stops nobody for longer than a whole budget takes to fill",
        &[
            (HOUR, Take(20, ONE, 20, 0)),
            (0, Take(1, ONE, 0, 200)),
            (1_000, Take(50, ONE, 5, 0)),
            (5_000, Take(50, ONE, 20, 0)),
        ],
    ),
    (
        "a rate that divides no millisecond is rounded to nobody's favour",
        &[
            (0, Take(9, THIRDS, 3, 0)),
            (0, Take(9, THIRDS, 0, 334)),
            (333, Take(9, THIRDS, 0, 1)),
            (334, Take(9, THIRDS, 1, 0)),
            (1_001, Take(9, THIRDS, 2, 0)),
        ],
    ),
];

fn draws(of: &[(&str, Rate, i64)]) -> Vec<Draw> {
    of.iter().map(|(key, rate, keep)| Draw { key: (*key).to_owned(), rate: *rate, keep: *keep }).collect()
}

#[test]
fn budgets_in_memory_give_what_the_table_says() {
    for (name, steps) in CASES {
        let (mut book, mut part) = (Book::default(), Part::WHOLE);
        for (at, step) in *steps {
            let now = at * 1_000;
            match *step {
                Take(wanted, of, count, after_ms) => {
                    let granted = book.take(wanted, &draws(of), part, now);
                    assert_eq!(granted, Granted { count, after_ms }, "{name}: at {at}, {step:?}");
                }
                GiveBack(count, key, rate) => book.give_back(count, &draws(&[(key, rate, 0)]), part, now),
                Hold(key, until) => book.hold(key, until * 1_000, now),
                Empty(since) => part.empty_at = Some(since * 1_000),
            }
        }
    }
}

mod budgets_in_redis_give_what_the_table_says {
    use super::*;

    #[tokio::test]
    async fn redis() {
        let server = Redis::start();
        let client = Client::open(server.url()).expect("an address");
        let mut line = client.get_multiplexed_async_connection().await.expect("a connection");
        for (name, steps) in CASES {
            let _: String = Cmd::new().arg("FLUSHALL").query_async(&mut line).await.expect("an empty server");
            for (at, step) in *steps {
                let now = at * 1_000;
                match *step {
                    Take(wanted, of, count, after_ms) => {
                        let granted = take(&mut line, wanted, of, now).await;
                        assert_eq!(granted, (count, after_ms), "{name}: at {at}, {step:?}");
                    }
                    GiveBack(count, key, rate) => {
                        let back = count * rate.every_ms() * 1_000;
                        runs(&mut line, &script::give_back(Time::Given), &[bucket(key)], &[back, now]).await;
                    }
                    Hold(key, until) => {
                        let left = until * 1_000 - now;
                        runs(&mut line, &script::hold(Time::Given), &[hold(key)], &[left, now]).await;
                    }
                    Empty(since) => {
                        let mut set = Cmd::new();
                        let set = set.arg("SET").arg("emptied").arg(since * 1_000);
                        let _: String = set.query_async(&mut line).await.expect("it is set");
                    }
                }
            }
        }
    }

    fn bucket(key: &str) -> String {
        format!("bucket {key}")
    }

    fn hold(key: &str) -> String {
        format!("hold {key}")
    }

    async fn take(line: &mut MultiplexedConnection, wanted: i64, of: &[(&str, Rate, i64)], now: i64) -> (i64, i64) {
        let buckets = of.iter().flat_map(|(key, ..)| [bucket(key), hold(key)]);
        let keys: Vec<String> = std::iter::once("emptied".to_owned()).chain(buckets).collect();
        // As the contract of the script has it: the burst, the pace in microseconds rounded up, what is kept.
        let paces = of.iter().flat_map(|(_, rate, keep)| {
            [rate.requests, (rate.per_ms * 1_000 + rate.requests - 1) / rate.requests, *keep]
        });
        let arguments: Vec<i64> = std::iter::once(wanted).chain(paces).chain([now]).collect();
        let command = evaluation(&script::take(Time::Given), &keys, &arguments);
        let (count, after_us): (i64, i64) = command.query_async(line).await.expect("an answer");
        (count, if count > 0 { 0 } else { (after_us + 999) / 1_000 })
    }

    async fn runs(line: &mut MultiplexedConnection, text: &str, keys: &[String], arguments: &[i64]) {
        let _: i64 = evaluation(text, keys, arguments).query_async(line).await.expect("an answer");
    }

    fn evaluation(text: &str, keys: &[String], arguments: &[i64]) -> Cmd {
        let mut command = Cmd::new();
        command.arg("EVAL").arg(text).arg(keys.len()).arg(keys).arg(arguments);
        command
    }
}
