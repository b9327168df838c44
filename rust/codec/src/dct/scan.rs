//! The entropy-coded data of a sequential scan (T.81 F.2).
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "coefficients wrap at 16 bits, places are below 79"
)]

use super::bits::Bits;
use super::huffman::Table;
use super::idct::Block;
use super::plan::Plan;
use super::segments::Segments;
use crate::{Error, ErrorKind, Result};

/// Zigzag order (T.81 A.3.6): the natural place of each coefficient. Runs past the end go to the last place, and are refused afterwards.
pub(super) const ZIGZAG: [u8; 80] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63,
];

/// An error whose place the caller knows.
pub(super) const BEYOND: Error =
    Error::new(ErrorKind::Malformed, "more coefficients, or larger ones, than there can be");

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

/// Decodes one block, which is all zeros before, and gives the place before which all its coefficients lie, less one: 0 where only
/// the first may be there.
///
/// A coefficient times its step wraps at 16 bits, which no sound stream reaches (T.81 A.3.4: 8 times the range of a sample).
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "a natural place is below 64")]
pub(super) fn decode_block(
    bits: &mut Bits,
    data: &[u8],
    channel: &Channel<'_>,
    prediction: &mut i32,
    block: &mut Block,
) -> Result<u8> {
    let steps = channel.steps;
    bits.refill(data);
    let entry = channel.dc.look(bits);
    let difference = if entry.value() == 0 {
        let size = channel.dc.take_symbol_of(entry, bits)?;
        if size > 15 {
            return Err(BEYOND);
        }
        bits.take_signed(size)
    } else {
        bits.skip(entry.length());
        entry.value()
    };
    *prediction = prediction.wrapping_add(difference);
    block[0] = prediction.wrapping_mul((steps[0] >> 8) as i32) as i16;
    let mut place = 1_usize;
    while place < 64 {
        bits.hold(data);
        let entry = channel.ac.look(bits);
        let value = if entry.value() == 0 {
            let symbol = channel.ac.take_symbol_of(entry, bits)?;
            let size = symbol & 0xF;
            if size == 0 {
                if symbol != 0xF0 {
                    break;
                }
                place += 16;
                continue;
            }
            place += (symbol >> 4) as usize;
            bits.take_signed(size)
        } else {
            place += entry.run() as usize;
            bits.skip(entry.length());
            entry.value()
        };
        // A place is below 64 + 16.
        let step = steps.get(place).copied().unwrap_or(63);
        block[(step & 63) as usize] = value.wrapping_mul((step >> 8) as i32) as i16;
        place += 1;
    }
    if place > 64 { Err(BEYOND) } else { Ok(place as u8 - 1) }
}

/// One row of MCUs, interleaved: `blocks` and `lasts` hold, for each component of the frame, the blocks of this row.
#[inline(always)]
pub(super) fn decode_row(
    segments: &mut Segments<'_>,
    channels: &mut [Channel<'_>],
    plan: &Plan,
    blocks: &mut [Vec<Block>; 4],
    lasts: &mut [Vec<u8>; 4],
) -> Result<()> {
    if let ([channel], [blocks, ..], [lasts, ..]) = (&mut *channels, &mut *blocks, &mut *lasts) {
        let places = blocks.iter_mut().zip(lasts).take(plan.mcus_across);
        return decode_single(segments, channel, places);
    }
    let mut bits = segments.bits;
    for mcu in 0..plan.mcus_across {
        if segments.is_due() {
            segments.bits = bits;
            segments.restart()?;
            bits = segments.bits;
            for channel in &mut *channels {
                channel.prediction = 0;
            }
        }
        for channel in &mut *channels {
            let Some(part) = plan.parts().get(channel.index) else { continue };
            let (Some(blocks), Some(lasts)) = (blocks.get_mut(channel.index), lasts.get_mut(channel.index))
            else {
                continue;
            };
            let mut prediction = channel.prediction;
            for down in 0..part.down {
                let first = down * part.stride + mcu * part.across;
                let places = first..first + part.across;
                let (Some(blocks), Some(lasts)) = (blocks.get_mut(places.clone()), lasts.get_mut(places))
                else {
                    continue;
                };
                for (block, last) in blocks.iter_mut().zip(lasts) {
                    *block = [0; 64];
                    match decode_block(&mut bits, &segments.clean, channel, &mut prediction, block) {
                        Ok(place) => *last = place,
                        Err(error) => {
                            segments.bits = bits;
                            return Err(segments.locate(error));
                        }
                    }
                }
            }
            channel.prediction = prediction;
        }
    }
    segments.bits = bits;
    segments.check()
}

/// The same for a frame of one component, whose MCUs are its blocks.
#[inline(always)]
fn decode_single<'b>(
    segments: &mut Segments<'_>,
    channel: &mut Channel<'_>,
    places: impl Iterator<Item = (&'b mut Block, &'b mut u8)>,
) -> Result<()> {
    let (mut bits, mut prediction) = (segments.bits, channel.prediction);
    for (block, last) in places {
        if segments.is_due() {
            segments.bits = bits;
            segments.restart()?;
            (bits, prediction) = (segments.bits, 0);
        }
        *block = [0; 64];
        match decode_block(&mut bits, &segments.clean, channel, &mut prediction, block) {
            Ok(place) => *last = place,
            Err(error) => {
                segments.bits = bits;
                return Err(segments.locate(error));
            }
        }
    }
    (segments.bits, channel.prediction) = (bits, prediction);
    segments.check()
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
