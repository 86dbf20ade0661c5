//! SVG uploads: drawn once, here, and never given out. No text is set, nothing is fetched or opened, no script runs; what could take
//! long is counted before it is drawn.

use crate::upload::Refusal;
use image::RgbaImage;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::roxmltree::{self, Document, Node, ParsingOptions};
use resvg::usvg::{ImageHrefResolver, Options, Tree};
use std::collections::BTreeMap;

/// The most bytes of an SVG.
const MAX_BYTES: usize = 256 * 1024;
/// The most nodes of its document.
const MAX_NODES: u32 = 8_000;
/// The most elements that are drawn in the end: each use of one counts.
const MAX_DRAWN: u64 = 20_000;
/// How deep elements and what they refer to may lie in each other.
const MAX_DEPTH: u32 = 120;

/// Draws an SVG into this box in its own proportions.
pub(crate) fn rasterise(bytes: &[u8], room: (u32, u32)) -> Result<RgbaImage, Refusal> {
    if bytes.len() > MAX_BYTES {
        return Err(Refusal::Bytes);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Refusal::Damaged)?;
    let limits = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, limits).map_err(|error| match error {
        roxmltree::Error::DtdDetected => Refusal::Doctype,
        roxmltree::Error::NodesLimitReached => Refusal::Complex,
        _ => Refusal::Damaged,
    })?;
    Judge::default().judge(&document)?;
    let options = Options {
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(|_, _, _| None),
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    };
    let tree = Tree::from_xmltree(&document, &options).map_err(|_| Refusal::Damaged)?;
    draw(&tree, room)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "both sides are between 1 and the room's, which is far below what f32 counts exactly"
)]
fn draw(tree: &Tree, (room_width, room_height): (u32, u32)) -> Result<RgbaImage, Refusal> {
    let (own_width, own_height) = (tree.size().width(), tree.size().height());
    let scale = (room_width as f32 / own_width).min(room_height as f32 / own_height);
    let width = ((own_width * scale).round() as u32).clamp(1, room_width);
    let height = ((own_height * scale).round() as u32).clamp(1, room_height);
    let mut pixmap = Pixmap::new(width, height).ok_or(Refusal::Empty)?;
    resvg::render(tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    Ok(pixels(&pixmap))
}

/// The pixels with their full colours.
pub(crate) fn pixels(pixmap: &Pixmap) -> RgbaImage {
    let plain = pixmap.pixels().iter().map(resvg::tiny_skia::PremultipliedColorU8::demultiply);
    let bytes = plain.flat_map(|colour| [colour.red(), colour.green(), colour.blue(), colour.alpha()]).collect();
    RgbaImage::from_raw(pixmap.width(), pixmap.height(), bytes).expect("four bytes a pixel")
}

/// Counts what would be drawn, references followed, before anything is.
#[derive(Default)]
struct Judge {
    /// What elements cost; none while one is being counted, so that a circle is seen.
    costs: BTreeMap<usize, Option<u64>>,
}

impl Judge {
    fn judge(&mut self, document: &Document<'_>) -> Result<(), Refusal> {
        let mut ids = BTreeMap::new();
        let mut elements = 0_u64;
        let mut styled = Vec::new();
        for node in document.descendants().filter(Node::is_element) {
            elements += 1;
            let name = node.tag_name().name();
            let undrawn = ["text", "tspan", "textPath", "tref", "image", "filter"].contains(&name);
            if undrawn || name.starts_with("fe") {
                return Err(Refusal::Content);
            }
            if let Some(id) = node.attribute("id") {
                ids.insert(id, node);
            }
            if name == "style" {
                let rules: String = node.descendants().filter_map(|child| child.text()).collect();
                styled.extend(references(&rules).into_iter().map(str::to_owned));
            }
        }
        let mut drawn = self.cost(document.root_element(), &ids, 0)?;
        // A rule of a style sheet may be meant for every element.
        for id in styled {
            if let Some(target) = ids.get(id.as_str()) {
                drawn = drawn.saturating_add(self.cost(*target, &ids, 0)?.saturating_mul(elements));
            }
        }
        if drawn > MAX_DRAWN { Err(Refusal::Complex) } else { Ok(()) }
    }

    fn cost<'a>(
        &mut self,
        node: Node<'a, 'a>,
        ids: &BTreeMap<&'a str, Node<'a, 'a>>,
        depth: u32,
    ) -> Result<u64, Refusal> {
        match self.costs.get(&node.id().get_usize()) {
            Some(Some(known)) => return Ok(*known),
            Some(None) => return Err(Refusal::Complex),
            None => {}
        }
        if depth > MAX_DEPTH {
            return Err(Refusal::Complex);
        }
        self.costs.insert(node.id().get_usize(), None);
        let mut sum = 1_u64;
        for child in node.children().filter(Node::is_element) {
            sum = sum.saturating_add(self.cost(child, ids, depth + 1)?);
        }
        for attribute in node.attributes() {
            let value = attribute.value();
            let whole = (attribute.name() == "href").then(|| value.trim().strip_prefix('#')).flatten();
            for id in references(value).into_iter().chain(whole) {
                if let Some(target) = ids.get(id) {
                    sum = sum.saturating_add(self.cost(*target, ids, depth + 1)?);
                }
            }
        }
        self.costs.insert(node.id().get_usize(), Some(sum));
        Ok(sum)
    }
}

/// The ids in `url(#…)`, quoted or not.
fn references(text: &str) -> Vec<&str> {
    let quotes: &[char] = &['"', '\'', ' '];
    let parts = text.split("url(").skip(1).filter_map(|rest| rest.split(')').next());
    parts.filter_map(|inside| inside.trim_matches(quotes).strip_prefix('#')).collect()
}
