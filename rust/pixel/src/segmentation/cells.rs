//! The samples of one frame: its single bits as they lie in the pixel data, or a byte or two a pixel.

use radiogram_core::{Error, ErrorKind, Result};
use radiogram_data::Document;

use super::Segmentation;
use super::piece::Piece;
use crate::frames::{Frames, Scratch};
use crate::layout::Finding;

/// Memory that a thread uses again from frame to frame.
#[derive(Default)]
pub(super) struct Memory {
    scratch: Scratch,
    bytes: Vec<u8>,
    /// What the best fraction of a pixel is so far.
    pub(super) best: Vec<u16>,
}

/// The samples of a frame.
#[derive(Clone, Copy)]
pub(super) enum Cells<'a> {
    /// Single bits, the least significant first, from this one on (PS3.5 8.1.1).
    Bits(&'a [u8], usize),
    /// A byte each.
    Bytes(&'a [u8]),
    /// Two bytes each, in the order of the host.
    Words(&'a [u8]),
}

impl<'a> Cells<'a> {
    /// So many of them from one on; none where there are not so many.
    pub(super) fn part(self, first: usize, count: usize) -> Cells<'a> {
        let bytes = |all: &'a [u8], size: usize| {
            let end = first.checked_add(count).and_then(|end| end.checked_mul(size));
            end.and_then(|end| all.get(first.saturating_mul(size)..end)).unwrap_or_default()
        };
        match self {
            Self::Bits(all, skip) => Self::Bits(all, skip.saturating_add(first)),
            Self::Bytes(all) => Self::Bytes(bytes(all, 1)),
            Self::Words(all) => Self::Words(bytes(all, 2)),
        }
    }

    /// Calls `each` with the number and the sample of every pixel that is not 0, in order.
    #[inline]
    pub(super) fn each(&self, count: usize, mut each: impl FnMut(usize, u16)) {
        match self {
            Self::Bits(bytes, first) => bits(bytes, *first, count, &mut |at| each(at, 1)),
            Self::Bytes(bytes) => {
                for (group, eight) in bytes.chunks(8).enumerate() {
                    // Most of a frame is background.
                    if eight.iter().all(|byte| *byte == 0) {
                        continue;
                    }
                    for (at, byte) in eight.iter().enumerate().filter(|(_, byte)| **byte != 0) {
                        each(group * 8 + at, (*byte).into());
                    }
                }
            }
            Self::Words(bytes) => {
                for (at, word) in bytes.as_chunks::<2>().0.iter().enumerate() {
                    let word = u16::from_ne_bytes(*word);
                    if word != 0 {
                        each(at, word);
                    }
                }
            }
        }
    }
}

/// Calls `each` with the number of every bit that is set, of `count` from `first` on; those that are not there are not set.
#[inline]
fn bits(bytes: &[u8], first: usize, count: usize, each: &mut impl FnMut(usize)) {
    let mut base = 0;
    while base < count {
        let mut word = word(bytes, first + base);
        let left = count - base;
        if left < 64 {
            word &= (1 << left) - 1;
        }
        while word != 0 {
            each(base + word.trailing_zeros() as usize);
            word &= word - 1;
        }
        base += 64;
    }
}

/// 64 bits from any bit on, the first one lowest; zeros past the end.
#[inline]
fn word(bytes: &[u8], bit: usize) -> u64 {
    let (at, shift) = (bit / 8, bit % 8);
    let rest = bytes.get(at..).unwrap_or_default();
    if let Some(nine) = rest.first_chunk::<9>() {
        let [low @ .., high] = *nine;
        let low = u64::from_le_bytes(low) >> shift;
        return if shift == 0 { low } else { low | u64::from(high) << (64 - shift) };
    }
    let mut wide = [0_u8; 16];
    for (slot, byte) in wide.iter_mut().zip(rest) {
        *slot = *byte;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the lower half is what is asked for")]
    let word = (u128::from_le_bytes(wide) >> shift) as u64;
    word
}

impl Segmentation {
    /// The samples of a frame, read now where they are not in memory; what a decoder read past is a finding.
    pub(super) fn cells<'m>(
        &self,
        documents: &[&'m Document],
        frame: u32,
        memory: &'m mut Memory,
    ) -> Result<(Cells<'m>, Option<Finding>)> {
        let source = self.piece(frame).map_or(0, |(piece, _)| piece.source);
        self.cells_of_piece(documents, frame, memory).map_err(|error| error.of_part(source))
    }

    fn cells_of_piece<'m>(
        &self,
        documents: &[&'m Document],
        frame: u32,
        memory: &'m mut Memory,
    ) -> Result<(Cells<'m>, Option<Finding>)> {
        let missing = || {
            Error::new(ErrorKind::Pixel, format!("the pixel data end before frame {}", u64::from(frame) + 1))
        };
        let Memory { scratch, bytes, .. } = memory;
        let (piece, frame) = self.piece(frame)?;
        let document = *documents.get(piece.source).ok_or_else(missing)?;
        let (Piece { layout, plan, frames, .. }, frame) = (piece, u64::from(frame));
        let whole = |bytes| if plan.dtype().size() == 1 { Cells::Bytes(bytes) } else { Cells::Words(bytes) };
        if let Frames::Native { row } = *frames {
            let bits = layout.frame_bits().checked_mul(frame).ok_or_else(missing)?;
            let end = (bits + layout.frame_bits()).div_ceil(8);
            if end > document.extent(row).1 {
                return Err(missing());
            }
            let skip = usize::try_from(bits % 8).unwrap_or(0);
            if layout.bits_allocated == 1
                && let Some(all) = document.present(row)
            {
                let part = usize::try_from(bits / 8).ok().and_then(|from| all.get(from..));
                return Ok((Cells::Bits(part.ok_or_else(missing)?, skip), None));
            }
            if document.present(row).is_none() && !layout.word_swapped {
                // A frame at a time, kept nowhere: all of them may be far more than what comes of them.
                let length = usize::try_from(end - bits / 8).map_err(|_| missing())?;
                let stored = scratch.stored(length)?;
                document.read_into(row, bits / 8, stored)?;
                if layout.bits_allocated == 1 {
                    return Ok((Cells::Bits(stored, skip), None));
                }
                fit(bytes, plan.frame_len()?)?;
                plan.frame_into(stored, 0, bytes)?;
                return Ok((whole(bytes), None));
            }
        }
        fit(bytes, plan.frame_len()?)?;
        let found = frames.frame_into(document, plan, frame, scratch, bytes)?;
        Ok((whole(bytes), found))
    }
}

fn fit(buffer: &mut Vec<u8>, count: usize) -> Result<()> {
    if buffer.capacity() < count {
        *buffer = radiogram_core::try_vec(count)?;
    }
    buffer.resize(count, 0);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Random;

    #[test]
    fn bits_are_found_from_any_bit_on() {
        let mut random = Random::new(11);
        for _ in 0..300 {
            let bytes = random.bytes(40);
            let first = random.below(100);
            let count = random.below(320 - first);
            let mut found = Vec::new();
            bits(&bytes, first, count, &mut |at| found.push(at));
            let expected: Vec<usize> =
                (0..count).filter(|at| bytes[(first + at) / 8] >> ((first + at) % 8) & 1 == 1).collect();
            assert_eq!(found, expected, "{count} from {first}");
        }
    }

    #[test]
    fn parts_are_what_lies_in_them() {
        let mut random = Random::new(13);
        let bytes = random.bytes(64);
        let all = |cells: Cells<'_>, count| {
            let mut found = Vec::new();
            cells.each(count, |at, value| found.push((at, value)));
            found
        };
        for cells in [Cells::Bits(&bytes, 3), Cells::Bytes(&bytes), Cells::Words(&bytes)] {
            let whole = all(cells, 32);
            for (first, count) in [(0, 32), (5, 7), (31, 1), (9, 0)] {
                let expected: Vec<_> = whole
                    .iter()
                    .filter(|(at, _)| (first..first + count).contains(at))
                    .map(|(at, value)| (at - first, *value))
                    .collect();
                assert_eq!(all(cells.part(first, count), count), expected, "{count} from {first}");
            }
        }
        assert_eq!(all(Cells::Bytes(&bytes).part(60, 5), 5), []);
    }

    #[test]
    fn samples_that_are_not_0_come_in_order() {
        let mut random = Random::new(12);
        let mut bytes = random.bytes(101);
        bytes[8..40].fill(0);
        let mut found = Vec::new();
        Cells::Bytes(&bytes).each(101, |at, value| found.push((at, value)));
        let expected: Vec<(usize, u16)> =
            bytes.iter().enumerate().filter(|(_, b)| **b != 0).map(|(at, b)| (at, (*b).into())).collect();
        assert_eq!(found, expected);
    }
}
