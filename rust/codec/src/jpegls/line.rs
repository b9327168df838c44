//! Lines of samples from bits (T.87 A.3 to A.7), for one component or for several whose samples alternate.

use crate::Result;

use super::bits::BitReader;
use super::context::{RunIndex, State};
use super::golomb::{self, BAD_CODE, SHORT};
use super::gradient::{Gradients, predict};
use super::params::Coding;
use super::run;

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
    /// What the line above says of the contexts.
    pub(super) contexts: &'a mut [u16],
}

impl LineDecoder<'_> {
    /// Decodes one line of `count` components whose samples alternate.
    #[inline(always)]
    pub(super) fn decode(&mut self, count: usize, line: Line<'_>, runs: &mut RunIndex) -> Result<()> {
        self.gradients.of_line(line.above, count, line.contexts);
        match (count, self.coding.is_plain(), Gradients::cuts(&self.coding)) {
            (1, true, false) => self.samples::<1, true, false>(line, runs),
            (1, true, true) => self.samples::<1, true, true>(line, runs),
            (1, false, _) => self.samples::<1, false, true>(line, runs),
            (2, true, _) => self.samples::<2, true, true>(line, runs),
            (2, false, _) => self.samples::<2, false, true>(line, runs),
            (3, true, false) => self.samples::<3, true, false>(line, runs),
            (3, true, true) => self.samples::<3, true, true>(line, runs),
            (3, false, _) => self.samples::<3, false, true>(line, runs),
            (_, true, _) => self.samples::<4, true, true>(line, runs),
            (_, false, _) => self.samples::<4, false, true>(line, runs),
        }
    }

    #[inline(always)]
    fn samples<const N: usize, const PLAIN: bool, const CUT: bool>(
        &mut self,
        line: Line<'_>,
        runs: &mut RunIndex,
    ) -> Result<()> {
        let Line { above, here, contexts } = line;
        let mut reader = self.reader;
        let (Some(&left), Some(&corner)) = (here.first_chunk::<N>(), above.first_chunk::<N>()) else {
            return Ok(());
        };
        let (mut left, mut corner) = (left.map(i32::from), corner.map(i32::from));
        let above = above.get(N..).unwrap_or_default();
        let here = here.get_mut(N..).unwrap_or_default();
        let mut at = 0;
        while let Some(from_above) = contexts.get(at..).and_then(|rest| rest.first_chunk::<N>()) {
            let mut chosen = [0; N];
            for i in 0..N {
                chosen[i] = self.gradients.choose::<CUT>(from_above[i], corner[i], left[i]);
            }
            if chosen == [0; N] {
                let length;
                (reader, length) = run::length(reader, runs, (contexts.len() - at) / N)?;
                let samples = here.get_mut(at..at + length * N).unwrap_or_default();
                for pixel in samples.as_chunks_mut().0 {
                    *pixel = left.map(|sample| sample as u16);
                }
                at += length * N;
                let Some(&ended) = above.get(at..).and_then(|rest| rest.first_chunk()) else { break };
                if at == contexts.len() {
                    break;
                }
                corner = ended.map(i32::from);
                (reader, left) =
                    run::end::<N, PLAIN>(reader, &self.coding, &mut self.state.runs, *runs, &left, &corner)?;
                runs.shrink();
            } else {
                let next = above.get(at..).and_then(|rest| rest.first_chunk::<N>()).ok_or(BAD_CODE)?;
                for i in 0..N {
                    let b = i32::from(next[i]);
                    let predicted = predict(left[i], b, corner[i]);
                    corner[i] = b;
                    left[i] = self.regular::<PLAIN>(&mut reader, chosen[i], predicted)?;
                }
            }
            if let Some(slots) = here.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
                *slots = left.map(|sample| sample as u16);
            }
            at += N;
        }
        self.reader = reader;
        if reader.is_past_end() { Err(SHORT.at(reader.offset())) } else { Ok(()) }
    }

    /// One sample in regular mode, from its context and its prediction.
    #[inline(always)]
    fn regular<const PLAIN: bool>(
        &mut self,
        reader: &mut BitReader<'_>,
        chosen: usize,
        predicted: i32,
    ) -> Result<i32> {
        let coding = &self.coding;
        let sign = -((chosen & 1) as i32);
        let context = self.state.context(chosen >> 4);
        let corrected = (predicted + ((context.correction() ^ sign) - sign)).clamp(0, coding.maxval);
        let code = golomb::read(reader, context.k(), coding.plain, coding.qbpp)?;
        let mapped = (code >> 1) as i32 ^ -((code & 1) as i32);
        let error = mapped ^ context.flip();
        let signed = (mapped ^ (context.flip() ^ sign)) - sign;
        if PLAIN || coding.near == 0 {
            context.update::<true>(error, 1, coding.reset);
        } else {
            context.update::<false>(error, coding.step(), coding.reset);
        }
        Ok(rebuild::<PLAIN>(coding, corrected, signed))
    }
}

/// The sample from its prediction and its error (T.87 A.4.4, A.4.5).
#[inline(always)]
pub(super) fn rebuild<const PLAIN: bool>(coding: &Coding, predicted: i32, error: i32) -> i32 {
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
