//! Command sets: what was read is what is read again, and what was said about a status is one line.

use crate::dimse::{Command, Service, Status};

/// Reads a command set.
///
/// # Panics
///
/// Where it reads differently once it was written.
pub fn fuzz_command(data: &[u8]) {
    match Command::decode(data) {
        Ok(command) => {
            let mut out = Vec::new();
            command.encode(&mut out).expect("what was read can be written");
            assert_eq!(out.len() % 2, 0);
            assert_eq!(Command::decode(&out), Ok(command));
        }
        Err(unreadable) => {
            let meaning = Status(unreadable.status()).explain(Service::CEcho, None);
            assert!(meaning.is_some(), "an answer that nobody understands");
        }
    }
}
