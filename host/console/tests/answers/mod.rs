//! Frames of answers that are shown once, such as a key: the sample of their template in the frame of the page that holds the form.

use crate::sampled;
use kamurj_console::{Act, Frame, areas};
use kamurj_domain::format::Language;
use std::path::Path;

/// The frame in which a template shows what an act answered.
pub(crate) fn frame(act: &Act, template: &str, language: Language) -> Frame {
    let page = areas().iter().flat_map(|area| area.pages).find(|page| page.path == act.page);
    let mut frame = sampled::frame(page.expect("a form stands on a page"), language);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(template.replace(".html", ".json"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|_| panic!("{} is needed", file.display()));
    frame.data = serde_json::from_str(&text).expect("a sample is a JSON object");
    frame.query.clear();
    frame
}
