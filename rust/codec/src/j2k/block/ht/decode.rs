//! A block from its segments.

use super::super::{CodedBlock, MAX_SAMPLES, Outcome, Word};
use super::line::{Bounds, Line, TooLong};
use super::magnitudes::{self, FlatMagnitudes, Place, Source};
#[cfg(target_arch = "x86_64")]
use super::magnitudes_avx2;
use super::mel::Mel;
use super::quads::{FlatVlc, Quads};
use super::refine;
use super::sets::{Cleanup, Set, last_set};
use crate::simd::Level;
use crate::{Error, ErrorKind, Result};

/// The memory of a decoder, used from block to block.
pub struct Scratch {
    level: Level,
    vlc: FlatVlc,
    magnitudes: FlatMagnitudes,
    narrow: Box<Line<u32>>,
    wide: Box<Line<u64>>,
    refinement: refine::Scratch,
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new(Level::best())
    }
}

impl Scratch {
    /// Memory for a decoder that uses these instructions.
    pub fn new(level: Level) -> Self {
        Self {
            level,
            vlc: FlatVlc::new(level),
            magnitudes: FlatMagnitudes::new(level),
            narrow: Line::new(),
            wide: Line::new(),
            refinement: refine::Scratch::new(level),
        }
    }
}

const TOO_LONG: &str = "magnitudes with more bits than the block has planes";

/// Decodes a block. What is wrong with its bytes is a fault: `out` then holds what could be read, zeros in the worst case.
///
/// # Errors
///
/// `Argument` where the block has no possible size or `out` has another one; `Unsupported` where its planes do not fit into a word.
pub fn decode<W: Word>(block: &CodedBlock<'_>, scratch: &mut Scratch, out: &mut [W]) -> Result<Outcome> {
    let (width, height) = (block.width as usize, block.height as usize);
    let samples = width.checked_mul(height).filter(|&samples| (1..=MAX_SAMPLES).contains(&samples));
    if samples != Some(out.len()) || width > 1024 || height > 1024 {
        return Err(Error::new(ErrorKind::Argument, "a code block of an impossible size"));
    }
    let (set, fault) = last_set(block);
    let Some(set) = set else {
        out.fill(W::ZERO);
        return Ok(Outcome { fault });
    };
    if set.skipped >= u32::from(block.planes) {
        out.fill(W::ZERO);
        return Ok(Outcome { fault: fault.or(Some("more planes skipped than the band has")) });
    }
    // Beyond 55 bits, a sample's would not be within one reading.
    let place = Place::new::<W>(set.skipped).filter(|_| set.skipped + 2 <= 57);
    let place = place.ok_or(Error::new(ErrorKind::Unsupported, "more bit planes than a word has"))?;
    if let Err(TooLong) = clean_up(&set, place, scratch, width, out) {
        return Ok(Outcome { fault: fault.or(Some(TOO_LONG)) });
    }
    if set.refinement.passes > 0 && place.shift() > 0 {
        refine::refine(set.refinement, place, block.style.causal, &mut scratch.refinement, width, out);
    }
    Ok(Outcome { fault })
}

fn clean_up<W: Word>(
    set: &Set<'_>,
    place: Place,
    scratch: &mut Scratch,
    width: usize,
    out: &mut [W],
) -> std::result::Result<(), TooLong> {
    let Cleanup { magnitudes, tail } = set.cleanup;
    let (&last, vlc) = tail.split_last().unwrap_or((&0, &[]));
    // T.814 7.1.4: the first bits of VLC are the upper half of the last byte but one.
    let upper = last >> 4;
    let held = if upper & 7 == 7 { 3 } else { 4 };
    scratch.vlc.fill_backward(vlc, last | 0xF, (u64::from(upper) & ((1 << held) - 1), held));
    scratch.magnitudes.fill_forward(magnitudes, 0xFF);
    let end = u32::try_from(scratch.magnitudes.end_bit()).unwrap_or(0);
    let bounds = Bounds { most: set.skipped + 2, end };
    let source = Source { flat: &scratch.magnitudes, bounds, place, width };
    let (quads, mel) = (Quads::new(&scratch.vlc), Mel::new(tail));
    #[cfg(target_arch = "x86_64")]
    if scratch.level.has_avx2()
        && bounds.most <= magnitudes_avx2::MOST
        && let Some(out) = W::narrow_mut(out)
    {
        return magnitudes_avx2::block(quads, mel, &mut scratch.narrow, source, out);
    }
    rows(quads, mel, &mut scratch.wide, source, out)
}

/// All rows of quads, a step after the other.
fn rows<W: Word>(
    mut quads: Quads<'_>,
    mut mel: Mel<'_>,
    line: &mut Line<u64>,
    source: Source<'_>,
    out: &mut [W],
) -> std::result::Result<(), TooLong> {
    let (width, count) = (source.width, source.width.div_ceil(2));
    line.reset(count);
    let mut start = 0;
    let mut rows = out.chunks_mut(2 * width).enumerate();
    while let Some((y, two)) = rows.next() {
        quads.start_row();
        for quad in (0..count).step_by(2) {
            let pair = if y == 0 {
                quads.first_pair(&mut mel, quad + 1 < count)
            } else {
                let north = line.north.get(quad..).and_then(<[u32]>::first_chunk).copied();
                quads.pair(&mut mel, north.unwrap_or_default(), quad + 1 < count)
            };
            line.put(quad, pair);
        }
        if let Err(error) = line.bound(count, &mut start, source.bounds) {
            two.fill(W::ZERO);
            rows.for_each(|(_, two)| two.fill(W::ZERO));
            return Err(error);
        }
        let (top, bottom) = two.split_at_mut(width);
        magnitudes::row(line, source, top, bottom);
    }
    Ok(())
}
