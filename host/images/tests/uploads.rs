//! Uploads, kind and hostile: each becomes a picture of ours or is refused, and nothing of what was sent goes out again.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageEncoder, ImageFormat, Rgba, RgbaImage};
use kamurj_images::{Card, Encoded, Format, MAX_BYTES, Refusal, Use, take};

fn picture(width: u32, height: u32) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| Rgba([11, 93, if (x / 7 + y / 5) % 2 == 0 { 78 } else { 200 }, 255]))
}

fn png_of(picture: &RgbaImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new(&mut bytes);
    encoder.write_image(picture, picture.width(), picture.height(), ExtendedColorType::Rgba8).expect("a PNG");
    bytes
}

fn png(width: u32, height: u32) -> Vec<u8> {
    png_of(&picture(width, height))
}

fn webp(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let own = picture(width, height);
    WebPEncoder::new_lossless(&mut bytes).write_image(&own, width, height, ExtendedColorType::Rgba8).expect("a WebP");
    bytes
}

fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let own: Vec<u8> = picture(width, height).pixels().flat_map(|pixel| [pixel.0[0], pixel.0[1], pixel.0[2]]).collect();
    JpegEncoder::new(&mut bytes).write_image(&own, width, height, ExtendedColorType::Rgb8).expect("a JPEG");
    bytes
}

/// CRC-32 as PNG has it (RFC 2083, appendix).
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |mut crc: u32, byte| {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
        }
        crc
    })
}

/// The picture with a further chunk after its header.
fn with_chunk(png: &[u8], kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [&kind[..], data].concat();
    let length = u32::try_from(data.len()).expect("it is short");
    let chunk = [&length.to_be_bytes()[..], &body, &crc(&body).to_be_bytes()].concat();
    [&png[..33], &chunk, &png[33..]].concat()
}

/// The picture with another size in its header.
fn with_size(png: &[u8], width: u32, height: u32) -> Vec<u8> {
    let mut bytes = png.to_vec();
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = crc(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&sum.to_be_bytes());
    bytes
}

fn svg(inside: &str) -> Vec<u8> {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" viewBox=\"0 0 300 100\">{inside}</svg>"
    )
    .into_bytes()
}

fn logo(media_type: &str, bytes: &[u8]) -> Result<Encoded, Refusal> {
    take(media_type, bytes, Use::Logo)
}

fn reads(encoded: &Encoded) -> RgbaImage {
    let format = match encoded.format {
        Format::Png => ImageFormat::Png,
        Format::Webp => ImageFormat::WebP,
    };
    let read = image::load_from_memory_with_format(&encoded.bytes, format).expect("our own picture").into_rgba8();
    assert_eq!(read.dimensions(), (encoded.width, encoded.height));
    read
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn each_kind_of_picture_is_encoded_anew_and_fits_its_place() {
    for (media_type, bytes) in [
        ("image/png", png(900, 300)),
        ("image/jpeg", jpeg(900, 300)),
        ("IMAGE/WEBP; q=1", webp(900, 300)),
        ("image/svg+xml", svg("<rect width='300' height='100' fill='#0b5d4e'/>")),
    ] {
        let taken = logo(media_type, &bytes).expect(media_type);
        assert!(taken.width <= 600 && taken.height <= 168 && taken.bytes.len() <= 20_000, "{media_type}: {taken:?}");
        assert!((2..=4).contains(&(taken.width / taken.height)), "{media_type}: its own proportions");
        let middle = reads(&taken).get_pixel(taken.width / 2, taken.height / 2).0;
        assert!(middle[0] < 40 && middle[3] == 255, "{media_type}: {middle:?}");
        let icon = take(media_type, &bytes, Use::Icon).expect(media_type);
        assert_eq!((icon.width, icon.height), (180, 180), "{media_type}");
        assert_eq!(reads(&icon).get_pixel(90, 5).0[3], 0, "{media_type}: the square is filled up with nothing");
    }
    let small = logo("image/png", &png(40, 20)).expect("a small one");
    assert_eq!((small.width, small.height), (40, 20), "never blown up");
}

#[test]
fn a_picture_full_of_noise_is_shrunk_until_it_is_light() {
    let mut state = 1_u32;
    let noisy = RgbaImage::from_fn(900, 300, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [red, green, blue, _] = state.to_be_bytes();
        Rgba([red, green, blue, 255])
    });
    let taken = logo("image/jpeg", &{
        let mut bytes = Vec::new();
        let rgb: Vec<u8> = noisy.pixels().flat_map(|pixel| [pixel.0[0], pixel.0[1], pixel.0[2]]).collect();
        JpegEncoder::new(&mut bytes).write_image(&rgb, 900, 300, ExtendedColorType::Rgb8).expect("a JPEG");
        bytes
    })
    .expect("it is a picture");
    assert!(taken.bytes.len() <= 20_000 && taken.width >= 32, "{} bytes, {}", taken.bytes.len(), taken.width);
}

#[test]
fn g2_what_is_no_picture_of_the_named_type_is_refused() {
    let html = b"<!DOCTYPE html><script>alert(1)</script>";
    assert_eq!(logo("image/png", html), Err(Refusal::Mismatch));
    assert_eq!(logo("image/svg+xml", html), Err(Refusal::Mismatch));
    assert_eq!(logo("image/png", &jpeg(9, 9)), Err(Refusal::Mismatch));
    assert_eq!(logo("image/svg+xml", &png(9, 9)), Err(Refusal::Mismatch));
    assert_eq!(logo("image/png", b""), Err(Refusal::Mismatch));
    for media_type in ["text/html", "image/gif", "application/octet-stream", "", "image/png2"] {
        assert_eq!(logo(media_type, &png(9, 9)), Err(Refusal::Type), "{media_type}");
    }
    let whole = png(200, 90);
    for kept in [9, 20, 40, whole.len() / 2, whole.len() - 30] {
        assert_eq!(logo("image/png", &whole[..kept]), Err(Refusal::Damaged), "cut after {kept}");
    }
    assert_eq!(logo("image/webp", &webp(200, 90)[..60]), Err(Refusal::Damaged));
    assert_eq!(logo("image/png", &png_of(&RgbaImage::new(30, 30))), Err(Refusal::Empty));
}

#[test]
fn g2_a_polyglot_leaves_as_a_picture_and_nothing_else() {
    let script = b"<script>alert('polyglot')</script>";
    let trailing = [png(60, 30), script.to_vec()].concat();
    let chunk = with_chunk(&png(60, 30), *b"tEXt", &[b"Comment\0", &script[..]].concat());
    for bytes in [trailing, chunk] {
        assert!(has(&bytes, b"<script"));
        let taken = logo("image/png", &bytes).expect("it is a picture too");
        assert!(!has(&taken.bytes, b"script") && !has(&taken.bytes, b"tEXt") && !has(&taken.bytes, b"Comment"));
        reads(&taken);
    }
    let jpeg = [jpeg(60, 30), script.to_vec()].concat();
    assert!(!has(&logo("image/jpeg", &jpeg).expect("a picture").bytes, b"script"));
}

#[test]
fn g2_bombs_are_refused_before_they_are_unpacked() {
    // 50 megapixels, 4 gigapixels, and a side too long.
    for (width, height) in [(10_000, 5_000), (65_535, 65_535), (4_097, 1)] {
        assert_eq!(logo("image/png", &with_size(&png(9, 9), width, height)), Err(Refusal::Pixels), "{width}");
    }
    assert_eq!(logo("image/png", &vec![0; MAX_BYTES + 1]), Err(Refusal::Bytes));
    let animated = with_chunk(&png(9, 9), *b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]);
    assert_eq!(logo("image/png", &animated), Err(Refusal::Animated));
}

#[test]
fn g2_an_animated_webp_is_refused() {
    let still = webp(16, 16);
    let frame_data = &still[12..];
    let le24 = |value: u32| value.to_le_bytes()[..3].to_vec();
    let le32 = |value: usize| u32::try_from(value).expect("it is short").to_le_bytes().to_vec();
    let extended = [b"VP8X".to_vec(), le32(10), vec![0b10, 0, 0, 0], le24(15), le24(15)].concat();
    let animation = [b"ANIM".to_vec(), le32(6), vec![0; 6]].concat();
    let frame = [le24(0), le24(0), le24(15), le24(15), le24(100), vec![0], frame_data.to_vec()].concat();
    let frame = [b"ANMF".to_vec(), le32(frame.len()), frame].concat();
    let body = [b"WEBP".to_vec(), extended, animation, frame.clone(), frame].concat();
    let moving = [b"RIFF".to_vec(), le32(body.len()), body].concat();
    assert_eq!(logo("image/webp", &moving), Err(Refusal::Animated));
}

#[test]
fn an_svg_is_drawn_without_script_text_or_anything_from_elsewhere() {
    let green = "<rect width='300' height='100' fill='#0b5d4e'/>";
    for inert in [
        "<script>alert(1)</script>",
        "<foreignObject width='300' height='100'><body xmlns='http://www.w3.org/1999/xhtml'><script>alert(1)</script></body></foreignObject>",
        "<a xlink:href='javascript:alert(1)'><g onclick='alert(1)'/></a>",
        "<style>@import url(http://127.0.0.1:9/evil.css); .x{fill:url(http://127.0.0.1:9/evil.svg#x)}</style>",
        "<use xlink:href='file:///etc/passwd#x'/><use xlink:href='http://127.0.0.1:9/evil.svg#x'/>",
    ] {
        let taken = logo("image/svg+xml", &svg(&format!("{green}{inert}"))).expect(inert);
        let drawn = reads(&taken);
        assert_eq!(drawn.get_pixel(5, 5).0, [0x0b, 0x5d, 0x4e, 255], "{inert}");
        for word in [&b"script"[..], b"passwd", b"127.0.0.1", b"<svg"] {
            assert!(!has(&taken.bytes, word), "{inert}");
        }
    }
    for (refused, why) in [
        ("<image xlink:href='file:///etc/passwd' width='9' height='9'/>", Refusal::Content),
        ("<image xlink:href='http://127.0.0.1:9/x.png' width='9' height='9'/>", Refusal::Content),
        ("<image href='data:image/svg+xml;base64,PHN2Zy8+' width='9' height='9'/>", Refusal::Content),
        ("<text>Gata</text>", Refusal::Content),
        ("<filter id='f'><feTurbulence/></filter>", Refusal::Content),
        ("<rect width='3'", Refusal::Damaged),
        ("", Refusal::Empty),
    ] {
        assert_eq!(logo("image/svg+xml", &svg(refused)), Err(why), "{refused}");
    }
    let entities = b"<!DOCTYPE svg [<!ENTITY a \"x\"><!ENTITY b \"&a;&a;\">]><svg xmlns=\"http://www.w3.org/2000/svg\"><g>&b;</g></svg>";
    assert_eq!(logo("image/svg+xml", entities), Err(Refusal::Doctype));
    assert_eq!(logo("image/svg+xml", &svg(&" ".repeat(300_000))), Err(Refusal::Bytes));
}

#[test]
fn an_svg_that_grows_when_it_is_drawn_is_refused() {
    let levels = |begin: &dyn Fn(i32) -> String| (1..20).map(begin).collect::<Vec<_>>().concat();
    let uses = levels(&|level| {
        let inside = format!("<use xlink:href='#g{}'/>", level - 1).repeat(4);
        format!("<g id='g{level}'>{inside}</g>")
    });
    let laughs = format!("<defs><g id='g0'><rect width='9' height='9'/></g>{uses}</defs><use href='#g19'/>");
    let masks = levels(&|level| {
        let inside = format!("<rect width='9' height='9' mask='url(#m{})'/>", level - 1).repeat(4);
        format!("<mask id='m{level}'>{inside}</mask>")
    });
    let circle = "<g id='a'><use href='#b'/></g><g id='b'><use href='#a'/></g>";
    let deep = format!("{}{}", "<g>".repeat(3_000), "</g>".repeat(3_000));
    let styled = format!(
        "<style>*{{clip-path:url('#c')}}</style><clipPath id='c'>{}</clipPath>{}",
        "<rect width='1' height='1'/>".repeat(300),
        "<path d='M0 0h9v9z'/>".repeat(300)
    );
    let many = "<path d='M0 0h9v9z'/>".repeat(9_000);
    for (name, inside) in [
        ("uses", laughs),
        ("masks", masks),
        ("circle", circle.to_owned()),
        ("deep", deep),
        ("styled", styled),
        ("many", many),
    ] {
        assert_eq!(logo("image/svg+xml", &svg(&inside)), Err(Refusal::Complex), "{name}");
    }
}

#[test]
fn a_card_is_drawn_in_each_language_and_is_light() {
    let noise = logo("image/png", &png(500, 160)).expect("a logo");
    for (name, words, logo) in [
        ("Նռնենի խեցեգործություն", "Ապահով վճարում", None),
        ("Мастерская «Гранат» & <сыновья>", "Безопасная оплата", Some((noise.format, noise.bytes.clone()))),
        ("]]><script>alert(1)</script>", "Secure payment", None),
        ("店", "Secure payment", None),
    ] {
        let card =
            Card { name: name.to_owned(), words: words.to_owned(), accent: [11, 93, 78], on_accent: [255; 3], logo };
        let drawn = card.png().expect(name);
        assert!(drawn.len() <= 250_000, "{name}: {} bytes", drawn.len());
        let read = image::load_from_memory_with_format(&drawn, ImageFormat::Png).expect("a PNG").into_rgba8();
        assert_eq!(read.dimensions(), (1200, 630));
        assert_eq!(read.get_pixel(1190, 620).0, [11, 93, 78, 255], "{name}: the brand's colour");
        assert!(read.pixels().all(|pixel| pixel.0[3] == 255), "{name}: nothing shows through");
        let white = |area: std::ops::Range<u32>| {
            area.flat_map(|y| (148..700).map(move |x| (x, y)))
                .filter(|(x, y)| read.get_pixel(*x, *y).0 == [255; 4])
                .count()
        };
        assert!(white(530..590) > 500, "{name}: words stand on the colour");
        assert_eq!(card.png().expect(name), drawn, "the same card is the same bytes");
    }
}
