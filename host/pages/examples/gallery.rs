//! Writes every sample page in every language as an HTML file into a folder, and `pages.json`, a list of them with what each is served
//! with: `cargo run -p kamurj-pages --example gallery -- FOLDER`. `cargo xtask gallery` takes pictures of them, and `cargo xtask test`
//! examines them. The nonce is fixed.

use std::path::PathBuf;
use std::{env, fs};

use kamurj_domain::format::Language;
use kamurj_pages::{Pages, content_security_policy, samples, security_headers};

/// 2026-11-21T10:05:00Z.
const NOW_MS: i64 = 1_795_255_500_000;
/// As long as a real one: 16 bytes in base64url.
const NONCE: &str = "MDEyMzQ1Njc4OWFiY2RlZg";
/// Where the sample pages say that they are.
const PUBLIC_URL: &str = "https://pay.nrneni.example";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(env::args().nth(1).ok_or("name the folder to write to")?);
    fs::create_dir_all(&folder)?;
    let pages = Pages::new()?;
    let policy = content_security_policy(NONCE, &[]);
    let mut list = Vec::new();
    for sample in samples(NOW_MS) {
        for language in Language::ALL {
            let tag = language.tag();
            let file = format!("{}.{tag}.html", sample.name);
            fs::write(folder.join(&file), sample.render(&pages, language, NONCE)?)?;
            let (name, group) = (sample.name, sample.group);
            list.push(
                serde_json::json!({ "name": name, "group": group, "language": tag, "file": file, "policy": policy }),
            );
        }
    }
    let headers: serde_json::Map<_, _> = security_headers(PUBLIC_URL)
        .into_iter()
        .map(|(name, value)| (name.to_owned(), serde_json::Value::from(value)))
        .collect();
    let list = serde_json::json!({ "origin": PUBLIC_URL, "headers": headers, "pages": list });
    fs::write(folder.join("pages.json"), serde_json::to_string_pretty(&list)?)?;
    Ok(())
}
