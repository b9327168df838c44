//! Runs of one sample, and the samples that end them (T.87 A.7).

use crate::{Error, ErrorKind, Result};

use super::bits::BitReader;
use super::context::{RunContext, RunIndex};
use super::golomb;
use super::line::rebuild;
use super::params::Coding;

const BAD_RUN: Error = Error::new(ErrorKind::Malformed, "JPEG-LS: a run that is longer than its line");

/// Reads the length of a run of at most `room` pixels (T.87 A.7.1).
#[inline(always)]
pub(super) fn length<'a>(
    mut reader: BitReader<'a>,
    runs: &mut RunIndex,
    room: usize,
) -> Result<(BitReader<'a>, usize)> {
    reader.refill();
    let parts = (!reader.held).leading_zeros();
    // A run that ends within its line, of so few parts that all bits of it are at hand: no more than 31 and 15.
    if let Some((grown, whole)) = runs.grown(parts) {
        let bits = grown.bits();
        let rest = reader.held << parts << 1;
        let length = whole + (rest >> 1 >> (63 - bits)) as usize;
        if length < room {
            *runs = grown;
            reader.held = rest << bits;
            reader.take(parts + 1 + bits);
            return Ok((reader, length));
        }
    }
    length_by_parts(reader, runs, room)
}

/// The same of any run. By value, so that the reader of the caller can stay in registers.
#[inline(never)]
fn length_by_parts<'a>(
    mut reader: BitReader<'a>,
    runs: &mut RunIndex,
    room: usize,
) -> Result<(BitReader<'a>, usize)> {
    let mut length = 0;
    while reader.read(1) == 1 {
        let part = 1 << runs.bits();
        if length + part > room {
            return Ok((reader, room));
        }
        runs.grow();
        length += part;
        if length == room {
            return Ok((reader, room));
        }
    }
    length += reader.read(runs.bits()) as usize;
    if length < room { Ok((reader, length)) } else { Err(BAD_RUN.at(reader.offset())) }
}

/// Reads the sample of each component that ends a run (T.87 A.7.2); where samples alternate, all are of the first kind.
#[inline(always)]
pub(super) fn end<'a, const N: usize, const PLAIN: bool>(
    mut reader: BitReader<'a>,
    coding: &Coding,
    contexts: &mut [RunContext; 2],
    runs: RunIndex,
    left: [i32; N],
    above: [i32; N],
) -> Result<(BitReader<'a>, [i32; N])> {
    let mut samples = [0; N];
    let plain = coding.limit - coding.qbpp - 2 - runs.bits();
    for ((sample, a), b) in samples.iter_mut().zip(left).zip(above) {
        let alike = N == 1 && (a - b).abs() <= coding.near;
        let [apart, near] = &mut *contexts;
        let context = if alike { near } else { apart };
        let k = context.k();
        let code = golomb::read(&mut reader, k, plain.min(golomb::QUICK), || (plain, coding.qbpp))?;
        let error = context.error(code, k);
        context.update(error, code, coding.reset);
        let (predicted, error) = if alike { (a, error) } else { (b, if a > b { -error } else { error }) };
        *sample = rebuild::<PLAIN>(coding, predicted, error);
    }
    Ok((reader, samples))
}

#[cfg(test)]
mod tests {
    use super::{BitReader, RunIndex, length, length_by_parts};
    use crate::fuzz::mutator::Random;

    #[test]
    fn a_length_at_one_look_is_that_by_parts() {
        let mut random = Random(5);
        for round in 0..4000 {
            // Bits that are mostly ones, so that runs are long.
            let ones = round % 8;
            let data: Vec<u8> =
                (0..40).map(|_| (0..ones).fold(0, |byte, _| byte | random.below(256) as u8) & 0x7F).collect();
            let mut runs = RunIndex::default();
            (0..random.below(34)).for_each(|_| runs.grow());
            let room = 1 + random.below(if round % 3 == 0 { 20 } else { 70_000 });
            let (mut once, mut parts) = (runs, runs);
            let fast = length(BitReader::new(&data, 0), &mut once, room);
            let slow = length_by_parts(BitReader::new(&data, 0), &mut parts, room);
            match (fast, slow) {
                (Ok((mut a, at_once)), Ok((mut b, by_parts))) => {
                    assert_eq!((at_once, once.bits()), (by_parts, parts.bits()));
                    assert_eq!([a.read(32), a.read(32)], [b.read(32), b.read(32)]);
                }
                (fast, slow) => assert_eq!(fast.err(), slow.err()),
            }
        }
    }
}
