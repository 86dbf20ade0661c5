//! The sample pages in Chromium, without a server: `cargo xtask gallery` keeps pictures of all of them, and `cargo xtask test` holds each
//! to what all pages promise. What is looked at, the scripts decide.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::place::Folder;
use crate::tools::Browser;
use crate::{place, process, say};

/// Writes pages, pictures and an index of them into a folder.
pub(crate) fn run(folder: &str) -> Result<(), String> {
    let browser = Browser::find()?;
    fs::create_dir_all(folder).map_err(|error| format!("`{folder}`: {error}"))?;
    let folder = fs::canonicalize(folder).map_err(|error| format!("`{folder}`: {error}"))?;
    let pages = write(&folder)?;
    let mut script = script(&browser, "gallery.mjs", &pages);
    say::long("take pictures (takes minutes)", || {
        process::show(script.env("OUT", &folder)).map(|()| ((), folder.join("index.html").display().to_string()))
    })
}

/// Holds every page to every check; answers how many checks there were.
pub(crate) fn examine(browser: &Browser) -> Result<usize, String> {
    let folder = Folder::make("pages")?;
    let pages = write(folder.path())?;
    let mut passed = 0;
    process::watch(&mut script(browser, "examine.mjs", &pages), |line| passed += usize::from(line.starts_with("ok ")))?;
    Ok(passed)
}

/// Has the pages written; answers the folder that they are in.
fn write(folder: &Path) -> Result<PathBuf, String> {
    say::long("write the sample pages", || {
        let pages = folder.join("pages");
        let words = ["run", "--quiet", "--locked", "--package", "kamurj-pages", "--example", "gallery", "--"];
        process::show(process::cargo(&words).arg(&pages))?;
        let shown = pages.display().to_string();
        Ok((pages, shown))
    })
}

fn script(browser: &Browser, name: &str, pages: &Path) -> Command {
    let mut script = Command::new(&browser.node);
    script
        .current_dir(place::checkout())
        .arg(format!("tests/browser/{name}"))
        .env("MODULES", &browser.modules)
        .env("CHROMIUM", &browser.chromium)
        .env("PAGES", pages);
    script
}
