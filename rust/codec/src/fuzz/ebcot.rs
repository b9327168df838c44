//! Code blocks of JPEG 2000: any bytes decode or are refused, the same in narrow and in wide words, and what was decoded can be encoded and
//! read again.

use crate::j2k::block::ebcot::{EncodeScratch, Scratch, decode, encode};
use crate::j2k::block::{CodedBlock, Orientation, Passes, Segment, Style};

/// Bytes in front of the segments: width, height, four bits of each above, orientation, planes, empty planes, style, number of segments.
const HEAD: usize = 8;

/// Decodes any bytes.
///
/// # Panics
///
/// Where a law does not hold.
pub fn fuzz_ebcot(data: &[u8]) {
    let Some((&[width, height, high, orientation, planes, zero_planes, style, count], rest)) =
        data.split_first_chunk::<HEAD>()
    else {
        return;
    };
    let (list, data) = rest.split_at(rest.len().min(3 * usize::from(count % 32)));
    let segments: Vec<Segment> = list
        .as_chunks::<3>()
        .0
        .iter()
        .map(|&[low, high, passes]| Segment { length: u16::from_le_bytes([low, high]).into(), passes })
        .collect();
    let is = |bit: u8| style >> bit & 1 != 0;
    let block = CodedBlock {
        width: u32::from(width) | u32::from(high & 15) << 8,
        height: u32::from(height) | u32::from(high >> 4) << 8,
        orientation: match orientation % 4 {
            0 => Orientation::LL,
            1 => Orientation::HL,
            2 => Orientation::LH,
            _ => Orientation::HH,
        },
        planes,
        zero_planes,
        style: Style {
            bypass: is(0),
            reset: is(1),
            termall: is(2),
            causal: is(3),
            predictable: is(4),
            symbols: is(5),
            ..Style::default()
        },
        data,
        segments: &segments,
    };
    let samples = (block.width * block.height).min(8192) as usize;
    let (mut narrow, mut wide) = (vec![1_u32; samples], vec![1_u64; samples]);
    let mut scratch = Scratch::default();
    let in_narrow = decode(&block, &mut scratch, &mut narrow);
    let in_wide = decode(&block, &mut scratch, &mut wide);
    if in_narrow.is_ok() {
        assert_eq!(in_narrow, in_wide, "narrow and wide words differ");
        let are_same = narrow.iter().zip(&wide).all(|(&narrow, &wide)| u64::from(narrow) == wide >> 32);
        assert!(are_same, "narrow and wide words differ");
    }
    if in_wide.is_ok() {
        reads_again(&block, &mut scratch, &wide);
    }
}

fn reads_again(block: &CodedBlock, scratch: &mut Scratch, words: &[u64]) {
    let CodedBlock { width, height, orientation, planes, style, .. } = *block;
    // One segment for all passes, so that the encoder alone says where passes end.
    let style = Style { bypass: false, termall: false, ..style };
    let mut passes = Passes::default();
    let mut encoder = EncodeScratch::default();
    let done = encode(words, width, height, orientation, planes, style, &mut encoder, &mut passes);
    assert_eq!(done, Ok(()), "what was decoded cannot be encoded");
    let segment = Segment {
        length: passes.data.len().try_into().unwrap_or(0),
        passes: passes.passes.len().try_into().unwrap_or(0),
    };
    let again = CodedBlock {
        style,
        zero_planes: passes.zero_planes,
        data: &passes.data,
        segments: &[segment],
        ..*block
    };
    let mut out = vec![1; words.len()];
    let outcome = decode(&again, scratch, &mut out);
    assert!(outcome.is_ok_and(|outcome| outcome.fault.is_none()), "what was encoded has a fault");
    // What stands below the lowest plane is no part of the block.
    let kept = |word: u64| word << 1 >> (64 - u32::from(planes)).min(63);
    let are_same = words.iter().zip(&out).all(|(&word, &out)| planes == 0 || kept(word) == kept(out));
    assert!(are_same, "what was decoded reads differently once written");
}

#[cfg(test)]
mod tests {
    use super::fuzz_ebcot;
    use crate::fuzz::mutator::{Random, mutate, rounds};
    use crate::j2k::block::ebcot::{EncodeScratch, encode};
    use crate::j2k::block::{Orientation, Passes, Style};

    /// Markers and stuffed bits, runs of everything, heads of segments.
    const PIECES: [&[u8]; 8] = [
        &[0xFF, 0x8F],
        &[0xFF, 0x90],
        &[0xFF; 6],
        &[0; 6],
        &[0xFF, 0x7F, 0xFF, 0x7F],
        &[9, 0, 1],
        &[0, 0, 3],
        &[255, 255, 200],
    ];

    fn seeds() -> Vec<Vec<u8>> {
        let mut random = Random(800);
        let (mut scratch, mut passes) = (EncodeScratch::default(), Passes::default());
        (0..48_u8)
            .map(|number| {
                let (width, height) = [(16, 16), (5, 33), (64, 4), (1, 7)][usize::from(number % 4)];
                let planes = u8::try_from(3 + random.below(28)).unwrap();
                let words: Vec<u32> = (0..width * height)
                    .map(|_| {
                        let deep = random.below(usize::from(planes) + 1);
                        let magnitude = u32::try_from(random.below(1 << deep)).unwrap();
                        magnitude << (31 - u32::from(planes)) | u32::from(magnitude != 0) << 31
                    })
                    .collect();
                // No segments but one: reset, causal, predictable, symbols.
                let bits = number << 1 & 0b11_1010;
                let is = |bit: u8| bits >> bit & 1 != 0;
                let style = Style {
                    reset: is(1),
                    causal: is(3),
                    predictable: is(4),
                    symbols: is(5),
                    ..Style::default()
                };
                encode(&words, width, height, Orientation::LL, planes, style, &mut scratch, &mut passes)
                    .unwrap();
                let [low, high] = u16::try_from(passes.data.len()).unwrap().to_le_bytes();
                let sides = [width, height].map(|side| u8::try_from(side).unwrap());
                let head = [sides[0], sides[1], 0, 0, planes, passes.zero_planes, bits, 1];
                let segment = [low, high, u8::try_from(passes.passes.len()).unwrap()];
                [&head[..], &segment, &passes.data].concat()
            })
            .collect()
    }

    #[test]
    fn fuzz_mutated_code_blocks_keep_every_promise() {
        let seeds = seeds();
        let mut random = Random(88);
        for seed in &seeds {
            fuzz_ebcot(seed);
        }
        for _ in rounds(6_000) {
            let mut data = seeds[random.below(seeds.len())].clone();
            if random.below(4) == 0 {
                data[6] = random.byte();
            }
            mutate(&mut random, &mut data, &PIECES);
            fuzz_ebcot(&data);
        }
    }
}
