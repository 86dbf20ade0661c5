//! An uploaded picture: what it says it is, what it is, and what is made of it.

use crate::{raster, vector};
use image::RgbaImage;

/// The most bytes of an upload.
pub const MAX_BYTES: usize = 1024 * 1024;

/// The most bytes of a logo or icon as it is given out.
const MAX_ENCODED: usize = 20_000;

/// What a picture is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// In the header of pages, in its own proportions.
    Logo,
    /// In the browser's tab: a square.
    Icon,
}

impl Use {
    /// The box that the picture is fitted into, in pixels: thrice what pages show of it.
    pub(crate) fn room(self) -> (u32, u32) {
        match self {
            Self::Logo => (600, 168),
            Self::Icon => (180, 180),
        }
    }
}

/// How a picture was encoded by us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// PNG.
    Png,
    /// WebP, without loss.
    Webp,
}

/// A picture that may be given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// Its format.
    pub format: Format,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// Why a picture is not taken. Each says what to do instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No type that we take.
    #[error("send a picture as `image/png`, `image/jpeg`, `image/webp` or `image/svg+xml`, named so in `Content-Type`")]
    Type,
    /// The bytes are not what the type says.
    #[error("the bytes are not what `Content-Type` says: send the file's own type")]
    Mismatch,
    /// Too many bytes.
    #[error("may have at most 1 MiB (an SVG 256 KiB): send a smaller file")]
    Bytes,
    /// Too many pixels.
    #[error("may have at most 4096 pixels a side: send a smaller picture")]
    Pixels,
    /// It moves.
    #[error("is animated: send a picture that stands still")]
    Animated,
    /// It cannot be decoded.
    #[error("cannot be read as a picture: it is cut off or damaged. Save it anew and send that")]
    Damaged,
    /// There is nothing to be seen.
    #[error("shows nothing: it is empty or wholly transparent")]
    Empty,
    /// The SVG has what is never drawn here.
    #[error(
        "has text, pictures or filters inside the SVG, which are not drawn here: turn text into outlines, or send it as PNG"
    )]
    Content,
    /// The SVG has a document type.
    #[error("has a DOCTYPE in the SVG: remove that line")]
    Doctype,
    /// The SVG would take too long.
    #[error("is too complex an SVG: simplify it, or send it as PNG")]
    Complex,
}

/// What an upload may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Raster(image::ImageFormat),
    Svg,
}

impl Kind {
    /// By the type that the sender names, parameters aside.
    fn declared(media_type: &str) -> Option<Self> {
        let plain = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match plain.as_str() {
            "image/png" => Some(Self::Raster(image::ImageFormat::Png)),
            "image/jpeg" => Some(Self::Raster(image::ImageFormat::Jpeg)),
            "image/webp" => Some(Self::Raster(image::ImageFormat::WebP)),
            "image/svg+xml" => Some(Self::Svg),
            _ => None,
        }
    }

    /// By the first bytes.
    fn of_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            return Some(Self::Raster(image::ImageFormat::Png));
        }
        if bytes.starts_with(b"\xff\xd8\xff") {
            return Some(Self::Raster(image::ImageFormat::Jpeg));
        }
        if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            return Some(Self::Raster(image::ImageFormat::WebP));
        }
        let text = std::str::from_utf8(bytes).ok()?.trim_start_matches('\u{feff}').trim_start();
        ["<svg", "<?xml", "<!--", "<!DOCTYPE svg"].iter().any(|begin| text.starts_with(begin)).then_some(Self::Svg)
    }
}

/// Decodes an upload within limits, fits it into its box and encodes it anew. Takes up to some seconds and some hundred megabytes for
/// the largest picture: run one at a time, and not where others wait.
pub fn take(media_type: &str, bytes: &[u8], wanted: Use) -> Result<Encoded, Refusal> {
    let declared = Kind::declared(media_type).ok_or(Refusal::Type)?;
    if bytes.len() > MAX_BYTES {
        return Err(Refusal::Bytes);
    }
    if Kind::of_bytes(bytes) != Some(declared) {
        return Err(Refusal::Mismatch);
    }
    let fitted = match declared {
        Kind::Raster(format) => raster::fitted(&raster::decode(format, bytes)?, wanted.room()),
        Kind::Svg => vector::rasterise(bytes, wanted.room())?,
    };
    if fitted.pixels().all(|pixel| pixel.0[3] == 0) {
        return Err(Refusal::Empty);
    }
    Ok(match wanted {
        // Browsers and phones that take no WebP for an icon are still about, and pages name its type.
        Use::Icon => small_enough(raster::squared(&fitted, wanted.room().0), false),
        Use::Logo => small_enough(fitted, true),
    })
}

/// The smaller of the encodings that may be used, shrunk until it is small enough.
fn small_enough(mut picture: RgbaImage, may_be_webp: bool) -> Encoded {
    loop {
        let (width, height) = picture.dimensions();
        let (png, webp) = (raster::png(&picture), raster::webp(&picture));
        let (format, bytes) =
            if may_be_webp && webp.len() * 10 < png.len() * 8 { (Format::Webp, webp) } else { (Format::Png, png) };
        if bytes.len() <= MAX_ENCODED || width.max(height) < 32 {
            return Encoded { format, bytes, width, height };
        }
        picture = raster::fitted(&picture, (width * 4 / 5, height * 4 / 5));
    }
}
