//! Raw bits, for passes that bypass the arithmetic coder (T.800 D.6).

use super::mq_encode::Sink;
use super::states::Contexts;

/// A writer of single bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct RawWriter {
    held: u8,
    /// Bits that the byte still has room for.
    room: u32,
    /// Bits that it has in all: seven behind one of ones.
    size: u32,
}

impl RawWriter {
    pub(super) const fn new() -> Self {
        Self { held: 0, room: 8, size: 8 }
    }
}

impl Sink for RawWriter {
    const RAW: bool = true;

    #[inline(always)]
    fn symbol(&mut self, _: &mut Contexts, _: u8, bit: u64, data: &mut Vec<u8>) {
        self.room -= 1;
        self.held |= (bit as u8) << self.room;
        if self.room == 0 {
            data.push(self.held);
            self.size = if self.held == 0xFF { 7 } else { 8 };
            (self.held, self.room) = (0, self.size);
        }
    }

    #[inline(always)]
    fn flat(&mut self, contexts: &mut Contexts, context: u8, bit: u64, data: &mut Vec<u8>) {
        self.symbol(contexts, context, bit, data);
    }

    /// The last byte is filled with noughts and ones in turn. A byte of ones does not stand at the end (T.800 D.6).
    fn finish(self, is_predictable: bool, data: &mut Vec<u8>) {
        if self.room < self.size || (is_predictable && self.size == 7) {
            let filling = if self.room.is_multiple_of(2) { 0x55 } else { 0x2A };
            data.push(self.held | (filling & u8::MAX >> (8 - self.room)));
        } else if self.size == 7 {
            data.pop();
        }
    }

    fn enough(&self, data: &[u8]) -> usize {
        data.len() + usize::from(self.room < self.size)
    }
}
