//! Pictures come in as anything and go out as pictures of ours, under an address that never changes its content.

use kamurj_tests::branding::{drafts, fetches, looks, png, pomegranate, publishes, removes_picture, sends_picture};
use kamurj_tests::integrator::Answer;
use kamurj_tests::world::holds;
use kamurj_tests::{World, story};
use serde_json::{Value, json};

/// An SVG whose drawing is plain and whose rest is hostile.
const SVG: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 300 100\"><script>alert(1)</script>\
<rect width=\"300\" height=\"100\" fill=\"#9c2f1b\" onclick=\"alert(1)\"/></svg>";

async fn url(world: &World, which: &str) -> String {
    looks(world).await["draft"][which]["url"].as_str().expect("an address").to_owned()
}

story!(g2_a_picture_is_given_out_for_ever_and_as_nothing_but_a_picture, |world| {
    let sent = sends_picture(world, "logo", "image/png", png(900, 300, [156, 47, 27])).await;
    assert_eq!(sent.status, 200, "{}", sent.body);
    let logo = &sent.body["draft"]["logo"];
    assert_eq!((&logo["width"], &logo["height"]), (&json!(504), &json!(168)));
    let address = url(world, "logo").await;
    let (status, headers, bytes) = fetches(world, &address).await;
    assert_eq!(
        (status, bytes.get(..4), bytes.get(8..12)),
        (reqwest::StatusCode::OK, Some(&b"RIFF"[..]), Some(&b"WEBP"[..]))
    );
    assert_eq!(address.rsplit_once('.').map(|(_, end)| end), Some("webp"), "one colour is smaller so: {address}");
    assert!(bytes.len() <= 20_000, "{}", bytes.len());
    for (name, value) in [
        ("content-type", "image/webp"),
        ("cache-control", "public, max-age=31536000, immutable"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "sandbox; default-src 'none'; frame-ancestors 'none'"),
        ("cross-origin-resource-policy", "cross-origin"),
    ] {
        assert_eq!(headers.get(name).and_then(|value| value.to_str().ok()), Some(value), "{name}");
    }
    for wrong in [address.replace(".webp", ".png"), address.replace(".webp", ".html"), address.replace("/b/", "/b/0")] {
        Answer::to(world.http.get(&wrong)).await.is_problem(404, "not-found");
    }
    drafts(world, &pomegranate()).await;
    assert_eq!(url(world, "logo").await, address, "writing tokens anew leaves the pictures");
    let icon = sends_picture(world, "icon", "image/svg+xml", SVG.into()).await;
    assert_eq!((icon.status, &icon.body["draft"]["icon"]["width"]), (200, &json!(180)));
    let (_, headers, bytes) = fetches(world, &url(world, "icon").await).await;
    assert_eq!((headers["content-type"].as_bytes(), bytes.get(..4)), (&b"image/png"[..], Some(&b"\x89PNG"[..])));
    assert!(!holds(&bytes, b"script"), "nothing of the upload goes out");
});

story!(g2_hostile_uploads_are_refused_or_become_pictures, |world| {
    let html = b"<!DOCTYPE html><script>alert(1)</script>".to_vec();
    let picture = png(60, 30, [1, 99, 55]);
    let cut = picture[..picture.len() / 2].to_vec();
    let mut huge = picture.clone();
    // 50 megapixels in its header; the check sum is wrong as well.
    huge[16..24].copy_from_slice(&[0, 0, 0x27, 0x10, 0, 0, 0x13, 0x88]);
    let external =
        SVG.replace("<script>alert(1)</script>", "<image href=\"file:///etc/passwd\" width=\"9\" height=\"9\"/>");
    for (media_type, bytes) in [
        ("image/png", html.clone()),
        ("image/svg+xml", html.clone()),
        ("text/html", html.clone()),
        ("image/gif", b"GIF89a".to_vec()),
        ("image/jpeg", picture.clone()),
        ("image/png", cut),
        ("image/png", huge),
        ("image/svg+xml", external.into_bytes()),
        ("image/png", Vec::new()),
    ] {
        let answer = sends_picture(world, "logo", media_type, bytes).await;
        answer.is_problem(422, "invalid");
        assert_eq!(answer.pointers(), ["/logo"], "{media_type}");
        let detail = answer.body["errors"][0]["detail"].as_str().expect("a detail");
        assert!(detail.contains("send") || detail.contains("remove") || detail.contains("shows"), "{detail}");
    }
    let large = sends_picture(world, "logo", "image/png", vec![0; 1024 * 1024 + 1]).await;
    large.is_problem(413, "too-large");
    assert_eq!(looks(world).await["draft"], Value::Null, "nothing is kept");
    let polyglot = [picture, html].concat();
    assert_eq!(sends_picture(world, "logo", "image/png", polyglot).await.status, 200);
    let (_, headers, bytes) = fetches(world, &url(world, "logo").await).await;
    assert_eq!(headers["content-type"], "image/png");
    assert!(!holds(&bytes, b"script"));
});

story!(a_picture_that_was_published_stays_and_one_that_was_not_goes_with_its_draft, |world| {
    let send = async |world: &World, colour| {
        let sent = sends_picture(world, "logo", "image/png", png(90, 30, colour)).await;
        assert_eq!(sent.status, 200, "{}", sent.body);
        url(world, "logo").await
    };
    let first = send(world, [200, 0, 0]).await;
    let second = send(world, [0, 120, 0]).await;
    assert_eq!(fetches(world, &first).await.0, 404, "no draft has it any more");
    publishes(world).await;
    let removed = removes_picture(world, "logo").await;
    assert_eq!((removed.status, &removed.body["draft"]["logo"]), (200, &Value::Null));
    assert_eq!(removed.body["published"]["logo"]["url"], json!(second));
    publishes(world).await;
    assert_eq!(fetches(world, &second).await.0, 200, "an earlier version has it");
    assert_eq!(removes_picture(world, "icon").await.status, 200, "what is not there is gone already");
    assert_eq!(looks(world).await["draft"]["version"], 3, "which is no change");
});

story!(h1_the_same_picture_of_two_merchants_is_each_ones_own, |world| {
    let neighbour = world.flower_shop().await;
    let bytes = png(90, 30, [200, 0, 0]);
    assert_eq!(sends_picture(world, "logo", "image/png", bytes.clone()).await.status, 200);
    let address = url(world, "logo").await;
    let theirs = world.asks(&neighbour.api_key, reqwest::Method::PUT, "/v1/branding/logo");
    let theirs = Answer::to(theirs.header("content-type", "image/png").body(bytes)).await;
    assert_eq!(theirs.body["draft"]["logo"]["url"], json!(address), "the same bytes have the same address");
    removes_picture(world, "logo").await;
    assert_eq!(fetches(world, &address).await.0, 200, "taking ours away leaves theirs");
});
