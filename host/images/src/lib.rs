//! Pictures that merchants upload, made harmless, and the card that chat apps show of their links. Whatever comes in is decoded within
//! limits and encoded anew, so that nothing of the uploaded bytes goes out again. Knows no HTTP, no store and no merchant.

mod card;
mod raster;
mod upload;
mod vector;

pub use card::{Card, CardError};
pub use upload::{Encoded, Format, MAX_BYTES, Refusal, Use, take};
