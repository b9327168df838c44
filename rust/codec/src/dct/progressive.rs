//! Scans that go into a store of coefficients: those of progressive frames (T.81 Annex G), and of sequential frames in several scans.
#![expect(clippy::cast_possible_truncation, reason = "coefficients wrap at 16 bits")]

use super::bits::Bits;
use super::idct::Block;
use super::plan::Plan;
use super::scan::{BEYOND, Channel, ZIGZAG, decode_block};
use super::segments::Segments;
use crate::Result;

/// The coefficients of a component so far, without their steps.
#[derive(Default)]
pub(super) struct Store {
    pub(super) blocks: Vec<Block>,
    /// For each block, true where a coefficient but the first may not be zero. Scans that bring nothing pass over the other blocks by this
    /// alone, so that many empty scans of a large frame cost little.
    pub(super) has_ac: Vec<bool>,
}

/// Which coefficients a scan brings, and which of their bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Pass {
    /// All coefficients whole: a sequential scan.
    Whole,
    /// The first bits of the DC coefficient.
    DcFirst { low: u32 },
    /// One more bit of it.
    DcNext { low: u32 },
    /// The first bits of a band of AC coefficients.
    AcFirst { start: usize, end: usize, low: u32 },
    /// One more bit of them.
    AcNext { start: usize, end: usize, low: u32 },
}

/// Decodes one scan into the store, which holds for each component of the frame all its blocks.
#[inline(always)]
pub(super) fn decode_scan(
    segments: &mut Segments<'_>,
    channels: &mut [Channel<'_>],
    plan: &Plan,
    store: &mut [Store; 4],
    pass: Pass,
) -> Result<()> {
    let mut each = |segments: &mut Segments<'_>, channel: &mut Channel<'_>, place: usize| {
        let Some(store) = store.get_mut(channel.index) else { return Ok(()) };
        let Some(has_ac) = store.has_ac.get_mut(place) else { return Ok(()) };
        if segments.skip > 0 && !*has_ac {
            segments.skip -= 1;
            return Ok(());
        }
        *has_ac |= !matches!(pass, Pass::DcFirst { .. } | Pass::DcNext { .. });
        let Some(block) = store.blocks.get_mut(place) else { return Ok(()) };
        decode(segments, channel, block, pass).map_err(|error| segments.locate(error))
    };
    if let [channel] = channels {
        // T.81 A.2.2: a scan of one component goes block by block, without what only fills up MCUs.
        let Some(part) = plan.parts().get(channel.index) else { return Ok(()) };
        for row in 0..part.blocks_down {
            for column in 0..part.blocks_across {
                if segments.is_due() {
                    segments.restart()?;
                    channel.prediction = 0;
                }
                each(segments, channel, row * part.stride + column)?;
            }
            segments.check()?;
        }
        return Ok(());
    }
    for row in 0..plan.mcus_down {
        for column in 0..plan.mcus_across {
            if segments.is_due() {
                segments.restart()?;
                for channel in &mut *channels {
                    channel.prediction = 0;
                }
            }
            for channel in &mut *channels {
                let Some(part) = plan.parts().get(channel.index) else { continue };
                for down in 0..part.down {
                    let first = (row * part.down + down) * part.stride + column * part.across;
                    for place in first..first + part.across {
                        each(segments, channel, place)?;
                    }
                }
            }
        }
        segments.check()?;
    }
    Ok(())
}

#[inline(always)]
fn decode(
    segments: &mut Segments<'_>,
    channel: &mut Channel<'_>,
    block: &mut Block,
    pass: Pass,
) -> Result<()> {
    match pass {
        Pass::Whole => {
            *block = [0; 64];
            let mut prediction = channel.prediction;
            let result = decode_block(&mut segments.bits, &segments.clean, channel, &mut prediction, block);
            channel.prediction = prediction;
            result.map(|_| ())
        }
        Pass::DcFirst { low } => dc_first(&mut segments.bits, &segments.clean, channel, block, low),
        Pass::DcNext { low } => {
            segments.bits.hold(&segments.clean);
            block[0] |= (segments.bits.take(1) << low) as i16;
            Ok(())
        }
        Pass::AcFirst { start, end, low } => ac_first(segments, channel, block, start..=end, low),
        Pass::AcNext { start, end, low } => ac_next(segments, channel, block, start..=end, low),
    }
}

#[inline(always)]
fn dc_first(
    bits: &mut Bits,
    data: &[u8],
    channel: &mut Channel<'_>,
    block: &mut Block,
    low: u32,
) -> Result<()> {
    bits.hold(data);
    let size = channel.dc.take_symbol(bits)?;
    if size > 15 {
        return Err(BEYOND);
    }
    channel.prediction = channel.prediction.wrapping_add(bits.take_signed(size));
    block[0] = (channel.prediction << low).clamp(-32768, 32767) as i16;
    Ok(())
}

/// The natural place of a coefficient.
#[inline(always)]
fn natural(place: usize) -> usize {
    usize::from(ZIGZAG.get(place).copied().unwrap_or(63))
}

#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "natural places are below 64")]
fn ac_first(
    segments: &mut Segments<'_>,
    channel: &Channel<'_>,
    block: &mut Block,
    band: std::ops::RangeInclusive<usize>,
    low: u32,
) -> Result<()> {
    if segments.skip > 0 {
        segments.skip -= 1;
        return Ok(());
    }
    let (mut place, end) = band.into_inner();
    while place <= end {
        segments.bits.hold(&segments.clean);
        let symbol = channel.ac.take_symbol(&mut segments.bits)?;
        let (run, size) = (symbol >> 4, symbol & 0xF);
        if size == 0 {
            if run < 15 {
                segments.skip = (1 << run) + segments.bits.take(run) - 1;
                return Ok(());
            }
            place += 16;
            continue;
        }
        place += run as usize;
        if place > end {
            return Err(BEYOND);
        }
        block[natural(place)] = (segments.bits.take_signed(size) << low).clamp(-32768, 32767) as i16;
        place += 1;
    }
    if place > end + 1 { Err(BEYOND) } else { Ok(()) }
}

/// T.81 G.1.2.3: between the new coefficients, one more bit of each that was not zero before.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "natural places are below 64")]
fn ac_next(
    segments: &mut Segments<'_>,
    channel: &Channel<'_>,
    block: &mut Block,
    band: std::ops::RangeInclusive<usize>,
    low: u32,
) -> Result<()> {
    let bit = 1_i16 << low;
    let (mut place, end) = band.into_inner();
    while segments.skip == 0 && place <= end {
        segments.bits.hold(&segments.clean);
        let symbol = channel.ac.take_symbol(&mut segments.bits)?;
        let (mut run, size) = (symbol >> 4, symbol & 0xF);
        let mut fresh = 0;
        match size {
            0 if run < 15 => {
                segments.skip = (1 << run) + segments.bits.take(run);
                break;
            }
            0 => {}
            1 => fresh = if segments.bits.take(1) == 1 { bit } else { -bit },
            _ => return Err(BEYOND),
        }
        while place <= end {
            let held = &mut block[natural(place)];
            if *held == 0 {
                if run == 0 {
                    *held = fresh;
                    break;
                }
                run -= 1;
            } else {
                refine(&mut segments.bits, &segments.clean, held, bit);
            }
            place += 1;
        }
        if fresh != 0 && place > end {
            return Err(BEYOND);
        }
        place += 1;
    }
    if segments.skip > 0 {
        for place in place..=end {
            let held = &mut block[natural(place)];
            if *held != 0 {
                refine(&mut segments.bits, &segments.clean, held, bit);
            }
        }
        segments.skip -= 1;
    }
    Ok(())
}

#[inline(always)]
fn refine(bits: &mut Bits, data: &[u8], held: &mut i16, bit: i16) {
    bits.hold(data);
    if bits.take(1) == 1 && *held & bit == 0 {
        *held = held.wrapping_add(if *held > 0 { bit } else { bit.wrapping_neg() });
    }
}
