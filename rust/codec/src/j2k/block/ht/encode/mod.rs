//! Encoding of blocks: a clean-up pass that ends with a plane of the caller's choice.
//!
//! `survey` looks at a row of quads, `emit` writes it into `streams`; at the end these are stuffed and joined.

mod codes;
mod emit;
mod streams;
mod survey;
#[cfg(target_arch = "x86_64")]
mod survey_avx2;

use self::emit::{Above, Streams, Words};
use self::survey::Survey;
use super::super::{MAX_SAMPLES, Pass, Passes, Word};
use super::flat::Stuffing;
use super::line::LINE;
use crate::simd::Level;
use crate::{Error, ErrorKind, Result};

/// The memory of an encoder, used from block to block.
pub struct Encoder {
    level: Level,
    survey: Survey,
    above: Box<[Above; LINE]>,
    streams: Streams,
    /// VLC as it is written: from the segment's end to its beginning.
    backward: Vec<u8>,
}

impl Default for Encoder {
    fn default() -> Self {
        Self::new(Level::best())
    }
}

impl Encoder {
    /// Memory for an encoder that uses these instructions.
    pub fn new(level: Level) -> Self {
        Self {
            level,
            survey: Survey::new(),
            above: Box::new([Above::default(); LINE]),
            streams: Streams::new(),
            backward: Vec::new(),
        }
    }

    /// What the next row of quads sees of this one.
    #[inline]
    fn look_up(&mut self, count: usize) {
        let rows = self.survey.quads.windows(3).zip(self.survey.lower.windows(4).step_by(2));
        for ((row, lower), above) in rows.zip(self.above.iter_mut()).take(count) {
            let &[left, quad, right] = row else { break };
            // T.814 equation 2, in the order of `tables::context_index`.
            let context = ((quad | left >> 2) & 2) | ((quad >> 1 | right << 1) & 4);
            let exponent = lower.iter().fold(0, |largest, &exponent| largest.max(exponent));
            *above = Above { context, exponent };
        }
    }
}

/// Which planes of a band a block is encoded with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Planes {
    /// Mb, the planes of the band.
    pub all: u8,
    /// How many of them, the lowest, are left out: 0 loses nothing that is not a fraction.
    pub left_out: u8,
}

/// Encodes a block of words, left-aligned as the decoder gives them, into one clean-up pass; of zeros only, there is none. The pass says nothing of
/// distortion: it cannot be cut.
///
/// # Errors
///
/// `Argument` where the block has no possible size or more planes than words have room for.
pub fn encode<W: Word>(
    words: &[W],
    width: u32,
    planes: Planes,
    encoder: &mut Encoder,
    out: &mut Passes,
) -> Result<()> {
    let width = width as usize;
    let is_block = (1..=MAX_SAMPLES).contains(&words.len()) && (1..=1024).contains(&width);
    if !is_block || !words.len().is_multiple_of(width) || words.len() / width > 1024 {
        return Err(Error::new(ErrorKind::Argument, "a code block of an impossible size"));
    }
    let coded = planes.all.checked_sub(planes.left_out).map(u32::from);
    let coded =
        coded.filter(|&coded| (1..W::BITS).contains(&coded) && coded < 56 && u32::from(planes.all) < W::BITS);
    let coded =
        coded.ok_or(Error::new(ErrorKind::Argument, "a code block of more planes than a word has"))?;
    let shift = W::BITS - 1 - coded;
    out.data.clear();
    out.passes.clear();
    out.zero_planes = planes.all;
    if words.iter().all(|&word| (word & !W::SIGN) >> shift == W::ZERO) {
        return Ok(());
    }
    // All planes are in the one pass; those above its lowest one count as empty (T.814 B.2).
    out.zero_planes = u8::try_from(coded - 1).unwrap_or(0);
    encoder.survey.reset(width.div_ceil(2));
    encoder.streams.mel.clear();
    encoder.streams.magnitudes.start(0, 0);
    // T.814 7.1.4: four bits of VLC's first byte are the segment's own.
    encoder.streams.vlc.start(0xF, 4);
    #[cfg(target_arch = "x86_64")]
    if encoder.level.has_avx2()
        && coded <= survey_avx2::MOST
        && let Some(words) = W::narrow(words)
    {
        survey_avx2::rows(encoder, words, width, shift);
        return join(encoder, out);
    }
    rows(encoder, words, width, shift);
    join(encoder, out)
}

fn rows<W: Word>(encoder: &mut Encoder, words: &[W], width: usize, shift: u32) {
    for (y, two) in words.chunks(2 * width).enumerate() {
        let (top, bottom) = two.split_at(width);
        encoder.survey.row(top, bottom, shift);
        let (survey, above) = (&encoder.survey, encoder.above.as_slice());
        let words = Words { top, bottom, shift };
        if y == 0 {
            encoder.streams.row::<true, W>(survey, above, words, emit::pack);
        } else {
            encoder.streams.row::<false, W>(survey, above, words, emit::pack);
        }
        encoder.look_up(width.div_ceil(2));
    }
}

/// The clean-up segment: MagSgn, MEL, VLC backwards (T.814 7.1.2).
fn join(encoder: &mut Encoder, out: &mut Passes) -> Result<()> {
    let streams = &mut encoder.streams;
    let to = &mut out.data;
    let mut last = 0;
    let (bits, held) = streams.magnitudes.stuff(Stuffing::Forward, &mut last, to);
    // T.814 7.1.3: behind the end all bits are ones, and so a byte of ones need not be written.
    let size = if last == 0xFF { 7 } else { 8 };
    let filled = bits | u8::try_from(0xFF << held & 0xFF >> (8 - size)).unwrap_or(0);
    if held > 0 && filled != 0xFF {
        to.push(filled);
    } else if held == 0 && last == 0xFF {
        to.pop();
    }
    let magnitudes = to.len();
    let (mel, mel_mask) = streams.mel.finish();
    to.extend_from_slice(&streams.mel.bytes);
    let backward = &mut encoder.backward;
    backward.clear();
    // The last byte is the segment's length alone and counts as 0xFF.
    backward.push(0xFF);
    let mut last = 0xFF;
    let (vlc, held) = streams.vlc.stuff(Stuffing::Backward, &mut last, backward);
    let vlc_mask = u8::try_from((1_u32 << held) - 1).unwrap_or(0xFF);
    // Both streams may end in one byte where they agree on it.
    let both = mel | vlc;
    let agree = (both ^ mel) & mel_mask | (both ^ vlc) & vlc_mask;
    if mel_mask | vlc_mask == 0 {
    } else if agree == 0 && both != 0xFF && backward.len() > 1 {
        to.push(both);
    } else {
        to.push(mel);
        backward.push(vlc);
    }
    to.extend(backward.iter().rev());
    let suffix = to.len() - magnitudes;
    if suffix > 4079 {
        return Err(Error::new(ErrorKind::Limit, "a code block whose suffix is too long"));
    }
    if let Some([low, high]) = to.last_chunk_mut() {
        let [below, above] = u16::try_from(suffix).unwrap_or(0).to_le_bytes();
        *high = above << 4 | below >> 4;
        *low = *low & 0xF0 | below & 0xF;
    }
    let length = u32::try_from(to.len()).unwrap_or(u32::MAX);
    out.passes.push(Pass { length, distortion: 0.0 });
    Ok(())
}
