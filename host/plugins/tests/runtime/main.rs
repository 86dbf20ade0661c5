//! The runtime from the outside: real guests, a real remote on loopback, a server's side kept in memory.

mod bench;
mod desk;
mod remote;

mod chats;
mod compiling;
mod fairness;
mod limits;
mod loading;
mod outgoing;
mod records;
mod secrets;
mod signing;
mod surroundings;
