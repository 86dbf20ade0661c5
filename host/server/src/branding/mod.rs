//! How merchants' pages look: tokens checked, pictures taken in and given out, preview cards drawn. What a page does with a look is in
//! `kamurj_pages`; what is done to pixels is in `kamurj_images`.

pub(crate) mod cards;
pub mod files;
pub(crate) mod look;
pub(crate) mod studio;
pub(crate) mod tokens;

pub use studio::Studio;
