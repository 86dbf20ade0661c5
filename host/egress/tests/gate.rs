//! The gate against every spelling of "inside", and the client against remotes that misbehave.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    http::{HeaderMap, StatusCode, header},
    routing::any,
};
use kamurj_egress::{BODY_CAP, Egress, HostPort, Method, Refusal, Request, Resolve, SendError, Url};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// Answers every name with these addresses, and counts how often it was asked.
struct Fixed(Vec<SocketAddr>, Mutex<Vec<String>>);

#[async_trait::async_trait]
impl Resolve for Fixed {
    async fn resolve(&self, host: &str, _: u16) -> io::Result<Vec<SocketAddr>> {
        self.1.lock().unwrap().push(host.to_owned());
        if self.0.is_empty() { Err(io::Error::other("no such name")) } else { Ok(self.0.clone()) }
    }
}

fn request(url: &str) -> Request {
    Request {
        method: Method::GET,
        url: url.parse().unwrap(),
        headers: Vec::new(),
        body: Vec::new(),
        timeout: Duration::from_secs(5),
    }
}

async fn remote() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = Router::new()
        .route(
            "/",
            any(|headers: HeaderMap, body: String| async move { format!("{:?} {body}", headers.get("host").unwrap()) }),
        )
        .route("/redirect", any(|| async { (StatusCode::FOUND, [(header::LOCATION, "/")]) }))
        .route("/full", any(|| async { "x".repeat(BODY_CAP) }))
        .route("/large", any(|| async { "x".repeat(BODY_CAP + 1) }))
        .route("/slow", any(|| async { std::future::pending::<()>().await }));
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    address
}

/// Reads a little, says a little, hangs up.
async fn hang_up(answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 1024]).await;
        let _ = stream.write_all(answer.as_bytes()).await;
        let _ = stream.shutdown().await;
    });
    address
}

fn allowing(address: SocketAddr) -> Egress {
    Egress::new(vec![address.to_string().parse().unwrap()])
}

#[tokio::test]
async fn i3_every_spelling_of_an_inner_address_is_refused() {
    let egress = Egress::new(vec!["127.0.0.1:8091".parse().unwrap()]);
    for (url, part) in [
        ("https://127.0.0.1/", "address"),
        ("https://127.0.0.1:8092/", "address"),
        ("https://2130706433/", "address"),
        ("https://0x7f000001/", "address"),
        ("https://0177.0.0.1/", "address"),
        ("https://127.1/", "address"),
        ("https://１２７.0.0.1/", "address"),
        ("https://[::1]/", "address"),
        ("https://[::ffff:127.0.0.1]/", "address"),
        ("https://[::ffff:7f00:1]/", "address"),
        ("https://[fd00:ec2::254]/", "address"),
        ("https://169.254.169.254/latest/meta-data", "address"),
        ("https://10.0.0.1/", "address"),
        ("https://8.8.8.8/", "address"),
        ("http://example.am/", "https"),
        ("http://127.0.0.1:8092/", "https"),
        ("ftp://example.am/", "https"),
        ("file:///etc/passwd", "https"),
        ("unix:/run/docker.sock", "https"),
        ("http+unix://%2Frun%2Fdocker.sock/", "https"),
        ("https://user@example.am/", "user"),
        ("https://user:secret@example.am/", "user"),
        ("https://:secret@example.am/", "user"),
        ("https://example.am/#part", "fragment"),
        ("https://localhost./", "host"),
        ("https://example.am:22/", "port"),
        ("https://example.am:6667/", "port"),
        ("https://example.am:0/", "port"),
    ] {
        let refusal = egress.check(&url.parse().unwrap()).expect_err(url);
        assert!(refusal.to_string().contains(part), "{url}: {refusal}");
        assert_eq!(egress.send(request(url)).await, Err(SendError::Refused(refusal)), "{url}");
    }
    for url in
        ["https://example.am/", "https://example.am:8443/x?y", "http://127.0.0.1:8091/", "https://127.0.0.1:8091/"]
    {
        assert_eq!(egress.check(&url.parse().unwrap()), Ok(()), "{url}");
    }
}

#[tokio::test]
async fn i3_a_name_that_leads_inside_is_refused_whatever_else_it_names() {
    for inner in [
        "127.0.0.1:443",
        "10.0.0.7:443",
        "169.254.169.254:443",
        "[::1]:443",
        "[::ffff:127.0.0.1]:443",
        "[fe80::1]:443",
        "[64:ff9b::7f00:1]:443",
    ] {
        for addresses in [vec![inner], vec!["1.1.1.1:443", inner]] {
            let resolver = Fixed(addresses.iter().map(|address| address.parse().unwrap()).collect(), Mutex::default());
            let egress = Egress::with_resolver(Vec::new(), Arc::new(resolver));
            let answer = egress.send(request("https://rebound.example.am/")).await;
            assert_eq!(
                answer,
                Err(SendError::Refused(Refusal::PrivateAddress("rebound.example.am".to_owned()))),
                "{inner}"
            );
        }
    }
    // The system's own resolver, and the one name that everybody has.
    let answer = Egress::new(Vec::new()).send(request("https://localhost/")).await;
    assert_eq!(answer, Err(SendError::Refused(Refusal::PrivateAddress("localhost".to_owned()))));
}

#[tokio::test]
async fn the_checked_address_is_the_one_connected_to_and_the_name_is_asked_for_once() {
    let address = remote().await;
    let resolver = Arc::new(Fixed(vec![address], Mutex::default()));
    let port = address.port();
    let egress = Egress::with_resolver(vec![format!("erp.internal:{port}").parse().unwrap()], resolver.clone());
    let answer = egress.send(request(&format!("http://erp.internal:{port}/"))).await.unwrap();
    assert_eq!((answer.status, String::from_utf8(answer.body).unwrap()), (200, format!("\"erp.internal:{port}\" ")));
    assert_eq!(*resolver.1.lock().unwrap(), ["erp.internal"]);
}

#[tokio::test]
async fn answers_are_whole_capped_and_not_followed() {
    let address = remote().await;
    let send = |path: &str| {
        let request = request(&format!("http://{address}{path}"));
        async move { allowing(address).send(request).await }
    };
    let redirect = send("/redirect").await.unwrap();
    assert_eq!(redirect.status, 302);
    assert!(redirect.headers.contains(&("location".to_owned(), "/".to_owned())));
    assert_eq!(send("/full").await.unwrap().body.len(), BODY_CAP);
    assert_eq!(send("/large").await, Err(SendError::TooLarge { status: 200 }));
    assert_eq!(send("/nowhere").await.unwrap().status, 404);
}

#[tokio::test]
async fn the_ways_of_not_getting_an_answer_are_told_apart() {
    let ambiguous = |answer| assert!(matches!(answer, Err(SendError::Ambiguous(_))), "{answer:?}");
    for answer in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"] {
        let address = hang_up(answer).await;
        ambiguous(allowing(address).send(request(&format!("http://{address}/"))).await);
    }
    let address = remote().await;
    let mut slow = request(&format!("http://{address}/slow"));
    slow.timeout = Duration::from_millis(100);
    ambiguous(allowing(address).send(slow).await);

    let not_sent = |answer| assert!(matches!(answer, Err(SendError::NotSent(_))), "{answer:?}");
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    not_sent(allowing(closed).send(request(&format!("http://{closed}/"))).await);
    // TLS was never agreed upon, so the request never left.
    let plain = remote().await;
    not_sent(allowing(plain).send(request(&format!("https://{plain}/"))).await);
    let nameless = Egress::with_resolver(Vec::new(), Arc::new(Fixed(Vec::new(), Mutex::default())));
    not_sent(nameless.send(request("https://example.am/")).await);
}

#[tokio::test]
async fn requests_are_bounded_and_own_no_connection_header() {
    let egress = Egress::new(Vec::new());
    let refused = |change: fn(&mut Request)| {
        let mut request = request("https://example.am/");
        change(&mut request);
        let egress = egress.clone();
        async move { egress.send(request).await.unwrap_err().to_string() }
    };
    assert!(
        refused(|request| request.headers.push(("Host".to_owned(), "other.am".to_owned()))).await.contains("`Host`")
    );
    assert!(
        refused(|request| request.headers.push(("x-a".to_owned(), "b\r\nx-c: d".to_owned()))).await.contains("`x-a`")
    );
    assert!(refused(|request| request.headers.push(("a b".to_owned(), String::new()))).await.contains("`a b`"));
    assert!(refused(|request| request.headers = vec![("x-a".to_owned(), String::new()); 33]).await.contains("33"));
    assert!(refused(|request| request.body = vec![0; BODY_CAP + 1]).await.contains("too large"));
}

#[test]
fn a_host_and_port_is_read_strictly_and_printed_as_read() {
    for text in ["127.0.0.1:8091", "[::1]:8091", "erp.internal:8443"] {
        assert_eq!(text.parse::<HostPort>().unwrap().to_string(), text);
    }
    for text in [
        "",
        "127.0.0.1",
        "127.0.0.1:",
        ":80",
        "erp.internal:0",
        "erp.internal:65536",
        "http://erp.internal:80",
        "a b:80",
        "*:80",
    ] {
        assert!(text.parse::<HostPort>().is_err(), "{text}");
    }
}

#[test]
fn debug_output_hides_what_may_be_secret() {
    let mut hidden = request("https://example.am/bot-swordfish?key=swordfish");
    hidden.headers.push(("authorization".to_owned(), "swordfish".to_owned()));
    hidden.body = b"swordfish".to_vec();
    assert!(!format!("{hidden:?}").contains("swordfish"));
    let _: Url = hidden.url;
}
