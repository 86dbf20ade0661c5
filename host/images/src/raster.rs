//! Pictures made of pixels: decoding within limits, scaling, encoding.

use crate::upload::Refusal;
use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::{CompressionType, FilterType, PngDecoder, PngEncoder};
use image::codecs::webp::{WebPDecoder, WebPEncoder};
use image::imageops;
use image::{
    DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageError, ImageFormat, Limits, Rgba, RgbaImage,
};
use std::io::Cursor;

/// The longest side of an upload, in pixels.
const MAX_SIDE: u32 = 4096;

/// What decoding may take: the largest picture with 16 bits a channel, and as much again to work in.
const MAX_ALLOC: u64 = 2 * 8 * 4096 * 4096;

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_ALLOC);
    limits
}

fn refusal(error: &ImageError) -> Refusal {
    match error {
        ImageError::Limits(_) => Refusal::Pixels,
        _ => Refusal::Damaged,
    }
}

/// The pixels of an upload of this format, turned as its camera says.
pub(crate) fn decode(format: ImageFormat, bytes: &[u8]) -> Result<RgbaImage, Refusal> {
    let told = |error: ImageError| refusal(&error);
    match format {
        ImageFormat::Png => {
            let decoder = PngDecoder::with_limits(Cursor::new(bytes), limits()).map_err(told)?;
            if decoder.is_apng().map_err(told)? {
                return Err(Refusal::Animated);
            }
            pixels(decoder)
        }
        ImageFormat::WebP => {
            let decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(told)?;
            if decoder.has_animation() {
                return Err(Refusal::Animated);
            }
            pixels(decoder)
        }
        _ => pixels(JpegDecoder::new(Cursor::new(bytes)).map_err(told)?),
    }
}

fn pixels(mut decoder: impl ImageDecoder) -> Result<RgbaImage, Refusal> {
    let (width, height) = decoder.dimensions();
    if width > MAX_SIDE || height > MAX_SIDE {
        return Err(Refusal::Pixels);
    }
    if width == 0 || height == 0 {
        return Err(Refusal::Empty);
    }
    decoder.set_limits(limits()).map_err(|error| refusal(&error))?;
    let orientation = decoder.orientation().map_err(|error| refusal(&error))?;
    let mut decoded = DynamicImage::from_decoder(decoder).map_err(|error| refusal(&error))?;
    decoded.apply_orientation(orientation);
    Ok(decoded.into_rgba8())
}

/// The picture scaled down into this box in its own proportions; never up.
pub(crate) fn fitted(picture: &RgbaImage, (room_width, room_height): (u32, u32)) -> RgbaImage {
    let (width, height) = picture.dimensions();
    let (room_width, room_height) = (room_width.max(1), room_height.max(1));
    if width <= room_width && height <= room_height {
        return picture.clone();
    }
    let by_width = u64::from(width) * u64::from(room_height) > u64::from(height) * u64::from(room_width);
    let scaled = |side: u32, part: u32, whole: u32| {
        let exact = u64::from(side) * u64::from(part) / u64::from(whole.max(1));
        u32::try_from(exact).unwrap_or(1).max(1)
    };
    let (width, height) = if by_width {
        (room_width, scaled(height, room_width, width))
    } else {
        (scaled(width, room_height, height), room_height)
    };
    // Colours of transparent pixels must not bleed into the edges.
    let mut weighted = picture.clone();
    for Rgba([red, green, blue, alpha]) in weighted.pixels_mut() {
        for channel in [red, green, blue] {
            *channel = narrow(u32::from(*channel) * u32::from(*alpha) / 255);
        }
    }
    let mut small = imageops::resize(&weighted, width, height, imageops::FilterType::CatmullRom);
    for Rgba([red, green, blue, alpha]) in small.pixels_mut() {
        for channel in [red, green, blue] {
            *channel = match *alpha {
                0 => 0,
                alpha => narrow(u32::from(*channel) * 255 / u32::from(alpha)),
            };
        }
    }
    small
}

fn narrow(value: u32) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}

/// The picture in the middle of a transparent square.
pub(crate) fn squared(picture: &RgbaImage, side: u32) -> RgbaImage {
    let mut square = RgbaImage::new(side, side);
    let (width, height) = picture.dimensions();
    let before = |own: u32| i64::from(side.saturating_sub(own) / 2);
    imageops::overlay(&mut square, picture, before(width), before(height));
    square
}

/// PNG with nothing but the pixels.
pub(crate) fn png(picture: &RgbaImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Best, FilterType::Adaptive);
    let (width, height) = picture.dimensions();
    encoder.write_image(picture, width, height, ExtendedColorType::Rgba8).expect("pixels in memory become a PNG");
    bytes
}

/// WebP without loss, with nothing but the pixels.
pub(crate) fn webp(picture: &RgbaImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (width, height) = picture.dimensions();
    let encoder = WebPEncoder::new_lossless(&mut bytes);
    encoder.write_image(picture, width, height, ExtendedColorType::Rgba8).expect("pixels in memory become a WebP");
    bytes
}
