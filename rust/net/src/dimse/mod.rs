//! DIMSE messages (PS3.7): command sets, typed, one file a service; the assembly of messages from fragments, and back; statuses in words.

pub mod assembler;
pub mod c_cancel;
pub mod c_echo;
pub mod c_find;
pub mod c_get;
pub mod c_move;
pub mod c_store;
pub mod element;
pub mod field;
pub mod fields;
pub mod message;
pub mod n_action;
pub mod n_create;
pub mod n_delete;
pub mod n_event_report;
pub mod n_get;
pub mod n_set;
pub mod outcome;
pub mod pieces;
pub mod set;
pub mod status;
pub mod window;

pub use assembler::{Assembler, Part};
pub use field::{CommandField, Service};
pub use fields::Value;
pub use message::{Command, Message, Unreadable};
pub use outcome::Outcome;
pub use pieces::Pieces;
pub use status::{Category, Status};
pub use window::Window;

#[cfg(test)]
mod tests;
