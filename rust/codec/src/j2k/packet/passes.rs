//! How the new passes of a block are divided into codeword segments, and how long each is (T.800 B.10.7, T.814 B.3).

use crate::Result;

use super::super::block::Style;
use super::super::markers::malformed;
use super::bits::BitReader;
use super::state::{Block, Coder};

const WRONG: &str = "JPEG 2000: a length that no high-throughput block has";

/// Passes before the first raw one with selective bypass (T.800 D.6).
const BEFORE_BYPASS: u8 = 10;

/// How many passes from `pass` on the codeword segment has that holds it, in a block coded by T.800 (Tables D.8, D.9).
pub(crate) const fn room(style: Style, pass: u8) -> u8 {
    if style.termall {
        return 1;
    }
    if !style.bypass {
        return u8::MAX;
    }
    if pass < BEFORE_BYPASS {
        return BEFORE_BYPASS - pass;
    }
    // Two raw passes together, then a clean-up pass alone.
    if (pass - BEFORE_BYPASS).is_multiple_of(3) { 2 } else { 1 }
}

/// True where a codeword segment begins with this pass.
pub(crate) const fn is_first(style: Style, pass: u8) -> bool {
    if pass < BEFORE_BYPASS || !style.bypass {
        return pass == 0 || style.termall;
    }
    style.termall || (pass - BEFORE_BYPASS) % 3 != 1
}

/// The new passes of a block in one packet.
#[derive(Debug)]
pub(super) struct Lengths {
    style: Style,
    /// The next pass, and how many are left.
    pass: u8,
    left: u8,
}

impl Lengths {
    /// `passes` more of a block.
    pub(super) fn new(style: Style, block: &mut Block, passes: u8) -> Result<Self> {
        let pass = block.passes;
        block.passes = pass.checked_add(passes).ok_or(malformed("JPEG 2000: a block of too many passes"))?;
        Ok(Self { style, pass, left: passes })
    }

    /// The next codeword segment, or the part of one that this packet holds: its first pass, its passes, its bytes.
    pub(super) fn next(&mut self, block: &mut Block, bits: &mut BitReader) -> Result<Option<(u8, u8, u32)>> {
        if self.left == 0 {
            return Ok(None);
        }
        let passes = match block.coder {
            Coder::Annex => self.left.min(room(self.style, self.pass)),
            // A clean-up pass alone, then both refinements together.
            Coder::Throughput => self.left.min(if self.pass % 3 == 1 { 2 } else { 1 }),
            Coder::Undecided(_) => return self.undecided(block, bits),
        };
        let length = bits.bits(length_bits(block, passes)?)?;
        Ok(Some(self.take(passes, length)))
    }

    fn take(&mut self, passes: u8, length: u32) -> (u8, u8, u32) {
        let pass = self.pass;
        self.pass += passes;
        self.left -= passes;
        (pass, passes, length)
    }

    /// A block of placeholder passes so far. Sets of them have no length; the first length that is not 0 is that of a clean-up pass of T.814,
    /// or, where blocks of T.800 may come too, one whose top bit is set is of such a block.
    fn undecided(&mut self, block: &mut Block, bits: &mut BitReader) -> Result<Option<(u8, u8, u32)>> {
        let is_mixed = block.coder == Coder::Undecided(true);
        // Passes up to the last that may be a clean-up pass.
        let beyond = (u16::from(self.pass) + u16::from(self.left) - 1) % 3;
        let upto = self.left.saturating_sub(u8::try_from(beyond).unwrap_or(0));
        if upto > 0 {
            let count = length_bits(block, upto)?;
            let length = bits.bits(count)?;
            let is_short = length >> (count - 1) == 0 && block.length_bits > 3;
            if length > 1 && (!is_mixed || is_short) {
                block.coder = Coder::Throughput;
                let (pass, _, length) = self.take(upto, length);
                return Ok(Some((pass + upto - 1, 1, length)));
            }
            if length > 0 && !is_mixed {
                return Err(malformed(WRONG));
            }
            return self.rest(block, bits, (count, length), is_mixed);
        }
        self.rest(block, bits, (0, 0), is_mixed)
    }

    /// All passes are placeholders or of T.800: the length has as many bits as all of them ask for, `read` has the first ones.
    fn rest(
        &mut self,
        block: &mut Block,
        bits: &mut BitReader,
        (count, high): (u32, u32),
        is_mixed: bool,
    ) -> Result<Option<(u8, u8, u32)>> {
        let more = length_bits(block, self.left)?.saturating_sub(count);
        let low = bits.bits(more)?;
        let length = high.checked_shl(more).unwrap_or(0) | low;
        if length > 0 {
            if !is_mixed {
                return Err(malformed(WRONG));
            }
            block.coder = Coder::Annex;
        }
        let taken = self.take(self.left, length);
        Ok(if length > 0 { Some(taken) } else { None })
    }
}

/// T.800 B.10.7.1: Lblock + floor(log2(passes)).
fn length_bits(block: &Block, passes: u8) -> Result<u32> {
    let bits = u32::from(block.length_bits) + passes.max(1).ilog2();
    if bits > 32 {
        Err(malformed("JPEG 2000: a code block of more than 32 bits of length"))
    } else {
        Ok(bits)
    }
}
