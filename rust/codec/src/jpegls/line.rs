//! Lines of samples from bits: regular mode and runs (T.87 A.3 to A.7), for one component or for several whose samples alternate.

use crate::{Error, ErrorKind, Result};

use super::bits::{BitReader, READY};
use super::context::{RunIndex, State};
use super::gradient::{Classes, predict};
use super::params::Coding;

const BAD_CODE: Error = Error::new(ErrorKind::Malformed, "JPEG-LS: a code that no encoder writes");
pub(super) const SHORT: Error =
    Error::new(ErrorKind::Truncated, "JPEG-LS: the codestream ends within a scan");

/// Errors of 16-bit samples have smaller codes.
const LARGEST: u32 = 1 << 17;

/// What lines are decoded by.
#[derive(Debug)]
pub(super) struct LineDecoder<'a> {
    pub(super) coding: Coding,
    pub(super) classes: Classes,
    pub(super) reader: BitReader<'a>,
    pub(super) state: State,
}

/// One line. Both buffers have `N` guard samples on each side.
pub(super) struct Line<'a> {
    pub(super) above: &'a [u16],
    pub(super) here: &'a mut [u16],
    /// What the line above says of the contexts.
    pub(super) contexts: &'a [i16],
}

impl LineDecoder<'_> {
    /// Decodes one line of `N` components whose samples alternate.
    #[inline(always)]
    pub(super) fn decode<const N: usize, const PLAIN: bool>(
        &mut self,
        line: Line<'_>,
        runs: &mut RunIndex,
    ) -> Result<()> {
        let Line { above, here, contexts } = line;
        let mut reader = self.reader;
        let mut left = [0; N];
        let mut corner = [0; N];
        for i in 0..N {
            left[i] = i32::from(*here.get(i).ok_or(BAD_CODE)?);
            corner[i] = i32::from(*above.get(i).ok_or(BAD_CODE)?);
        }
        let mut at = 0;
        while let Some(from_above) = contexts.get(at..at + N) {
            let mut classes = [0; N];
            for i in 0..N {
                classes[i] = i32::from(from_above[i]) + self.classes.of(corner[i] - left[i]);
            }
            if classes.iter().all(|&class| class == 0) {
                let length = self.run::<N>(&mut reader, runs, &left, at, here, contexts.len())?;
                at += length;
                if at >= contexts.len() {
                    break;
                }
                for i in 0..N {
                    corner[i] = i32::from(*above.get(at + N + i).ok_or(BAD_CODE)?);
                }
                let ended = self.end_run::<N, PLAIN>(&mut reader, *runs, &left, &corner)?;
                runs.shrink();
                left = ended;
            } else {
                for i in 0..N {
                    let b = i32::from(*above.get(at + N + i).ok_or(BAD_CODE)?);
                    let predicted = predict(left[i], b, corner[i]);
                    corner[i] = b;
                    left[i] = self.regular::<PLAIN>(&mut reader, classes[i], predicted)?;
                }
            }
            let slots = here.get_mut(at + N..at + 2 * N).ok_or(BAD_CODE)?;
            for i in 0..N {
                slots[i] = left[i] as u16;
            }
            at += N;
        }
        self.reader = reader;
        if reader.is_past_end() { Err(SHORT.at(reader.offset())) } else { Ok(()) }
    }

    /// One sample in regular mode, from its signed context and its prediction.
    #[inline(always)]
    fn regular<const PLAIN: bool>(
        &mut self,
        reader: &mut BitReader<'_>,
        class: i32,
        predicted: i32,
    ) -> Result<i32> {
        let coding = &self.coding;
        let sign = class >> 31;
        let index = ((class ^ sign) - sign) as usize;
        let context = &mut self.state.contexts[index & 511];
        let corrected = (predicted + ((context.correction() ^ sign) - sign)).clamp(0, coding.maxval);
        let code = golomb(reader, context.k(), coding.limit, coding.qbpp)?;
        let error = ((code >> 1) as i32 ^ -((code & 1) as i32)) ^ context.flip();
        if PLAIN || coding.near == 0 {
            context.update::<true>(error, 1, coding.reset);
        } else {
            context.update::<false>(error, coding.step(), coding.reset);
        }
        Ok(rebuild::<PLAIN>(coding, corrected, (error ^ sign) - sign))
    }

    /// A run (T.87 A.7.1): repeats the samples at the left, and gives the number of samples.
    fn run<const N: usize>(
        &self,
        reader: &mut BitReader<'_>,
        runs: &mut RunIndex,
        left: &[i32; N],
        at: usize,
        here: &mut [u16],
        end: usize,
    ) -> Result<usize> {
        let room = (end - at) / N;
        let mut length = 0;
        loop {
            if reader.read(1) == 0 {
                let bits = runs.bits();
                length += if bits == 0 { 0 } else { reader.read(bits) as usize };
                if length >= room {
                    return Err(BAD_RUN.at(reader.offset()));
                }
                break;
            }
            let part = 1 << runs.bits();
            if length + part <= room {
                runs.grow();
            }
            length = (length + part).min(room);
            if length == room {
                break;
            }
        }
        let samples = here.get_mut(at + N..at + (1 + length) * N).ok_or(BAD_CODE)?;
        if N == 1 {
            samples.fill(left[0] as u16);
        } else {
            for pixel in samples.chunks_exact_mut(N) {
                for i in 0..N {
                    pixel[i] = left[i] as u16;
                }
            }
        }
        Ok(length * N)
    }

    /// The samples that end a run (T.87 A.7.2); in sample interleave all are of the first kind.
    fn end_run<const N: usize, const PLAIN: bool>(
        &mut self,
        reader: &mut BitReader<'_>,
        runs: RunIndex,
        left: &[i32; N],
        above: &[i32; N],
    ) -> Result<[i32; N]> {
        let coding = &self.coding;
        let mut samples = [0; N];
        for i in 0..N {
            let (a, b) = (left[i], above[i]);
            let alike = N == 1 && (a - b).abs() <= coding.near;
            let context = &mut self.state.runs[usize::from(alike)];
            let k = context.k();
            reader.refill();
            let code = golomb(reader, k, coding.limit - runs.bits() - 1, coding.qbpp)?;
            let error = context.error(code, k);
            context.update(error, code, coding.reset);
            let (predicted, error) = if alike { (a, error) } else { (b, if a > b { -error } else { error }) };
            samples[i] = rebuild::<PLAIN>(coding, predicted, error);
        }
        Ok(samples)
    }
}

const BAD_RUN: Error = Error::new(ErrorKind::Malformed, "JPEG-LS: a run that is longer than its line");

/// A code of limited length (T.87 A.5.3).
#[inline(always)]
fn golomb(reader: &mut BitReader<'_>, k: u32, limit: u32, qbpp: u32) -> Result<u32> {
    reader.refill();
    let zeros = reader.held.leading_zeros();
    let plain = limit.wrapping_sub(qbpp + 1);
    if zeros < plain && zeros + 1 + k <= READY {
        let rest = reader.held << zeros << 1;
        let code = (zeros << k) | (rest >> 1 >> (63 - k)) as u32;
        reader.skip(zeros + 1);
        reader.skip(k);
        return if code < LARGEST { Ok(code) } else { Err(BAD_CODE.at(reader.offset())) };
    }
    golomb_by_parts(reader, k, plain, qbpp)
}

/// The same of a code that is longer than what is at hand, or that gives the error plainly.
#[cold]
#[inline(never)]
fn golomb_by_parts(reader: &mut BitReader<'_>, k: u32, plain: u32, qbpp: u32) -> Result<u32> {
    let mut zeros = reader.held.leading_zeros();
    if zeros > 32 {
        reader.skip(32);
        reader.refill();
        zeros = 32 + reader.held.leading_zeros();
        reader.skip(zeros.min(63) - 32);
    } else {
        reader.skip(zeros);
    }
    if zeros > plain || k > 24 {
        let error = if reader.is_past_end() { SHORT } else { BAD_CODE };
        return Err(error.at(reader.offset()));
    }
    reader.skip(1);
    let code = if zeros < plain { (zeros << k) | reader.read(k) } else { reader.read(qbpp) + 1 };
    if code < LARGEST { Ok(code) } else { Err(BAD_CODE.at(reader.offset())) }
}

/// The sample from its prediction and its error (T.87 A.4.4, A.4.5).
#[inline(always)]
fn rebuild<const PLAIN: bool>(coding: &Coding, predicted: i32, error: i32) -> i32 {
    if PLAIN {
        return (predicted + error) & coding.maxval;
    }
    let span = coding.range * coding.step();
    let value = predicted + error * coding.step();
    let value = if value < -coding.near {
        value + span
    } else if value > coding.maxval + coding.near {
        value - span
    } else {
        value
    };
    value.clamp(0, coding.maxval)
}
