//! The entropy-coded data of a sequential scan (T.81 F.2), and what scans of every kind share: tables of their components, restarts, the end.

use super::bits::Bits;
use super::huffman::Table;
use super::idct::Block;
use super::plan::Plan;
use crate::jpeg::markers::{RST0, next_marker};
use crate::{Error, ErrorKind, Result};

/// Zigzag order (T.81 A.3.6): the natural place of each coefficient. Runs past the end go to the last place, and are refused afterwards.
pub(super) const ZIGZAG: [u8; 80] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63,
];

/// Missing bits at the very end that are taken as zeros: some streams lost their last bytes.
const FORGIVEN: u64 = 32;

/// For each coefficient in zigzag order, its quantisation step (upper 24 bits) and natural place (lower 8).
pub(super) type Steps = [u32; 80];

/// The steps of a quantisation table in zigzag order.
pub(super) fn steps(table: &[u16; 64]) -> Steps {
    let mut steps = ZIGZAG.map(u32::from);
    steps.iter_mut().zip(table).for_each(|(step, &factor)| *step |= u32::from(factor) << 8);
    steps
}

/// A component of a scan.
#[derive(Clone, Copy)]
pub(super) struct Channel<'t> {
    /// Its place in the frame.
    pub(super) index: usize,
    pub(super) dc: &'t Table,
    pub(super) ac: &'t Table,
    pub(super) steps: &'t Steps,
    pub(super) prediction: i32,
}

/// What restarts: the reader, the count-down, and the run of blocks that a progressive scan passes over.
pub(super) struct Pace<'a> {
    data: &'a [u8],
    pub(super) bits: Bits<'a>,
    interval: u32,
    left: u32,
    next: u8,
    pub(super) skip: u32,
    pub(super) fault: Option<(usize, &'static str)>,
}

impl<'a> Pace<'a> {
    pub(super) const fn new(data: &'a [u8], at: usize, interval: u16) -> Self {
        let interval = interval as u32;
        Self { data, bits: Bits::new(data, at), interval, left: interval, next: 0, skip: 0, fault: None }
    }

    /// True where a restart marker must come before the next MCU. To be asked once before each.
    #[inline(always)]
    pub(super) const fn is_due(&mut self) -> bool {
        if self.interval == 0 {
            return false;
        }
        if self.left == 0 {
            return true;
        }
        self.left -= 1;
        false
    }

    /// Passes over the restart marker that is due (T.81 F.2.2.4).
    #[cold]
    #[inline(never)]
    pub(super) fn restart(&mut self) -> Result<()> {
        self.check()?;
        let from = self.bits.position();
        let at = next_marker(self.data, from);
        let between = self.data.get(from..at).unwrap_or_default();
        if between.iter().any(|&byte| byte != 0xFF) {
            self.fault.get_or_insert((from, "bytes before a restart marker were passed over"));
        }
        match self.data.get(at + 1) {
            Some(&marker) if marker == RST0 + self.next => {}
            Some(_) => return Err(Error::new(ErrorKind::Malformed, "another marker than the restart marker").at(at)),
            None => return Err(Error::new(ErrorKind::Truncated, "the scan ends before a restart marker").at(at)),
        }
        self.bits = Bits::new(self.data, at + 2);
        self.next = (self.next + 1) & 7;
        self.left = self.interval - 1;
        self.skip = 0;
        Ok(())
    }

    /// Fails where bits were made up.
    #[inline(always)]
    pub(super) fn check(&self) -> Result<()> {
        if self.bits.overrun() > FORGIVEN { Err(self.cut()) } else { Ok(()) }
    }

    #[cold]
    fn cut(&self) -> Error {
        Error::new(ErrorKind::Truncated, "the entropy-coded data ends before the image").at(self.bits.position())
    }

    /// The place behind the scan.
    pub(super) fn finish(&mut self) -> Result<usize> {
        self.check()?;
        let at = self.bits.position();
        if self.bits.overrun() > 0 {
            self.fault.get_or_insert((at, "the last bits of a scan are missing and were taken as zeros"));
        }
        Ok(at)
    }
}

/// A coefficient times its step, within 16 bits.
#[inline(always)]
fn scaled(value: i32, step: u32) -> i16 {
    value.wrapping_mul((step >> 8) as i32).clamp(-32768, 32767) as i16
}

/// Decodes one block, which is all zeros before, and gives the last coefficient that is not zero (or more).
#[inline(always)]
pub(super) fn decode_block(reader: &mut Bits<'_>, channel: &mut Channel<'_>, block: &mut Block) -> Result<u8> {
    let mut bits = *reader;
    let steps = channel.steps;
    bits.refill();
    let entry = channel.dc.look(&bits);
    let difference = if entry.value() == 0 {
        let size = channel.dc.take_symbol_of(entry, &mut bits)?;
        if size > 15 {
            return Err(bad_block(&bits));
        }
        bits.take_signed(size)
    } else {
        bits.skip(entry.length());
        entry.value()
    };
    channel.prediction = channel.prediction.wrapping_add(difference);
    block[0] = scaled(channel.prediction, steps[0]);
    let (mut place, mut last) = (1_usize, 0_usize);
    while place < 64 {
        if bits.count() < 32 {
            bits.refill();
        }
        let entry = channel.ac.look(&bits);
        let value = if entry.value() == 0 {
            let symbol = channel.ac.take_symbol_of(entry, &mut bits)?;
            if symbol & 0xF == 0 {
                if symbol != 0xF0 {
                    break;
                }
                place += 16;
                continue;
            }
            place += (symbol >> 4) as usize;
            bits.take_signed(symbol & 0xF)
        } else {
            place += entry.run() as usize;
            bits.skip(entry.length());
            entry.value()
        };
        // A place is below 64 + 16, a natural place below 64.
        let step = steps.get(place).copied().unwrap_or(63);
        block[(step & 63) as usize] = scaled(value, step);
        last = place;
        place += 1;
    }
    *reader = bits;
    if place > 64 { Err(bad_block(&bits)) } else { Ok(last as u8) }
}

#[cold]
#[inline(never)]
fn bad_block(bits: &Bits<'_>) -> Error {
    Error::new(ErrorKind::Malformed, "a block of more coefficients than 64, or larger ones than there can be").at(bits.position())
}

/// One row of MCUs, interleaved: `blocks` and `lasts` hold, for each component of the frame, the blocks of this row.
#[inline(always)]
pub(super) fn decode_row(
    pace: &mut Pace<'_>,
    channels: &mut [Channel<'_>],
    plan: &Plan,
    blocks: &mut [Vec<Block>; 4],
    lasts: &mut [Vec<u8>; 4],
) -> Result<()> {
    for mcu in 0..plan.mcus_across {
        if pace.is_due() {
            pace.restart()?;
            channels.iter_mut().for_each(|channel| channel.prediction = 0);
        }
        for channel in &mut *channels {
            let Some(part) = plan.parts().get(channel.index) else { continue };
            let (Some(blocks), Some(lasts)) = (blocks.get_mut(channel.index), lasts.get_mut(channel.index)) else {
                continue;
            };
            for down in 0..part.down {
                let first = down * part.stride + mcu * part.across;
                for place in first..first + part.across {
                    let (Some(block), Some(last)) = (blocks.get_mut(place), lasts.get_mut(place)) else { continue };
                    *block = [0; 64];
                    *last = decode_block(&mut pace.bits, channel, block)?;
                }
            }
        }
    }
    pace.check()
}

#[cfg(test)]
mod tests {
    use super::ZIGZAG;

    #[test]
    fn zigzag_goes_along_the_diagonals() {
        let mut seen = [false; 64];
        for pair in ZIGZAG[..64].windows(2) {
            let (y0, x0, y1, x1) = (pair[0] / 8, pair[0] % 8, pair[1] / 8, pair[1] % 8);
            assert!(x1 + y1 == x0 + y0 || x1 + y1 == x0 + y0 + 1);
            seen[usize::from(pair[0])] = true;
        }
        assert!(seen[..63].iter().all(|&seen| seen) && ZIGZAG[63..].iter().all(|&place| place == 63));
    }
}
