//! High-throughput blocks: any bytes decode, with every kind of instructions and both kinds of words, to what the plainest decoder makes of
//! them; any samples come back.

use super::ht_plain::{self, Plain};
use crate::j2k::block::ht::{Encoder, Planes, Scratch, decode, encode};
use crate::j2k::block::{CodedBlock, Passes, Segment, Style, Word};
use crate::simd::Level;

/// Takes nine bytes as a block's description and the others as its bytes, then as its samples.
///
/// # Panics
///
/// Where a law does not hold.
pub fn fuzz_ht(data: &[u8]) {
    let Some((&[width, height, planes, zero, passes, style, low, high, left_out], data)) =
        data.split_first_chunk::<9>()
    else {
        return;
    };
    let (width, height) = sides(width, height, style);
    let split = usize::from(u16::from_le_bytes([low, high]));
    foreign(data, split, width, height, [planes % 48, zero % 48, passes, style]);
    let planes = 1 + planes % 30;
    let left_out = left_out % planes;
    comes_back::<u32>(data, width, height, Planes { all: planes, left_out });
    comes_back::<u64>(data, width, height, Planes { all: planes + 24, left_out });
}

/// Any sides that a block may have.
fn sides(width: u8, height: u8, style: u8) -> (usize, usize) {
    let (width, height) = (usize::from(width) + 1, usize::from(height) + 1);
    match style >> 4 {
        0 => (width * 4, (4096 / (width * 4)).min(height)),
        1 => ((4096 / (height * 4)).min(width), height * 4),
        _ => ((width - 1) % 64 + 1, (height - 1) % 64 + 1),
    }
}

fn foreign(data: &[u8], split: usize, width: usize, height: usize, [planes, zero, passes, style]: [u8; 4]) {
    let (cleanup, refinement) = data.split_at(split.min(data.len()));
    let refined = passes % 3;
    let segment = |data: &[u8], passes| Segment { length: u32::try_from(data.len()).unwrap_or(0), passes };
    let segments = [segment(cleanup, 1), segment(refinement, refined)];
    let block = CodedBlock {
        width: u32::try_from(width).unwrap_or(0),
        height: u32::try_from(height).unwrap_or(0),
        orientation: crate::j2k::block::Orientation::LL,
        planes,
        zero_planes: zero,
        style: Style { causal: style & 1 == 1, ..Style::default() },
        data,
        segments: &segments,
    };
    let mut all = Vec::new();
    for level in [Level::SCALAR, Level::best()] {
        let mut scratch = Scratch::new(level);
        let (mut narrow, mut wide) = (vec![7_u32; width * height], vec![7_u64; width * height]);
        let of_narrow = decode(&block, &mut scratch, &mut narrow);
        let of_wide = decode(&block, &mut scratch, &mut wide);
        if u32::from(zero) + 2 <= 32 && zero < planes {
            assert!(of_narrow == of_wide, "words of both sizes give the same outcome");
            let shifted = wide.iter().map(|word| (word >> 32) as u32);
            assert!(refined > 0 && zero >= 29 || narrow.iter().copied().eq(shifted), "and the same samples");
        }
        all.push((of_wide, wide, of_narrow.is_ok().then_some(narrow)));
    }
    assert!(all.first() == all.last(), "all instructions give the same");
    let Some((outcome, wide, _)) = all.first() else { return };
    let plain = Plain {
        width,
        height,
        cleanup,
        refinement,
        passes: 1 + u32::from(refined),
        skipped: zero.into(),
        is_causal: style & 1 == 1,
    };
    let Ok(outcome) = outcome else { return };
    if zero >= planes || cleanup.is_empty() {
        return;
    }
    match ht_plain::decode(&plain) {
        Some(words) => assert!(outcome.fault.is_none() && words == *wide, "both decoders give the same"),
        None => assert!(outcome.fault.is_some()),
    }
}

fn comes_back<W: Word>(data: &[u8], width: usize, height: usize, planes: Planes) {
    let coded = u32::from(planes.all - planes.left_out);
    let shift = W::BITS - 1 - coded;
    // Samples of all sizes, most of them small, and bits below the lowest plane.
    let words: Vec<W> = (0..width * height)
        .map(|n| {
            let byte = |at: usize| u64::from(data.get((n + at) % data.len().max(1)).copied().unwrap_or(0));
            let bits = (byte(0) << 56 | byte(7) << 48 | byte(3) << 40 | byte(11) << 32 | byte(5) << 24) >> 1;
            let small = bits >> (byte(2) % 64);
            let magnitude = W::from_u64(small >> (64 - W::BITS));
            if byte(1) & 1 == 1 { magnitude | W::SIGN } else { magnitude }
        })
        .collect();
    let kept = |word: W| {
        let (sign, magnitude) = (word & W::SIGN, (word & !W::SIGN) >> shift << shift);
        let half = if shift == 0 { W::ZERO } else { W::ONE << (shift - 1) };
        if magnitude == W::ZERO { W::ZERO } else { sign | magnitude | half }
    };
    let wanted: Vec<W> = words.iter().map(|&word| kept(word)).collect();
    let mut streams = Vec::new();
    for level in [Level::SCALAR, Level::best()] {
        let mut passes = Passes::default();
        let encoded =
            encode(&words, u32::try_from(width).unwrap_or(0), planes, &mut Encoder::new(level), &mut passes);
        assert!(encoded.is_ok());
        let segments = [Segment { length: u32::try_from(passes.data.len()).unwrap_or(0), passes: 1 }];
        let block = CodedBlock {
            width: u32::try_from(width).unwrap_or(0),
            height: u32::try_from(height).unwrap_or(0),
            orientation: crate::j2k::block::Orientation::LL,
            planes: planes.all,
            zero_planes: passes.zero_planes,
            style: Style::default(),
            data: &passes.data,
            segments: segments.get(..passes.passes.len()).unwrap_or_default(),
        };
        let mut out = vec![W::ONE; words.len()];
        let outcome = decode(&block, &mut Scratch::new(level), &mut out);
        assert!(outcome.is_ok_and(|outcome| outcome.fault.is_none()));
        assert!(out == wanted, "what was encoded comes back");
        streams.push(passes.data);
    }
    assert!(streams.first() == streams.last(), "all instructions write the same");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::mutator::{Random, mutate, rounds};

    const PIECES: [&[u8]; 5] = [b"\xFF\xFF\xFF\xFF", b"\xFF\x7F", b"\0\0\0\0\0\0", b"\xFF\x90", b"\x7F\x90"];

    /// An encoded block of random samples behind its description.
    fn block(random: &mut Random) -> Vec<u8> {
        let mut data: Vec<u8> = (0..9).map(|_| random.byte()).collect();
        let (width, height) = sides(data[0], data[1], data[5]);
        let planes = 1 + random.below(30);
        let sparse = random.below(12);
        // A part of every third block is empty, as behind the edge of what a picture shows.
        let (columns, rows) = (random.below(width)..width, random.below(height)..height);
        let has_empty = random.below(3) == 0;
        let words: Vec<u32> = (0..width * height)
            .map(|at| {
                let is_empty = has_empty && columns.contains(&(at % width)) && rows.contains(&(at / width));
                let is_zero = is_empty || random.below(12) < sparse;
                let magnitude = u32::try_from(random.below(1 << planes) >> random.below(planes)).unwrap()
                    << (31 - planes);
                if is_zero || magnitude == 0 { 0 } else { magnitude | u32::from(random.byte()) << 31 }
            })
            .collect();
        let all = Planes { all: u8::try_from(planes).unwrap(), left_out: 0 };
        let [plain, mut passes] = [Level::SCALAR, Level::best()].map(|level| {
            let (mut passes, mut encoder) = (Passes::default(), Encoder::new(level));
            encode(&words, u32::try_from(width).unwrap(), all, &mut encoder, &mut passes).unwrap();
            passes
        });
        assert!(plain.data == passes.data, "all instructions write the same");
        (data[2], data[3]) = (all.all + random.byte() % 3, passes.zero_planes);
        // The refinement segment is noise: any bits are one.
        let noise = if random.below(2) == 0 { 0 } else { random.below(400) };
        [data[6], data[7]] = u16::try_from(passes.data.len()).unwrap().to_le_bytes();
        data.append(&mut passes.data);
        data.extend((0..noise).map(|_| if random.below(4) == 0 { 0xFF } else { random.byte() }));
        data
    }

    #[test]
    fn fuzz_ht_blocks() {
        let mut random = Random(20_261_128);
        for _ in rounds(600) {
            let mut data = block(&mut random);
            fuzz_ht(&data);
            mutate(&mut random, &mut data, &PIECES);
            fuzz_ht(&data);
        }
    }

    #[test]
    fn fuzz_ht_noise() {
        let mut random = Random(3);
        for _ in rounds(600) {
            let length = 9 + random.below(700);
            let mut data: Vec<u8> = (0..length).map(|_| random.byte()).collect();
            // A suffix that is as long as it can be, so that the bytes are read.
            if let Some([low, high]) = data.last_chunk_mut() {
                let suffix = 2 + random.below(length);
                *high = u8::try_from(suffix >> 4).unwrap();
                *low = *low & 0xF0 | u8::try_from(suffix & 15).unwrap();
            }
            (data[6], data[7]) = (255, 255);
            fuzz_ht(&data);
        }
    }
}
