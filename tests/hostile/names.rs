//! Every spelling of "inside", each of them granted by a careless operator.

use serde_json::{Value, json};

use crate::bench::{Bench, on_host};

/// Requests of one call.
const AT_ONCE: usize = 16;

/// What the plugin is told about each of these, all of whose origins are granted; and how often its own remote was reached.
async fn answers_to(urls: &[String]) -> (Vec<Value>, usize) {
    let mut answers = Vec::new();
    let mut reached = 0;
    for urls in urls.chunks(AT_ONCE) {
        let mut bench = Bench::new().await;
        bench.grants.origins.extend(urls.iter().map(|url| url.trim_end_matches('/').to_owned()));
        let script: Vec<_> = urls.iter().map(|url| json!({ "do": "send", "url": url, "timeout_ms": 2000 })).collect();
        let (trace, report, _, remote) = bench.play(json!(script)).await;
        assert_eq!(trace.len(), urls.len(), "{:?}", report.end);
        answers.extend(trace);
        reached += remote.seen().len();
    }
    (answers, reached)
}

#[test]
fn i3_no_spelling_of_an_inner_address_is_reached_even_if_it_was_granted() {
    on_host(async {
        let hosts = [
            "127.0.0.1",
            "127.1",
            "127.0.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0177.0.0.1",
            "017700000001",
            "127.0.0.1.",
            "１２７.0.0.1",
            "127。0。0。1",
            "%31%32%37.0.0.1",
            "127.255.255.254",
            "0.0.0.0",
            "0",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "169.254.169.254",
            "0xa9fea9fe",
            "2852039166",
            "192.0.0.192",
            "198.18.0.1",
            "224.0.0.1",
            "239.255.255.255",
            "255.255.255.255",
            "[::]",
            "[::1]",
            "[0:0:0:0:0:0:0:1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::127.0.0.1]",
            "[::ffff:169.254.169.254]",
            "[64:ff9b::7f00:1]",
            "[64:ff9b:1::7f00:1]",
            "[2002:7f00:1::]",
            "[2001::1]",
            "[fd00::1]",
            "[fd00:ec2::254]",
            "[fe80::1]",
            "[ff02::1]",
            "localhost",
            "LocalHost",
            "localhost.",
            // A public one is no name either.
            "8.8.8.8",
        ];
        let urls: Vec<_> = hosts.iter().map(|host| format!("https://{host}/")).collect();
        let (answers, reached) = answers_to(&urls).await;
        for (url, answer) in urls.iter().zip(&answers) {
            let refused = matches!(answer["failure"].as_str(), Some("not-granted" | "invalid"));
            assert!(refused, "{url}: {answer}");
        }
        assert_eq!(reached, 0);
    });
}

#[test]
fn i3_no_other_scheme_user_port_or_trick_of_writing_gets_past_the_gate() {
    on_host(async {
        let urls = [
            "http://example.am/",
            "http://127.0.0.1:1/",
            "ftp://127.0.0.1/",
            "file:///etc/passwd",
            "unix:/run/docker.sock",
            "http+unix://%2Frun%2Fdocker.sock/",
            "data:text/plain,x",
            "gopher://127.0.0.1/",
            "//127.0.0.1/",
            "https:///",
            "https://",
            "https://user@example.am/",
            "https://example.am:secret@127.0.0.1/",
            "https://127.0.0.1\\@example.am/",
            "https://example.am#@127.0.0.1/",
            "https://example.am\t.evil.am/",
            "https://example.am%00.evil.am/",
            "https://example.am%2f.evil.am/",
            "https://[::1%25lo]/",
            "https://example.am:22/",
            "https://example.am:25/",
            "https://example.am:99999/",
        ]
        .map(str::to_owned);
        let (answers, reached) = answers_to(&urls).await;
        for (url, answer) in urls.iter().zip(&answers) {
            let refused = matches!(answer["failure"].as_str(), Some("not-granted" | "invalid"));
            assert!(refused, "{url}: {answer}");
        }
        assert_eq!(reached, 0);
    });
}
