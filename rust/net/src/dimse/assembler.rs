//! From fragments to messages (PS3.8 E.1, PS3.7 6.3.1): command sets are gathered up to a limit, data sets are handed on as they come.
//!
//! One message comes after the other: while one is under way, nothing of another may come, on its context or on a different one.

use super::{Command, Unreadable};
use crate::{Fault, Fragment, Limits};

/// What a fragment has brought.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part<'b> {
    /// Nothing that is complete.
    Pending,
    /// A command. Where a data set follows, what comes next is that.
    Command(u8, Box<Command>),
    /// A command that cannot be read. Where a data set follows, what comes next is that.
    Unreadable(u8, Unreadable),
    /// Bytes of the data set of the last command, and whether it ends with them.
    Data {
        /// The bytes.
        bytes: &'b [u8],
        /// True where the data set ends with them.
        is_last: bool,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    Between,
    Command(u8),
    Data(u8),
}

/// The messages of one association, as they come.
#[derive(Clone, Debug)]
pub struct Assembler {
    place: Place,
    command: Vec<u8>,
    limit: u32,
}

impl Assembler {
    /// Before the first message.
    pub const fn new(limits: Limits) -> Self {
        Self { place: Place::Between, command: Vec::new(), limit: limits.command }
    }

    /// True where no message is under way.
    pub fn is_between(&self) -> bool {
        self.place == Place::Between
    }

    /// Takes a fragment.
    pub fn take<'b>(&mut self, fragment: Fragment<'b>) -> Result<Part<'b>, Fault> {
        let Fragment { context, is_command, is_last, bytes } = fragment;
        match (self.place, is_command) {
            (Place::Between, true) => {
                self.place = Place::Command(context);
                self.gather(context, bytes, is_last)
            }
            (Place::Command(current), true) if current == context => self.gather(context, bytes, is_last),
            (Place::Data(current), false) if current == context => {
                if is_last {
                    self.place = Place::Between;
                }
                Ok(Part::Data { bytes, is_last })
            }
            (Place::Between, false) => Err(Fault::invalid("a data set without a command in front of it", 0)),
            (Place::Data(_), true) => Err(Fault::invalid("a command in the middle of a data set", 0)),
            (Place::Command(_), false) => Err(Fault::invalid("a data set in the middle of a command", 0)),
            (_, _) => Err(Fault::invalid("fragments of two messages are mixed", 0)),
        }
    }

    fn gather<'b>(&mut self, context: u8, bytes: &[u8], is_last: bool) -> Result<Part<'b>, Fault> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        if bytes.len() > limit.saturating_sub(self.command.len()) {
            return Err(Fault::invalid("a command set is longer than the limit", u64::from(self.limit)));
        }
        // A command in one piece, as nearly all are, is read where it lies.
        if is_last && self.command.is_empty() {
            return Ok(self.complete(context, bytes));
        }
        self.command
            .try_reserve(bytes.len())
            .map_err(|_| Fault::invalid("no memory for a command set", 0))?;
        self.command.extend_from_slice(bytes);
        if !is_last {
            return Ok(Part::Pending);
        }
        let command = std::mem::take(&mut self.command);
        Ok(self.complete(context, &command))
    }

    fn complete<'b>(&mut self, context: u8, bytes: &[u8]) -> Part<'b> {
        let decoded = Command::decode(bytes);
        let has_data = match &decoded {
            Ok(command) => command.has_data,
            Err(unreadable) => unreadable.has_data,
        };
        self.place = if has_data { Place::Data(context) } else { Place::Between };
        match decoded {
            Ok(command) => Part::Command(context, Box::new(command)),
            Err(unreadable) => Part::Unreadable(context, unreadable),
        }
    }
}
