//! What merchants do with their brand: write a draft, send pictures, publish, go back.

use crate::World;
use crate::integrator::Answer;
use crate::links::{posts, reads};
use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};
use reqwest::Method;
use serde_json::{Value, json};

/// Where the API has the brand.
pub const BRANDING: &str = "/v1/branding";

/// A whole brand.
pub fn pomegranate() -> Value {
    json!({
        "name": "Նուռ արվեստանոց",
        "colour": "#9c2f1b",
        "radius": "round",
        "font": "noto",
        "scheme": "auto",
        "texts": {
            "ready": { "hy": "Ուղարկում ենք երկու օրում։", "en": "We send within two days." },
            "paid": { "hy": "Առաքիչը կզանգահարի ձեզ։" },
            "footer": { "hy": "ՀՎՀՀ 01234567" }
        },
        "contacts": {
            "phone": "+374 10 654321", "email": "nur@example.am", "web": "https://nur.example/", "address": "Աբովյան 1"
        },
        "handle": "@nur"
    })
}

/// Asks for a draft.
pub async fn drafts(world: &World, brand: &Value) -> Answer {
    Answer::to(world.asks(&world.api_key, Method::PUT, BRANDING).json(brand)).await
}

/// Writes a draft and publishes it.
pub async fn has_brand(world: &World, brand: &Value) -> Value {
    let drafted = drafts(world, brand).await;
    assert_eq!(drafted.status, 200, "{}", drafted.body);
    publishes(world).await
}

/// Publishes the draft; answers both looks.
pub async fn publishes(world: &World) -> Value {
    let answer = posts(world, &format!("{BRANDING}/publish"), &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

/// Goes back to a version.
pub async fn goes_back(world: &World, version: i64) -> Answer {
    posts(world, &format!("{BRANDING}/rollback"), &json!({ "version": version })).await
}

/// Both looks.
pub async fn looks(world: &World) -> Value {
    reads(world, BRANDING).await.body
}

/// Sends a picture, `logo` or `icon`.
pub async fn sends_picture(world: &World, which: &str, media_type: &str, bytes: Vec<u8>) -> Answer {
    let request = world.asks(&world.api_key, Method::PUT, &format!("{BRANDING}/{which}"));
    Answer::to(request.header("content-type", media_type).body(bytes)).await
}

/// Takes a picture away.
pub async fn removes_picture(world: &World, which: &str) -> Answer {
    Answer::to(world.asks(&world.api_key, Method::DELETE, &format!("{BRANDING}/{which}"))).await
}

/// A PNG in one colour.
pub fn png(width: u32, height: u32, colour: [u8; 3]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let pixels = colour.repeat(usize::try_from(width * height).expect("a small picture"));
    let encoder = PngEncoder::new(&mut bytes);
    encoder.write_image(&pixels, width, height, ExtendedColorType::Rgb8).expect("a PNG");
    bytes
}

/// A preview of a page.
pub async fn previews(world: &World, query: &str) -> Answer {
    reads(world, &format!("{BRANDING}/preview?{query}")).await
}

/// Fetches bytes with their headers, as a browser does.
pub async fn fetches(world: &World, url: &str) -> (reqwest::StatusCode, reqwest::header::HeaderMap, Vec<u8>) {
    let response = world.http.get(url).send().await.expect("the server answers");
    let (status, headers) = (response.status(), response.headers().clone());
    (status, headers, response.bytes().await.expect("a body").to_vec())
}

/// What the page says of its preview card.
pub fn card_of(html: &str) -> String {
    let rest = html.split_once("property=\"og:image\" content=\"").expect("a card").1;
    rest.split_once('"').expect("an address").0.replace("&#x2f;", "/")
}
