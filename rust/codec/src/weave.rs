//! Three planes of bytes woven into pixels, for the codecs that have them apart.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{_mm_or_si128, _mm_shuffle_epi8};

#[cfg(target_arch = "x86_64")]
use crate::lanes::{load_bytes, store_bytes};
use crate::simd::Level;

/// Weaves as many pixels as all of them have.
pub(crate) fn weave3(level: Level, planes: [&[u8]; 3], to: &mut [u8]) {
    #[cfg(target_arch = "x86_64")]
    if level.has_avx2() {
        #[expect(unsafe_code, reason = "instructions that were asked for")]
        // SAFETY: the level says that this machine has them.
        return unsafe { weave3_avx2(planes, to) };
    }
    let _: Level = level;
    weave3_plain(planes, to);
}

fn weave3_plain([a, b, c]: [&[u8]; 3], to: &mut [u8]) {
    let bytes = a.iter().zip(b).zip(c);
    to.as_chunks_mut::<3>().0.iter_mut().zip(bytes).for_each(|(place, ((&a, &b), &c))| *place = [a, b, c]);
}

/// Where in its 16 bytes each of 48 woven bytes is found, for one plane and one third of them.
#[cfg(target_arch = "x86_64")]
#[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "places below 16")]
const fn shuffle(from: usize, third: usize) -> [u8; 16] {
    let mut bytes = [0x80; 16];
    let mut place = 0;
    while place < 16 {
        let woven = third * 16 + place;
        if woven % 3 == from {
            bytes[place] = (woven / 3) as u8;
        }
        place += 1;
    }
    bytes
}

#[cfg(target_arch = "x86_64")]
const SHUFFLES: [[[u8; 16]; 3]; 3] = [
    [shuffle(0, 0), shuffle(1, 0), shuffle(2, 0)],
    [shuffle(0, 1), shuffle(1, 1), shuffle(2, 1)],
    [shuffle(0, 2), shuffle(1, 2), shuffle(2, 2)],
];

/// Sixteen pixels a step, the rest one by one.
#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn weave3_avx2([a, b, c]: [&[u8]; 3], to: &mut [u8]) {
    let chunks = a.as_chunks::<16>().0.iter().zip(b.as_chunks::<16>().0).zip(c.as_chunks::<16>().0);
    let mut done = 0;
    for (to, ((a, b), c)) in to.as_chunks_mut::<48>().0.iter_mut().zip(chunks) {
        let (a, b, c) = (load_bytes(a), load_bytes(b), load_bytes(c));
        for (to, [own, next, last]) in to.as_chunks_mut::<16>().0.iter_mut().zip(&SHUFFLES) {
            let both =
                _mm_or_si128(_mm_shuffle_epi8(a, load_bytes(own)), _mm_shuffle_epi8(b, load_bytes(next)));
            store_bytes(to, _mm_or_si128(both, _mm_shuffle_epi8(c, load_bytes(last))));
        }
        done += 16;
    }
    let tail = |row| <[u8]>::get(row, done..).unwrap_or_default();
    weave3_plain([tail(a), tail(b), tail(c)], to.get_mut(3 * done..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::weave3;
    use crate::simd::Level;

    #[test]
    #[expect(clippy::cast_possible_truncation, reason = "any bytes")]
    fn both_twins_weave_every_length_alike() {
        let plane = |seed: u32| -> Vec<u8> { (0..200_u32).map(|at| (at * 7 + seed * 85) as u8).collect() };
        let planes = [plane(0), plane(1), plane(2)];
        for length in 0..200 {
            let expected: Vec<u8> =
                (0..length).flat_map(|at| [planes[0][at], planes[1][at], planes[2][at]]).collect();
            for level in [Level::SCALAR, Level::best()] {
                let mut woven = vec![0; 3 * length];
                weave3(level, [&planes[0][..length], &planes[1], &planes[2]], &mut woven);
                assert_eq!(woven, expected);
            }
        }
    }
}
