//! A link as a QR code (ISO/IEC 18004), for posters, counters and a second device. Error correction M: a printed code survives
//! folds and thumbs, and the link is short enough for a small one.

use fast_qr::qr::QRBuilder;
use fast_qr::{ECL, QRCode};
use std::fmt::Write as _;

use crate::error::PagesError;

/// The light frame that readers need, in modules.
const QUIET: usize = 4;
/// The smallest side of an image, in pixels: below it a printed module is less than half a millimetre.
pub const MIN_QR_PIXELS: u32 = 128;
/// The largest.
pub const MAX_QR_PIXELS: u32 = 2048;

/// A link as a QR code.
pub struct LinkCode(QRCode);

impl LinkCode {
    /// Draws the code of an address. Fails where it does not fit into any code, which holds 2,331 bytes.
    pub fn of(url: &str) -> Result<Self, PagesError> {
        let code = QRBuilder::new(url).ecl(ECL::M).build().map_err(|_| PagesError::LinkCode)?;
        Ok(Self(code))
    }

    /// Modules on a side, with the frame.
    fn side(&self) -> usize {
        self.0.size + 2 * QUIET
    }

    fn is_dark(&self, row: usize, column: usize) -> bool {
        let inside = |place: usize| place.checked_sub(QUIET).filter(|place| *place < self.0.size);
        match (inside(row), inside(column)) {
            (Some(row), Some(column)) => self.0[row][column].value(),
            _ => false,
        }
    }

    /// The dark modules as the `d` of an SVG path, a row of neighbours at a time, in a square of [`Self::side`] units.
    fn path(&self) -> String {
        let mut path = String::new();
        for row in 0..self.side() {
            let mut column = 0;
            while column < self.side() {
                let length = (column..self.side()).take_while(|column| self.is_dark(row, *column)).count();
                if length > 0 {
                    write!(path, "M{column} {row}h{length}v1h-{length}z").expect("a String takes whatever is written");
                }
                column += length.max(1);
            }
        }
        path
    }

    /// A picture without an address, a style or a script in it: black on white in every colour scheme, because readers
    /// need it so.
    pub fn svg(&self) -> String {
        let (side, path) = (self.side(), self.path());
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
             <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path fill=\"#000\" d=\"{path}\"/></svg>"
        )
    }

    /// The same as a PNG of two colours. Each module has the same whole number of pixels, so the side is at most
    /// `pixels`, which is brought between [`MIN_QR_PIXELS`] and [`MAX_QR_PIXELS`].
    pub fn png(&self, pixels: u32) -> Result<Vec<u8>, PagesError> {
        let side = u32::try_from(self.side()).map_err(|_| PagesError::LinkCode)?;
        let scale = (pixels.clamp(MIN_QR_PIXELS, MAX_QR_PIXELS) / side).max(1);
        let width = side * scale;
        let bits = |row: u32| {
            let mut bytes = vec![0u8; width.div_ceil(8) as usize];
            for column in 0..width {
                if !self.is_dark((row / scale) as usize, (column / scale) as usize) {
                    bytes[(column / 8) as usize] |= 0x80 >> (column % 8);
                }
            }
            bytes
        };
        let data: Vec<u8> = (0..width).flat_map(bits).collect();
        let mut image = Vec::new();
        let mut encoder = png::Encoder::new(&mut image, width, width);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        let mut writer = encoder.write_header().map_err(|_| PagesError::LinkCode)?;
        writer.write_image_data(&data).map_err(|_| PagesError::LinkCode)?;
        writer.finish().map_err(|_| PagesError::LinkCode)?;
        Ok(image)
    }
}

#[cfg(test)]
mod tests {
    use super::{LinkCode, MAX_QR_PIXELS, MIN_QR_PIXELS};

    const LINK: &str = "https://pay.example.am/p/MDEyMzQ1Njc4OWFiY2RlZg";

    /// Light is true.
    fn pixels(image: &[u8]) -> (u32, Vec<bool>) {
        let mut reader = png::Decoder::new(std::io::Cursor::new(image)).read_info().unwrap();
        let mut data = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut data).unwrap();
        let light = |row: u32, column: u32| {
            let at = row as usize * info.line_size + (column / 8) as usize;
            data[at] & (0x80 >> (column % 8)) != 0
        };
        (info.width, (0..info.height).flat_map(|row| (0..info.width).map(move |column| light(row, column))).collect())
    }

    #[test]
    fn image_and_drawing_have_the_same_modules() {
        let code = LinkCode::of(LINK).unwrap();
        let side = u32::try_from(code.side()).unwrap();
        let (width, light) = pixels(&code.png(side * 5 + 3).unwrap());
        assert_eq!(width, side * 5);
        let dark_modules = (0..side * side)
            .filter(|module| !light[((module / side * 5 + 2) * width + module % side * 5 + 2) as usize])
            .count();
        let svg = code.svg();
        let drawn: usize = svg
            .split("d=\"")
            .nth(2)
            .unwrap()
            .split('h')
            .skip(1)
            .filter_map(|step| step.split_once('v').and_then(|(length, _)| length.parse::<usize>().ok()))
            .sum();
        assert_eq!(drawn, dark_modules);
        assert!(dark_modules > 300, "{dark_modules}");
    }

    #[test]
    fn the_finder_stands_in_a_light_frame() {
        let code = LinkCode::of(LINK).unwrap();
        assert!((0..code.side()).all(|place| (0..4).all(|row| !code.is_dark(row, place) && !code.is_dark(place, row))));
        assert!((4..11).all(|column| code.is_dark(4, column)), "a finder's upper edge");
    }

    #[test]
    fn a_size_beyond_the_bounds_is_brought_between_them() {
        let code = LinkCode::of(LINK).unwrap();
        let width = |asked: u32| pixels(&code.png(asked).unwrap()).0;
        assert!(width(0) <= MIN_QR_PIXELS && width(0) > MIN_QR_PIXELS / 2);
        assert!(width(u32::MAX) <= MAX_QR_PIXELS && width(u32::MAX) > MAX_QR_PIXELS / 2);
    }

    #[test]
    fn what_fits_into_no_code_is_refused() {
        assert!(LinkCode::of(&"x".repeat(3_000)).is_err());
    }
}
