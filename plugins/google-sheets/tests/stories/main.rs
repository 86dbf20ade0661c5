//! What the Google Sheets plugin does with a merchant's spreadsheet, told against a double of the Sheets API.

mod book;
mod comparing;
mod google;
mod history;
mod people;
mod rows;
mod setup;
mod shop;
mod trouble;
