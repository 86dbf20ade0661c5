//! Writes every page of the console, made from the samples beside this crate, into a folder: `preview FOLDER`. For looking at them
//! while they are worked on; what the server shows is made from what the API answers.

use kamurj_console::{Console, Frame, Then, areas, file};
use kamurj_domain::format::Language;
use std::path::Path;

#[path = "../tests/sampled/mod.rs"]
mod sampled;

#[path = "../tests/answers/mod.rs"]
mod answers;

#[path = "../tests/outside/mod.rs"]
mod outside;

fn main() {
    let folder = std::env::args().nth(1).expect("preview FOLDER");
    let console = Console::new().expect("the console loads");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    for page in areas().iter().flat_map(|area| area.pages) {
        for language in Language::ALL {
            write(&folder, &console, page.template, &sampled::frame(page, language));
        }
    }
    for act in areas().iter().flat_map(|area| area.acts) {
        for language in Language::ALL {
            if let Then::Show(template) = act.then {
                write(&folder, &console, template, &answers::frame(act, template, language));
            }
        }
    }
    for template in outside::templates() {
        for language in Language::ALL {
            write(&folder, &console, template, &outside::frame(template, language, None));
        }
    }
}

/// One page with its style sheets inside it, so that it can be looked at as a file.
fn write(folder: &str, console: &Console, template: &str, frame: &Frame) {
    let html = console.render(template, frame).expect("the page renders");
    let mut styles = String::new();
    for asset in frame.assets.values().filter(|asset| asset.url.rsplit('.').next() == Some("css")).rev() {
        let address = asset.url.rsplit('/').next().expect("an address has parts");
        styles.push_str(&String::from_utf8_lossy(file(address).expect("the style is there").bytes));
    }
    let whole = html.replace("</head>", &format!("<style>{styles}</style></head>"));
    let name = format!("{}-{}.html", template.trim_end_matches(".html"), frame.language.tag());
    std::fs::write(Path::new(folder).join(name), whole).expect("written");
}
