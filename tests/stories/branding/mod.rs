//! How a merchant's pages look: drafts, versions, pictures, cards, and who sees them.

mod cards;
mod documented;
mod drafts;
mod pages;
mod pictures;
mod terms;
