//! Rows of pixels, compiled for AVX2: the loops of `upsample.rs` and `weave.rs` as they are, and three components of bytes by shuffles.

use std::arch::x86_64::{_mm_or_si128, _mm_shuffle_epi8};

use super::lanes::{load_bytes, store_bytes};
use super::planes::Canvas;
use super::sample::Sample;
use super::weave::weave;

/// `Canvas::write_rows` with the shuffles of this file.
#[target_feature(enable = "avx2")]
pub(super) fn write_rows<T: Sample>(canvas: &mut Canvas<'_, T>, mcu: usize) {
    canvas.write_rows(mcu, |rows, to| match rows.map(T::bytes) {
        [Some(a), Some(b), Some(c)] => weave_bytes([a, b, c], to),
        _ => weave(&rows, to),
    });
}

/// Where in its 16 bytes each of 48 woven bytes is found, for one component and one third of them.
#[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "places below 16")]
const fn shuffle(component: usize, third: usize) -> [u8; 16] {
    let mut bytes = [0x80; 16];
    let mut place = 0;
    while place < 16 {
        let woven = third * 16 + place;
        if woven % 3 == component {
            bytes[place] = (woven / 3) as u8;
        }
        place += 1;
    }
    bytes
}

const SHUFFLES: [[[u8; 16]; 3]; 3] = [
    [shuffle(0, 0), shuffle(1, 0), shuffle(2, 0)],
    [shuffle(0, 1), shuffle(1, 1), shuffle(2, 1)],
    [shuffle(0, 2), shuffle(1, 2), shuffle(2, 2)],
];

/// Sixteen pixels a step, the rest one by one.
#[inline]
#[target_feature(enable = "avx2")]
fn weave_bytes([a, b, c]: [&[u8]; 3], to: &mut [u8]) {
    let (pixels, rest) = to.as_chunks_mut::<48>();
    let done = pixels.len() * 16;
    let chunks = a.as_chunks::<16>().0.iter().zip(b.as_chunks::<16>().0).zip(c.as_chunks::<16>().0);
    for (to, ((a, b), c)) in pixels.iter_mut().zip(chunks) {
        let (a, b, c) = (load_bytes(a), load_bytes(b), load_bytes(c));
        for (to, [own, next, last]) in to.as_chunks_mut::<16>().0.iter_mut().zip(&SHUFFLES) {
            let both =
                _mm_or_si128(_mm_shuffle_epi8(a, load_bytes(own)), _mm_shuffle_epi8(b, load_bytes(next)));
            store_bytes(to, _mm_or_si128(both, _mm_shuffle_epi8(c, load_bytes(last))));
        }
    }
    let tail = |row| <[u8]>::get(row, done..).unwrap_or_default();
    weave(&[tail(a), tail(b), tail(c)], rest);
}
