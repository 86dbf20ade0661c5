//! Writes every page state in every language as HTML files into a folder, to be looked at: `cargo run -p kamurj-pages --example
//! gallery -- FOLDER`. The nonce is fixed, and no policy is sent, so this says nothing about headers.

#[path = "../tests/pages/samples.rs"]
mod samples;

use std::path::PathBuf;
use std::{env, fs};

use kamurj_domain::format::Language;
use kamurj_pages::{Mode, Pages};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(env::args().nth(1).ok_or("name the folder to write to")?);
    fs::create_dir_all(&folder)?;
    let pages = Pages::new()?;
    for language in Language::ALL {
        let write = |name: &str, html: &str| fs::write(folder.join(format!("{name}.{}.html", language.tag())), html);
        for (name, state) in samples::states() {
            let long = samples::long_view(state.clone(), language);
            write(&format!("{name}.long"), &pages.checkout(&long, samples::NONCE)?)?;
            let usual = samples::view(state, language, Mode::Live);
            write(name, &pages.checkout(&usual, samples::NONCE)?)?;
        }
        let mut many = samples::view(samples::ready(), language, Mode::Test);
        many.items = [many.items.clone(), many.items.clone(), many.items].concat();
        write("ready.many", &pages.checkout(&many, samples::NONCE)?)?;
        for (name, view) in samples::ways_back(language, "amoCRM") {
            write(name, &pages.connection(&view, samples::NONCE)?)?;
        }
        write("unknown_link", &pages.unknown_link(language, samples::NONCE)?)?;
        write("problem", &pages.problem(language, "req_01J9Z3", samples::NONCE)?)?;
    }
    Ok(())
}
