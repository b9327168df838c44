//! The last two steps of a clean-up pass, eight samples at once, and the first step of the next row beside them: that one is a chain of
//! look-ups, these are long but depend on nothing, and a processor does both in the time of the chain. The twin of `line.rs` and
//! `magnitudes.rs`, bit by bit.
#![expect(clippy::cast_possible_wrap, reason = "lanes are bits, whatever the sign")]

use std::arch::x86_64::{
    __m128i, __m256i, _mm_cvtsi32_si128, _mm256_add_epi32, _mm256_and_si256, _mm256_andnot_si256,
    _mm256_castps_si256, _mm256_castsi128_si256, _mm256_castsi256_ps, _mm256_castsi256_si128,
    _mm256_cmpeq_epi32, _mm256_cvtepi32_ps, _mm256_extracti128_si256, _mm256_inserti128_si256,
    _mm256_max_epi32, _mm256_min_epu32, _mm256_mullo_epi16, _mm256_or_si256, _mm256_permute2x128_si256,
    _mm256_permute4x64_epi64, _mm256_permutevar8x32_epi32, _mm256_set1_epi32, _mm256_setr_epi8,
    _mm256_setr_epi32, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_shuffle_epi32, _mm256_shuffle_ps,
    _mm256_sll_epi32, _mm256_slli_epi32, _mm256_slli_si256, _mm256_sllv_epi32, _mm256_srai_epi32,
    _mm256_srli_epi32, _mm256_srlv_epi32, _mm256_sub_epi32, _mm256_testz_si256,
};

use super::lanes::{load, load_bytes, load_two, store, store_four};
use super::line::{Bounds, Line, TooLong};
use super::magnitudes::{FlatMagnitudes, Source};
use super::mel::Mel;
use super::quads::Quads;
use super::tables::{EXPONENTS, KNOWN, RHO, U};

/// The most that U may be here: a sample's bits and the bits before it in its first byte are within 32.
pub(super) const MOST: u32 = 25;

/// Decodes all rows of a block.
#[expect(unsafe_code, reason = "a function that needs instructions known to be there")]
pub(super) fn block(
    quads: Quads<'_>,
    mel: Mel<'_>,
    line: &mut Line<u32>,
    source: Source<'_>,
    out: &mut [u32],
) -> Result<(), TooLong> {
    // SAFETY: whoever calls has asked for a level that has these instructions.
    unsafe { rows(quads, mel, line, source, out) }
}

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt")]
fn rows(
    mut quads: Quads<'_>,
    mut mel: Mel<'_>,
    line: &mut Line<u32>,
    source: Source<'_>,
    out: &mut [u32],
) -> Result<(), TooLong> {
    let (width, count) = (source.width, source.width.div_ceil(2));
    line.reset(count);
    for quad in (0..count).step_by(2) {
        line.put(quad, quads.first_pair(&mut mel, quad + 1 < count));
    }
    let mut start = _mm256_setzero_si256();
    let mut rest = out;
    while !rest.is_empty() {
        if let Err(error) = bound(line, count, &mut start, source.bounds) {
            rest.fill(0);
            return Err(error);
        }
        let (two, below) = rest.split_at_mut(rest.len().min(2 * width));
        let (top, bottom) = two.split_at_mut(width);
        if below.is_empty() {
            row::<false>(&mut quads, &mut mel, line, source, top, bottom);
        } else {
            row::<true>(&mut quads, &mut mel, line, source, top, bottom);
        }
        rest = below;
    }
    Ok(())
}

/// The words of a row of quads; where `READ`, its successor is read on the way.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt")]
fn row<const READ: bool>(
    quads: &mut Quads<'_>,
    mel: &mut Mel<'_>,
    line: &mut Line<u32>,
    source: Source<'_>,
    top: &mut [u32],
    bottom: &mut [u32],
) {
    if bottom.is_empty() {
        // The second row of the last quads is not in the block.
        let mut spare = [0; 1024];
        if let Some(spare) = spare.get_mut(..top.len()).filter(|spare| !spare.is_empty()) {
            row::<READ>(quads, mel, line, source, top, spare);
        }
        return;
    }
    let mut reader = *quads;
    reader.start_row();
    // A shift of 0 needs planes that are beyond [`MOST`].
    let shift = _mm_cvtsi32_si128(source.place.shift() as i32 - 1);
    let (significant, zero) = (_mm256_set1_epi32(15 << RHO), _mm256_setzero_si256());
    let mut left = top.len().div_ceil(2);
    let (tops, top_rest) = top.as_chunks_mut::<16>();
    let (bottoms, bottom_rest) = bottom.as_chunks_mut::<16>();
    let now = line.bounded.as_chunks::<8>().0.iter().zip(line.starts.as_chunks::<8>().0);
    let next = line.quads.get_mut(1..).unwrap_or_default().as_chunks_mut::<8>().0.iter_mut();
    let lower = line.lower.get_mut(1..).unwrap_or_default().as_chunks_mut::<16>().0.iter_mut();
    let mut memory = now.zip(line.north.as_chunks::<8>().0).zip(next.zip(lower));
    for ((top, bottom), (((bounded, starts), north), (next, lower))) in
        tops.iter_mut().zip(bottoms).zip(memory.by_ref())
    {
        if _mm256_testz_si256(load(bounded), significant) == 1 {
            for sixteen in [top, bottom, lower] {
                sixteen.fill(0);
            }
            let above = load(north);
            if READ && reader.are_empty(mel, _mm256_testz_si256(above, above) == 1) {
                store(next, zero);
            } else if READ {
                for (next, north) in next.as_chunks_mut::<2>().0.iter_mut().zip(north.as_chunks::<2>().0) {
                    *next = reader.pair(mel, *north, true);
                }
            }
        } else {
            let part = Part { bounded, starts, north, next, lower };
            part.decode::<READ>((&mut reader, mel), left, (source.flat, shift), (top, bottom));
        }
        left -= 8;
    }
    if let Some((((bounded, starts), north), (next, lower))) = memory.next() {
        let part = Part { bounded, starts, north, next, lower };
        part.decode::<READ>((&mut reader, mel), left, (source.flat, shift), (top_rest, bottom_rest));
    }
    *quads = reader;
}

/// Eight quads: what is known of them, and what they leave to the next row.
struct Part<'a> {
    bounded: &'a [u32; 8],
    starts: &'a [u32; 8],
    north: &'a [u32; 8],
    next: &'a mut [u32; 8],
    lower: &'a mut [u32; 16],
}

impl Part<'_> {
    /// Their words, at most sixteen columns; `left` quads of the row begin with these.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt")]
    fn decode<const READ: bool>(
        self,
        (reader, mel): (&mut Quads<'_>, &mut Mel<'_>),
        left: usize,
        (flat, shift): (&FlatMagnitudes, __m128i),
        (top, bottom): (&mut [u32], &mut [u32]),
    ) {
        let now = self.bounded.as_chunks::<2>().0.iter().zip(self.starts.as_chunks::<2>().0);
        let next = self.next.as_chunks_mut::<2>().0.iter_mut();
        let lower = self.lower.as_chunks_mut::<4>().0.iter_mut();
        let mut memory = now.zip(self.north.as_chunks::<2>().0).zip(next.zip(lower));
        let (tops, top_rest) = top.as_chunks_mut::<4>();
        let (bottoms, bottom_rest) = bottom.as_chunks_mut::<4>();
        let mut quad = 0;
        for ((top, bottom), ((now, north), (next, lower))) in
            tops.iter_mut().zip(bottoms).zip(memory.by_ref())
        {
            if READ {
                *next = reader.pair(mel, *north, quad + 1 < left);
                quad += 2;
            }
            let (words, odd) = samples(*now.0, *now.1, flat, shift);
            store_four(top, _mm256_castsi256_si128(words));
            store_four(bottom, _mm256_extracti128_si256::<1>(words));
            store_four(lower, odd);
        }
        if !top_rest.is_empty()
            && let Some(((now, north), (next, lower))) = memory.next()
        {
            if READ {
                *next = reader.pair(mel, *north, quad + 1 < left);
            }
            let (words, odd) = samples(*now.0, *now.1, flat, shift);
            let mut both = [0; 8];
            store(&mut both, words);
            for (to, word) in top_rest.iter_mut().zip(both) {
                *to = word;
            }
            for (to, word) in bottom_rest.iter_mut().zip(both.into_iter().skip(4)) {
                *to = word;
            }
            store_four(lower, odd);
        }
    }
}

/// `samples` of two quads: both rows of words, and what the exponents of the lower row come from.
#[inline]
#[target_feature(enable = "avx2")]
fn samples(quads: [u32; 2], starts: [u32; 2], flat: &FlatMagnitudes, shift: __m128i) -> (__m256i, __m128i) {
    let (one, both) = (_mm256_set1_epi32(1), _mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1));
    let quad = _mm256_permutevar8x32_epi32(_mm256_castsi128_si256(load_two(&quads)), both);
    // Each sample's own bits, each in one place.
    let own = _mm256_srlv_epi32(quad, _mm256_setr_epi32(0, 1, 2, 3, 0, 1, 2, 3));
    let significant = _mm256_srai_epi32::<31>(_mm256_slli_epi32::<{ 31 - RHO as i32 }>(own));
    let exponent = _mm256_and_si256(_mm256_srli_epi32::<{ EXPONENTS as i32 }>(own), one);
    let length = _mm256_sub_epi32(_mm256_srli_epi32::<{ U as i32 }>(quad), exponent);
    let length = _mm256_and_si256(length, significant);
    // Where a sample's bits begin, from the byte where its quad's begin.
    let start = _mm256_permutevar8x32_epi32(_mm256_castsi128_si256(load_two(&starts)), both);
    let start = _mm256_and_si256(start, _mm256_setr_epi32(7, 0, 0, 0, 7, 0, 0, 0));
    let at = _mm256_or_si256(_mm256_slli_si256::<4>(length), start);
    let at = _mm256_add_epi32(at, _mm256_slli_si256::<4>(at));
    let at = _mm256_add_epi32(at, _mm256_slli_si256::<8>(at));
    // Four bytes from there on.
    let [first, second] = starts.map(|start| load_bytes(flat.window(start as usize / 8)));
    let window = _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(first), second);
    let spread = _mm256_setr_epi8(
        0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8, 12, 12, 12, 12, 0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8, 12, 12, 12,
        12,
    );
    let bytes = _mm256_shuffle_epi8(_mm256_srli_epi32::<3>(at), spread);
    let bytes = _mm256_add_epi32(bytes, _mm256_set1_epi32(0x0302_0100));
    let read =
        _mm256_srlv_epi32(_mm256_shuffle_epi8(window, bytes), _mm256_and_si256(at, _mm256_set1_epi32(7)));
    // 2 (mu - 1) + sign.
    let known = _mm256_and_si256(_mm256_srli_epi32::<{ KNOWN as i32 }>(own), one);
    let value = _mm256_or_si256(
        _mm256_and_si256(_mm256_sub_epi32(_mm256_sllv_epi32(one, length), one), read),
        _mm256_sllv_epi32(known, length),
    );
    let odd = _mm256_or_si256(value, one);
    let word = _mm256_sll_epi32(_mm256_add_epi32(odd, _mm256_set1_epi32(2)), shift);
    let word = _mm256_or_si256(word, _mm256_slli_epi32::<31>(value));
    let words = _mm256_permutevar8x32_epi32(
        _mm256_and_si256(word, significant),
        _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7),
    );
    let odd = _mm256_permutevar8x32_epi32(
        _mm256_and_si256(odd, significant),
        _mm256_setr_epi32(1, 3, 5, 7, 1, 3, 5, 7),
    );
    (words, _mm256_castsi256_si128(odd))
}

/// [`Line::bound`], eight quads at once.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt")]
fn bound(line: &mut Line<u32>, count: usize, start: &mut __m256i, bounds: Bounds) -> Result<(), TooLong> {
    let (zero, one) = (_mm256_setzero_si256(), _mm256_set1_epi32(1));
    let end = _mm256_set1_epi32(bounds.end as i32);
    let below_u = _mm256_set1_epi32((1 << U) - 1);
    let counts = _mm256_setr_epi8(
        0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,
    );
    let mut most = zero;
    for q in (0..count).step_by(8) {
        let [left, quad, right] = [q, q + 1, q + 2].map(|at| eight(line.quads.as_slice(), at));
        let [low, high] = [2 * q, 2 * q + 8].map(|at| {
            _mm256_or_si256(eight(line.lower.as_slice(), at), eight(line.lower.as_slice(), at + 2))
        });
        let largest = exponents(pairs(low, high));
        let rho = _mm256_and_si256(quad, _mm256_set1_epi32(15 << RHO));
        let but_one = _mm256_and_si256(rho, _mm256_sub_epi32(rho, _mm256_set1_epi32(1 << RHO)));
        let kappa = _mm256_andnot_si256(_mm256_cmpeq_epi32(but_one, zero), largest);
        let u = _mm256_add_epi32(_mm256_srli_epi32::<{ U as i32 }>(quad), _mm256_max_epi32(kappa, one));
        most = _mm256_max_epi32(most, u);
        let bounded = _mm256_or_si256(_mm256_and_si256(quad, below_u), _mm256_slli_epi32::<{ U as i32 }>(u));
        // How many samples are significant, how many of them have an exponent's bit.
        let set = _mm256_and_si256(quad, _mm256_set1_epi32(15 << RHO | 15 << EXPONENTS));
        // Each in the upper half of its byte.
        let set = _mm256_shuffle_epi8(counts, _mm256_srli_epi32::<4>(set));
        let samples = _mm256_and_si256(_mm256_srli_epi32::<8>(set), _mm256_set1_epi32(15));
        let length = _mm256_sub_epi32(_mm256_mullo_epi16(samples, u), _mm256_srli_epi32::<16>(set));
        let sum = _mm256_add_epi32(length, _mm256_slli_si256::<4>(length));
        let sum = _mm256_add_epi32(sum, _mm256_slli_si256::<8>(sum));
        let half = _mm256_shuffle_epi32::<0xFF>(sum);
        let sum = _mm256_add_epi32(sum, _mm256_permute2x128_si256::<0x08>(half, half));
        let begin = _mm256_add_epi32(*start, _mm256_sub_epi32(sum, length));
        *start = _mm256_add_epi32(*start, _mm256_permutevar8x32_epi32(sum, _mm256_set1_epi32(7)));
        // From their places in rho to those in an index: `contexts` of `line.rs`.
        let contexts = _mm256_or_si256(
            _mm256_and_si256(
                _mm256_or_si256(
                    _mm256_srli_epi32::<{ RHO as i32 - 7 }>(quad),
                    _mm256_srli_epi32::<{ RHO as i32 - 5 }>(left),
                ),
                _mm256_set1_epi32(0x100),
            ),
            _mm256_and_si256(
                _mm256_or_si256(
                    _mm256_srli_epi32::<{ RHO as i32 - 6 }>(quad),
                    _mm256_srli_epi32::<{ RHO as i32 - 8 }>(right),
                ),
                _mm256_set1_epi32(0x200),
            ),
        );
        for (to, value) in [
            (&mut line.bounded, bounded),
            (&mut line.starts, _mm256_min_epu32(begin, end)),
            (&mut line.north, contexts),
        ] {
            if let Some(to) = to.get_mut(q..).and_then(<[u32]>::first_chunk_mut) {
                store(to, value);
            }
        }
    }
    let mut all = [0; 8];
    store(&mut all, most);
    if all.into_iter().any(|u| u > bounds.most) { Err(TooLong) } else { Ok(()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn eight(from: &[u32], at: usize) -> __m256i {
    from.get(at..).and_then(<[u32]>::first_chunk).map_or(_mm256_setzero_si256(), |from| load(from))
}

/// Neighbours, one of them in an even place, or-ed: eight results in order.
#[inline]
#[target_feature(enable = "avx2")]
fn pairs(low: __m256i, high: __m256i) -> __m256i {
    let (low, high) = (_mm256_castsi256_ps(low), _mm256_castsi256_ps(high));
    let even = _mm256_castps_si256(_mm256_shuffle_ps::<0x88>(low, high));
    let odd = _mm256_castps_si256(_mm256_shuffle_ps::<0xDD>(low, high));
    _mm256_permute4x64_epi64::<0b1101_1000>(_mm256_or_si256(even, odd))
}

/// The lengths of numbers in bits, less one: by way of floating point, the second highest bit cleared so that nothing is rounded up.
#[inline]
#[target_feature(enable = "avx2")]
fn exponents(numbers: __m256i) -> __m256i {
    let numbers = _mm256_andnot_si256(_mm256_srli_epi32::<1>(numbers), numbers);
    let float = _mm256_castps_si256(_mm256_cvtepi32_ps(numbers));
    _mm256_sub_epi32(_mm256_srli_epi32::<23>(float), _mm256_set1_epi32(127))
}
