//! Writes every page of the console, made from the samples beside this crate, into a folder: `preview FOLDER`. For looking at them
//! while they are worked on; what the server shows is made from what the API answers.

use kamurj_console::{Console, areas, file};
use std::path::Path;

#[path = "../tests/sampled/mod.rs"]
mod sampled;

fn main() {
    let folder = std::env::args().nth(1).expect("preview FOLDER");
    let console = Console::new().expect("the console loads");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    for page in areas().iter().flat_map(|area| area.pages) {
        for language in kamurj_domain::format::Language::ALL {
            let frame = sampled::frame(page, language);
            let html = console.render(page.template, &frame).expect("the page renders");
            let name = page.template.trim_end_matches(".html");
            let address = frame.assets["style"].url.rsplit('/').next().expect("an address has parts");
            let style = String::from_utf8_lossy(file(address).expect("the style is there").bytes);
            let whole = html.replace("</head>", &format!("<style>{style}</style></head>"));
            std::fs::write(Path::new(&folder).join(format!("{name}-{}.html", language.tag())), whole).expect("written");
        }
    }
}
