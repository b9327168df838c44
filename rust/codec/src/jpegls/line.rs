//! Lines of samples from bits (T.87 A.3 to A.7), for one component or for several whose samples alternate.

use crate::Result;
use crate::simd::Level;

use super::bits::BitReader;
use super::context::{Context, RunIndex, State};
use super::golomb::{self, SHORT};
use super::gradient::{AHEAD, CUT, Gradients, LARGE, NONE, Ready, SMALL, Table, choose, predict};
use super::params::Coding;
use super::run;
use super::wide;

/// What lines are decoded by.
#[derive(Debug)]
pub(super) struct LineDecoder<'a> {
    pub(super) coding: Coding,
    pub(super) gradients: Gradients,
    pub(super) reader: BitReader<'a>,
    pub(super) state: State,
}

/// One line. Both buffers have as many guard samples on each side as samples alternate.
pub(super) struct Line<'a> {
    pub(super) above: &'a [u16],
    pub(super) here: &'a mut [u16],
}

impl LineDecoder<'_> {
    /// Decodes one line of `count` components whose samples alternate, by the function that was compiled for them.
    pub(super) fn decode(
        &mut self,
        level: Level,
        count: usize,
        line: &mut Line<'_>,
        runs: &mut RunIndex,
    ) -> Result<()> {
        match (count, self.coding.is_plain(), self.gradients.table) {
            (1, true, Table::Small) => wide::decode::<1, SMALL, true>(level, self, line, runs),
            (1, true, Table::Large) => wide::decode::<1, LARGE, true>(level, self, line, runs),
            (1, true, Table::Cut) => wide::decode::<1, CUT, true>(level, self, line, runs),
            (1, false, Table::Small) => wide::decode::<1, SMALL, false>(level, self, line, runs),
            (1, false, Table::Large) => wide::decode::<1, LARGE, false>(level, self, line, runs),
            (1, false, Table::Cut) => wide::decode::<1, CUT, false>(level, self, line, runs),
            (1, ..) => wide::decode::<1, NONE, false>(level, self, line, runs),
            (2, ..) => wide::decode::<2, NONE, false>(level, self, line, runs),
            (3, true, Table::Small) => wide::decode::<3, SMALL, true>(level, self, line, runs),
            (3, true, Table::Cut) => wide::decode::<3, CUT, true>(level, self, line, runs),
            (3, ..) => wide::decode::<3, NONE, false>(level, self, line, runs),
            _ => wide::decode::<4, NONE, false>(level, self, line, runs),
        }
    }

    /// One line of `N` components, by a table of that size; `PLAIN` where [`Coding::is_plain`].
    #[inline(always)]
    pub(super) fn samples<const N: usize, const SIZE: usize, const PLAIN: bool>(
        &mut self,
        line: &mut Line<'_>,
        runs: &mut RunIndex,
    ) -> Result<()> {
        // Fields apart, so that what does not change is known not to.
        let Self { coding, gradients, state: State { contexts, runs: run_contexts }, .. } = self;
        let mut reader = self.reader;
        let rows = gradients.rows::<SIZE>();
        let (Some(&left), Some(&corner)) = (line.here.first_chunk::<N>(), line.above.first_chunk::<N>())
        else {
            return Ok(());
        };
        let (mut left, mut corner) = (left.map(i32::from), corner.map(i32::from));
        let above = line.above.as_chunks::<N>().0;
        let width = above.len().saturating_sub(2);
        let here = line.here.as_chunks_mut::<N>().0.get_mut(1..=width).unwrap_or_default();
        let mut ready = [Ready::default(); AHEAD];
        let mut begin = 0;
        while begin < width {
            // Some pixels at a time, so that nothing is found out about those that a run passes over.
            let ahead = ready.get_mut(..(width - begin).min(AHEAD / N) * N).unwrap_or_default();
            gradients.of_line(line.above.get(N * begin..).unwrap_or_default(), N, ahead);
            let ahead = ahead.as_chunks::<N>().0;
            // One guard is before the line.
            let above = above.get(begin + 1..).unwrap_or_default();
            let here = here.get_mut(begin..).unwrap_or_default();
            // So that places of one are known to be places of the other.
            if here.len() < ahead.len() {
                break;
            }
            let mut at = 0;
            while let Some(known) = ahead.get(at) {
                let chosen = pixel::<N, SIZE>(gradients, rows, known, &corner, &left);
                if chosen != [0; N] {
                    // Written out, so that samples at the left stay in registers.
                    macro_rules! component {
                        ($i:literal) => {
                            if $i < N {
                                let above = i32::from(known[$i].sample);
                                let predicted = predict(left[$i], above, corner[$i]);
                                corner[$i] = above;
                                let context = contexts.of(chosen[$i] >> 4);
                                left[$i] =
                                    regular::<PLAIN>(coding, context, &mut reader, chosen[$i], predicted)?;
                            }
                        };
                    }
                    component!(0);
                    component!(1);
                    component!(2);
                    component!(3);
                    if let Some(slots) = here.get_mut(at) {
                        *slots = left.map(|sample| sample as u16);
                    }
                    at += 1;
                    continue;
                }
                let length;
                (reader, length) = run::length(reader, runs, here.len() - at)?;
                here.get_mut(at..at + length).unwrap_or_default().fill(left.map(|sample| sample as u16));
                at += length;
                let (Some(slots), Some(ended)) = (here.get_mut(at), above.get(at)) else { break };
                corner = ended.map(i32::from);
                (reader, left) = run::end::<N, PLAIN>(reader, coding, run_contexts, *runs, left, corner)?;
                runs.shrink();
                *slots = left.map(|sample| sample as u16);
                at += 1;
            }
            begin += at;
        }
        self.reader = reader;
        if reader.is_past_end() { Err(SHORT.at(reader.offset())) } else { Ok(()) }
    }
}

/// The context of each component of a pixel.
#[inline(always)]
fn pixel<const N: usize, const SIZE: usize>(
    gradients: &Gradients,
    rows: &[[i16; SIZE]; 4],
    known: &[Ready; N],
    corner: &[i32; N],
    left: &[i32; N],
) -> [usize; N] {
    let mut chosen = [0; N];
    for (((chosen, known), &corner), &left) in chosen.iter_mut().zip(known).zip(corner).zip(left) {
        *chosen = match SIZE {
            NONE => gradients.compare(known.context, corner, left),
            _ => choose(rows, known.context, corner, left),
        };
    }
    chosen
}

/// One sample in regular mode, from its context and its prediction.
#[inline(always)]
fn regular<const PLAIN: bool>(
    coding: &Coding,
    context: &mut Context,
    reader: &mut BitReader<'_>,
    chosen: usize,
    predicted: i32,
) -> Result<i32> {
    let sign = -((chosen & 1) as i32);
    let mut corrected = predicted + ((context.correction() ^ sign) - sign);
    if corrected.cast_unsigned() > coding.maxval.cast_unsigned() {
        corrected = cut(corrected, coding.maxval);
    }
    let code = golomb::read(reader, context.k(), coding.quick, || (coding.plain, coding.qbpp))?;
    let mapped = (code >> 1) as i32 ^ -((code & 1) as i32);
    let flip = context.flip::<PLAIN>(coding);
    let error = mapped ^ flip;
    let signed = (mapped ^ (flip ^ sign)) - sign;
    context.update::<PLAIN>(coding, error);
    Ok(rebuild::<PLAIN>(coding, corrected, signed))
}

/// A prediction that its correction led out of the range: seldom, so that all others need not wait for it.
#[cold]
#[inline(never)]
fn cut(corrected: i32, maxval: i32) -> i32 {
    if corrected < 0 { 0 } else { maxval }
}

/// The sample from its prediction and its error (T.87 A.4.4, A.4.5).
#[inline(always)]
pub(super) fn rebuild<const PLAIN: bool>(coding: &Coding, predicted: i32, error: i32) -> i32 {
    if PLAIN {
        return (predicted + error) & coding.maxval;
    }
    let value = predicted + error * coding.step;
    if value.cast_unsigned() > coding.maxval.cast_unsigned() { bring_back(coding, value) } else { value }
}

/// A sample that its error led out of the range: by the modulo reduction, or by what near-lossless allows.
#[cold]
#[inline(never)]
fn bring_back(coding: &Coding, value: i32) -> i32 {
    let span = coding.range * coding.step;
    let value = if value < -coding.near {
        value + span
    } else if value > coding.maxval + coding.near {
        value - span
    } else {
        value
    };
    value.clamp(0, coding.maxval)
}
