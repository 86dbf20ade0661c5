//! The files that pages load: embedded, and under addresses that hold a hash of what is in them, so that browsers may keep them for good.

use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A file that pages load, as templates know it.
#[derive(Debug, Clone, Serialize)]
pub struct Asset {
    /// Its address.
    pub url: String,
}

/// A file as it is given out.
#[derive(Debug, Clone, Copy)]
pub struct File {
    /// Its `Content-Type`.
    pub media_type: &'static str,
    /// What is in it.
    pub bytes: &'static [u8],
}

/// Embeds a file of the console's assets.
macro_rules! embedded {
    ($name:literal) => {
        include_bytes!(concat!("../../../checkout-templates/console/assets/", $name))
    };
}

/// Every file: the name that templates use, its ending, its type, and what is in it.
const FILES: &[(&str, &str, &str, &[u8])] = &[
    ("style", "css", "text/css; charset=utf-8", embedded!("console.css")),
    ("books", "css", "text/css; charset=utf-8", embedded!("books.css")),
    ("script", "js", "text/javascript; charset=utf-8", embedded!("console.js")),
    ("desk_style", "css", "text/css; charset=utf-8", embedded!("desk.css")),
    ("desk_script", "js", "text/javascript; charset=utf-8", embedded!("desk.js")),
];

fn address(name: &str, ending: &str, bytes: &[u8]) -> String {
    let mut address = format!("{name}-");
    for byte in &Sha256::digest(bytes)[..8] {
        write!(address, "{byte:02x}").expect("a String takes whatever is written to it");
    }
    format!("{address}.{ending}")
}

/// The addresses of all files, by the names that templates use.
pub fn assets() -> BTreeMap<&'static str, Asset> {
    let url = |name, ending, bytes| format!("/console/assets/{}", address(name, ending, bytes));
    FILES.iter().map(|(name, ending, _, bytes)| (*name, Asset { url: url(name, ending, bytes) })).collect()
}

/// The file at the end of such an address.
pub fn file(last_part: &str) -> Option<File> {
    let found = FILES.iter().find(|(name, ending, _, bytes)| address(name, ending, bytes) == last_part)?;
    Some(File { media_type: found.2, bytes: found.3 })
}
