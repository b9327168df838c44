//! Running sums of differences of one component, modulo 65536: eight a step where the machine can.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    _mm_add_epi16, _mm_setzero_si128, _mm_shuffle_epi32, _mm_shufflehi_epi16, _mm_slli_si128,
};

#[cfg(target_arch = "x86_64")]
use crate::lanes::{load_words, store};

/// Each number becomes the sum of itself and all before it.
pub(super) fn sum(row: &mut [u16]) {
    #[cfg(target_arch = "x86_64")]
    {
        #[expect(unsafe_code, reason = "instructions that are always there")]
        // SAFETY: every x86-64 has SSE2.
        let done = unsafe { eights(row) };
        let (summed, rest) = row.split_at_mut_checked(done).unwrap_or_default();
        plain(summed.last().copied().unwrap_or(0), rest);
    }
    #[cfg(not(target_arch = "x86_64"))]
    plain(0, row);
}

fn plain(mut sum: u16, row: &mut [u16]) {
    for place in row {
        sum = sum.wrapping_add(*place);
        *place = sum;
    }
}

/// Sums whole eights; gives how many numbers these are.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
fn eights(row: &mut [u16]) -> usize {
    let (eights, _) = row.as_chunks_mut::<8>();
    // The sum of all before, eight times.
    let mut before = _mm_setzero_si128();
    for eight in &mut *eights {
        let own = load_words(eight);
        let pairs = _mm_add_epi16(own, _mm_slli_si128::<2>(own));
        let fours = _mm_add_epi16(pairs, _mm_slli_si128::<4>(pairs));
        let sums = _mm_add_epi16(_mm_add_epi16(fours, _mm_slli_si128::<8>(fours)), before);
        before = _mm_shuffle_epi32::<0b11_11_11_11>(_mm_shufflehi_epi16::<0b11_11_11_11>(sums));
        store(eight, sums);
    }
    eights.len() * 8
}

#[cfg(test)]
mod tests {
    use super::{plain, sum};

    #[test]
    fn both_twins_sum_every_length_alike() {
        for length in 0..100_u16 {
            let mut row: Vec<u16> = (0..length).map(|at| at.wrapping_mul(40_503) ^ 0x5A5A).collect();
            let mut expected = row.clone();
            plain(0, &mut expected);
            sum(&mut row);
            assert_eq!(row, expected);
        }
    }
}
