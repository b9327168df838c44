//! A message on its way out: its bytes in pieces that fit the peer's PDUs, each with the head that goes in front of it. Nothing is copied.

use crate::pdu::DataHead;

/// The pieces of some bytes of a command or a data set.
#[derive(Clone, Debug)]
pub struct Pieces<'b> {
    rest: Option<&'b [u8]>,
    context: u8,
    is_command: bool,
    is_last: bool,
    room: u32,
}

impl<'b> Pieces<'b> {
    /// Pieces of no more than `room` bytes, as [`crate::pdu::data_tf::content_room`] gives it. `is_last` says that the command or data set
    /// ends with these bytes; only then are none of them one empty piece.
    pub fn new(context: u8, is_command: bool, is_last: bool, bytes: &'b [u8], room: u32) -> Self {
        let rest = Some(bytes).filter(|bytes| is_last || !bytes.is_empty());
        Self { rest, context, is_command, is_last, room: room.max(1) }
    }
}

impl<'b> Iterator for Pieces<'b> {
    type Item = (DataHead, &'b [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.take()?;
        let most = usize::try_from(self.room).unwrap_or(usize::MAX);
        let (piece, behind) = rest.split_at_checked(most).unwrap_or((rest, &[]));
        self.rest = Some(behind).filter(|behind| !behind.is_empty());
        let head = DataHead {
            context: self.context,
            is_command: self.is_command,
            is_last: self.is_last && self.rest.is_none(),
            length: u32::try_from(piece.len()).unwrap_or(self.room),
        };
        Some((head, piece))
    }
}
