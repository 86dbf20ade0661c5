//! Roundabout ways to the inside: names whose addresses change, and remotes that send one on.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use kamurj_egress::{Egress, Resolve};
use kamurj_plugins::Grants;
use serde_json::{Value, json};
use tokio::runtime::Handle;

use crate::{
    bench::{context, deliver, on_host, trace},
    crooked::{self, Manner, crooked},
    desk::Desk,
    zoo::Zoo,
};

const FINE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// A name server in the plugin's author's hands: each question gets the next answer, the last one for ever.
struct Changing {
    answers: Vec<Vec<SocketAddr>>,
    asked: Mutex<Vec<String>>,
}

impl Changing {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let answers = answers
            .iter()
            .map(|addresses| addresses.iter().map(|address| address.parse().unwrap()).collect())
            .collect();
        Arc::new(Self { answers, asked: Mutex::default() })
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait::async_trait]
impl Resolve for Changing {
    async fn resolve(&self, host: &str, _: u16) -> io::Result<Vec<SocketAddr>> {
        let mut asked = self.asked.lock().unwrap();
        let answer = self.answers.get(asked.len()).or(self.answers.last()).cloned().unwrap_or_default();
        asked.push(host.to_owned());
        Ok(answer)
    }
}

/// Asks for these, granted to the last, where names lead as this name server says; `listed` may be private.
async fn asks(urls: &[&str], listed: &[&str], names: &Arc<Changing>) -> Vec<Value> {
    let zoo = Zoo::new().await;
    let allow = listed.iter().map(|place| place.parse().unwrap()).collect();
    let egress = Egress::with_resolver(allow, names.clone());
    let runtime = zoo.runtime.beside(egress, Handle::current());
    let origins = urls.iter().map(|url| url.trim_end_matches('/').to_owned()).collect();
    let grants = Grants { origins, ..Grants::default() };
    let script: Vec<_> = urls.iter().map(|url| json!({ "do": "send", "url": url, "timeout_ms": 2000 })).collect();
    let context = context(grants, &json!(script));
    trace(&runtime.call(&zoo.honest, deliver(), context, Arc::new(Desk::default())).await)
}

#[test]
fn i3_a_name_that_leads_inside_is_refused_among_whatever_else_it_names() {
    on_host(async {
        let inside = crooked(Manner::Says(FINE.to_vec())).await;
        let address = inside.url.trim_start_matches("http://").to_owned();
        let port = address.rsplit_once(':').unwrap().1.to_owned();
        let url = format!("https://rebound.example.am:{port}/");
        for answer in [&[address.as_str()][..], &["1.1.1.1:443", &address], &["[::ffff:127.0.0.1]:443"]] {
            let names = Changing::new(&[answer, &["1.1.1.1:443"]]);
            let told = asks(&[&url], &[], &names).await;
            assert_eq!(told[0]["failure"], "not-granted", "{}", told[0]);
            assert_eq!(names.asked(), ["rebound.example.am"]);
        }
        assert_eq!(inside.connections(), 0);
    });
}

#[test]
fn i3_a_name_that_changes_between_check_and_use_leads_where_it_was_checked() {
    on_host(async {
        let checked = crooked(Manner::Says(FINE.to_vec())).await;
        let port = checked.url.rsplit_once(':').unwrap().1.to_owned();
        // The same port on another address of this machine: only the name's answer tells them apart.
        let elsewhere = crooked::at(&format!("127.0.0.2:{port}"), Manner::Says(FINE.to_vec())).await;
        let (first, second) = (format!("127.0.0.1:{port}"), format!("127.0.0.2:{port}"));
        let names = Changing::new(&[&[&first], &[&second]]);
        let place = format!("rebound.example.am:{port}");
        let told = asks(&[&format!("http://{place}/")], &[&place], &names).await;
        assert_eq!(told[0]["status"], 200, "{}", told[0]);
        assert_eq!((checked.connections(), elsewhere.connections()), (1, 0));
        assert_eq!(names.asked(), ["rebound.example.am"], "one question for one request");
    });
}

#[test]
fn i3_a_name_is_judged_anew_for_every_request() {
    on_host(async {
        let checked = crooked(Manner::Says(FINE.to_vec())).await;
        let (place, port) = checked.url.trim_start_matches("http://").rsplit_once(':').unwrap();
        let names = Changing::new(&[&[&format!("{place}:{port}")], &["10.0.0.1:443"], &["169.254.169.254:443"]]);
        let listed = format!("honest.example.am:{port}");
        let urls = [
            format!("http://{listed}/"),
            "https://rebound.example.am/".to_owned(),
            "https://rebound.example.am/".to_owned(),
        ];
        let told = asks(&urls.each_ref().map(String::as_str), &[&listed], &names).await;
        assert_eq!(told[0]["status"], 200);
        assert_eq!([&told[1]["failure"], &told[2]["failure"]], ["not-granted", "not-granted"]);
        assert_eq!(names.asked().len(), 3);
    });
}

#[test]
fn i3_a_redirect_is_handed_back_and_never_followed() {
    on_host(async {
        let inside = crooked(Manner::Says(FINE.to_vec())).await;
        for status in [301, 302, 303, 307, 308] {
            for target in [&inside.url, "http://169.254.169.254/latest/meta-data", "//127.0.0.1/", "file:///etc/passwd"]
            {
                let answer = format!("HTTP/1.1 {status} Away\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n");
                let outside = crooked(Manner::Says(answer.into_bytes())).await;
                let listed = [&outside.url, &inside.url].map(|url| url.trim_start_matches("http://"));
                let told = asks(&[&outside.url], &listed, &Changing::new(&[])).await;
                assert_eq!(told[0]["status"], status);
                assert_eq!(told[0]["headers"][0], json!(["location", target]));
                assert_eq!(outside.connections(), 1);
            }
        }
        assert_eq!(inside.connections(), 0);
    });
}
