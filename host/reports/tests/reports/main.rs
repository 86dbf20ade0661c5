//! The crate from outside, as the server will use it: files of every shape read in, mapped, compared, and tables written out and read again
//! by other readers. No file here was anybody's: banks' reports are invented in the shape that theirs have.

mod chance;
mod comparing;
mod hostile;
mod limits;
mod lines;
mod made;
mod mapping;
mod order;
mod reading;
mod statements;
mod workbooks;
mod writing;
