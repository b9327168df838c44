//! From residuals to bits: symbols, counted in some rows and written in all.

use super::bits::{BitWriter, Room};
use super::header::{HIGHEST, RUNS, SHORTEST_RUN};
use super::prefix::{Code, SYMBOLS};
use crate::Result;

/// Samples that are a run, or none, together.
const PIECE: usize = 16;
/// Symbols of residuals: those of 18 bits are 68.
const RESIDUALS: usize = 128;
/// Symbols of lengths of runs, of up to 2^17.
const LENGTHS: usize = 18;
/// Zeros that a run has beside its length: a first one that is repeated, and as many as the shortest one.
const FIRST: usize = 1 + SHORTEST_RUN;

/// The symbol of a number, with `highest` of its highest bits beside their number (18181-1 C.3.3), and how many bits follow.
#[inline(always)]
const fn symbol(value: u32, highest: u32) -> (u32, u32) {
    let below = (value | 1).ilog2().saturating_sub(highest);
    ((below << highest) + (value >> below), below)
}

/// How often the symbols of a channel are there.
#[derive(Clone, Debug)]
pub(super) struct Counts {
    symbols: [u32; SYMBOLS],
    /// Zeros that would be runs, all samples.
    pub(super) zeros: usize,
    pub(super) samples: usize,
}

impl Counts {
    pub(super) const NONE: Self = Self { symbols: [0; SYMBOLS], zeros: 0, samples: 0 };

    /// Counts a row.
    #[inline(always)]
    pub(super) fn add(&mut self, row: &[u32]) {
        let mut run = 0;
        for piece in row.chunks(PIECE) {
            if piece.iter().fold(0, |all, value| all | value) == 0 {
                run += piece.len();
                continue;
            }
            self.end(&mut run);
            for &value in piece {
                if let Some(count) = self.symbols.get_mut(symbol(value, HIGHEST).0 as usize) {
                    *count += 1;
                }
            }
        }
        self.end(&mut run);
        self.samples += row.len();
    }

    fn end(&mut self, run: &mut usize) {
        self.zeros += *run;
        if let Some(length) = run.checked_sub(FIRST) {
            let symbol = RUNS + symbol(length as u32, 0).0 as usize;
            self.symbols.get_mut(symbol).into_iter().for_each(|count| *count += 1);
        }
        *run = 0;
    }

    /// The code of these, in which every residual up to one of `bits` bits has its place.
    pub(super) fn code(mut self, bits: u32, has_runs: bool) -> Code {
        let last = symbol((1 << bits) - 1, HIGHEST).0 as usize;
        // What was not met may be met in other rows.
        self.symbols.iter_mut().take(RUNS).for_each(|count| *count *= 4);
        self.symbols.iter_mut().take(last + 1).for_each(|count| *count += 1);
        if has_runs {
            let runs: u32 = self.symbols.iter().skip(RUNS).sum();
            self.symbols.iter_mut().skip(RUNS).take(LENGTHS).for_each(|count| *count = *count * 4 + 1);
            self.symbols.iter_mut().take(1).for_each(|count| *count += runs * 4);
        } else {
            self.symbols.iter_mut().skip(RUNS).for_each(|count| *count = 0);
            self.symbols.iter_mut().take(1).for_each(|count| *count += self.zeros as u32 * 4);
        }
        Code::new(&self.symbols)
    }
}

/// Writes the residuals of a channel.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    /// For each symbol its bits, and above sixteen of them their number.
    symbols: [u32; RESIDUALS],
    lengths: [u32; LENGTHS],
    has_runs: bool,
    run: usize,
}

impl Writer {
    pub(super) fn new(code: &Code, has_runs: bool) -> Self {
        let entry = |at: usize| {
            let (bits, length) = (code.bits.get(at), code.lengths.get(at));
            u32::from(bits.copied().unwrap_or(0)) | u32::from(length.copied().unwrap_or(0)) << 16
        };
        Self {
            symbols: std::array::from_fn(entry),
            lengths: std::array::from_fn(|at| entry(RUNS + at)),
            has_runs,
            run: 0,
        }
    }

    /// Writes a row.
    #[inline(always)]
    pub(super) fn row(&mut self, row: &[u32], out: &mut BitWriter) -> Result<()> {
        let mut room = out.room(4 * row.len() + 4 * PIECE)?;
        for piece in row.chunks(PIECE) {
            if self.has_runs {
                if piece.iter().fold(0, |all, value| all | value) == 0 {
                    self.run += piece.len();
                    continue;
                }
                self.end(&mut room);
            }
            let (pairs, rest) = piece.as_chunks::<2>();
            for &[one, other] in pairs {
                let (one, count) = self.bits(one);
                let (other, more) = self.bits(other);
                room.put(count + more, one | other << count);
            }
            for &value in rest {
                let (bits, count) = self.bits(value);
                room.put(count, bits);
            }
        }
        Ok(())
    }

    /// Writes the run that the group ends with.
    pub(super) fn finish(&mut self, out: &mut BitWriter) -> Result<()> {
        self.end(&mut out.room(4 * PIECE)?);
        Ok(())
    }

    /// The bits of a residual, and how many: its code and what follows.
    #[inline(always)]
    fn bits(&self, value: u32) -> (u64, u32) {
        let (symbol, below) = symbol(value, HIGHEST);
        let entry = self.symbols.get(symbol as usize % RESIDUALS).copied().unwrap_or(0);
        let length = entry >> 16;
        let follow = u64::from(value & !(u32::MAX << below));
        (u64::from(entry & 0xFFFF) | follow << length, length + below)
    }

    #[inline(always)]
    fn end(&mut self, room: &mut Room<'_>) {
        if self.run > 0 {
            self.write_run(room);
        }
    }

    #[cold]
    fn write_run(&mut self, room: &mut Room<'_>) {
        let (zero, count) = self.bits(0);
        if let Some(length) = self.run.checked_sub(FIRST) {
            room.put(count, zero);
            let (symbol, below) = symbol(length as u32, 0);
            let entry = self.lengths.get(symbol as usize).copied().unwrap_or(0);
            let follow = u64::from(length as u32 & !(u32::MAX << below));
            room.put((entry >> 16) + below, u64::from(entry & 0xFFFF) | follow << (entry >> 16));
        } else {
            (0..self.run).for_each(|_| room.put(count, zero));
        }
        self.run = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::symbol;

    #[test]
    fn numbers_have_the_symbols_of_their_highest_bits() {
        let of = |value| symbol(value, 2);
        assert_eq!(
            [0, 1, 7, 8, 9, 15, 16].map(of),
            [(0, 0), (1, 0), (7, 0), (8, 1), (8, 1), (11, 1), (12, 2)]
        );
        assert_eq!(of((1 << 18) - 1), (67, 15));
        assert_eq!(
            [0, 1, 2, 3, 4, 65_536].map(|value| symbol(value, 0)),
            [(0, 0), (1, 0), (2, 1), (2, 1), (3, 2), (17, 16)]
        );
    }
}
