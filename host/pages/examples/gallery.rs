//! Writes every sample page in every language as an HTML file into a folder, with a list of them: `cargo run -p kamurj-pages --example
//! gallery -- FOLDER`. The nonce is fixed, and no policy is sent, so this says nothing about headers.

use std::path::PathBuf;
use std::{env, fs};

use kamurj_domain::format::Language;
use kamurj_pages::{Pages, samples};

/// 2026-11-21T10:05:00Z.
const NOW_MS: i64 = 1_795_255_500_000;
/// As long as a real one: 16 bytes in base64url.
const NONCE: &str = "MDEyMzQ1Njc4OWFiY2RlZg";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(env::args().nth(1).ok_or("name the folder to write to")?);
    fs::create_dir_all(&folder)?;
    let pages = Pages::new()?;
    let mut list = Vec::new();
    for sample in samples(NOW_MS) {
        for language in Language::ALL {
            let tag = language.tag();
            let file = format!("{}.{tag}.html", sample.name);
            fs::write(folder.join(&file), sample.render(&pages, language, NONCE)?)?;
            list.push(serde_json::json!({
                "name": sample.name, "group": sample.group, "language": tag, "file": file,
            }));
        }
    }
    fs::write(folder.join("pages.json"), serde_json::to_string_pretty(&list)?)?;
    Ok(())
}
