//! Quantisation tables of a quality, and the Huffman tables that encoders use: the usual ones (T.81 K.3) and the best ones (T.81 K.2).
#![expect(clippy::cast_sign_loss, reason = "steps are 1 to 255")]

use crate::jpeg::HuffmanSpec;

/// T.81 table K.1, luminance, in natural order.
const LUMINANCE: [u8; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17,
    22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78,
    87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];

/// T.81 table K.2, chrominance, in natural order.
const CHROMINANCE: [u8; 64] = [
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];

/// The steps of a quality, 1 to 100, in natural order: the scale that the reference encoders use, so that a number means the same.
pub(super) fn quantization(quality: u8, is_luminance: bool) -> [u16; 64] {
    let quality = i32::from(quality.clamp(1, 100));
    let percent = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
    let base = if is_luminance { LUMINANCE } else { CHROMINANCE };
    base.map(|step| ((i32::from(step) * percent + 50) / 100).clamp(1, 255) as u16)
}

/// T.81 tables K.3 to K.6: DC and AC, of luminance or chrominance.
pub(super) fn usual(is_luminance: bool) -> [HuffmanSpec; 2] {
    const DC_SYMBOLS: [u8; 12] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
    if is_luminance {
        [
            spec([0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], &DC_SYMBOLS),
            spec([0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7D], &LUMINANCE_AC),
        ]
    } else {
        [
            spec([0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0], &DC_SYMBOLS),
            spec([0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77], &CHROMINANCE_AC),
        ]
    }
}

fn spec(counts: [u8; 16], symbols: &[u8]) -> HuffmanSpec {
    let mut spec = HuffmanSpec { counts, symbols: [0; 256] };
    spec.symbols.iter_mut().zip(symbols).for_each(|(held, symbol)| *held = *symbol);
    spec
}

const LUMINANCE_AC: [u8; 162] = [
    0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22,
    0x71, 0x14, 0x32, 0x81, 0x91, 0xA1, 0x08, 0x23, 0x42, 0xB1, 0xC1, 0x15, 0x52, 0xD1, 0xF0, 0x24, 0x33,
    0x62, 0x72, 0x82, 0x09, 0x0A, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x34,
    0x35, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4A, 0x53, 0x54, 0x55,
    0x56, 0x57, 0x58, 0x59, 0x5A, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x73, 0x74, 0x75, 0x76,
    0x77, 0x78, 0x79, 0x7A, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x92, 0x93, 0x94, 0x95, 0x96,
    0x97, 0x98, 0x99, 0x9A, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xB2, 0xB3, 0xB4, 0xB5,
    0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xCA, 0xD2, 0xD3, 0xD4,
    0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA, 0xE1, 0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEA, 0xF1,
    0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0xFA,
];

const CHROMINANCE_AC: [u8; 162] = [
    0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71, 0x13,
    0x22, 0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xA1, 0xB1, 0xC1, 0x09, 0x23, 0x33, 0x52, 0xF0, 0x15, 0x62,
    0x72, 0xD1, 0x0A, 0x16, 0x24, 0x34, 0xE1, 0x25, 0xF1, 0x17, 0x18, 0x19, 0x1A, 0x26, 0x27, 0x28, 0x29,
    0x2A, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4A, 0x53, 0x54,
    0x55, 0x56, 0x57, 0x58, 0x59, 0x5A, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x73, 0x74, 0x75,
    0x76, 0x77, 0x78, 0x79, 0x7A, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x92, 0x93, 0x94,
    0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xB2, 0xB3,
    0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xCA, 0xD2,
    0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA, 0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEA,
    0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0xFA,
];

/// The best table for symbols that occur so often: T.81 K.2, with no code longer than 16 bits and none of all ones.
#[expect(
    clippy::indexing_slicing,
    reason = "places below 257 of arrays of 257, lengths below 64 of an array of 64"
)]
pub(super) fn best(frequencies: &[u32; 256]) -> HuffmanSpec {
    // One more symbol, the rarest, takes the code of all ones.
    let mut weights = [0_u64; 257];
    weights.iter_mut().zip(frequencies).for_each(|(weight, &frequency)| *weight = u64::from(frequency));
    weights[256] = 1;
    let (mut lengths, mut next) = ([0_usize; 257], [None::<usize>; 257]);
    loop {
        let (mut one, mut two) = (None::<usize>, None::<usize>);
        for place in (0..257).rev().filter(|&place| weights[place] > 0) {
            let is_less = |than: Option<usize>| than.is_none_or(|than| weights[place] < weights[than]);
            if is_less(one) {
                (one, two) = (Some(place), one);
            } else if is_less(two) {
                two = Some(place);
            }
        }
        let (Some(one), Some(two)) = (one, two) else { break };
        weights[one] += weights[two];
        weights[two] = 0;
        let mut last = one;
        let mut at = Some(one);
        while let Some(place) = at {
            (lengths[place], last, at) = (lengths[place] + 1, place, next[place]);
        }
        next[last] = Some(two);
        let mut at = Some(two);
        while let Some(place) = at {
            (lengths[place], at) = (lengths[place] + 1, next[place]);
        }
    }
    // A code may be as long as there are symbols; frequencies below 2^32 keep it below 64.
    let mut counts = [0_u16; 64];
    lengths.iter().filter(|&&length| length > 0).for_each(|&length| counts[length.min(63)] += 1);
    for length in (17..64).rev() {
        while counts[length] > 0 {
            let shorter = (1..length - 1).rev().find(|&shorter| counts[shorter] > 0).unwrap_or(1);
            counts[length] -= 2;
            counts[length - 1] += 1;
            counts[shorter + 1] += 2;
            counts[shorter] -= 1;
        }
    }
    if let Some(longest) = counts.iter_mut().rev().find(|count| **count > 0) {
        *longest -= 1;
    }
    let mut spec = HuffmanSpec { counts: [0; 16], symbols: [0; 256] };
    spec.counts.iter_mut().zip(&counts[1..17]).for_each(|(held, &count)| *held = count.min(255) as u8);
    let mut symbols = spec.symbols.iter_mut();
    for wanted in 1..=256 {
        for (symbol, _) in (0..=255_u8).zip(&lengths).filter(|(_, length)| **length == wanted) {
            symbols.next().into_iter().for_each(|held| *held = symbol);
        }
    }
    spec
}

#[cfg(test)]
mod tests {
    use super::{best, quantization, usual};
    use crate::fuzz::mutator::Random;

    #[test]
    fn the_best_table_has_every_symbol_and_no_long_code() {
        let mut random = Random(4);
        for round in 0..300 {
            let mut frequencies = [0_u32; 256];
            for place in 0..=random.below(256) {
                let place = if round % 2 == 0 { place.min(255) } else { random.below(256) };
                frequencies[place] =
                    1 + if round % 3 == 0 { 1 << (place % 30) } else { random.below(1000) as u32 };
            }
            let used = frequencies.iter().filter(|&&frequency| frequency > 0).count();
            let spec = best(&frequencies);
            assert_eq!(spec.len(), used);
            let mut symbols: Vec<u8> = spec.codes().map(|(_, _, symbol)| symbol).collect();
            assert!(
                spec.codes().all(|(code, length, _)| length <= 16 && u32::from(code) < (1 << length) - 1)
            );
            symbols.sort_unstable();
            symbols.dedup();
            assert_eq!(symbols.len(), used);
            assert!(symbols.iter().all(|&symbol| frequencies[usize::from(symbol)] > 0));
        }
    }

    #[test]
    fn the_usual_tables_are_whole() {
        for spec in [usual(true), usual(false)].concat() {
            assert!(spec.len() == 12 || spec.len() == 162);
        }
        assert_eq!(quantization(50, true)[..3], [16, 11, 10]);
        assert_eq!(quantization(100, false), [1; 64]);
    }
}
