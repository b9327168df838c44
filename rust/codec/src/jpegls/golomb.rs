//! Codes of limited length (T.87 A.5.3).

use crate::{Error, ErrorKind, Result};

use super::bits::{BitReader, READY};

pub(super) const BAD_CODE: Error = Error::new(ErrorKind::Malformed, "JPEG-LS: a code that no encoder writes");
pub(super) const SHORT: Error =
    Error::new(ErrorKind::Truncated, "JPEG-LS: the codestream ends within a scan");

/// Errors of 16-bit samples have smaller codes.
const LARGEST: u32 = 1 << 17;

/// How many zeros leave room for `k` bits among those at hand: errors are less than 2¹⁶, so that `k` is at most 17.
pub(super) const QUICK: u32 = READY - 17;

/// Reads a code: zeros, a one, `k` bits; after `plain` zeros, `qbpp` bits. `quick` is the least of `plain` and [`QUICK`]; the two others are
/// seldom asked for.
#[inline(always)]
pub(super) fn read(
    reader: &mut BitReader<'_>,
    k: u32,
    quick: u32,
    limits: impl FnOnce() -> (u32, u32),
) -> Result<u32> {
    reader.refill();
    let zeros = reader.held.leading_zeros();
    if zeros < quick {
        // The one, and what follows it.
        let rest = reader.held << zeros;
        let code = (rest.wrapping_shr(!k) as u32).wrapping_add(zeros.wrapping_sub(1) << k);
        reader.held = rest << 1 << k;
        reader.take(zeros + 1 + k);
        return if code < LARGEST { Ok(code) } else { Err(BAD_CODE.at(reader.offset())) };
    }
    let (plain, qbpp) = limits();
    let (after, code) = by_parts(*reader, k, plain, qbpp)?;
    *reader = after;
    Ok(code)
}

/// The same of a code that is longer than what is at hand, or that gives the error plainly.
#[cold]
#[inline(never)]
fn by_parts(mut reader: BitReader<'_>, k: u32, plain: u32, qbpp: u32) -> Result<(BitReader<'_>, u32)> {
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
    if code < LARGEST { Ok((reader, code)) } else { Err(BAD_CODE.at(reader.offset())) }
}
