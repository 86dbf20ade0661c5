//! Accounts at services, connected by OAuth: the flow, what is refused of it, the use of its tokens, and its end.

mod crash;
mod ending;
mod flow;
mod nodes;
mod refreshing;
mod refusing;
