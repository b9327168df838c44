//! Lines of samples into bits, the mirror of `line` (T.87 A.3 to A.7).

use crate::simd::Level;

use super::context::{Context, RunContext, RunIndex, State};
use super::gradient::{AHEAD, Gradients, Ready, predict};
use super::params::Coding;
use super::wide;
use super::writer::{BitWriter, Sink};

/// What lines are encoded by.
#[derive(Debug)]
pub(super) struct LineEncoder<'a> {
    pub(super) coding: Coding,
    pub(super) gradients: &'a Gradients,
    pub(super) writer: BitWriter<'a>,
    pub(super) state: State,
}

/// One line. Both buffers of samples have as many guard samples on each side as samples alternate.
pub(super) struct Samples<'a> {
    pub(super) above: &'a [u16],
    /// The samples of the line; once it is encoded, those that a decoder gives.
    pub(super) here: &'a mut [u16],
}

impl LineEncoder<'_> {
    /// Encodes one line of `count` components whose samples alternate, by the function that was compiled for them.
    pub(super) fn encode(&mut self, level: Level, count: usize, line: &mut Samples<'_>, runs: &mut RunIndex) {
        match (count, self.coding.near) {
            (1, 0) => wide::encode::<1, true>(level, self, line, runs),
            (2, 0) => wide::encode::<2, true>(level, self, line, runs),
            (3, 0) => wide::encode::<3, true>(level, self, line, runs),
            (_, 0) => wide::encode::<4, true>(level, self, line, runs),
            (1, _) => wide::encode::<1, false>(level, self, line, runs),
            (2, _) => wide::encode::<2, false>(level, self, line, runs),
            (3, _) => wide::encode::<3, false>(level, self, line, runs),
            _ => wide::encode::<4, false>(level, self, line, runs),
        }
    }

    /// One line of `N` components.
    #[inline(always)]
    pub(super) fn samples<const N: usize, const LOSSLESS: bool>(
        &mut self,
        line: &mut Samples<'_>,
        runs: &mut RunIndex,
    ) {
        if LOSSLESS { self.exact::<N>(line, runs) } else { self.near::<N>(line, runs) }
    }

    /// Lossless: contexts and predictions are known beforehand, those of some pixels at a time.
    #[inline(always)]
    fn exact<const N: usize>(&mut self, line: &mut Samples<'_>, runs: &mut RunIndex) {
        let Self { coding, gradients, writer, state: State { contexts, runs: run_contexts } } = self;
        let mut sink = writer.sink();
        let above = line.above.as_chunks::<N>().0;
        let lefts = line.here.as_chunks::<N>().0;
        let width = lefts.len().saturating_sub(2);
        let here = lefts.get(1..=width).unwrap_or_default();
        let mut ready = [Ready::default(); AHEAD];
        let mut at = 0;
        while at < width {
            let begin = at;
            let ahead = ready.get_mut(..(width - begin).min(AHEAD / N) * N).unwrap_or_default();
            let [above_ahead, lefts_ahead] =
                [line.above, &*line.here].map(|samples| samples.get(N * begin..).unwrap_or_default());
            gradients.of_known_line(above_ahead, lefts_ahead, N, ahead);
            let ahead = ahead.as_chunks::<N>().0;
            while let (Some(known), Some(samples), Some(left)) =
                (ahead.get(at - begin), here.get(at), lefts.get(at))
            {
                if known.iter().all(|known| known.context == 0) {
                    let room = here.get(at..).unwrap_or_default();
                    let length = alike(left, room);
                    at += length;
                    put_run(&mut sink, length, length == room.len(), runs);
                    let (Some(ended), Some(b)) = (here.get(at), above.get(at + 1)) else { break };
                    end_run(coding, run_contexts, &mut sink, *runs, (left, b), &mut { *ended });
                    runs.shrink();
                } else {
                    for (known, &sample) in known.iter().zip(samples) {
                        let (chosen, predicted) = (usize::from(known.context), i32::from(known.sample));
                        let context = contexts.of(chosen >> 4);
                        regular::<true>(coding, context, &mut sink, chosen, predicted, i32::from(sample));
                    }
                }
                at += 1;
            }
        }
        let pending = sink.pending;
        writer.keep(pending);
    }

    /// Near-lossless: each sample is predicted from those that a decoder will have.
    #[inline(always)]
    fn near<const N: usize>(&mut self, line: &mut Samples<'_>, runs: &mut RunIndex) {
        let Self { coding, gradients, writer, state: State { contexts, runs: run_contexts } } = self;
        let mut sink = writer.sink();
        let above = line.above.as_chunks::<N>().0;
        let here = line.here.as_chunks_mut::<N>().0;
        let width = here.len().saturating_sub(2);
        let near = coding.near;
        let (Some(&first), mut at) = (here.first(), 0) else { return };
        let mut left = first;
        let mut ready = [Ready::default(); AHEAD];
        while at < width {
            let begin = at;
            let ahead = ready.get_mut(..(width - begin).min(AHEAD / N) * N).unwrap_or_default();
            gradients.of_line(line.above.get(N * begin..).unwrap_or_default(), N, ahead);
            let ahead = ahead.as_chunks::<N>().0;
            while let (Some(known), Some(corner), Some(b)) =
                (ahead.get(at - begin), above.get(at), above.get(at + 1))
            {
                let mut chosen = [0; N];
                for (((chosen, known), &corner), &left) in chosen.iter_mut().zip(known).zip(corner).zip(&left)
                {
                    *chosen = gradients.compare(known.context, i32::from(corner), i32::from(left));
                }
                if chosen == [0; N] {
                    let room = here.get_mut(at + 1..=width).unwrap_or_default();
                    let is_alike = |pixel: &[u16; N]| {
                        pixel.iter().zip(&left).all(|(&a, &b)| i32::from(a.abs_diff(b)) <= near)
                    };
                    let length = room.iter().take_while(|pixel| is_alike(pixel)).count();
                    room.iter_mut().take(length).for_each(|pixel| *pixel = left);
                    let is_whole = length == room.len();
                    at += length;
                    put_run(&mut sink, length, is_whole, runs);
                    let (Some(ended), Some(b), false) = (here.get_mut(at + 1), above.get(at + 1), is_whole)
                    else {
                        break;
                    };
                    end_run(coding, run_contexts, &mut sink, *runs, (&left, b), ended);
                    left = *ended;
                    runs.shrink();
                } else if let Some(pixel) = here.get_mut(at + 1) {
                    for ((((sample, chosen), &a), &b), &c) in
                        pixel.iter_mut().zip(chosen).zip(&left).zip(b).zip(corner)
                    {
                        let predicted = predict(i32::from(a), i32::from(b), i32::from(c));
                        let (context, own) = (contexts.of(chosen >> 4), i32::from(*sample));
                        *sample = regular::<false>(coding, context, &mut sink, chosen, predicted, own) as u16;
                    }
                    left = *pixel;
                }
                at += 1;
            }
        }
        let pending = sink.pending;
        writer.keep(pending);
    }
}

/// One sample in regular mode; gives what a decoder gives.
#[inline(always)]
fn regular<const LOSSLESS: bool>(
    coding: &Coding,
    context: &mut Context,
    sink: &mut Sink<'_>,
    chosen: usize,
    predicted: i32,
    sample: i32,
) -> i32 {
    let sign = -((chosen & 1) as i32);
    let corrected = (predicted + ((context.correction() ^ sign) - sign)).min(coding.maxval).max(0);
    let error = ((sample - corrected) ^ sign) - sign;
    let (error, rebuilt) = if LOSSLESS {
        (reduce(coding, error), sample)
    } else {
        let error = quantise(coding, error);
        let back = ((error * coding.step) ^ sign) - sign;
        (reduce(coding, error), (corrected + back).min(coding.maxval).max(0))
    };
    let k = context.k();
    let mapped = error ^ context.flip::<LOSSLESS>(coding);
    let code = (mapped << 1 ^ mapped >> 31).cast_unsigned();
    context.update::<LOSSLESS>(coding, error);
    put(sink, code, k, coding.plain, coding.qbpp);
    rebuilt
}

/// The length of a run (T.87 A.7.1.2).
#[inline(always)]
fn put_run(sink: &mut Sink<'_>, mut length: usize, is_whole: bool, runs: &mut RunIndex) {
    while length >= 1 << runs.bits() {
        sink.put(1, 1);
        length -= 1 << runs.bits();
        runs.grow();
    }
    if !is_whole {
        sink.put(length as u32, runs.bits() + 1);
    } else if length > 0 {
        sink.put(1, 1);
    }
}

/// The samples that end a run (T.87 A.7.2), from those at the left and above; they become those that a decoder gives.
#[inline(always)]
fn end_run<const N: usize>(
    coding: &Coding,
    contexts: &mut [RunContext; 2],
    sink: &mut Sink<'_>,
    runs: RunIndex,
    (left, above): (&[u16; N], &[u16; N]),
    ended: &mut [u16; N],
) {
    for ((sample, &a), &b) in ended.iter_mut().zip(left).zip(above) {
        let (a, b) = (i32::from(a), i32::from(b));
        let alike = N == 1 && (a - b).abs() <= coding.near;
        let [apart, near] = &mut *contexts;
        let context = if alike { near } else { apart };
        let (predicted, sign) = if alike { (a, 1) } else { (b, if a > b { -1 } else { 1 }) };
        let error = quantise(coding, sign * (i32::from(*sample) - predicted));
        let rebuilt = predicted + sign * error * coding.step;
        *sample = rebuilt.min(coding.maxval).max(0) as u16;
        let error = reduce(coding, error);
        let k = context.k();
        let code = context.code(error, k);
        context.update(error, code, coding.reset);
        let plain = coding.limit - coding.qbpp - 2 - runs.bits();
        put(sink, code, k, plain, coding.qbpp);
    }
}

/// How many pixels from the first on equal `left`: once there are some, sixteen a step.
#[inline(always)]
fn alike<const N: usize>(left: &[u16; N], pixels: &[[u16; N]]) -> usize {
    const SOME: usize = 8;
    let count = |pixels: &[[u16; N]]| pixels.iter().take_while(|&pixel| pixel == left).count();
    let (first, rest) = pixels.split_at_checked(SOME).unwrap_or((pixels, &[]));
    let some = count(first);
    if some < first.len() {
        return some;
    }
    let (sixteens, _) = rest.as_chunks::<16>();
    let is_alike = |sixteen: &&[[u16; N]; 16]| {
        // Without a way out, for the compiler to widen.
        let differs =
            |differs, pixel: &[u16; N]| pixel.iter().zip(left).fold(differs, |all, (a, b)| all | (a ^ b));
        sixteen.iter().fold(0, differs) == 0
    };
    let whole = 16 * sixteens.iter().take_while(is_alike).count();
    some + whole + count(rest.get(whole..).unwrap_or_default())
}

/// An error in steps (T.87 A.4.4).
#[inline(always)]
fn quantise(coding: &Coding, error: i32) -> i32 {
    if coding.near == 0 {
        return error;
    }
    if error > 0 { (error + coding.near) / coding.step } else { -((coding.near - error) / coding.step) }
}

/// The modulo reduction (T.87 A.4.5), which is seldom due: the sign of errors must not become a branch.
#[inline(always)]
fn reduce(coding: &Coding, error: i32) -> i32 {
    let above = (coding.range + 1) / 2;
    if error >= above {
        error - coding.range
    } else if error < above - coding.range {
        error + coding.range
    } else {
        error
    }
}

/// A code of limited length (T.87 A.5.3).
#[inline(always)]
fn put(sink: &mut Sink<'_>, code: u32, k: u32, plain: u32, qbpp: u32) {
    let zeros = code >> k;
    if zeros < plain && zeros + k < 32 {
        sink.put(1 << k | code & ((1 << k) - 1), zeros + 1 + k);
    } else {
        let (zeros, value, bits) = if zeros < plain {
            (zeros, 1 << k | code & ((1 << k) - 1), k + 1)
        } else {
            (plain, 1 << qbpp | (code - 1), qbpp + 1)
        };
        sink.put(0, zeros.min(31));
        sink.put(0, zeros - zeros.min(31));
        sink.put(value, bits);
    }
}

#[cfg(test)]
mod tests {
    use super::alike;

    #[test]
    fn every_length_of_what_is_alike_is_counted() {
        for size in 0..90 {
            for differs in 0..=size {
                let mut pixels = vec![[5, 6, 7]; size];
                pixels.iter_mut().skip(differs).take(1).for_each(|pixel| pixel[differs % 3] = 0);
                assert_eq!(alike(&[5, 6, 7], &pixels), differs);
            }
        }
    }
}
